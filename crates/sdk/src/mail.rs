//! Messages as a mailbox shows them.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use structured_email::Mailbox;

/// The id of a message in a mailbox, opaque and stable.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct MailId(String);

impl MailId {
    /// An id as a transport made it.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name of a folder. [`Folder::INBOX`] exists everywhere.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Folder(String);

/// A place in a folder's order of arrival, opaque; its text can be kept in a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Position(String);

/// What a listing shows of a message.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Summary {
    /// The id that `read` takes.
    pub id: MailId,
    /// The `Message-ID`, without angle brackets.
    pub message_id: Option<String>,
    /// The author.
    pub from: Option<String>,
    /// `To`.
    pub to: Vec<String>,
    /// `Cc`.
    pub cc: Vec<String>,
    /// The decoded subject.
    pub subject: String,
    /// The `Date`, RFC 3339.
    pub date: Option<String>,
    /// Octets of the whole message.
    pub size: u64,
    /// The class of its structured data.
    pub class: String,
    /// Whether it carries structured data.
    pub has_structured_data: bool,
    /// Whether it is for machines only.
    pub is_mrm: bool,
    /// The types of its items.
    pub types: Vec<String>,
    /// The keywords the store or server keeps.
    pub keywords: Vec<String>,
    /// Whether it is unread.
    pub unread: bool,
    /// `In-Reply-To`, without angle brackets.
    pub in_reply_to: Option<String>,
}

/// One whole message.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Mail {
    /// What a listing shows.
    pub summary: Summary,
    /// The message as it arrived.
    pub raw: Vec<u8>,
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

/// Which messages to list.
#[derive(Clone, Debug, Default)]
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
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs)] // two numbers
pub struct Page {
    /// At most so many messages, 50 by default.
    pub limit: usize,
    /// After so many newer ones.
    pub offset: usize,
}

/// A composed message and its envelope.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Outgoing {
    /// The message, lines ended by CRLF, without `Bcc`.
    pub message: Vec<u8>,
    /// Its `Message-ID`, without angle brackets.
    pub message_id: String,
    /// The envelope sender.
    pub from: Mailbox,
    /// The envelope recipients: to, cc and bcc, each once.
    pub recipients: Vec<String>,
    /// Whether SMTPUTF8 is needed.
    pub needs_smtputf8: bool,
}

/// What became of a message that was sent.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Receipt {
    /// The `Message-ID`, without angle brackets: what can be found again.
    pub message_id: String,
    /// Recipients that were accepted.
    pub accepted: Vec<String>,
    /// Recipients that were refused, with the reason. The message went to the others.
    pub refused: Vec<Refusal>,
}

/// A recipient that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Refusal {
    /// The recipient.
    pub recipient: String,
    /// The other side's words, shortened.
    pub reason: String,
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

impl Default for Page {
    fn default() -> Self {
        Self { limit: 50, offset: 0 }
    }
}

impl fmt::Display for MailId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for MailId {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}
