use std::fmt;

use crate::ContentPart;
use crate::part::Body;

/// What the parts of an envelope are, at a glance (2.4).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum TypeHint {
    /// Nothing but text parts.
    Text,
    /// Nothing but images.
    Image,
    /// Nothing but files.
    File,
    /// Nothing but data.
    Data,
    /// Several types.
    Mixed,
    /// What an operator said in a word that this crate does not know.
    Other(Box<str>),
}

impl TypeHint {
    pub(crate) fn of(parts: &[ContentPart]) -> Self {
        let mut hints = parts.iter().map(|part| match part.body() {
            Body::Text(_) => Self::Text,
            Body::Image { .. } => Self::Image,
            Body::File { .. } => Self::File,
            Body::Data { .. } => Self::Data,
            Body::Other(_) => Self::Mixed,
        });
        match hints.next() {
            Some(first) if hints.all(|hint| hint == first) => first,
            _ => Self::Mixed,
        }
    }

    /// The hint that a word on the wire stands for. Of a word that is none, 16 characters are
    /// kept, with an underscore for all but `[0-9A-Za-z-]`.
    #[must_use]
    pub fn from_wire(word: &str) -> Self {
        match word {
            "text" => Self::Text,
            "image" => Self::Image,
            "file" => Self::File,
            "data" => Self::Data,
            "mixed" => Self::Mixed,
            other => Self::Other(unknown_word(other)),
        }
    }

    /// The word on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Text => "text",
            Self::Image => "image",
            Self::File => "file",
            Self::Data => "data",
            Self::Mixed => "mixed",
            Self::Other(word) => word,
        }
    }
}

impl fmt::Display for TypeHint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What is kept of a word from the wire that this crate does not know: nothing that could pass
/// for something else in a line of text, nor for a word that it knows. No such word has an
/// underscore or 16 letters.
pub(crate) fn unknown_word(word: &str) -> Box<str> {
    let plain = |c: char| {
        let is_plain = c.is_ascii_alphanumeric() || c == '-';
        if is_plain { c } else { '_' }
    };
    word.chars().map(plain).take(16).collect()
}
