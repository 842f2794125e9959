//! Which entries to list: filter, window and search words.

use crate::{EntryId, Error, ErrorKind, FolderName};

/// The most words in one search.
const MAX_WORDS: usize = 32;

/// The longest search, in octets.
const MAX_QUERY_OCTETS: usize = 4 * 1024;

/// Which entries of a mailbox to list. The default is all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // configuration, built with `..Filter::default()`
pub struct Filter {
    /// Only one folder. One that does not exist is an error.
    pub folder: Option<FolderName>,
    /// Only unread entries, or only read ones.
    pub unread: Option<bool>,
    /// Only messages for machines, or only others.
    pub mrm: Option<bool>,
    /// Only messages with all of these words.
    pub words: Option<Words>,
}

/// Which part of a listing, and in which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub(crate) start: Start,
    pub(crate) skip: u32,
    pub(crate) limit: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    Newest,
    Before(EntryId),
    After(EntryId),
}

/// The words of a search, all of which a message has to hold in its subject, addresses or text.
///
/// A query is data: blanks, control characters and quotes part its words, and nothing in it is an
/// operator. A word is compared without case and diacritics. One with punctuation inside, such as
/// an address, is found where its pieces follow each other.
///
/// ```
/// use mailmesh_store::Words;
///
/// let words = Words::parse("Invoice  NEAR(\"x\" *) orders@shop.example")?;
/// assert_eq!(words.iter().collect::<Vec<_>>(), ["Invoice", "NEAR(", "x", "orders@shop.example"]);
/// # Ok::<(), mailmesh_store::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words(Vec<String>);

impl Window {
    /// The newest entries, newest first.
    #[must_use]
    pub fn newest(limit: u32) -> Self {
        Self {
            start: Start::Newest,
            skip: 0,
            limit,
        }
    }

    /// The entries that arrived before this one, newest first. It need not exist any more.
    #[must_use]
    pub fn before(id: EntryId, limit: u32) -> Self {
        Self {
            start: Start::Before(id),
            skip: 0,
            limit,
        }
    }

    /// The entries that arrived after this one, oldest first. It need not exist any more.
    #[must_use]
    pub fn after(id: EntryId, limit: u32) -> Self {
        Self {
            start: Start::After(id),
            skip: 0,
            limit,
        }
    }

    /// The same without its first entries. The cost grows with their number; paging by
    /// [`before`](Self::before) does not.
    #[must_use]
    pub fn skip(mut self, entries: u32) -> Self {
        self.skip = entries;
        self
    }
}

impl Words {
    /// Reads a query. One without a letter or digit holds no words and matches nothing.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] when it has more than 32 words or more than 4,096 octets.
    pub fn parse(query: &str) -> Result<Self, Error> {
        if query.len() > MAX_QUERY_OCTETS {
            return Err(Error::new(
                ErrorKind::Invalid,
                "expected a query of at most 4096 octets",
            ));
        }
        let words: Vec<String> = query
            .split(|c: char| c.is_whitespace() || c.is_control() || c == '"')
            .filter(|word| word.chars().any(char::is_alphanumeric))
            .map(str::to_owned)
            .collect();
        if words.len() > MAX_WORDS {
            return Err(Error::new(
                ErrorKind::Invalid,
                "expected a query of at most 32 words",
            ));
        }
        Ok(Self(words))
    }

    /// The words, in the order of the query.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether there are none, so that nothing matches.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::Words;

    #[test]
    fn what_has_no_letter_or_digit_is_no_word() {
        for query in ["", "  ", "\"\"", "*** -- ()", "\0\r\n"] {
            assert!(Words::parse(query).unwrap().is_empty(), "{query:?}");
        }
    }

    #[test]
    fn limits_hold_at_the_edge() {
        assert!(Words::parse(&"a ".repeat(32)).is_ok());
        assert!(Words::parse(&"a ".repeat(33)).is_err());
        assert!(Words::parse(&"a".repeat(4096)).is_ok());
        assert!(Words::parse(&"a".repeat(4097)).is_err());
    }
}
