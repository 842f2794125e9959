//! The context-sync protocol (AgentMailbox) without I/O: threads that an agent can join cold, who may
//! see what in them, and the decisions of a server.
//!
//! A message carries a payload and a *snapshot* of what its sender knew; messages group into
//! threads; whoever starts cold asks for the *context* of a thread. This crate is everything in
//! that but the sockets and the store, for servers and for clients. It opens no connection, writes
//! no file, reads no clock and draws no random bits. It knows keys only by what they own.
//!
//! # Example
//!
//! A server decides on a message, and shows the thread to a participant:
//!
//! ```
//! use context_sync::{
//!     ContextPlan, Decision, Limits, MessageId, SendRequest, Stamp, ThreadId, Timestamp, View,
//!     Window, send,
//! };
//!
//! let limits = Limits::default();
//! let body = br#"{"from":"ann@demo","to":"ben@demo","payload":"hello","contextSnapshot":{"step":1}}"#;
//! let request = SendRequest::parse(body, &limits)?;
//! let now = Timestamp::new(1_795_216_410_671).unwrap();
//! let stamp = Stamp {
//!     now,
//!     message_id: MessageId::mint([1; 16]),
//!     thread_id: ThreadId::mint([2; 16]),
//! };
//! let view = View { thread: None, retry: None };
//! let Decision::Accepted(accepted) = send(request, &view, &stamp, &limits) else { panic!() };
//! // Commit head, message, members, blind copies and deliveries; then answer accepted.receipt().
//!
//! let ben = accepted.members().iter().find(|member| member.agent.as_str() == "ben@demo").unwrap();
//! let plan = ContextPlan::new(accepted.head(), ben, None, Window::default(), now, &limits);
//! // Read the messages of plan.recent() and the ids of plan.covered() from the store.
//! let context = plan.assemble(&[accepted.message().clone()], Vec::new());
//! assert_eq!(context.snapshot().as_str(), r#"{"step":1}"#);
//! # Ok::<(), context_sync::Error>(())
//! ```
//!
//! # The main types
//!
//! [`Route`] reads a request line, [`Caller`] says for whom it may speak. Names that a server gives to
//! its principals itself are told by their [`Title`]. [`SendRequest`],
//! [`ReplyAllRequest`], [`RegisterRequest`] and [`MarkReadRequest`] are the bodies.
//!
//! A [`Post`] is either way for a message to come in. [`send`] and [`reply_all`] turn a request and what a store knows ([`View`]) into a [`Decision`]:
//! accepted with all that is to be committed, replayed, or refused. [`register`] and [`mark_read`]
//! are the other decisions. A [`Refusal`] is a status and a body.
//!
//! [`StoredMessage`], [`ThreadHead`], [`Member`], [`BlindCopy`] and [`Summary`] are the rows of a
//! store: plain values. None of them can be written as an answer.
//!
//! [`Context`], [`Unread`], [`Thread`], [`Mailbox`], [`Participants`], [`Receipt`] and
//! [`Registered`] are the answers. The ways to make one ask who is looking, and leave out what that
//! viewer may not see, whatever was looked up. A client reads them from octets.
//!
//! # Look-ups
//!
//! What a store has to find, each by an index, and how many rows at most. Nothing costs by the
//! length of a thread but asking for all of it. Sending takes place in one transaction, and
//! creating a thread is serialised by [`SetKey`], so that first contact from both sides makes one
//! thread.
//!
//! | call | look-up | rows |
//! |---|---|---|
//! | [`register`] | the owner of an agent; the agents of the caller | 1; [`Limits::agents`](field@Limits::agents) |
//! | [`send`] | the thread by id, or the newest updated by [`SetKey`] ([`SendRequest::target`]) | 1 |
//! | | its visible members, and the named silent ones ([`SendRequest::named`]) | [`Limits::participants`](field@Limits::participants) and [`Limits::recipients`](field@Limits::recipients) |
//! | | the idempotency key | 1 |
//! | [`reply_all`] | the thread by id, its visible members, the sender's row, the key | as above |
//! | [`mark_read`] | the thread and the agent's row | 2 |
//! | [`ContextPlan`] | the thread, the viewer's row, the summary; then a range of messages and one of ids | 3; 50; [`Limits::covered_ids`](field@Limits::covered_ids) |
//! | [`UnreadPlan`] | what is unread in each thread, summed up; then the oldest of it, and a context for each thread | by [`Limits::portion`](field@Limits::portion) |
//! | [`Participants::of`] | the viewer's row, the visible members, the blind copies that the viewer got or sent | [`Limits::participants`](field@Limits::participants) and these |
//! | [`may_note`] | whether the note is there, and how many the agent has | 1; [`Limits::notes`](field@Limits::notes) |
//! | [`GraphWalk`] | nodes with a text, then edges and nodes in turn, twice | 100; 1,000; 100 |
//! | [`ThreadPlan`] | the same, and a part of its messages | 2; those in [`Limits::portion`](field@Limits::portion) |
//! | [`MailboxPlan`] | threads in order and their members; the sizes of messages, then as many as fit | those in twice [`Limits::portion`](field@Limits::portion) |
//!
//! # Who sees what
//!
//! `to` and `cc` make a member visible, and so does sending; `bcc` makes a silent one, known to
//! itself and to those who sent it blind copies. A blind copy shows the thread from that message on.
//! Being named in `to` or `cc` shows what the sender may see, so that nobody can show more of a
//! thread than they see themselves; a silent member that replies becomes visible, and sees no more
//! than before. A [summary](Summary) by a summariser is for those who see the whole thread.
//!
//! An agent that was silent before it became visible has *joined* later for those who did not know.
//!
//! # Specification
//!
//! The protocol is what its published clients do (PyPI `agentsmcp` 0.1.1 and 0.1.2, npm `agentsmcp`
//! 0.5.2), and what the reference server 0.4.0 answers them. The section numbers here are ours;
//! `docs/protocols.md` of the repository says what each holds, and where we do better.
//!
//! | rule | section | item |
//! |---|---|---|
//! | strict JSON, limits, paths split before decoding | 1 | [`Limits`], [`Route`], crate `strict-json` |
//! | agent ids | 2 | [`AgentId`] |
//! | messages, times | 3 | [`Message`], [`StoredMessage`], [`Timestamp`] |
//! | window, snapshot, coverage, tokens | 3 | [`ContextPlan`], [`Context`], [`Window`], [`Summary`] |
//! | requests and their bodies | 4 | [`Route`], [`SendRequest`], [`ReplyAllRequest`], [`RegisterRequest`], [`MarkReadRequest`] |
//! | thread choice | 4 | [`SendRequest::target`], [`SetKey`] |
//! | delivery | 4 | [`Receipt`], [`Accepted::delivered_to`] |
//! | reply to all | 4 | [`reply_all`] |
//! | joining, late joiners | 4, 11 | [`Member`], [`Accepted::members`] |
//! | unread, read marks, order | 5 | [`Unread`], [`UnreadPlan`], [`mark_read`], [`Seq`] |
//! | retries | 5 | [`IdempotencyKey`], [`Retry`], [`Record`] |
//! | visibility, roles | 6 | [`StoredMessage::seen_by`], [`RosterView`], [`Participants`] |
//! | who may act for whom | 7 | [`Caller`], [`Title`], [`register`] |
//! | statuses, error bodies | 4, 7 | [`Refusal`], [`Status`], [`ErrorBody`] |
//! | handoff, pages | 8 | [`Handoff`], [`Page`] |
//! | what an answer has room for | 11 | [`ThreadPlan`], [`MailboxPlan`], [`share`] |
//! | cards | 8 | [`ServerCard`], [`AgentCard`] |
//! | graph and index of an agent | 8 | [`GraphNode`], [`GraphEdge`], [`GraphWalk`], [`IndexEntry`], [`may_note`] |
//! | what a client needs of an answer | 9 | `parse` of each answer |
//!
//! # Features
//!
//! | feature | adds | pulls in |
//! |---|---|---|
//! | `conformance` | the runner for the conformance vectors | `serde`, `serde_json` |
//!
//! None is on by default.
//!
//! # Limits
//!
//! Every limit is a field of [`Limits`].
//!
//! | limit | default | beyond it |
//! |---|---|---|
//! | request body | 10 MiB | 413 |
//! | nested JSON, one number | 64, 1,024 octets | 400 |
//! | recipients of a message | 256 | 400 |
//! | visible participants of a thread | 257 | 400 |
//! | agents of a principal | 100 | 403 |
//! | fields of a handoff | 100 | 400 |
//! | nodes, edges, index entries of an agent | 10,000 each | 403 |
//! | an id, key or name of these; a description or summary; metadata | 255, 8,192 and 16,384 octets | 400 |
//! | ids of covered messages in an answer | 1,000 | the newest are listed |
//! | contexts that an answer of unread messages repeats | 8 MiB | only the last message of each thread brings those around it |
//! | messages of an answer, and as much again around them | 16 MiB | fewer are shown: the newest of a context or thread, the oldest unread, the newest threads; the answer says what is missing, and pages or the next answer show it |
//! | answer, as a client reads it | 256 MiB | an error |
//!
//! # Security
//!
//! Bodies, request lines and answers are hostile: reading takes linear time, constant stack and a
//! small multiple of their size. JSON that two readers could understand differently is refused,
//! and numbers keep their digits. Errors name what was expected and repeat nothing of the input.
//!
//! A thread that does not exist and one that the caller has no part in are refused in the same
//! words ([`Refusal::no_thread`]). Payloads and snapshots are a sender's words to your model.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod accept;
mod agent;
mod caller;
mod card;
#[cfg(feature = "conformance")]
pub mod conformance;
mod context;
mod error;
mod graph;
mod handoff;
mod id;
mod index_entry;
mod json;
mod limits;
mod mailbox;
mod mailbox_plan;
mod member;
mod message;
mod note;
mod page;
mod participant;
mod percent;
mod post;
mod receipt;
mod refusal;
mod request;
mod retry;
mod route;
mod seq;
mod share;
mod summary;
mod thread;
mod thread_plan;
mod timestamp;
mod unread;
mod unread_plan;
mod window;
mod write;

