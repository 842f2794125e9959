use std::collections::BTreeSet;

use secrecy::zeroize::Zeroize;
use tokio::time::Instant;

use super::config::{Limits, Timeouts};
use super::imap::{Budget, Code, Command, Completion, Event, Machine, Outcome, Untagged};
use super::stream::{Stream, Trust, within};
use crate::{Endpoint, Error, ErrorKind, Tls};

/// The IMAP machine and its wire, with deadlines.
#[derive(Debug)]
pub(super) struct Link {
    stream: Stream,
    machine: Machine,
    limits: Limits,
    timeouts: Timeouts,
    /// Set while a command runs. It stays set when the call is dropped or fails.
    in_flight: bool,
}

/// What a server said of itself before the login.
#[derive(Debug, Default)]
pub(super) struct Welcome {
    pub(super) capabilities: BTreeSet<String>,
    /// The server takes the client as logged in.
    pub(super) known: bool,
}

impl Link {
    /// Connects up to the point where the client may log in.
    pub(super) async fn open(
        endpoint: &Endpoint,
        trust: &Trust,
        limits: Limits,
        timeouts: Timeouts,
    ) -> Result<(Self, Welcome), Error> {
        let stream = Stream::connect(endpoint, trust).await?;
        let machine = Machine::new(limits.response, budget(limits));
        let mut link = Self {
            stream,
            machine,
            limits,
            timeouts,
            in_flight: true,
        };
        let mut welcome = link.welcome().await?;
        if endpoint.tls == Tls::StartTls {
            if welcome.known {
                // STARTTLS is impossible now: somebody in between wants plain text.
                let message = "imap: expected a greeting that leaves room for STARTTLS";
                return Err(Error::new(ErrorKind::Protocol, message));
            }
            link.call(&Command::StartTls).await?;
            link.stream = link.stream.secure(endpoint, trust).await?;
            link.machine = Machine::resumed(limits.response, budget(limits));
            // What was said in plain text was not protected (RFC 3501 6.2.1).
            welcome = Welcome::default();
        }
        if welcome.capabilities.is_empty() {
            for untagged in link.call(&Command::Capability).await? {
                if let Untagged::Capability(list) = untagged {
                    welcome.capabilities.extend(list);
                }
            }
        }
        Ok((link, welcome))
    }

    async fn welcome(&mut self) -> Result<Welcome, Error> {
        let deadline = self.deadline();
        loop {
            if let Event::Greeting { known, code } = self.event(deadline).await? {
                self.in_flight = false;
                let capabilities = match code {
                    Some(Code::Capability(list)) => list.into_iter().collect(),
                    _ => BTreeSet::new(),
                };
                return Ok(Welcome {
                    capabilities,
                    known,
                });
            }
        }
    }

    /// Whether no command runs and none was cut off.
    pub(super) fn is_free(&self) -> bool {
        !self.in_flight
    }

    /// When a command that starts now has to be answered.
    pub(super) fn deadline(&self) -> Instant {
        Instant::now() + self.timeouts.command
    }

    /// Runs a command before the login.
    async fn call(&mut self, command: &Command<'_>) -> Result<Vec<Untagged>, Error> {
        self.start(command)?;
        let deadline = self.deadline();
        let mut heard = Vec::new();
        loop {
            match self.event(deadline).await? {
                Event::Untagged(untagged) => heard.push(untagged),
                Event::Completed(completion) if completion.outcome == Outcome::Ok => {
                    return Ok(heard);
                }
                Event::Completed(completion) => return Err(refusal(&completion)),
                Event::Greeting { .. } | Event::Idling => {}
            }
        }
    }

    pub(super) fn start(&mut self, command: &Command<'_>) -> Result<(), Error> {
        self.machine.start(command, budget(self.limits))?;
        self.in_flight = true;
        Ok(())
    }

    /// The next event, sending and reading as the machine wants.
    pub(super) async fn event(&mut self, deadline: Instant) -> Result<Event, Error> {
        loop {
            let mut output = self.machine.take_output();
            let left = deadline.saturating_duration_since(Instant::now());
            if !output.is_empty() {
                let written = within(left, self.stream.write(&output)).await;
                // It may have held the password.
                output.zeroize();
                written?;
            }
            if let Some(event) = self.machine.poll() {
                self.in_flight &= !matches!(event, Event::Completed(_));
                return Ok(event);
            }
            let mut buffer = [0; 16 << 10];
            let count = within(left, self.stream.read(&mut buffer)).await?;
            self.machine.receive(&buffer[..count])?;
        }
    }

    /// Ends IDLE; its completion is still to come.
    pub(super) fn done(&mut self) {
        self.machine.done();
    }
}

fn budget(limits: Limits) -> Budget {
    Budget {
        octets: limits.answer,
        responses: limits.responses,
    }
}

pub(super) fn no_folder() -> Error {
    Error::new(ErrorKind::NotFound, "expected a folder that exists")
}

/// The error behind a `NO` or `BAD` (RFC 5530).
pub(super) fn refusal(completion: &Completion) -> Error {
    let word = match &completion.code {
        Some(Code::Word(word)) => word.as_str(),
        _ => "",
    };
    let kind = match (completion.outcome, word) {
        (_, "NONEXISTENT" | "TRYCREATE") => return no_folder(),
        (_, "UNAVAILABLE" | "INUSE" | "LIMIT" | "SERVERBUG") => ErrorKind::Busy,
        (_, "AUTHENTICATIONFAILED" | "AUTHORIZATIONFAILED" | "EXPIRED" | "PRIVACYREQUIRED") => {
            ErrorKind::Unauthorized
        }
        (Outcome::Bad, _) => ErrorKind::Protocol,
        _ => ErrorKind::Refused,
    };
    Error::new(
        kind,
        format!("imap: the server refused: {}", completion.text),
    )
}
