//! Which messages: folders, places in them, filters and pages.

use std::fmt;

/// The name of a folder. [`Folder::inbox`] exists everywhere.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Folder(String);

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

    /// A folder by name.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// Its name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
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
    pub fn accepts(&self, is_mrm: bool, unread: bool) -> bool {
        self.mrm.is_none_or(|wanted| wanted == is_mrm)
            && self.unread.is_none_or(|wanted| wanted == unread)
    }
}

impl Default for Page {
    fn default() -> Self {
        Self {
            limit: 50,
            offset: 0,
        }
    }
}
