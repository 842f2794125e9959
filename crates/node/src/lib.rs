//! An ASMTP operator and a context-sync server: mailboxes of agents over HTTP and WebSocket, on a store
//! that loses nothing.
//!
//! A node has no rules of its own and no SQL. What an envelope is and what becomes of it is in
//! `asmtp-envelope`, who sees what of a thread in `context-sync`, what is kept and in which order in
//! `mailmesh-store`; this crate connects them to the network. It relays nothing to other operators, and knows agents by their bearers
//! only, not by OAuth.
//!
//! # Example
//!
//! ```
//! use std::sync::Arc;
//!
//! use mailmesh_node::{Bearer, Config, Node};
//! use mailmesh_store::SqliteStore;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let folder = folder.path();
//! # let random = [7; 32];
//! let store = Arc::new(SqliteStore::open(folder).await?);
//! let admin = Bearer::from_random(random);
//! let node = Node::start(Config::new("127.0.0.1:0".parse()?, admin), store).await?;
//! assert!(node.url().as_str().starts_with("http://127.0.0.1:"));
//! node.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! # The main types
//!
//! A [`Node`] serves from [`start`](Node::start) to [`shutdown`](Node::shutdown), as its [`Config`]
//! says. [`Limits`] are how much of everything there may be at a time. A [`Bearer`] is a secret: the
//! administrator's, or that of an agent. [`DataFolder`] is the folder of a node on disk, which one
//! process holds at a time. A [`Clock`] is where the time comes from.
//!
//! # How a frame gets to a socket
//!
//! The store says which mailboxes have something new. For each that has sockets, one task reads what
//! is new in key order, whichever process committed it, and queues the same octets on every socket.
//! So frames are what a listing shows, in its order, and facts come behind the frames of their
//! envelopes. A socket with a cursor reads its replay from the store at its own pace and joins the
//! live frames when it has caught up; envelopes are committed meanwhile, and none is missed or sent
//! twice. A bearer is looked up again after the frames were read and before they are queued: nothing
//! that was committed after a revocation goes to the old socket.
//!
//! # Facts
//!
//! `stored` is told for each recipient, `expired` where the retention is set to. `bounced` is never
//! told: an accepted envelope lies in the mailboxes of its recipients, so none can become
//! undeliverable, and a fact about an agent that was removed would tell it apart from one that
//! blocks (section 10).
//!
//! # Mail
//!
//! Mail that lies in a mailbox of the store is an envelope here, as [`mail_bridge::StoredMail`] says:
//! its frame was made when it was delivered, its parts are made of its octets when it is read. Its
//! attachments are at `/files/…`, and so is the mail as it came, for those who have it in their
//! mailbox. An envelope has what mail listings show of the mail it would be.
//!
//! # Context-sync
//!
//! Everything below `/context-sync` is that protocol (AgentMailbox), in its own words: a client is told
//! the URL of the node with that path as its server. An agent of the node is known in it by its handle and by
//! its address, which need no claim and are for nobody else. Any other name is an alias, which a bearer claims
//! by registering: one, as the published clients do, or several. What nobody has claimed is free to claim, what
//! was claimed stays so. A bearer that has claimed nothing is meant by its handle where a request names nobody.
//!
//! A message whose sender and recipients are known by handle or address is in their mailboxes as well, as an
//! envelope: for each recipient that takes mail of the sender (ASMTP, 10), has room, and was not written to too
//! often. The others have it in their thread only. The sender keeps a copy in any case, so that nothing tells
//! it which of them did. `x-context` of the first part says what an envelope has no place for: the ids of
//! message and thread, and who it is from and for by their ids. A blind copy is delivered and named nowhere. What
//! does not fit into an envelope (1 MiB) stays in its thread, to which the envelope leads. Read marks of threads and of mailboxes are
//! apart. In open mode nobody is known, and threads are all there is.
//!
//! With [`Config::context_sync_open`], on loopback only, no bearer is asked for and every caller is whom
//! it claims to be; its host has to be a name of this machine, so that no page in a browser gets in by a
//! name of its own. Who takes part in a thread counts all the same.
//!
//! # Specification
//!
//! Sections are those of ASMTP v0.1 in `docs/protocols.md`.
//!
//! | rule | section | place |
//! |---|---|---|
//! | acceptance: 202 once it is on disk | 3 | `POST /messages` |
//! | listing, read marks, removal | 4, 19 | `GET /mailbox`, `POST /mailbox/read`, `DELETE /mailbox/{id}` |
//! | bodies | 5 | `GET /messages/{id}`, `GET /messages?ids=`; without a read mark `GET /mailbox/{id}`, an addition |
//! | push channel, close codes, replay | 6, 7 | `GET /connect` |
//! | monitor facts | 9 | `GET /monitors/{mon}` and the sender's sockets |
//! | allowlists, blocks, visibility | 10 | `/agents/…` |
//! | bearers | 11 | every route but `/healthz`, `/readyz`, `/metrics`, `/openapi.json` |
//! | files | 14 | `POST /files`, `GET /files/{id}` |
//! | search | 14 | `/search`, `/search/agents`, `/search/messages` |
//! | errors | 13, 19 | every refusal is JSON with a code |
//! | administration | 12 | `/_admin/agents` |
//!
//! Sections of context sync in the same page, under `/context-sync`.
//!
//! | rule | section | place |
//! |---|---|---|
//! | JSON only, no redirects, a slash at the end | 1 | every route |
//! | registering, sending, replying to all | 4 | `POST /agents/register`, `/messages/send`, `/messages/reply-all` |
//! | unread, threads, read marks, `Idempotency-Key` | 5 | `GET /mailbox/{id}/unread`, `GET /mailbox/{id}`, `POST /mailbox/{id}/read` |
//! | threads by viewer | 6 | `GET /threads/{thread}`, `/sync`, `/participants` |
//! | keyed and open mode, rates | 7 | every route but `/health`, `/ready` and cards |
//! | cards, graph, index, pages, handoff | 8 | `/.well-known/agent-card…`, `/mailbox/{id}/graph/…`, `/mailbox/{id}/index…` |
//!
//! # Features
//!
//! There are none.
//!
//! # Limits
//!
//! | what | default | beyond it |
//! |---|---|---|
//! | connections | 10,000, [`Limits::connections`] | they wait to be accepted |
//! | requests that are worked on | 1,024, [`Limits::requests`] | 503 with `Retry-After` |
//! | bodies that are read | 1,024, [`Limits::bodies`] | 503 with `Retry-After` |
//! | bodies of one agent | 64, [`Limits::caller_bodies`] | they wait, then 429 with `Retry-After` |
//! | head of a request | 32 KiB, 100 fields, 30 s | 431, or the connection ends |
//! | path, query | 2 KiB, 16 KiB | 400 |
//! | JSON body | 1 MiB, 30 s | 413, 408 |
//! | file | 10 MiB, 5 min | 413, 408 |
//! | sockets of an agent | 16, [`Limits::sockets`] | 429 before the upgrade |
//! | frames that wait for a socket | 1,000 or 1 MiB | close 1013 |
//! | message of a client on a socket | 4 KiB | close 1009 |
//! | silence on a socket | 60 s, pinged every 30 s | it is dropped |
//! | envelopes of a sender | [`Rates`](mailmesh_store::Rates) | 429 with `Retry-After` |
//! | context-sync: body, recipients, agents of a bearer and so on | 10 MiB, [`context_sync::Limits`] in [`Limits::context`] | 413, 400, 403 |
//! | context-sync: messages of a bearer, in open mode of all | [`Rates::sender`](field@mailmesh_store::Rates::sender) | 429 with `Retry-After` |
//! | display name, description, card | 256 octets, 4 KiB, 256 KiB | 400 |
//!
//! # Security
//!
//! Without TLS a node listens on loopback only, unless [`Config::insecure_listen`] says otherwise. A
//! bearer is read from the `Authorization` header and nowhere else, kept as its SHA-256, and never
//! logged; the administrator's is compared in constant time. What does not exist and what the caller
//! may not see are answered with the same octets. Requests that two servers could read differently
//! are refused: repeated or malformed hosts, bad escapes, empty and dot segments. No body is read
//! before the bearer is known, and one that comes slowly holds up nobody but its sender: it takes
//! no place from the requests that are worked on, and its agent has so many at a time. No cross-origin access is
//! granted. `/metrics` is open: it counts by route and status, and names no agent.

mod ambient;
mod answers;
mod bearer;
mod body;
mod config;
mod core;
mod data_folder;
mod door;
mod error;
mod fanout;
mod intake;
mod listener;
mod mail_view;
mod metrics;
mod node;
mod openapi;
mod query;
mod refusal;
mod route;
mod socket;
mod target;
mod tls;

pub use ambient::Clock;
pub use bearer::Bearer;
pub use config::{Config, Limits, TlsFiles};
pub use data_folder::{DataFolder, read_token};
pub use error::{Error, ErrorKind};
pub use node::Node;

/// Compiles the README's example.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
