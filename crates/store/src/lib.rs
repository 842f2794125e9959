//! Durable mailboxes for agents: SQLite with group commit behind one trait.

mod address;
mod changes;
mod delivery;
mod entry;
mod error;
mod folder;
mod keyword;
mod limits;
mod listing;
mod order;
mod sqlite;
mod store;

pub use address::Address;
pub use changes::Changes;
pub use delivery::{Delivery, Index, Posting};
pub use entry::{Entry, Mark, Stored};
pub use error::{Error, ErrorKind};
pub use folder::{FolderName, FolderStatus};
pub use keyword::Keyword;
pub use limits::Limits;
pub use listing::{Filter, Window, Words};
pub use order::{Direction, EntryId, OrderKey};
pub use sqlite::{Options, SqliteStore};
pub use store::MailStore;
