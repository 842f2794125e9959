//! Mail for AI agents: an [`AgentMailbox`] that sends, reads, searches and watches mail over the
//! [`Transport`] you pick.
//!
//! It runs no server and decides nothing about trust: structured data is handed out with the
//! message, and [`structured_email::assess`] says what may be done with it. It retries no send,
//! because only the caller knows whether a message may go out twice; over ASMTP none can.
//!
//! # Example
//!
//! ```
//! use mailmesh::{AgentMailbox, Draft, Filter, Page, transport::local::LocalTransport};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let dir = tempfile::tempdir()?;
//! # let dir = dir.path();
//! let alice = AgentMailbox::new(LocalTransport::open(dir, "alice@example.test").await?);
//! let bob = AgentMailbox::new(LocalTransport::open(dir, "bob@example.test").await?);
//!
//! let order = serde_json::json!({ "@type": "Order", "orderNumber": "7" });
//! let draft = Draft::new().to("bob@example.test").subject("Order 7").text("One chair.");
//! alice.send(draft.data(&order)).await?;
//!
//! let inbox = bob.list(&Filter::default(), Page::default()).await?;
//! let mail = bob.read(&inbox[0].id).await?;
//! assert_eq!(mail.data()[0]["orderNumber"], "7");
//! bob.reply(&mail, Draft::new().text("It is on its way.")).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # The main types
//!
//! [`AgentMailbox`] is one agent's mailbox. [`Draft`] is what it sends, [`Receipt`] what became
//! of it, recipient by recipient. A listing gives a [`Summary`] per message, newest first, chosen
//! by [`Filter`] and [`Page`]; reading gives the [`Mail`], which owns the octets and parses them
//! on demand. [`Watch`] is mail as it arrives, a stream that goes on from a saved [`Position`].
//!
//! [`Transport`] carries the mail. Those of this crate are in [`transport`]; one of your own
//! needs four methods; `examples/custom_transport.rs` is a whole one.
//! [`MailboxUrl`] names a mailbox in one line of configuration, [`connect`] opens it.
//! [`CarriedCard`] is the card of an agent that introduces itself.
//! `human` reads the mail of people into an intent and answers them, by rules or with a language
//! model of yours; `untrusted` marks the words of strangers for a model.
//! `context` is the other way for agents to talk, threads that start warm; its snapshots travel with
//! mail, too.
//! [`Environment`] is the clock and the source of randomness, to be replaced in tests.
//!
//! An [`Error`] says by its [`ErrorKind`] who has to act.
//!
//! # Specification
//!
//! | rule | source | item |
//! |---|---|---|
//! | envelope recipients, `Bcc` left out | RFC 5322 3.6.3 | [`Outgoing`] |
//! | threads | RFC 5322 3.6.4 | [`AgentMailbox::reply`] |
//! | `Re:` once | RFC 5322 3.6.5 | [`AgentMailbox::reply`] |
//! | keywords | RFC 9051 9 | [`Mark`] |
//! | the inbox has no case | RFC 9051 5.1 | [`Folder`] |
//! | protection of connections | RFC 8314 3 | [`Tls`] |
//! | this machine | RFC 6761 6.3 | [`Endpoint::is_loopback`] |
//! | structured data | draft-ietf-sml-structured-email-06 | [`structured_email`] |
//! | envelopes as mail | [`mail_bridge`](https://docs.rs/mail-bridge) | [`Receipt::losses`] |
//! | JMAP | [`mail-jmap`](https://docs.rs/mail-jmap) | [`JmapTarget`] |
//! | Resend | the public API reference of the service | [`ResendTarget`] |
//! | webhooks | Standard Webhooks 1.0 | `webhook` |
//! | mail of machines, answers to people | RFC 3834 2, 5 | `human::Automatic`, `human::HumanBridge::answer` |
//! | context sync | [`context-sync`](https://docs.rs/context-sync) | `context::ContextClient` |
//! | quotes and signatures | RFC 3676 4.3, 4.5 | `human::ReplyText` |
//! | AgentCards | A2A v1.0 | [`agent_card`], [`CarriedCard`] |
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `agent-card` (default) | [`CarriedCard`]: signed A2A AgentCards that travel with mail |
//! | `local` (default) | [`transport`]`::local`: an embedded store, no server |
//! | `human` | `human`: what people write, as intents, and answers to them; no language model of its own |
//! | `smtp-imap` | [`transport`]`::smtp_imap`: any mail server |
//! | `jmap` | [`transport`]`::jmap`: a JMAP server |
//! | `resend` | [`transport`]`::resend`: the mail service Resend |
//! | `asmtp` | [`transport`]`::asmtp`: an ASMTP operator |
//! | `context` | `context`: threads that agents join cold, and snapshots that travel with mail |
//! | `untrusted` | `untrusted`: the fence around what strangers wrote, for language models |
//! | `webhook` | `webhook`: verifies the webhooks of a mail service such as Resend |
//!
//! # Limits
//!
//! | limit | default |
//! |---|---|
//! | a message that is parsed | [`structured_email::Limits`] |
//! | ids in the `References` of a reply | 40: the first and the newest |
//! | a keyword | [`Mark::MAX_KEYWORD`], 255 octets |
//! | the reason of a refusal | [`Refusal::MAX_REASON`], 200 characters |
//! | the pause of a watch between two tries | 0.5 to 30 seconds |
//! | what a model is given of a person's mail | 20 000 characters, 4 000 of what it quotes |
//! | what a model answers | 64 KiB; an intent with 32 questions and 32 entities of 500 characters |
//! | a page of a listing | 50 messages unless told otherwise |
//!
//! Each transport has its own for what the other side may say and how long it may take.
//!
//! # Security
//!
//! Mail is written by strangers. Text and data of a message are untrusted, prompts of a language
//! model included; nothing is fetched because a message says so. A search query is data on every
//! transport. An error repeats neither secrets nor what the other side wrote at length, a
//! [`MailboxUrl`] never holds a password, and a password is never shown by `Debug`. Connections
//! are protected by TLS with verified certificates; plain text goes to this machine only.
//! Message ids and MIME boundaries are 128 random bits.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "agent-card")]
mod card;
mod connect;
#[cfg(feature = "context")]
pub mod context;
mod endpoint;
mod environment;
mod error;
mod folder;
mod forward;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
#[cfg(feature = "human")]
pub mod human;
mod mail;
mod mailbox;
mod mailbox_url;
mod outgoing;
mod reply;
mod summary;
pub mod transport;
#[cfg(feature = "untrusted")]
pub mod untrusted;
mod watch;
#[cfg(feature = "webhook")]
pub mod webhook;

#[cfg(feature = "agent-card")]
pub use agent_card;
#[cfg(feature = "asmtp")]
pub use asmtp_envelope;
#[cfg(feature = "context")]
pub use context_sync;
#[cfg(any(feature = "asmtp", feature = "local"))]
pub use mail_bridge;
pub use structured_email;
pub use structured_email::{Arrangement, Attachment, Draft, Mailbox};

#[cfg(feature = "agent-card")]
pub use card::CarriedCard;
pub use connect::{Credentials, connect};
pub use endpoint::{Endpoint, Tls};
pub use environment::{Environment, SystemEnvironment};
pub use error::{Error, ErrorKind};
pub use folder::{Filter, Folder, FolderStatus, Mark, Page, Position};
pub use mail::{Attached, Mail};
pub use mailbox::AgentMailbox;
pub use mailbox_url::{JmapTarget, MailboxUrl, OperatorTarget, ResendTarget, ServerTarget, Target};
pub use outgoing::{Outgoing, Receipt, Refusal};
pub use summary::{MailId, Summary};
pub use transport::{Capabilities, Transport};
pub use watch::{Arrival, Watch};
