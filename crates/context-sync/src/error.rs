use std::fmt;

/// Why a body, a path or a value was refused: what is wrong and where it stands.
///
/// The message says what was expected and repeats nothing of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    expected: &'static str,
    field: &'static str,
    index: Option<u32>,
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
    /// A field or parameter that must be there is not.
    Missing,
    /// A JSON value of another type.
    WrongType,
    /// A value that does not follow its grammar.
    Invalid,
    /// Too many, too long, too small or too large.
    OutOfRange,
}

impl Error {
    pub(crate) const fn new(kind: ErrorKind, expected: &'static str) -> Self {
        Self {
            kind,
            expected,
            field: "",
            index: None,
            offset: None,
        }
    }

    pub(crate) fn json(error: &strict_json::Error) -> Self {
        let (kind, expected) = match error.kind() {
            strict_json::ErrorKind::TooLarge => (ErrorKind::TooLarge, "a shorter body"),
            kind => (ErrorKind::Json, expected_json(kind)),
        };
        Self {
            offset: u32::try_from(error.offset()).ok(),
            ..Self::new(kind, expected)
        }
    }

    /// The same error about the field `name`.
    pub(crate) fn field(mut self, name: &'static str) -> Self {
        self.field = name;
        self
    }

    /// The same error about element `index` of the list.
    pub(crate) fn element(mut self, index: usize) -> Self {
        self.index = u32::try_from(index).ok();
        self
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What was expected.
    #[must_use]
    pub fn expected(&self) -> &'static str {
        self.expected
    }

    /// The field or parameter at fault, such as `cc`. Empty when it is the whole value.
    #[must_use]
    pub fn field_name(&self) -> &'static str {
        self.field
    }

    /// Which element of the list, from 0.
    #[must_use]
    pub fn index(&self) -> Option<usize> {
        self.index.map(|index| index as usize)
    }

    /// Where in a text that is not JSON, in octets from its start.
    #[must_use]
    pub fn offset(&self) -> Option<usize> {
        self.offset.map(|offset| offset as usize)
    }

    /// What was expected and where, without the name of the field.
    pub(crate) fn sentence(&self) -> String {
        let mut sentence = format!("expected {}", self.expected);
        if let Some(index) = self.index {
            sentence += &format!(" as element {index}");
        }
        if let Some(offset) = self.offset {
            sentence += &format!(" at octet {offset}");
        }
        sentence
    }
}

fn expected_json(kind: strict_json::ErrorKind) -> &'static str {
    match kind {
        strict_json::ErrorKind::TooDeep => "JSON with less nesting",
        strict_json::ErrorKind::DuplicateName => "JSON without a member name twice in one object",
        strict_json::ErrorKind::InvalidUtf8 => "JSON in UTF-8",
        strict_json::ErrorKind::LoneSurrogate => "JSON without half a surrogate pair",
        strict_json::ErrorKind::NonFinite => "JSON without a number beyond a double",
        _ => "a JSON text",
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.field.is_empty() {
            write!(f, "{}: ", self.field)?;
        }
        f.write_str(&self.sentence())
    }
}

impl std::error::Error for Error {}
