use std::borrow::Cow;
use std::fmt;

/// Why a draft was not written. Nothing of it is in the output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComposeError {
    kind: ComposeErrorKind,
    field: &'static str,
    expected: Cow<'static, str>,
    offset: Option<usize>,
}

/// The kinds of [`ComposeError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ComposeErrorKind {
    /// A value holds CR, LF or NUL and would have become a header field of its own.
    HeaderInjection,
    /// There is no author.
    NoFrom,
    /// An address is not `local@domain` (RFC 5322, 3.4.1).
    InvalidAddress,
    /// A message id or content id cannot stand between angle brackets (RFC 5322, 3.6.4).
    InvalidId,
    /// The date is outside the years that a `Date` field can hold.
    InvalidDate,
    /// The boundary does not follow RFC 2046, 5.1.1.
    InvalidBoundary,
    /// A line of the content would be taken for the boundary.
    BoundaryInContent,
    /// The media type of an attachment is not `type/subtype`, is a composite type, or is
    /// `message/rfc822` and the content cannot be written as such.
    InvalidMediaType,
    /// The data is not a JSON object or array, or not one that every reader reads alike.
    InvalidData,
    /// The arrangement does not fit the content.
    Arrangement,
    /// The data, the header or the message would be over a limit that receivers keep.
    TooLarge,
}

impl ComposeError {
    pub(crate) fn new(
        kind: ComposeErrorKind,
        field: &'static str,
        expected: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            kind,
            field,
            expected: expected.into(),
            offset: None,
        }
    }

    pub(crate) fn at(mut self, offset: usize) -> Self {
        self.offset = Some(offset);
        self
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ComposeErrorKind {
        self.kind
    }

    /// The part of the draft or stamp at fault: a header field such as `To`, or `data`,
    /// `filename`, `boundary`, …
    #[must_use]
    pub fn field(&self) -> &'static str {
        self.field
    }

    /// Where in the data, in octets from its start, if it is at one place.
    #[must_use]
    pub fn offset(&self) -> Option<usize> {
        self.offset
    }
}

impl fmt::Display for ComposeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.expected)?;
        if let Some(offset) = self.offset {
            write!(f, " at octet {offset}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ComposeError {}

impl ComposeErrorKind {
    /// The name used in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HeaderInjection => "HeaderInjection",
            Self::NoFrom => "NoFrom",
            Self::InvalidAddress => "InvalidAddress",
            Self::InvalidId => "InvalidId",
            Self::InvalidDate => "InvalidDate",
            Self::InvalidBoundary => "InvalidBoundary",
            Self::BoundaryInContent => "BoundaryInContent",
            Self::InvalidMediaType => "InvalidMediaType",
            Self::InvalidData => "InvalidData",
            Self::Arrangement => "Arrangement",
            Self::TooLarge => "TooLarge",
        }
    }
}

impl fmt::Display for ComposeErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
