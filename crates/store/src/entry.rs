use asmtp_envelope::EnvelopeId;

use crate::{EntryId, FolderName, Index, Keyword};

/// What the octets of a message are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)] // a reader must not take one for another
pub enum Format {
    /// Internet mail (RFC 5322).
    Mail,
    /// The stored form of an envelope, JSON (ASMTP, 2.3).
    Envelope,
}

/// A message in a mailbox, as listings show it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// Its id in this mailbox.
    pub id: EntryId,
    /// The id of the message, the same in every mailbox.
    pub message: EnvelopeId,
    /// What its octets are.
    pub format: Format,
    /// The folder it is in.
    pub folder: FolderName,
    /// Whether it is unread.
    pub unread: bool,
    /// Its keywords, in the order they were set.
    pub keywords: Vec<Keyword>,
    /// Octets of the whole message.
    pub size: u64,
    /// What the caller said about the message at delivery.
    pub index: Index,
}

/// An entry with its message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stored {
    /// What listings show.
    pub entry: Entry,
    /// The message as it was delivered.
    pub raw: Vec<u8>,
}

/// What to change about an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mark {
    /// It was read.
    Read,
    /// It was not read.
    Unread,
    /// Set a keyword. One that is there in another spelling keeps its spelling.
    Keyword(Keyword),
    /// Clear a keyword, whichever way it is spelled.
    ClearKeyword(Keyword),
}

impl Format {
    /// As a database keeps it.
    pub(crate) fn to_i64(self) -> i64 {
        match self {
            Self::Mail => 0,
            Self::Envelope => 1,
        }
    }
}
