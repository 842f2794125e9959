use std::fmt;
use std::str::FromStr;

use crate::{Error, ErrorKind};

/// A keyword on an entry, as IMAP and JMAP spell them: `$Forwarded`, `$MRM`.
///
/// 1 to 100 visible ASCII characters, none of `( ) { ] % * " \` (RFC 9051, 9, `flag-keyword`;
/// RFC 8621, 4.1.1). Its spelling is kept; keywords that differ only by case are the same one.
#[derive(Clone, Debug)]
pub struct Keyword(String);

impl Keyword {
    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Several keywords as a database keeps them: apart by blanks, which no keyword holds.
    pub(crate) fn join(keywords: &[Self]) -> String {
        keywords
            .iter()
            .map(Self::as_str)
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// The reverse of [`join`](Self::join).
    pub(crate) fn split(joined: &str) -> Vec<Self> {
        joined
            .split_ascii_whitespace()
            .map(|keyword| Self(keyword.to_owned()))
            .collect()
    }
}

impl PartialEq for Keyword {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for Keyword {}

impl FromStr for Keyword {
    type Err = Error;

    /// Takes a keyword.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] when it is empty, too long or holds another character.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let allowed = |b: u8| b.is_ascii_graphic() && !b"(){]%*\"\\".contains(&b);
        if !(1..=100).contains(&text.len()) || !text.bytes().all(allowed) {
            return Err(Error::new(
                ErrorKind::Invalid,
                "expected a keyword of 1 to 100 visible ASCII characters without ( ) { ] % * \" \\",
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Keyword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert_eq, proptest};

    use super::Keyword;

    #[test]
    fn case_does_not_tell_keywords_apart() {
        assert_eq!("$MRM".parse::<Keyword>().unwrap(), "$mrm".parse().unwrap());
        assert_ne!("$MRM".parse::<Keyword>().unwrap(), "$mrn".parse().unwrap());
    }

    #[test]
    fn refuses_what_no_server_takes() {
        for text in [
            "",
            "a b",
            "a\r\n",
            "(a)",
            "a\"",
            "a\\",
            "a]",
            "\\Seen",
            "é",
            &"x".repeat(101),
        ] {
            assert!(text.parse::<Keyword>().is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_was_joined_is_split_again(texts in proptest::collection::vec("[!#$&+-Z^-z|}~]{1,9}", 0..5)) {
            let keywords: Vec<Keyword> = texts.iter().map(|text| text.parse().unwrap()).collect();
            let split = Keyword::split(&Keyword::join(&keywords));
            prop_assert_eq!(split.iter().map(Keyword::as_str).collect::<Vec<_>>(), texts);
        }
    }
}
