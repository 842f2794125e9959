use std::collections::BTreeSet;

use secrecy::SecretString;
use tokio::time::Instant;

use super::config::{Config, Timeouts};
use super::imap::{Code, Command, Completion, Event, Fetched, Outcome, Untagged};
use super::link::{Link, no_folder, refusal};
use super::stream::{Trust, within};
use crate::{Error, ErrorKind};

/// Messages a folder may claim to hold.
const MAX_MESSAGES: u32 = 1 << 24;

/// A logged-in IMAP connection.
///
/// A call that was dropped half way, and one that failed on the wire, leave it unusable;
/// [`is_usable`](Self::is_usable) tells.
#[derive(Debug)]
pub(super) struct Connection {
    link: Link,
    capabilities: BTreeSet<String>,
    selected: Option<Selected>,
    timeouts: Timeouts,
}

/// The folder a connection looks at.
#[derive(Debug)]
pub(super) struct Selected {
    pub(super) folder: String,
    pub(super) uid_validity: u32,
    /// How many messages it holds.
    pub(super) exists: u32,
    /// The sequence numbers up to this one are left to be listed. It moves down when a message
    /// below it is expunged, as their numbers do.
    below: u32,
    /// A message has arrived.
    arrived: bool,
    permanent_flags: Vec<String>,
    writable: bool,
}

/// What a server answered to a command.
#[derive(Debug, Default)]
pub(super) struct Reply {
    pub(super) fetched: Vec<Fetched>,
    pub(super) found: Vec<u32>,
    pub(super) folders: Vec<String>,
    /// The UIDVALIDITY and the UID of a message that was moved.
    pub(super) moved: Option<(u32, u32)>,
    /// First words of responses that could not be decoded.
    pub(super) undecodable: Vec<String>,
}

impl Connection {
    /// Connects and logs in.
    pub(super) async fn open(config: &Config, trust: &Trust) -> Result<Self, Error> {
        within(config.timeouts.connect, async {
            let (link, welcome) =
                Link::open(&config.imap, trust, config.limits, config.timeouts).await?;
            let mut connection = Self {
                link,
                capabilities: welcome.capabilities,
                selected: None,
                timeouts: config.timeouts,
            };
            if !welcome.known {
                connection.log_in(&config.user, &config.password).await?;
            }
            Ok(connection)
        })
        .await
    }

    async fn log_in(&mut self, user: &str, password: &SecretString) -> Result<(), Error> {
        let command = if self.can("AUTH=PLAIN") {
            Command::Authenticate {
                user,
                password,
                initial: self.can("SASL-IR"),
            }
        } else if self.can("LOGINDISABLED") {
            let message = "expected a server that takes a user name and a password";
            return Err(Error::new(ErrorKind::Unsupported, message));
        } else {
            Command::Login { user, password }
        };
        // What the server can do may change with the login (RFC 3501 6.2).
        self.capabilities.clear();
        let (_, completion) = self.run_raw(&command).await?;
        match completion.outcome {
            Outcome::Ok => {
                if let Some(Code::Capability(list)) = completion.code {
                    self.capabilities = list.into_iter().collect();
                }
            }
            Outcome::No if completion.is("UNAVAILABLE") => return Err(refusal(&completion)),
            _ => {
                let message = "expected a user name and password that the server takes";
                return Err(Error::new(ErrorKind::Unauthorized, message));
            }
        }
        if self.capabilities.is_empty() {
            self.run(&Command::Capability).await?;
        }
        Ok(())
    }

    /// Whether the connection can take a command: nothing was cut off half way.
    pub(super) fn is_usable(&self) -> bool {
        self.link.is_free()
    }

    /// Whether the server announced a capability, written in capitals.
    pub(super) fn can(&self, capability: &str) -> bool {
        self.capabilities.contains(capability)
    }

    /// The folder that is open.
    pub(super) fn selected(&self) -> Result<&Selected, Error> {
        self.selected
            .as_ref()
            .ok_or_else(|| Error::new(ErrorKind::NotFound, "expected a folder"))
    }

    /// Opens a folder, or hears what is new in the one that is open.
    pub(super) async fn select(&mut self, folder: &str) -> Result<&Selected, Error> {
        self.enter(folder, Command::Select(folder)).await
    }

    /// The same without the right to change anything.
    pub(super) async fn examine(&mut self, folder: &str) -> Result<&Selected, Error> {
        self.enter(folder, Command::Examine(folder)).await
    }

    async fn enter(&mut self, folder: &str, command: Command<'_>) -> Result<&Selected, Error> {
        if self
            .selected
            .as_ref()
            .is_some_and(|selected| selected.folder == folder)
        {
            self.refresh().await?;
            return self.checked();
        }
        self.selected = Some(Selected::new(folder));
        let (_, completion) = match self.run_raw(&command).await {
            Ok(answer) => answer,
            Err(error) => {
                self.selected = None;
                return Err(error);
            }
        };
        if completion.outcome != Outcome::Ok {
            self.selected = None;
            // Few servers say NONEXISTENT (RFC 5530), some say CANNOT to an impossible name; a NO
            // to SELECT means that there is no such folder for us.
            let error = refusal(&completion);
            return Err(if error.kind() == ErrorKind::Refused {
                no_folder()
            } else {
                error
            });
        }
        if completion.is("READ-ONLY")
            && let Some(selected) = &mut self.selected
        {
            selected.writable = false;
        }
        self.checked()
    }

