//! How a command ends: an exit code and, when it failed, one line.

use std::fmt::{self, Write as _};
use std::io;
use std::path::Path;
use std::process::ExitCode;

use serde_json::json;

use crate::output::{note, one_line, say};

/// The exit codes of every command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Done = 0,
    /// The answer is no: a signature does not verify, a vector failed, nothing came in time,
    /// there is no such message.
    Negative = 1,
    /// Wrong use, or input that cannot be used.
    Usage = 2,
    /// The other side refused.
    Refused = 3,
    /// The other side, or the place that was named, could not be reached.
    Unreachable = 4,
    /// Stopped from the keyboard, as a shell reports it.
    Interrupted = 130,
}

/// Why a command ended early.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    kind: &'static str,
    message: Option<String>,
}

impl Exit {
    fn kind(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Negative => "negative",
            Self::Usage => "usage",
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
            Self::Interrupted => "interrupted",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl Failure {
    /// A failure with one line that says what to do.
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            kind: exit.kind(),
            message: Some(message.into()),
        }
    }

    /// Wrong use or bad input.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// The answer is no.
    pub(crate) fn negative(message: impl Into<String>) -> Self {
        Self::new(Exit::Negative, message)
    }

    /// A file that could not be read or written.
    pub(crate) fn file(verb: &str, path: &Path, cause: &io::Error) -> Self {
        Self::usage(format!("cannot {verb} {}: {cause}", path.display()))
    }

    /// Stopped from the keyboard.
    pub(crate) fn interrupted() -> Self {
        Self::quiet(Exit::Interrupted)
    }

    /// An error of the sdk, with what to do about it.
    pub(crate) fn of_sdk(error: &mailmesh::Error, advice: &str) -> Self {
        use mailmesh::ErrorKind as Kind;
        let (exit, kind) = match error.kind() {
            Kind::Invalid => (Exit::Usage, "invalid"),
            Kind::Unsupported => (Exit::Usage, "unsupported"),
            Kind::NotFound => (Exit::Negative, "not-found"),
            Kind::Unauthorized => (Exit::Refused, "unauthorized"),
            Kind::Forbidden => (Exit::Refused, "forbidden"),
            Kind::Conflict => (Exit::Refused, "conflict"),
            Kind::Refused => (Exit::Refused, "refused"),
            Kind::Busy => (Exit::Refused, "busy"),
            Kind::Timeout => (Exit::Unreachable, "timeout"),
            Kind::Protocol => (Exit::Unreachable, "protocol"),
            Kind::Store => (Exit::Unreachable, "store"),
            _ => (Exit::Unreachable, "unreachable"),
        };
        Self::new(exit, with_causes(error) + advice).with_kind(kind)
    }

    /// An early end with nothing left to say.
    fn quiet(exit: Exit) -> Self {
        Self {
            exit,
            kind: exit.kind(),
            message: None,
        }
    }

    /// The same failure named by its own kind, for programs that read `--json`.
    pub(crate) fn with_kind(mut self, kind: &'static str) -> Self {
        self.kind = kind;
        self
    }

    /// Says on stderr what went wrong and returns the exit code.
    pub(crate) fn report(&self, as_json: bool) -> Exit {
        if let Some(message) = &self.message {
            if as_json {
                let (kind, exit) = (self.kind, self.exit as u8);
                let message = one_line(message);
                say(
                    &json!({"error": {"kind": kind, "message": message, "exit": exit}}).to_string(),
                );
            } else {
                note(message);
            }
        }
        self.exit
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message.as_deref().unwrap_or_default())
    }
}

impl From<mailmesh::Error> for Failure {
    fn from(error: mailmesh::Error) -> Self {
        Self::of_sdk(&error, advice(error.kind()))
    }
}

/// What to do, where the kind alone tells.
fn advice(kind: mailmesh::ErrorKind) -> &'static str {
    use mailmesh::ErrorKind as Kind;
    match kind {
        Kind::Unauthorized => "; check the user in the mailbox URL and the password",
        Kind::Busy | Kind::Timeout => "; try again later",
        Kind::Unreachable => "; check the mailbox URL and the network",
        _ => "",
    }
}

impl From<mailmesh_node::Error> for Failure {
    fn from(error: mailmesh_node::Error) -> Self {
        use mailmesh_node::ErrorKind as Kind;
        let (exit, kind) = match error.kind() {
            Kind::Held => (Exit::Refused, "held"),
            Kind::Config | Kind::Tls => (Exit::Usage, "invalid"),
            _ => (Exit::Unreachable, "unreachable"),
        };
        Self::new(exit, with_causes(&error)).with_kind(kind)
    }
}

impl From<mailmesh_mcp::Error> for Failure {
    fn from(error: mailmesh_mcp::Error) -> Self {
        let exit = match error.kind() {
            mailmesh_mcp::ErrorKind::Config => Exit::Usage,
            _ => Exit::Unreachable,
        };
        Self::new(exit, with_causes(&error))
    }
}

impl From<mailmesh_store::Error> for Failure {
    fn from(error: mailmesh_store::Error) -> Self {
        use mailmesh_store::ErrorKind as Kind;
        let exit = match error.kind() {
            Kind::Invalid | Kind::Exists => Exit::Usage,
            Kind::NotFound => Exit::Negative,
            Kind::Busy | Kind::NewerSchema => Exit::Refused,
            _ => Exit::Unreachable,
        };
        Self::new(exit, with_causes(&error)).with_kind("store")
    }
}

/// A message with what lies below it, as far as it does not say that already.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut message = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        // Many errors repeat their cause already.
        if !message.contains(&text) {
            let _ = write!(message, ": {text}"); // infallible: a String
        }
        source = cause.source();
    }
    message
}

impl From<structured_email::ComposeError> for Failure {
    fn from(error: structured_email::ComposeError) -> Self {
        let kind = error.kind().as_str();
        Self::usage(format!("{kind}: {error}")).with_kind(kind)
    }
}

impl From<io::Error> for Failure {
    /// An error while writing results. A reader that went away has seen enough.
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::quiet(Exit::Done);
        }
        Self::new(
            Exit::Unreachable,
            format!("cannot write the result: {error}"),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sdk_errors_keep_their_cause_and_get_the_code_that_says_who_has_to_act() {
        let cause = io::Error::other("connection reset");
        let error =
            mailmesh::Error::new(mailmesh::ErrorKind::Unreachable, "cannot reach the server")
                .with_source(cause);
        let failure = Failure::from(error);
        assert_eq!(failure.exit, Exit::Unreachable);
        assert_eq!(
            failure.message.as_deref(),
            Some(
                "cannot reach the server: connection reset; check the mailbox URL and the network"
            )
        );

        let gone = Failure::from(mailmesh::Error::new(
            mailmesh::ErrorKind::NotFound,
            "no message 7",
        ));
        assert_eq!((gone.exit, gone.kind), (Exit::Negative, "not-found"));
    }

    #[test]
    fn a_reader_that_went_away_is_no_failure() {
        let failure = Failure::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!((failure.exit, failure.message), (Exit::Done, None));
    }
}
