use std::collections::VecDeque;
use std::fmt;
use std::mem;

use imap_codec::decode::Decoder;
use imap_codec::encode::{Encoder, Fragment};
use imap_codec::fragmentizer::{FragmentInfo, Fragmentizer};
use imap_codec::imap_types::auth::AuthenticateData;
use imap_codec::imap_types::command::Command as Tagged;
use imap_codec::imap_types::core::{LiteralMode, Tag};
use imap_codec::imap_types::extensions::idle::IdleDone;
use imap_codec::imap_types::response::{GreetingKind, Response, Status};
use imap_codec::{
    AuthenticateDataCodec, CommandCodec, GreetingCodec, IdleDoneCodec, ResponseCodec,
};

use super::command::plain;
use super::response::{Code, Completion, Outcome, Untagged, first_word, shorten};
use super::{Command, Fault};

/// The client's side of one connection.
///
/// **After each call, send what [`take_output`](Self::take_output) gives and call
/// [`poll`](Self::poll) until it has nothing more.**
pub(crate) struct Machine {
    state: State,
    /// Octets one response may have.
    response_limit: u32,
    budget: Budget,
    octets: usize,
    responses: usize,
    fragments: Fragmentizer,
    output: Vec<u8>,
    events: VecDeque<Event>,
    tags: u32,
    fault: Option<Fault>,
}

/// How much a server may say in answer to one command, and until the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Budget {
    pub(crate) octets: usize,
    pub(crate) responses: usize,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// The server is there. `known` says that it takes the client as logged in already.
    Greeting {
        known: bool,
        code: Option<Code>,
    },
    Untagged(Untagged),
    /// The server watches the folder for us until [`Machine::done`].
    Idling,
    Completed(Completion),
}

enum State {
    Greeting,
    Ready,
    Running(Running),
}

struct Running {
    tag: String,
    step: Step,
}

/// What a continuation request means now.
enum Step {
    /// All was sent; none is expected.
    Sent,
    /// It releases the literal at the front.
    Literal(VecDeque<Fragment>),
    /// It asks for the SASL response.
    Sasl(Vec<u8>),
    /// It says that the server idles.
    Idle,
    Idling,
    StartTls,
}

impl Machine {
    /// A machine that waits for the greeting. No response may be longer than `response_limit`.
    pub(crate) fn new(response_limit: u32, budget: Budget) -> Self {
        Self {
            state: State::Greeting,
            ..Self::resumed(response_limit, budget)
        }
    }

    /// A machine for a connection whose greeting was seen: the other side of STARTTLS.
    pub(crate) fn resumed(response_limit: u32, budget: Budget) -> Self {
        Self {
            state: State::Ready,
            response_limit,
            budget,
            octets: 0,
            responses: 0,
            fragments: Fragmentizer::new(response_limit),
            output: Vec::new(),
            events: VecDeque::new(),
            tags: 0,
            fault: None,
        }
    }

    /// Starts a command. What the server says from now on counts against `budget`.
    pub(crate) fn start(&mut self, command: &Command<'_>, budget: Budget) -> Result<(), Fault> {
        self.check()?;
        if !matches!(self.state, State::Ready) {
            return Err(Fault::Argument("the running command to end first"));
        }
        let body = command.body()?;
        self.tags = self.tags.wrapping_add(1);
        let tag = format!("m{}", self.tags);
        let tagged = Tagged {
            tag: Tag::unvalidated(tag.clone()),
            body,
        };
        let mut fragments: VecDeque<_> = CommandCodec::default().encode(&tagged).collect();
        self.send_until_literal(&mut fragments);
        let step = match command {
            Command::Authenticate {
                user,
                password,
                initial: false,
            } => Step::Sasl(plain(user, password)?),
            Command::Idle => Step::Idle,
            Command::StartTls => Step::StartTls,
            _ if fragments.is_empty() => Step::Sent,
            _ => Step::Literal(fragments),
        };
        self.state = State::Running(Running { tag, step });
        self.budget = budget;
        self.octets = 0;
        self.responses = 0;
        Ok(())
    }

    /// Ends `IDLE`. Does nothing unless the server idles.
    pub(crate) fn done(&mut self) {
        if let State::Running(running) = &mut self.state
            && matches!(running.step, Step::Idling)
        {
            running.step = Step::Sent;
            self.output
                .extend(IdleDoneCodec::default().encode(&IdleDone).dump());
        }
    }

