use std::fmt;

/// Why a JSON text was refused, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    /// Small, since every step of the reader returns one or none.
    offset: u32,
}

impl Error {
    pub(crate) fn at(kind: ErrorKind, offset: usize) -> Self {
        let offset = u32::try_from(offset).unwrap_or(u32::MAX);
        Self { kind, offset }
    }

    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Where, in octets from the start: the octet that does not fit, or the start of the string
    /// escape, number, name or value that does not.
    ///
    /// Of a text beyond [`Limits::size`](field@crate::Limits::size) it is the first octet too
    /// many, of an empty one the end.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset as usize
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at octet {}", self.kind.detail(), self.offset)
    }
}

impl std::error::Error for Error {}

/// What is wrong with a JSON text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ErrorKind {
    /// It has more octets than [`Limits::size`](field@crate::Limits::size).
    TooLarge,
    /// It is nested more deeply than [`Limits::depth`](field@crate::Limits::depth).
    TooDeep,
    /// It has more values than [`Limits::nodes`](field@crate::Limits::nodes).
    TooManyNodes,
    /// It is not UTF-8 (RFC 8259 8.1).
    InvalidUtf8,
    /// It starts with a byte order mark (RFC 8259 8.1).
    ByteOrderMark,
    /// It is empty, or nothing but white space.
    Empty,
    /// It does not follow the grammar of JSON (RFC 8259).
    Syntax,
    /// A number is beyond the range of a double, or `NaN` or `Infinity` stands for one (RFC 7493
    /// 2.2).
    NonFinite,
    /// A number has more octets than [`Limits::number`](field@crate::Limits::number).
    NumberTooLong,
    /// A string escape is half of a surrogate pair (RFC 7493 2.1).
    LoneSurrogate,
    /// An object has two members of one name, compared after unescaping (RFC 7493 2.3).
    DuplicateName,
    /// Something follows the value.
    Trailing,
}

impl ErrorKind {
    /// One sentence for people.
    #[must_use]
    pub const fn detail(self) -> &'static str {
        match self {
            Self::TooLarge => "expected a shorter text",
            Self::TooDeep => "expected fewer nested arrays and objects",
            Self::TooManyNodes => "expected fewer values",
            Self::InvalidUtf8 => "expected UTF-8",
            Self::ByteOrderMark => "expected a value, not a byte order mark",
            Self::Empty => "expected a value, not an empty text",
            Self::Syntax => "expected JSON",
            Self::NonFinite => "expected a finite number",
            Self::NumberTooLong => "expected a shorter number",
            Self::LoneSurrogate => "expected both halves of a surrogate pair",
            Self::DuplicateName => "expected a name that is not in the object yet",
            Self::Trailing => "expected the end after the value",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.detail())
    }
}
