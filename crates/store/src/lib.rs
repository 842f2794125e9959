//! Durable mailboxes for agents: mail and ASMTP envelopes in one order, SQLite with group commit.
//!
//! The store keeps octets and what its caller says about them. It parses no mail, sends nothing,
//! authenticates nobody but by the hash of a bearer, and takes every time of the protocol from its
//! caller.
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
//! [`Store`] is all that an engine does, the sum of six traits: [`MailStore`] for mailboxes as mail,
//! [`EnvelopeStore`] for the same mailboxes as ASMTP sees them, [`ContextStore`] for threads of
//! context-sync, [`AgentStore`], [`FileStore`] and [`Upkeep`]. [`SqliteStore`] is the embedded engine, with [`check`](SqliteStore::check) and
//! [`backup`](SqliteStore::backup) of its own.
//!
//! A [`Delivery`] is one message on its way into mailboxes, with a [`Posting`] for each of them; its
//! octets are stored once. In a mailbox it is an [`Entry`], in one folder, with its own read mark and
//! [`Keyword`]s. [`Filter`] and [`Window`] say which entries to list, [`Words`] what to search for.
//!
//! [`EnvelopeStore::accept`] looks up what concerns a post, has `asmtp-envelope` decide, and stores
//! what is accepted, all in one transaction; the answer is an [`Acceptance`]. [`Rates`] bound what one
//! sender may send.
//!
//! An [`Agent`] has a handle, an address and a bearer, of which only the [`TokenHash`] is kept.
//!
//! [`Wakes`] tell which mailboxes have something new and whose bearer was revoked; [`Changes`] only
//! that something was committed. [`Retention`] says what a sweep removes.
//!
//! # One mailbox, one order
//!
//! Mail and envelopes are rows of the same tables. An envelope is in the inbox of each recipient and
//! among what its sender sent; mail that is delivered with a frame is listed by ASMTP doors. Either
//! way there is one read mark, one removal, one quota.
//!
//! An [`OrderKey`] is the place of a message. It is about the time of acceptance in microseconds, and
//! always behind the newest key of the mailboxes concerned. The wire orders envelopes by millisecond
//! and then by the id, which senders choose; so within a millisecond a key is only given to an id
//! above the last one, and another id begins the next millisecond. Both orders are the same: pages and
//! watches follow the order of commits, and nothing ever appears behind a position that was given out.
//!
//! # Threads
//!
//! The threads of context-sync are tables of their own beside the mailboxes. [`ContextStore`] looks up
//! what a decision of `context-sync` needs, all of it by indexes and bounded as that crate says, and
//! commits what it decides in one transaction: [`post_message`](ContextStore::post_message). Threads of
//! the same visible participants are created one after the other: in SQLite every write is, in
//! PostgreSQL by an advisory lock of the set. A message has a number in its thread, which alone decides
//! order and what is unread. What is unread is a table of its own, one row for each message and mailbox,
//! so that reading it costs what it returns; a row goes with the read mark behind it.
//!
//! A message may be in mailboxes as well. [`ContextPost::envelope`] makes the [`ContextEnvelope`] of what is
//! accepted, which is stored in the same transaction as any envelope is: among what its sender sent, and in
//! the mailboxes of those recipients that take it. A message without one costs nothing more.
//!
//! # How SQLite is used
//!
//! One file, `mailmesh.db`, with its log beside it. WAL mode, `synchronous=FULL`. One thread per
//! open store writes: whatever waits while it commits goes into its next transaction, each write
//! in a savepoint of its own, and no write is answered before the commit is on disk. Several
//! processes take turns by SQLite's own lock.
//!
//! Every listing is a merge of a few walks along the primary key of the entries or along one index,
//! each with all its conditions in front of the key. So `in`, `out`, `both`, unread ones, folders and
//! machine-readable ones cost the rows they return, however many there are. No listing reads a body.
//!
//! Words of mail are indexed (FTS5) in the transaction that stores it. Envelopes are indexed behind
//! their commits, in `search.db`: every three characters in a row for substring search, and words. No
//! sender waits for that; a search waits for what was committed before it. What the index gives is
//! compared with the text itself. `search.db` can be deleted while no store is open: it is made again.
//!
//! Words are what `unicode61` takes for them, without case and diacritics. A run of Chinese or
//! Japanese characters is one word. A substring of fewer than three characters is looked for in the
//! newest [`SHORT_SEARCH`] entries of the mailbox.
//!
//! Uploaded files are in `files/`, named by their ids. A file is synced, and its folder, before it has
//! a row, and loses its row before it goes; what a crash leaves is removed when it is an hour old, at
//! [`open`](SqliteStore::open) and by each sweep.
//!
//! Schema migrations are part of the crate. They run at [`open`](SqliteStore::open), forward only,
//! all in one transaction; a schema newer than the crate is refused untouched.
//!
//! # Specification
//!
//! Sections are those of ASMTP v0.1 in `docs/protocols.md`.
//!
//! | rule | section | item |
//! |---|---|---|
//! | accept: look-ups, decision and commit in one transaction | 3.1 | [`EnvelopeStore::accept`] |
//! | retries, ids remembered 24 hours and more | 3.3 | [`Retention::tombstones`] |
//! | order key | 4.1, 19 | [`OrderKey`] |
//! | listing, read marks, fetching | 4.2, 4.3, 5 | [`EnvelopeStore::list_envelopes`], [`mark_read`](EnvelopeStore::mark_read), [`fetch`](EnvelopeStore::fetch) |
//! | durable monitor facts | 9 | [`EnvelopeStore::facts`], [`FactKey`] |
//! | trust: equal work for all causes of a 404 | 10 | [`EnvelopeStore::accept`], [`AgentStore::allow`], [`block`](AgentStore::block) |
//! | bearers as hashes, revocation | 11 | [`TokenHash`], [`Wake::Revoked`] |
//! | files, search, quotas, retention | 14 | [`FileStore`], [`EnvelopeStore::search_envelopes`], [`Limits`], [`Retention`] |
//! | rates, removal by the owner | 19 | [`Rates`], [`EnvelopeStore::remove_entry`] |
//!
//! Sections of context sync in the same page.
//!
//! | rule | section | item |
//! |---|---|---|
//! | an agent's messages in its mailbox | `docs/design.md` | [`ContextPost::envelope`] |
//! | sending, joining, thread choice: look-ups, decision and commit in one transaction | 4 | [`ContextStore::post_message`] |
//! | unread, read marks, idempotency keys | 5 | [`ContextStore::unread`], [`mark_thread_read`](ContextStore::mark_thread_read), [`ContextPost::retry`] |
//! | who sees what | 6 | [`ContextStore::thread`], [`sync`](ContextStore::sync), [`participants`](ContextStore::participants), [`threads`](ContextStore::threads) |
//! | agents and their owners, rates | 7 | [`ContextStore::register`], [`context_agents`](ContextStore::context_agents), [`ContextPost::rates`] |
//! | cards, graph, index | 8 | [`ContextStore::context_agent`], [`ContextNote`] |
//!
//! # Features
//!
//! | feature | adds | pulls in |
//! |---|---|---|
//! | `postgres` | `PostgresStore`, for several replicas on one database, and `Migration` into it from a folder | `tokio-postgres`, `deadpool-postgres`, `rustls` |
//!
//! It is not on by default.
//!
//! # Limits
//!
//! | what | default | at the limit |
//! |---|---|---|
//! | octets of a message | 64 MiB, [`Limits::message_octets`] | [`ErrorKind::Invalid`] |
//! | mailboxes of a delivery | 1,000, [`Limits::postings`] | [`ErrorKind::Invalid`] |
//! | keywords of an entry | 64 of 100 octets, [`Limits::keywords`] | [`ErrorKind::Invalid`] |
//! | entries a mailbox has received | 100,000, [`Limits::mailbox_entries`] | [`ErrorKind::Full`], [`Acceptance::Full`] |
//! | octets a mailbox has received | none, [`Limits::mailbox_octets`] | [`ErrorKind::Full`], [`Acceptance::Full`] |
//! | allowlist and blocks of an agent | 10,000 each, [`Limits::trust_entries`] | [`ErrorKind::Invalid`] |
//! | files of an agent that nothing claimed | 1,000, [`Limits::pending_files`] | [`ErrorKind::Full`] |
//! | octets that wait for the writer | 128 MiB, [`Limits::queue_octets`] | the call waits |
//! | octets of `mailmesh.db` | none, [`Limits::store_octets`] | [`ErrorKind::Full`] |
//! | wait for another process | 10 s, [`Options::busy_timeout`] | [`ErrorKind::Busy`] |
//! | words of a search | 32 in 4,096 octets | [`ErrorKind::Invalid`] |
//! | octets of an address, a folder name | 254, 255 | [`ErrorKind::Invalid`] |
//! | recipients, participants, agents and notes of context-sync | [`context_sync::Limits`] | a refusal of the protocol |
//!
//! # Security
//!
//! A new folder has mode 700 and its files mode 600; what exists keeps its mode. The mail is not
//! encrypted on disk. Who can write to the folder controls every mailbox in it. Of bearers only
//! SHA-256 hashes are kept. Values reach SQLite as parameters and search words as quoted strings, so
//! no input is ever syntax; no name that a client chose reaches the file system. Errors name no
//! address, no subject and no content; the cause below an error may name the folder.
//!
//! What the rules of the protocol call not found, they call so after the same look-ups: whether a
//! recipient does not exist, does not let the sender pass or blocks it. A full mailbox is told only to
//! senders who may write to it.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod acceptance;
mod address;
mod agent;
mod agent_store;
mod changes;
mod context_envelope;
mod context_row;
mod context_store;
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
#[cfg(feature = "postgres")]
mod migration;
mod order;
#[cfg(feature = "postgres")]
mod postgres;
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
pub use context_envelope::{ContextEnvelope, MakeEnvelope};
pub use context_store::{
    ContextAgent, ContextClaim, ContextNote, ContextOptions, ContextPost, ContextStore, Posted,
};
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
#[cfg(feature = "postgres")]
pub use migration::{Migrated, Migration, MigrationOptions};
pub use order::{Direction, EntryId, OrderKey};
#[cfg(feature = "postgres")]
pub use postgres::{Inspected, PostgresOptions, PostgresStore, PostgresUrl};
pub use rate::{Rate, Rates};
pub use retention::{Retention, Swept};
pub use sqlite::{Checked, Options, SqliteStore};
pub use store::Store;
pub use token::TokenHash;
pub use upkeep::Upkeep;
pub use wake::{Wake, Wakes};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