    /// Takes what the server sent, cut anywhere.
    pub(crate) fn receive(&mut self, octets: &[u8]) -> Result<(), Fault> {
        self.check()?;
        let result = self.read(octets);
        self.fault = result.as_ref().err().cloned();
        result
    }

    /// The next event, if one is ready.
    pub(crate) fn poll(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// What to send to the server now.
    pub(crate) fn take_output(&mut self) -> Vec<u8> {
        mem::take(&mut self.output)
    }

    fn check(&self) -> Result<(), Fault> {
        self.fault.clone().map_or(Ok(()), Err)
    }

    fn read(&mut self, octets: &[u8]) -> Result<(), Fault> {
        self.octets = self.octets.saturating_add(octets.len());
        if self.octets > self.budget.octets {
            return Err(Fault::TooManyOctets {
                limit: self.budget.octets,
            });
        }
        let mut rest = octets;
        // Line by line, so that a finished response leaves nothing behind in the fragmentizer:
        // what follows the end of STARTTLS has to be seen here.
        while !rest.is_empty() {
            let end = rest
                .iter()
                .position(|octet| *octet == b'\n')
                .map_or(rest.len(), |at| at + 1);
            let (line, tail) = rest.split_at(end);
            rest = tail;
            self.fragments.enqueue_bytes(line);
            while let Some(fragment) = self.fragments.progress() {
                self.check_length(fragment)?;
                if self.fragments.is_message_complete() {
                    let secure = self.respond()?;
                    // RFC 3501 6.2.1: whatever comes here was not protected.
                    if secure && !rest.is_empty() {
                        return Err(Fault::InjectedPlaintext);
                    }
                }
            }
            if self.fragments.is_max_message_size_exceeded() {
                return Err(self.too_long());
            }
        }
        Ok(())
    }

    /// Refuses a literal that could not be kept as soon as it is announced.
    fn check_length(&self, fragment: FragmentInfo) -> Result<(), Fault> {
        let end = match fragment {
            FragmentInfo::Line {
                end,
                announcement: Some(literal),
                ..
            } => end.saturating_add(literal.length as usize),
            FragmentInfo::Line { end, .. } | FragmentInfo::Literal { end, .. } => end,
        };
        if end > self.response_limit as usize {
            Err(self.too_long())
        } else {
            Ok(())
        }
    }

    fn too_long(&self) -> Fault {
        Fault::ResponseTooLong {
            limit: self.response_limit as usize,
        }
    }

    /// Takes one whole response. True when it was the `OK` to STARTTLS.
    fn respond(&mut self) -> Result<bool, Fault> {
        self.responses += 1;
        if self.responses > self.budget.responses {
            return Err(Fault::TooManyResponses {
                limit: self.budget.responses,
            });
        }
        if matches!(self.state, State::Greeting) {
            return self.greet().map(|()| false);
        }
        // The borrow of the fragmentizer ends here: everything kept is owned.
        let message = self.fragments.message_bytes();
        let heard = match ResponseCodec::default().decode(message) {
            Ok(([], response)) => Heard::from_response(response),
            _ => Heard::salvaged(message)?,
        };
        match heard {
            Heard::Untagged(Untagged::Bye(text)) if !self.is_running() => Err(Fault::Bye(text)),
            Heard::Untagged(untagged) => {
                self.events.push_back(Event::Untagged(untagged));
                Ok(false)
            }
            Heard::Continue => self.proceed().map(|()| false),
            Heard::Completed(tag, completion) => self.complete(&tag, completion),
        }
    }

    fn greet(&mut self) -> Result<(), Fault> {
        let message = self.fragments.message_bytes();
        let Ok(([], greeting)) = GreetingCodec::default().decode(message) else {
            return Err(Fault::NoGreeting);
        };
        let known = match greeting.kind {
            GreetingKind::Ok => false,
            GreetingKind::PreAuth => true,
            GreetingKind::Bye => return Err(Fault::Bye(shorten(greeting.text.inner()))),
        };
        let code = Code::from_codec(greeting.code);
        self.events.push_back(Event::Greeting { known, code });
        self.state = State::Ready;
        Ok(())
    }

    /// The server asked to go on.
    fn proceed(&mut self) -> Result<(), Fault> {
        let State::Running(running) = &mut self.state else {
            return Err(Fault::UnexpectedContinuation);
        };
        match mem::replace(&mut running.step, Step::Sent) {
            Step::Literal(mut fragments) => {
                if let Some(Fragment::Literal { data, .. }) = fragments.pop_front() {
                    self.output.extend(data);
                }
                self.send_until_literal(&mut fragments);
                if !fragments.is_empty() {
                    self.set_step(Step::Literal(fragments));
                }
            }
            Step::Sasl(response) => {
                let data = AuthenticateData::r#continue(response);
                self.output
                    .extend(AuthenticateDataCodec::default().encode(&data).dump());
            }
            Step::Idle => {
                self.set_step(Step::Idling);
                self.events.push_back(Event::Idling);
            }
            Step::Sent | Step::Idling | Step::StartTls => {
                return Err(Fault::UnexpectedContinuation);
            }
        }
        Ok(())
    }

    fn complete(&mut self, tag: &str, completion: Completion) -> Result<bool, Fault> {
        let State::Running(running) = mem::replace(&mut self.state, State::Ready) else {
            return Err(Fault::ForeignTag);
        };
        if running.tag != tag {
            return Err(Fault::ForeignTag);
        }
        let succeeded = completion.outcome == Outcome::Ok;
        // A refused literal (`NO`, `BAD`) is an answer. A success of half a command is a lie.
        if succeeded && matches!(running.step, Step::Literal(_) | Step::Sasl(_)) {
            return Err(Fault::EarlyCompletion);
        }
        self.events.push_back(Event::Completed(completion));
        Ok(succeeded && matches!(running.step, Step::StartTls))
    }

    /// Moves fragments to the output up to the first literal that has to be asked for.
    fn send_until_literal(&mut self, fragments: &mut VecDeque<Fragment>) {
        while let Some(fragment) = fragments.pop_front() {
            match fragment {
                Fragment::Line { data }
                | Fragment::Literal {
                    data,
                    mode: LiteralMode::NonSync,
                } => {
                    self.output.extend(data);
                }
                literal @ Fragment::Literal { .. } => {
                    fragments.push_front(literal);
                    return;
                }
            }
        }
    }

    fn set_step(&mut self, step: Step) {
        if let State::Running(running) = &mut self.state {
            running.step = step;
        }
    }

    fn is_running(&self) -> bool {
        matches!(self.state, State::Running(_))
    }
}

impl fmt::Debug for Machine {
    /// Shows no octets: the output may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Machine")
            .field("running", &self.is_running())
            .field("octets", &self.octets)
            .field("responses", &self.responses)
            .field("fault", &self.fault)
            .finish_non_exhaustive()
    }
}

