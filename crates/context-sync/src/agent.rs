use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use strict_json::canonical::compare_names;
use unicode_normalization::is_nfc;

use crate::{Error, ErrorKind};

/// The name of an agent, by convention `name@namespace` (section 2).
///
/// 1 to 255 octets of UTF-8 in normal form C, without control characters, white space and
/// invisible format characters; everything else is allowed and compared as it stands. The order is
/// that of UTF-16 code units, which decides who is addressed by a reply to all. Cloning is cheap.
///
/// ```
/// use context_sync::AgentId;
///
/// assert!("researcher@demo".parse::<AgentId>().is_ok());
/// assert!("two words".parse::<AgentId>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AgentId(Arc<str>);

impl AgentId {
    /// The longest that an id may be, in octets.
    pub const MAX: usize = 255;

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn check(text: &str) -> Result<(), Error> {
        let is_legal = (1..=Self::MAX).contains(&text.len())
            && text.chars().all(is_legal)
            && (text.is_ascii() || is_nfc(text));
        if is_legal {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Invalid,
            "an agent id: 1 to 255 octets of NFC text without white space, control and format characters",
        ))
    }
}

fn is_legal(c: char) -> bool {
    c.is_ascii_graphic() || !(c.is_control() || c.is_whitespace() || is_format(c))
}

/// The general category Cf of Unicode 16: marks that reorder, join or hide what is around them,
/// and so let two ids look the same.
fn is_format(c: char) -> bool {
    matches!(
        c,
        '\u{AD}'
            | '\u{600}'..='\u{605}'
            | '\u{61C}'
            | '\u{6DD}'
            | '\u{70F}'
            | '\u{890}'..='\u{891}'
            | '\u{8E2}'
            | '\u{180E}'
            | '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{FEFF}'
            | '\u{FFF9}'..='\u{FFFB}'
            | '\u{110BD}'
            | '\u{110CD}'
            | '\u{13430}'..='\u{1343F}'
            | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0001}'
            | '\u{E0020}'..='\u{E007F}'
    )
}

impl FromStr for AgentId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::check(text)?;
        Ok(Self(text.into()))
    }
}

impl AsRef<str> for AgentId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AgentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Ord for AgentId {
    fn cmp(&self, other: &Self) -> Ordering {
        compare_names(&self.0, &other.0)
    }
}

impl PartialOrd for AgentId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::AgentId;

    #[test]
    fn length_ends_at_the_limit() {
        assert!("a".repeat(255).parse::<AgentId>().is_ok());
        assert!("a".repeat(256).parse::<AgentId>().is_err());
        assert!(format!("{}é", "a".repeat(253)).parse::<AgentId>().is_ok());
        assert!(format!("{}é", "a".repeat(254)).parse::<AgentId>().is_err());
        assert!("".parse::<AgentId>().is_err());
    }

    #[test]
    fn order_is_that_of_utf_16() {
        let [low, high]: [AgentId; 2] =
            ["\u{1F600}", "\u{FF5E}"].map(|id| id.parse().unwrap_or_else(|_| unreachable!()));
        assert!(low < high, "a surrogate pair comes before U+FF5E");
    }
}
