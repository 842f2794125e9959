use std::fmt;

/// What is wrong with something a server sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    kind: ErrorKind,
    message: String,
}

/// The kinds of [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Not JSON, or not the JSON that the protocol defines.
    Malformed,
    /// No answer to a call that was made, or one to another call.
    MissingAnswer,
    /// A URL that a token must not be sent to, or none.
    Url,
    /// The account, or the server, does not do what is needed.
    MissingCapability,
    /// Over a limit.
    TooLarge,
}

impl Error {
    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { kind, message }
    }

    pub(crate) fn malformed(what: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Malformed, format!("expected {what}"))
    }

    /// Its text could repeat what the server wrote, so only the place is kept.
    pub(crate) fn json(what: &str, error: &serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        Self::malformed(format_args!(
            "{what}: wrong at line {line}, column {column}"
        ))
    }
}
