use serde::{Deserialize, Serialize};

use crate::text_type::text_type;
use crate::{Code, Error, ErrorKind};

/// A subject: at most 256 octets of UTF-8 without control characters (2.1). It may be empty.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Subject(Box<str>);

text_type!(Subject);

impl Subject {
    /// The most octets that a subject may have. It keeps push frames short.
    pub const MAX: usize = 256;

    /// The subject nearest to `text`: control characters become spaces, and what is too much is
    /// cut off. For reading what an operator without these rules let through.
    #[must_use]
    pub fn nearest(text: &str) -> Self {
        let end = text.floor_char_boundary(Self::MAX);
        let printable = |character: char| {
            if character.is_control() {
                ' '
            } else {
                character
            }
        };
        // A control character of two octets becomes a space of one, so nothing grows.
        Self(text[..end].chars().map(printable).collect())
    }

    fn check(text: &str) -> Result<(), Error> {
        let wrong = |kind, expected| Err(Error::new(kind, Code::InvalidRequest, expected));
        if text.len() > Self::MAX {
            return wrong(ErrorKind::OutOfRange, "a subject of 256 octets at most");
        }
        // Only where there is more than printable ASCII is there more to look at.
        let is_plain = text.bytes().all(|octet| matches!(octet, b' '..=b'~'));
        if !is_plain && text.chars().any(char::is_control) {
            return wrong(ErrorKind::Invalid, "a subject without control characters");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Subject;

    #[test]
    fn subjects_end_at_the_limit_in_octets() {
        assert!("é".repeat(128).parse::<Subject>().is_ok());
        assert!(("é".repeat(128) + "a").parse::<Subject>().is_err());
        for control in ['\0', '\r', '\n', '\t', '\u{7f}', '\u{85}'] {
            assert!(control.to_string().parse::<Subject>().is_err());
        }
    }

    #[test]
    fn the_nearest_subject_is_one() {
        for text in [
            "",
            "a\r\nb\u{85}",
            &"é".repeat(200),
            &("a".to_owned() + &"é".repeat(200)),
        ] {
            let nearest = Subject::nearest(text);
            assert!(Subject::check(nearest.as_str()).is_ok(), "{text}");
        }
        assert_eq!(Subject::nearest("as it is").as_str(), "as it is");
    }
}