/// One response, owned.
enum Heard {
    Untagged(Untagged),
    Continue,
    Completed(String, Completion),
}

impl Heard {
    fn from_response(response: Response<'_>) -> Self {
        match response {
            Response::Data(data) => Self::Untagged(Untagged::from_data(data)),
            Response::CommandContinuationRequest(_) => Self::Continue,
            Response::Status(Status::Untagged(body)) => Self::Untagged(Untagged::from_status(body)),
            Response::Status(Status::Bye(bye)) => {
                Self::Untagged(Untagged::Bye(shorten(bye.text.inner())))
            }
            Response::Status(Status::Tagged(tagged)) => Self::Completed(
                tagged.tag.inner().to_owned(),
                Completion::from_status(tagged.body),
            ),
        }
    }

    /// What can be told about a response the codec does not take: servers write UTF-8 into the
    /// human text of a status, and invent data.
    fn salvaged(message: &[u8]) -> Result<Self, Fault> {
        if message.starts_with(b"+") {
            return Ok(Self::Continue);
        }
        let mut words = message.splitn(4, |octet| *octet == b' ');
        let (Some(tag), Some(second)) = (words.next(), words.next()) else {
            return Err(Fault::Garbled);
        };
        let mut word = first_word(second);
        if tag == b"*" {
            // `* 12 FETCH (...)`: the number is not the name.
            if word.bytes().all(|octet| octet.is_ascii_digit()) {
                word = words.next().map(first_word).unwrap_or_default();
            }
            return Ok(Self::Untagged(match word.as_str() {
                "BYE" => Untagged::Bye(String::new()),
                _ => Untagged::Undecodable(word),
            }));
        }
        let outcome = match word.as_str() {
            "OK" => Outcome::Ok,
            "NO" => Outcome::No,
            "BAD" => Outcome::Bad,
            _ => return Err(Fault::Garbled),
        };
        let tag = String::from_utf8_lossy(tag).into_owned();
        Ok(Self::Completed(
            tag,
            Completion {
                outcome,
                code: None,
                text: String::new(),
            },
        ))
    }
}
