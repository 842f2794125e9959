use std::fmt;

use crate::{Path, Pointer};

/// Why a card was refused: what is wrong, and at which member.
///
/// It never holds text of the card beyond the names in its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(Box<Inner>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Inner {
    kind: ErrorKind,
    path: Pointer,
    detail: &'static str,
}

/// The kinds of [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A member has another JSON type than its field.
    WrongType,
    /// `null` as an element of an array or as a value of a map (ProtoJSON).
    NullElement,
    /// One field in both its spellings, `lowerCamelCase` and `snake_case`.
    TwoSpellings,
    /// Two members of which only one may be set.
    TwoMembers,
    /// More entries in `signatures` than [`Limits::signatures`](crate::Limits::signatures).
    TooManySignatures,
    /// The pointers to the members that have to be reported take more octets than
    /// [`Limits::size`](crate::Limits::size).
    ReportTooLarge,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, path: &Path<'_>, detail: &'static str) -> Self {
        Self(Box::new(Inner {
            kind,
            path: path.pointer(),
            detail,
        }))
    }

    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The member it is wrong with.
    #[must_use]
    pub fn path(&self) -> &Pointer {
        &self.0.path
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.detail)?;
        match self.0.path.as_str() {
            "" => Ok(()),
            path => write!(f, " at {path}"),
        }
    }
}

impl std::error::Error for Error {}
