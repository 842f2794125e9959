use std::fmt;

use structured_email::ComposeError;

/// Why a message has no counterpart at all. What merely does not fit is a [`Loss`](crate::Loss).
///
/// The message says what was expected and repeats nothing of the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    expected: &'static str,
    source: Option<Box<ComposeError>>,
}

/// The kinds of [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A text is no mail domain.
    InvalidDomain,
    /// An address is no handle of the domain, or a handle is too long to be an address.
    Unmapped,
    /// None of the recipients is a handle of the domain.
    NoRecipient,
    /// More recipients than an envelope takes.
    TooManyRecipients,
    /// What comes out would be over a limit.
    TooLarge,
    /// The mail cannot be written; the source says why.
    Unwritable,
}

impl Error {
    pub(crate) const fn new(kind: ErrorKind, expected: &'static str) -> Self {
        Self {
            kind,
            expected,
            source: None,
        }
    }

    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl From<ComposeError> for Error {
    fn from(source: ComposeError) -> Self {
        let kind = match source.kind() {
            structured_email::ComposeErrorKind::TooLarge => ErrorKind::TooLarge,
            _ => ErrorKind::Unwritable,
        };
        Self {
            source: Some(Box::new(source)),
            ..Self::new(kind, "an envelope that can be written as mail")
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}", self.expected)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        let source = self.source.as_deref()?;
        Some(source)
    }
}
