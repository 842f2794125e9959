use std::fmt;

use crate::Code;

/// Why a value was refused: what is wrong, where it stands, and the code an operator answers.
///
/// The message says what was expected and repeats nothing of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    code: Code,
    expected: &'static str,
    place: Place,
    offset: Option<u32>,
}

/// The kinds of [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Longer than the limit for the whole text.
    TooLarge,
    /// Not JSON, or JSON that two readers may understand differently.
    Json,
    /// A member or parameter that must be there is not.
    Missing,
    /// A JSON value of another type.
    WrongType,
    /// A value that does not follow its grammar.
    Invalid,
    /// Too few, too many, too long, too early or too late.
    OutOfRange,
    /// A member that may not be there.
    Forbidden,
    /// Two values that exclude each other.
    Inconsistent,
}

/// Where a value stands: `to`, `to[3]`, `content_parts[0].url`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Place {
    member: &'static str,
    index: Option<u32>,
    inner: &'static str,
}

impl Error {
    pub(crate) const fn new(kind: ErrorKind, code: Code, expected: &'static str) -> Self {
        let place = Place {
            member: "",
            index: None,
            inner: "",
        };
        Self {
            kind,
            code,
            expected,
            place,
            offset: None,
        }
    }

    pub(crate) fn json(error: &strict_json::Error) -> Self {
        let (kind, expected) = match error.kind() {
            strict_json::ErrorKind::TooLarge => (ErrorKind::TooLarge, "a shorter text"),
            kind => (ErrorKind::Json, expected_json(kind)),
        };
        let code = match kind {
            ErrorKind::TooLarge => Code::PayloadTooLarge,
            _ => Code::InvalidJson,
        };
        Self {
            offset: u32::try_from(error.offset()).ok(),
            ..Self::new(kind, code, expected)
        }
    }

    /// The same error about the member `name`.
    pub(crate) fn member(mut self, name: &'static str) -> Self {
        self.place.member = name;
        self
    }

    /// The same error about element `index` of the list.
    pub(crate) fn element(mut self, index: usize) -> Self {
        self.place.index = u32::try_from(index).ok();
        self
    }

    /// The same error about the member `name` of an element.
    pub(crate) fn inner(mut self, name: &'static str) -> Self {
        self.place.inner = name;
        self
    }

    /// The same error under another code.
    pub(crate) fn under(mut self, code: Code) -> Self {
        self.code = code;
        self
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What an operator answers to a request with this fault.
    #[must_use]
    pub fn code(&self) -> Code {
        self.code
    }

    /// What was expected.
    #[must_use]
    pub fn expected(&self) -> &'static str {
        self.expected
    }

    /// The member or parameter at fault, such as `to`. Empty when it is the whole value.
    #[must_use]
    pub fn member_name(&self) -> &'static str {
        self.place.member
    }

    /// Which element of the list, from 0.
    #[must_use]
    pub fn index(&self) -> Option<usize> {
        self.place.index.map(|index| index as usize)
    }

    /// Where in a text that is not JSON, in octets from its start.
    #[must_use]
    pub fn offset(&self) -> Option<usize> {
        self.offset.map(|offset| offset as usize)
    }
}

fn expected_json(kind: strict_json::ErrorKind) -> &'static str {
    match kind {
        strict_json::ErrorKind::TooDeep => "JSON with less nesting",
        strict_json::ErrorKind::DuplicateName => "JSON without a member name twice in one object",
        strict_json::ErrorKind::InvalidUtf8 => "JSON in UTF-8",
        strict_json::ErrorKind::LoneSurrogate => "JSON without half a surrogate pair",
        _ => "a JSON text",
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.member)?;
        if let Some(index) = self.index {
            write!(f, "[{index}]")?;
        }
        if !self.inner.is_empty() {
            write!(f, ".{}", self.inner)?;
        }
        Ok(())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.place != Place::default() {
            write!(f, "{}: ", self.place)?;
        }
        write!(f, "expected {}", self.expected)?;
        match self.offset {
            Some(offset) => write!(f, " at octet {offset}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}
