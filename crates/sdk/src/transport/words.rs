//! The words of a query, for servers that search by themselves.

use crate::{Error, ErrorKind};

/// Words of a query, and octets of one.
const MAX_WORDS: usize = 32;
const MAX_WORD: usize = 256;

/// Spaces and control characters separate words; nothing else in them has a meaning.
///
/// # Errors
///
/// Invalid when there are too many words, or one is too long.
pub(super) fn words(query: &str) -> Result<Vec<&str>, Error> {
    let words: Vec<&str> = query
        .split(|letter: char| letter.is_whitespace() || letter.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    if words.len() > MAX_WORDS || words.iter().any(|word| word.len() > MAX_WORD) {
        let message = format!("expected at most {MAX_WORDS} words of {MAX_WORD} octets");
        return Err(Error::new(ErrorKind::Invalid, message));
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_words() {
        assert_eq!(words(" a\tb\r\nc\0d ").unwrap(), ["a", "b", "c", "d"]);
        assert!(words("\u{7}").unwrap().is_empty());
        assert!(words(&"x ".repeat(MAX_WORDS)).is_ok());
        assert!(words(&"x ".repeat(MAX_WORDS + 1)).is_err());
        assert!(words(&"x".repeat(MAX_WORD + 1)).is_err());
    }
}
