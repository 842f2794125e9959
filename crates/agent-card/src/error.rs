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
    detail: Detail,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Detail {
    Expected(&'static str),
    Json(strict_json::Error),
}

/// The kinds of [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The text is not JSON that every reader understands in the same way.
    Json(strict_json::ErrorKind),
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
    /// [`Limits::size`](crate::Limits::size) and 1 MiB.
    ReportTooLarge,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, path: &Path<'_>, detail: &'static str) -> Self {
        Self(Box::new(Inner {
            kind,
            path: path.pointer(),
            detail: Detail::Expected(detail),
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

    /// Where in the JSON text, in octets, if it is not JSON.
    #[must_use]
    pub fn offset(&self) -> Option<usize> {
        match &self.0.detail {
            Detail::Json(error) => Some(error.offset()),
            Detail::Expected(_) => None,
        }
    }
}

impl From<strict_json::Error> for Error {
    fn from(error: strict_json::Error) -> Self {
        Self(Box::new(Inner {
            kind: ErrorKind::Json(error.kind()),
            path: Pointer::root(),
            detail: Detail::Json(error),
        }))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.detail {
            Detail::Expected(detail) => f.write_str(detail)?,
            Detail::Json(error) => error.fmt(f)?,
        }
        match self.0.path.as_str() {
            "" => Ok(()),
            path => write!(f, " at {path}"),
        }
    }
}

impl std::error::Error for Error {}