    fn checked(&self) -> Result<&Selected, Error> {
        let selected = self.selected()?;
        if selected.uid_validity == 0 {
            let message = "imap: expected a folder whose messages have lasting ids";
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        if selected.exists > MAX_MESSAGES {
            let message = format!("imap: expected at most {MAX_MESSAGES} messages in a folder");
            return Err(Error::new(ErrorKind::Protocol, message));
        }
        Ok(selected)
    }

    /// Hears what is new in the open folder.
    pub(super) async fn refresh(&mut self) -> Result<(), Error> {
        self.run(&Command::Noop).await.map(drop)
    }

    /// Runs a command that has to succeed.
    pub(super) async fn run(&mut self, command: &Command<'_>) -> Result<Reply, Error> {
        let (reply, completion) = self.run_raw(command).await?;
        match completion.outcome {
            Outcome::Ok => Ok(reply),
            _ => Err(refusal(&completion)),
        }
    }

    async fn run_raw(&mut self, command: &Command<'_>) -> Result<(Reply, Completion), Error> {
        self.link.start(command)?;
        let mut reply = Reply::default();
        let deadline = self.link.deadline();
        loop {
            match self.link.event(deadline).await? {
                Event::Untagged(untagged) => self.hear(untagged, Some(&mut reply)),
                Event::Completed(completion) => {
                    if let Some(Code::CopyUid(uid_validity, uid)) = completion.code {
                        reply.moved = Some((uid_validity, uid));
                    }
                    return Ok((reply, completion));
                }
                Event::Greeting { .. } | Event::Idling => {}
            }
        }
    }

    /// Waits in IDLE until a message arrives or it is time to renew. Returns early, too, when one
    /// arrived since [`forget_arrivals`](Self::forget_arrivals), or when the server ends it.
    pub(super) async fn idle(&mut self) -> Result<(), Error> {
        if self.selected()?.arrived {
            return Ok(());
        }
        let renewal = Instant::now() + self.timeouts.idle;
        self.link.start(&Command::Idle)?;
        let mut deadline = self.link.deadline();
        let mut idling = false;
        loop {
            match self.link.event(deadline).await {
                Ok(Event::Idling) => {
                    idling = true;
                    deadline = renewal;
                }
                Ok(Event::Untagged(untagged)) => self.hear(untagged, None),
                Ok(Event::Completed(completion)) => {
                    return match completion.outcome {
                        Outcome::Ok => Ok(()),
                        _ => Err(refusal(&completion)),
                    };
                }
                Ok(Event::Greeting { .. }) => {}
                Err(error) if idling && error.kind() == ErrorKind::Timeout => {}
                Err(error) => return Err(error),
            }
            if idling && (Instant::now() >= renewal || self.selected()?.arrived) {
                idling = false;
                deadline = self.link.deadline();
                self.link.done();
            }
        }
    }

    /// From now on, [`idle`](Self::idle) waits for what arrives.
    pub(super) fn forget_arrivals(&mut self) {
        if let Some(selected) = &mut self.selected {
            selected.arrived = false;
        }
    }

    /// The newest sequence numbers not listed yet, at most `count` of them, as first and last.
    pub(super) fn next_window(&mut self, count: u32) -> Option<(u32, u32)> {
        let selected = self.selected.as_mut()?;
        let last = selected.below;
        let first = last.saturating_sub(count.saturating_sub(1)).max(1);
        selected.below = first - 1;
        (last > 0).then_some((first, last))
    }

    /// Starts over with the newest message.
    pub(super) fn rewind(&mut self) {
        if let Some(selected) = &mut self.selected {
            selected.below = selected.exists;
        }
    }

    fn hear(&mut self, untagged: Untagged, reply: Option<&mut Reply>) {
        match (untagged, &mut self.selected) {
            (Untagged::Capability(list) | Untagged::Status(Code::Capability(list)), _) => {
                self.capabilities = list.into_iter().collect();
            }
            (Untagged::Exists(count), Some(selected)) => {
                selected.arrived |= count > selected.exists;
                selected.exists = count;
            }
            (Untagged::Expunge(number), Some(selected)) => selected.expunge(number),
            (Untagged::Status(Code::UidValidity(value)), Some(selected)) => {
                selected.uid_validity = value;
            }
            (Untagged::Status(Code::PermanentFlags(flags)), Some(selected)) => {
                selected.permanent_flags = flags;
            }
            (Untagged::Undecodable(name), _) => {
                tracing::debug!(name, "imap: a response that cannot be decoded");
                if let Some(reply) = reply {
                    reply.undecodable.push(name);
                }
            }
            (Untagged::Fetch(fetched), _) => {
                if let Some(reply) = reply {
                    reply.fetched.push(fetched);
                }
            }
            (Untagged::Search(uids), _) => {
                if let Some(reply) = reply {
                    reply.found.extend(uids);
                }
            }
            (Untagged::Folder(name), _) => {
                if let Some(reply) = reply {
                    reply.folders.push(name);
                }
            }
            // A MOVE is answered by COPYUID before its completion (RFC 6851 4.3).
            (Untagged::Status(Code::CopyUid(uid_validity, uid)), _) => {
                if let Some(reply) = reply {
                    reply.moved = Some((uid_validity, uid));
                }
            }
            _ => {}
        }
    }
}

impl Selected {
    fn new(folder: &str) -> Self {
        Self {
            folder: folder.to_owned(),
            uid_validity: 0,
            exists: 0,
            below: 0,
            arrived: false,
            permanent_flags: Vec::new(),
            writable: true,
        }
    }

    /// Whether a keyword can be set so that it lasts (RFC 3501 7.1, PERMANENTFLAGS).
    pub(super) fn keeps(&self, flag: &str) -> bool {
        self.writable
            && self.permanent_flags.iter().any(|kept| {
                kept.eq_ignore_ascii_case(flag) || kept == "\\*" && !flag.starts_with('\\')
            })
    }

    fn expunge(&mut self, number: u32) {
        self.exists = self.exists.saturating_sub(1);
        if number <= self.below {
            self.below -= 1;
        }
    }
}
