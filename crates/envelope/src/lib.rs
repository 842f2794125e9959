//! ASMTP (Agent Simple Mail Transfer Protocol) v0.1 without I/O: envelopes, push frames, an operator's
//! decisions, a receiver that loses nothing and an outbox that sends nothing twice.
//!
//! Mail between agents is kept in a mailbox at an *operator*: envelopes go in over HTTP, headers
//! come out as frames over a WebSocket, bodies are fetched on demand. This crate is everything in
//! that but the sockets and the store. It opens no connection, writes no file, reads no clock and
//! draws no random bits; it knows neither HTTP nor tokens, and stores no file uploads.
//!
//! # Example
//!
//! An operator decides on a post, and pushes a frame:
//!
//! ```
//! use asmtp_envelope::{Decision, EnvelopePost, Gate, Limits, Policy, Timestamp, View, accept};
//!
//! let body = br#"{"id":"01M7XK89PHAZENM5WE3MBS1TF1","to":["@beta.bob"],"subject":"Quote",
//!     "date_ms":1795215861457,"content_parts":[{"type":"text","text":"For 40 widgets?"}]}"#;
//! let post = EnvelopePost::parse(body, &Limits::default())?;
//!
//! let view = View {
//!     sender: &Gate::new("@acme.alice".parse()?, Policy::Open),
//!     recipients: &[Gate::new("@beta.bob".parse()?, Policy::Open)],
//!     known: None,
//!     files: &[],
//!     last: None,
//!     base: &"https://mail.example".parse()?,
//! };
//! let now = Timestamp::new(1_795_215_861_458).unwrap();
//! let Decision::Accepted(accepted) = accept(post, &view, now) else { panic!() };
//! // Commit accepted.envelope() and its entries, answer accepted.receipt(), then push:
//! let line = accepted.frame().line().to_string();
//! assert_eq!(line, "@acme.alice: Quote [text 11tok] 01M7XK89PHAZENM5WE3MBS1TF1");
//! # Ok::<(), asmtp_envelope::Error>(())
//! ```
//!
//! # The main types
//!
//! [`EnvelopePost`] is what a sender posts, [`Envelope`] what an operator keeps: a post and the
//! [`Handle`] of its sender. A post that exists follows every rule. An envelope is read with more
//! patience, since its reader did not choose the operator.
//!
//! [`accept`] turns a post and what a store knows ([`View`]) into a [`Decision`]: accepted with all
//! that is to be committed and pushed, replayed with the clocks of the first time, or refused with
//! the code of the protocol. [`check`] is the part of it that needs no store.
//!
//! [`Listing`] reads the query of a mailbox and plans the walk; [`Page`] is the answer.
//! [`BatchFetch`] and [`MarkRead`] are the other requests, [`Receipt`] and [`ErrorBody`] the other
//! answers. [`OrderKey`] is the place of an envelope in a mailbox and a client's cursor.
//!
//! [`PushFrame`] and [`MonitorFact`] are what a socket brings ([`Push`]).
//!
//! [`Receiver`] catches up and follows the frames; [`Outbox`] sends and sends again. Both take
//! events, give actions, and say when to come back.
//!
//! # Driving the machines
//!
//! **After each event, carry out what `poll` gives until it gives nothing; then wait for the next
//! event, or for `timeout`.** What has to survive a crash comes out as an action of its own: for a
//! receiver one key, for an outbox its parcels. Losing power between any two steps repeats a
//! delivery or a try, and loses neither. The test `simulation` checks that over thousands of seeds,
//! with several agents on a network that loses, repeats and reorders.
//!
//! # Tokens
//!
//! Counted with the `o200k` tokenizer by the test `tokens`:
//!
//! | what | octets | tokens |
//! |---|---|---|
//! | frame without a subject | 183 | 71 |
//! | its line: `@acme.alice: [text 12tok] 01M7XK89PHAZENM5WE3MBS1TF1` | 52 | 30 |
//! | frame, ordinary | 216 | 79 |
//! | its line: `@acme.alice: Quote for 40 widgets [text 12tok] 01M7XK89PHAZENM5WE3MBS1TF1` | 73 | 35 |
//! | frame of a reply with two in `cc` | 297 | 117 |
//! | its line: `@beta.bob: Re: Quote for 40 widgets [mixed 77tok] 01M7XK89PHPMRZKMZSCZZQDCQX` | 76 | 37 |
//! | monitor fact | 154 | 57 |
//!
//! # Specification
//!
//! ASMTP v0.1 is an overview and the behaviour of the reference operator 0.3.7. The section numbers
//! here are ours; `docs/protocols.md` of the repository says what each holds, and what we do where
//! the reference loses mail or breaks privacy.
//!
//! | rule | section | item |
//! |---|---|---|
//! | identifiers and clocks | 1 | [`Handle`], [`AllowlistEntry`], [`EnvelopeId`], [`MonitorHandle`], [`FileId`], [`Timestamp`] |
//! | posted form | 2.1 | [`EnvelopePost`], [`Subject`] |
//! | parts, unknown members kept, URLs | 2.2 | [`ContentPart`], [`Body`], [`HttpUrl`], [`JsonText`] |
//! | stored form, who sees the monitor | 2.3, 9 | [`Envelope`], [`Envelope::write_for`] |
//! | hints | 2.4 | [`TypeHint`], [`EnvelopePost::size_hint`] |
//! | threads | 2.5 | [`EnvelopePost::in_reply_to`] |
//! | order of checks | 3.1 | [`EnvelopePost::parse`], [`accept`] |
//! | answer | 3.2 | [`Receipt`] |
//! | retries | 3.3 | [`Digest`], [`Record`], [`Decision::Replayed`] |
//! | order key | 4.1 | [`OrderKey::next`] |
//! | listing | 4.2 | [`Listing`], [`Page`], [`Row`] |
//! | read state | 4.3 | [`MarkRead`], [`EntryState`] |
//! | fetching | 5 | [`BatchFetch`], [`Envelope::reader`] |
//! | frames | 6.2 | [`PushFrame`], [`Push`] |
//! | cursor, catch-up | 7, 16 | [`Receiver`], [`parse_cursor`] |
//! | monitor | 9 | [`MonitorFact`], [`Accepted::facts`] |
//! | trust | 10 | [`Gate`], [`check_block`], [`read_entries`] |
//! | errors | 13 | [`Code`], [`ErrorBody`], [`Error`] |
//! | strict JSON | 14, 19 | [`Limits`], crate `strict-json` |
//! | sender | 16 | [`Outbox`] |
//!
//! # Features
//!
//! | feature | adds | pulls in |
//! |---|---|---|
//! | `conformance` | the runner for the conformance vectors | `serde_json` |
//! | `schema` | JSON Schemas of what goes over the wire | `schemars` |
//!
//! None is on by default.
//!
//! # Limits
//!
//! Every limit of reading is a field of [`Limits`]; those of the machines are in [`ReceiverOptions`]
//! and [`OutboxOptions`].
//!
//! | limit | default | beyond it |
//! |---|---|---|
//! | posted body | 1 MiB | `PAYLOAD_TOO_LARGE` |
//! | nested JSON, one number | 64, 1,024 octets | `INVALID_JSON` |
//! | recipients, references, parts | 100, 100, 64 | `INVALID_TO`, `INVALID_REFERENCES`, `INVALID_CONTENT` |
//! | subject | 256 octets | `INVALID_REQUEST` |
//! | ids to fetch, to mark, rows of a page | 100, 1,000, 1,000 | `INVALID_QUERY`, `INVALID_REQUEST` |
//! | frame, fetched envelope, page | 256 KiB, 2 MiB, 64 MiB | an error |
//! | headers that wait for a handler | 10,000 | they are dropped, and listed later |
//! | envelopes in an outbox | 10,000 | [`Outbox::submit`] refuses |
//!
//! # Security
//!
//! Bodies, frames and answers are hostile: reading takes linear time, constant stack and a small
//! multiple of their size. JSON that two readers could understand differently is refused. Errors
//! name what was expected and repeat nothing of the input.
//!
//! A recipient that does not exist, refuses or blocks looks the same, in words and in work:
//! everything is looked up before anything is decided. The sender of an envelope is what the
//! operator stamped; everything else in it is that sender's claim, threads and dates included. The
//! [line](PushFrame::line) of a frame is one line, but its subject is still a stranger's words to
//! your model.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod accept;
mod allowlist;
mod backoff;
mod batch;
mod canonical;
mod code;
#[cfg(feature = "conformance")]
pub mod conformance;
mod envelope;
mod error;
mod error_body;
mod file;
mod handle;
mod hint;
mod http_url;
mod id;
mod json;
mod limits;
mod listing;
mod monitor;
mod order;
mod outbox;
mod part;
mod post;
mod push;
mod query;
mod receipt;
mod receiver;
#[cfg(feature = "schema")]
mod schema;
mod subject;
mod text_type;
mod timestamp;
mod trust;
mod write;

