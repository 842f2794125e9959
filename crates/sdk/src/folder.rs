//! Which messages: folders, places in them, filters and pages.

use std::fmt;

use crate::{Error, ErrorKind, Summary};

/// The name of a folder. [`Folder::inbox`] exists everywhere.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Folder(String);

/// A folder of a mailbox, and what is in it as far as the backend says so.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FolderStatus {
    /// Its name.
    pub folder: Folder,
    /// Its messages.
    pub messages: Option<u64>,
    /// Those of them that are unread.
    pub unread: Option<u64>,
}

/// A place in a folder's order of arrival, opaque; its text can be kept in a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Position(String);

/// Which messages to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // configuration, built with `..Filter::default()`
pub struct Filter {
    /// The folder, the inbox by default.
    pub folder: Folder,
    /// Only messages for machines, or only others.
    pub mrm: Option<bool>,
    /// Only unread messages, or only read ones.
    pub unread: Option<bool>,
}

/// Which part of a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // two numbers
pub struct Page {
    /// At most so many messages, 50 by default.
    pub limit: usize,
    /// After so many newer ones.
    pub offset: usize,
}

/// What to change about a message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mark {
    /// It was read.
    Read,
    /// It was not read.
    Unread,
    /// Set a keyword.
    Keyword(String),
    /// Clear a keyword.
    ClearKeyword(String),
}

impl Folder {
    /// The inbox.
    #[must_use]
    pub fn inbox() -> Self {
        Self("INBOX".to_owned())
    }

    /// A folder by name. The name of the inbox has no case (RFC 9051 5.1).
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        let name = name.into();
        if name.eq_ignore_ascii_case("INBOX") {
            Self::inbox()
        } else {
            Self(name)
        }
    }

    /// Its name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FolderStatus {
    /// A folder of which nothing but the name is known.
    #[must_use]
    pub fn named(folder: Folder) -> Self {
        Self {
            folder,
            messages: None,
            unread: None,
        }
    }
}

impl Default for Folder {
    fn default() -> Self {
        Self::inbox()
    }
}

impl fmt::Display for Folder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Position {
    /// A position as a transport made it.
    #[must_use]
    pub fn new(position: impl Into<String>) -> Self {
        Self(position.into())
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Filter {
    /// Whether a message of the right folder passes: the same answer on every transport.
    #[must_use]
    pub fn accepts(&self, summary: &Summary) -> bool {
        self.mrm.is_none_or(|wanted| wanted == summary.is_mrm)
            && self.unread.is_none_or(|wanted| wanted == summary.unread)
    }
}

impl Mark {
    /// The longest keyword, in octets.
    pub const MAX_KEYWORD: usize = 255;

    /// Refuses what cannot be a keyword on an IMAP server, so that a mailbox can move to one.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match self {
            Self::Read | Self::Unread => Ok(()),
            Self::Keyword(keyword) | Self::ClearKeyword(keyword) => check_keyword(keyword),
        }
    }
}

/// RFC 9051 9: `flag-keyword` is an `atom`.
fn check_keyword(keyword: &str) -> Result<(), Error> {
    let is_atom_char = |octet: u8| octet.is_ascii_graphic() && !b"(){%*\"\\]".contains(&octet);
    if !keyword.is_empty()
        && keyword.len() <= Mark::MAX_KEYWORD
        && keyword.bytes().all(is_atom_char)
    {
        return Ok(());
    }
    let message =
        "expected a keyword of 1 to 255 ASCII characters without space or any of (){%*\"\\]";
    Err(Error::new(ErrorKind::Invalid, message))
}

impl Default for Page {
    fn default() -> Self {
        Self {
            limit: 50,
            offset: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Folder, Mark};

    #[test]
    fn the_inbox_has_no_case() {
        assert_eq!(Folder::new("Inbox"), Folder::inbox());
        assert_ne!(Folder::new("Inbox/x"), Folder::new("INBOX/x"));
    }

    #[test]
    fn a_keyword_has_at_most_255_octets() {
        assert!(Mark::Keyword("k".repeat(Mark::MAX_KEYWORD)).check().is_ok());
        assert!(
            Mark::Keyword("k".repeat(Mark::MAX_KEYWORD + 1))
                .check()
                .is_err()
        );
    }
}
