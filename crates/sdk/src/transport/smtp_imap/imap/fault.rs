use thiserror::Error;

use crate::{Error, ErrorKind};

/// Why a conversation cannot go on. After a fault the machine takes and gives nothing more.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum Fault {
    #[error("expected a response of at most {limit} octets")]
    ResponseTooLong { limit: usize },
    #[error("expected at most {limit} octets in answer to one command")]
    TooManyOctets { limit: usize },
    #[error("expected at most {limit} responses to one command")]
    TooManyResponses { limit: usize },
    #[error("expected the tag of the running command")]
    ForeignTag,
    #[error("expected no continuation request now")]
    UnexpectedContinuation,
    #[error("expected the command to be read to its end before it succeeds")]
    EarlyCompletion,
    #[error("expected a greeting")]
    NoGreeting,
    #[error("expected nothing after the answer to STARTTLS")]
    InjectedPlaintext,
    #[error("expected a well-formed continuation request or completion")]
    Garbled,
    #[error("the server closed the conversation: {0}")]
    Bye(String),
    #[error("expected {0}")]
    Argument(&'static str),
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        let kind = match fault {
            Fault::Argument(_) => ErrorKind::Invalid,
            // RFC 3501 7.1.5: a shutdown, an idle timeout; a new connection may do better.
            Fault::Bye(_) => ErrorKind::Unreachable,
            _ => ErrorKind::Protocol,
        };
        Self::new(kind, format!("imap: {fault}"))
    }
}