pub use accept::{Accepted, Decision, Stamp, ThreadView, View, reply_all, send};
pub use agent::AgentId;
pub use caller::{Caller, Owner, Registered, Registration, Title, register};
pub use card::{AgentCard, ServerCard};
pub use context::{Context, ContextPlan};
pub use error::{Error, ErrorKind};
pub use graph::{Graph, GraphEdge, GraphNode, GraphQuery, GraphWalk, NodeKind};
pub use handoff::Handoff;
pub use id::{MessageId, ThreadId};
pub use index_entry::{Category, IndexEntries, IndexEntry, IndexSearch};
pub use json::{JsonObject, JsonText};
pub use limits::Limits;
pub use mailbox::{Mailbox, Thread};
pub use mailbox_plan::MailboxPlan;
pub use member::{BlindCopy, Joined, Member, Role, Shown, Standing, VisibleRole};
pub use message::{Message, StoredMessage};
pub use note::may_note;
pub use page::Page;
pub use participant::{Participant, Participants, RosterView};
pub use post::Post;
pub use receipt::Receipt;
pub use refusal::{ErrorBody, Refusal, Status};
pub use request::{
    Content, MarkReadRequest, RegisterRequest, ReplyAllRequest, SendRequest, Target,
};
pub use retry::{BodyDigest, IdempotencyKey, Record, Retry};
pub use route::Route;
pub use seq::Seq;
pub use share::{Wish, share};
pub use summary::{Summary, SummaryText, ThreadSummary};
pub use thread::{SetKey, ThreadHead};
pub use thread_plan::{End, Portion, Room, ThreadPlan};
pub use timestamp::Timestamp;
pub use unread::{ContextFrame, Unread, UnreadThread, mark_read, write_ok, write_ready};
pub use unread_plan::{ShownMark, ShownMarks, UnreadPart, UnreadPlan, UnreadSize};
pub use window::Window;

/// Compiles the README's example.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