pub use accept::{Accepted, Decision, Record, View, accept, check};
pub use allowlist::AllowlistEntry;
pub use batch::{BatchFetch, EntryState, MarkRead};
pub use canonical::Digest;
pub use code::Code;
pub use envelope::{Envelope, Reader};
pub use error::{Error, ErrorKind};
pub use error_body::ErrorBody;
pub use file::FileId;
pub use handle::Handle;
pub use hint::TypeHint;
pub use http_url::HttpUrl;
pub use id::EnvelopeId;
pub use json::JsonText;
pub use limits::Limits;
pub use listing::{Direction, Entry, Listing, Order, Page, Row, RowDirection, parse_cursor};
pub use monitor::MonitorHandle;
pub use order::OrderKey;
pub use outbox::{Answer, Outbox, OutboxAction, OutboxEvent, OutboxOptions, Outcome, Parcel};
pub use part::{Body, ContentPart, Source};
pub use post::{EnvelopePost, Role};
pub use push::{Fact, MonitorFact, Push, PushFrame};
pub use receipt::Receipt;
pub use receiver::{Action, Event, Failure, Receiver, ReceiverOptions, Start, Ticket};
pub use subject::Subject;
pub use timestamp::Timestamp;
pub use trust::{Gate, Policy, Visibility, check_block, read_entries};

/// Compiles the README's example.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
