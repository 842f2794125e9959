use crate::{EntryId, FolderName, Index, Keyword};

/// A message in a mailbox, as listings show it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// Its id in this mailbox.
    pub id: EntryId,
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
