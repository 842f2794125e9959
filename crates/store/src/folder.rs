use std::fmt;
use std::str::FromStr;

use crate::{Error, ErrorKind};

/// The name of a folder in a mailbox.
///
/// 1 to 255 octets without control characters. Case counts, except in `INBOX` (RFC 9051, 5.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FolderName(String);

/// What is in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FolderStatus {
    /// Its name.
    pub name: FolderName,
    /// Its entries.
    pub entries: u64,
    /// Those of them that are unread.
    pub unread: u64,
}

impl FolderName {
    /// Where mail arrives. Every mailbox has it.
    #[must_use]
    pub fn inbox() -> Self {
        Self("INBOX".to_owned())
    }

    /// Where the copies of sent mail are kept.
    #[must_use]
    pub fn sent() -> Self {
        Self("Sent".to_owned())
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for FolderName {
    type Err = Error;

    /// Takes a name.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] when it is empty, too long or holds a control character.
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        if !(1..=255).contains(&name.len()) || name.chars().any(char::is_control) {
            return Err(Error::new(
                ErrorKind::Invalid,
                "expected a folder name of 1 to 255 octets without control characters",
            ));
        }
        if name.eq_ignore_ascii_case("INBOX") {
            return Ok(Self::inbox());
        }
        Ok(Self(name.to_owned()))
    }
}

impl fmt::Display for FolderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::FolderName;

    #[test]
    fn the_inbox_has_one_name() {
        assert_eq!("inBox".parse::<FolderName>().unwrap(), FolderName::inbox());
        assert_ne!("sent".parse::<FolderName>().unwrap(), FolderName::sent());
    }

    #[test]
    fn refuses_names_that_cannot_be_shown() {
        let long = "x".repeat(256);
        for name in ["", "a\0b", "a\r\nb", &long] {
            assert!(name.parse::<FolderName>().is_err(), "{name:?}");
        }
        assert!(long[1..].parse::<FolderName>().is_ok());
    }
}
