use std::fmt;

/// Why a whole message was refused. Everything smaller is a [`Problem`](crate::Problem) of one
/// part, and the message still parses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    limit: usize,
}

/// The kinds of [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The message is longer than [`Limits::message`](crate::Limits::message).
    MessageTooLarge,
    /// The header block is longer than [`Limits::header`](crate::Limits::header).
    HeaderTooLarge,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, limit: usize) -> Self {
        Self { kind, limit }
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The limit that was met, in octets.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.limit
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            ErrorKind::MessageTooLarge => "message",
            ErrorKind::HeaderTooLarge => "header block",
        };
        write!(f, "{what} is longer than {} octets", self.limit)
    }
}

impl std::error::Error for Error {}
