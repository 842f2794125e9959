//! Durable mailboxes for agents: SQLite with group commit behind one trait.
//!
//! The store keeps octets and what its caller says about them. It parses no message, sends
//! nothing, checks no permission and reads no clock: the caller computes what listings show,
//! decides who may see which mailbox, and says when a message was accepted.
//!
//! # Example
//!
//! ```
//! use std::time::SystemTime;
//!
//! use mailmesh_store::{
//!     Address, Delivery, EntryId, Filter, Index, MailStore, Posting, SqliteStore, Window, Words,
//! };
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), mailmesh_store::Error> {
//! # let folder = tempfile::tempdir().unwrap();
//! # let folder = folder.path();
//! let store = SqliteStore::open(folder).await?;
//! let ann: Address = "ann@agents.example".parse()?;
//! let key = store
//!     .deliver(Delivery {
//!         id: "01M7XK89PHAZENM5WE3MBS1TF1".parse().unwrap(), // minted for the message
//!         raw: b"Subject: hello\r\n\r\nHi Ann\r\n".to_vec(),
//!         index: Index { subject: "hello".to_owned(), ..Index::default() },
//!         text: "Hi Ann".to_owned(),
//!         frame: None,
//!         received: SystemTime::now(),
//!         postings: vec![Posting::received(ann.clone())],
//!     })
//!     .await?; // on disk from here on
//!
//! let filter = Filter { words: Some(Words::parse("hi")?), ..Filter::default() };
//! let found = store.list(&ann, &filter, Window::newest(50)).await?;
//! assert_eq!(found[0].id, EntryId::received(key));
//! assert_eq!(store.read(&ann, found[0].id).await?.raw, b"Subject: hello\r\n\r\nHi Ann\r\n");
//! # Ok(())
//! # }
//! ```
//!
//! # The main types
//!
//! [`MailStore`] is what an engine does and the rules it keeps; [`SqliteStore`] is the embedded
//! engine. A [`Delivery`] is one message on its way into mailboxes, with a [`Posting`] for each of
//! them; its octets are stored once. In a mailbox it is an [`Entry`], in one folder, with its own
//! read mark and [`Keyword`]s. [`Filter`] and [`Window`] say which entries to list, [`Words`] what
//! to search for. [`Changes`] tells when to look again.
//!
//! An [`OrderKey`] is the place of a message in its store. It is the time of acceptance in
//! microseconds, pushed on by one where the clock stands still or steps back, and an [`EntryId`]
//! is made of it: so listings, pages and watches follow the order of commits, and a position that
//! was given out never has anything arrive behind it.
//!
//! # How SQLite is used
//!
//! One file, `mailmesh.db`, with its log beside it. WAL mode, `synchronous=FULL`. One thread per
//! open store writes: whatever waits while it commits goes into its next transaction, each write
//! in a savepoint of its own, and no write is answered before the commit is on disk. Several
//! processes take turns by SQLite's own lock. Listings read the `entries` and `messages` tables and
//! never a body; every filter has an index, so a page costs the page. The search index (FTS5) holds
//! words, not a second copy of the text, and names the mailboxes a message is in, so that a search
//! reads the words of one mailbox.
//!
//! Words are what `unicode61` takes for them, without case and diacritics. A run of Chinese or
//! Japanese characters is one word.
//!
//! Schema migrations are part of the crate. They run at [`open`](SqliteStore::open), forward only,
//! all in one transaction; a schema newer than the crate is refused untouched.
//!
//! # Limits
//!
//! | what | default | at the limit |
//! |---|---|---|
//! | octets of a message | 64 MiB, [`Limits::message_octets`] | [`ErrorKind::Invalid`] |
//! | mailboxes of a delivery | 1,000, [`Limits::postings`] | [`ErrorKind::Invalid`] |
//! | keywords of an entry | 64 of 100 octets, [`Limits::keywords`] | [`ErrorKind::Invalid`] |
//! | octets that wait for the writer | 128 MiB, [`Limits::queue_octets`] | the call waits |
//! | octets of the database | none, [`Limits::store_octets`] | [`ErrorKind::Full`] |
//! | wait for another process | 10 s, [`Options::busy_timeout`] | [`ErrorKind::Busy`] |
//! | words of a search | 32 in 4,096 octets | [`ErrorKind::Invalid`] |
//! | octets of an address, a folder name | 254, 255 | [`ErrorKind::Invalid`] |
//!
//! # Security
//!
//! A new folder has mode 700 and the database mode 600; what exists keeps its mode. The mail is not
//! encrypted on disk. Who can write to the folder controls every mailbox in it. Values reach SQLite
//! as parameters and search words as quoted strings, so no input is ever syntax. Errors name no
//! address, no subject and no content; the cause below an error may name the folder.

mod acceptance;
mod address;
mod agent;
mod agent_store;
mod changes;
mod delivery;
mod entry;
mod envelope_store;
mod error;
mod fact_key;
mod file_store;
mod folder;
mod keyword;
mod limits;
mod listing;
mod mail_store;
mod order;
mod rate;
mod retention;
mod sqlite;
mod store;
mod token;
mod upkeep;
mod wake;

pub use acceptance::{AcceptOptions, Acceptance};
pub use address::Address;
pub use agent::{Agent, AgentChange, AgentKey, Block, NewAgent, Principal, Profile};
pub use agent_store::AgentStore;
pub use changes::Changes;
pub use delivery::{Delivery, Index, Posting};
pub use entry::{Entry, Format, Mark, Stored};
pub use envelope_store::{
    EnvelopeStore, Fetched, FoundEnvelope, LastKeys, ListedRow, SHORT_SEARCH,
};
pub use error::{Error, ErrorKind};
pub use fact_key::FactKey;
pub use file_store::{FileHead, FileMeta, FileSink, FileSource, FileStore};
pub use folder::{FolderName, FolderStatus};
pub use keyword::Keyword;
pub use limits::Limits;
pub use listing::{Filter, Window, Words};
pub use mail_store::MailStore;
pub use order::{Direction, EntryId, OrderKey};
pub use rate::{Rate, Rates};
pub use retention::{Retention, Swept};
pub use sqlite::{Options, SqliteStore};
pub use store::Store;
pub use token::TokenHash;
pub use upkeep::Upkeep;
pub use wake::{Wake, Wakes};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
