//! Context sync: threads that an agent can join cold, at a node of ours or another server of the
//! protocol (AgentMailbox).
//!
//! Beside mail, it is a second way for agents to talk: a message carries a payload and a *snapshot*
//! of what its sender knew, messages group into threads, and whoever starts cold asks for the
//! *context* of one. [`ContextClient`] has the nine calls of the protocol, and those for the graph and the
//! index in which an agent notes what it knows; what they take and give are
//! the types of [`context_sync`].
//!
//! [`content_of_mail`] takes mail into a thread. [`ContextSnapshot`] is a snapshot that travels with mail instead, over any transport, and
//! [`AgentMailbox::sync`](crate::AgentMailbox::sync) brings up to date who reads such mail.
//!
//! # Example
//!
//! ```
//! use context_sync::Window;
//! use mailmesh::context::{Config, ContextClient, content};
//! # use mailmesh_node::{Bearer, Node};
//! # use mailmesh_store::SqliteStore;
//! use serde_json::json;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let dir = tempfile::tempdir()?;
//! # let store = SqliteStore::open(dir.path()).await?;
//! # let mut config = mailmesh_node::Config::new("127.0.0.1:0".parse()?, Bearer::from_random([7; 32]));
//! # config.context_sync_open = true;
//! # let node = Node::start(config, std::sync::Arc::new(store)).await?;
//! let server = "http://127.0.0.1:8723/context-sync";
//! # let server = format!("{}/context-sync", node.url());
//! let ann = ContextClient::new(Config::new(&*server, "ann@demo".parse()?))?;
//! let ben = ContextClient::new(Config::new(&*server, "ben@demo".parse()?))?;
//! ann.connect().await?;
//!
//! let content = content(&"Build the parser.", &json!({"grammar": "ABNF"}))?;
//! let sent = ann.send(ann.message("ben@demo".parse()?, content)).await?;
//!
//! // Ben starts cold.
//! let context = ben.sync(&sent.thread_id, Window::default()).await?;
//! assert_eq!(context.snapshot().as_str(), r#"{"grammar":"ABNF"}"#);
//! ben.mark_read(&sent.thread_id).await?;
//! # node.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! # Limits
//!
//! | limit | default |
//! |---|---|
//! | an answer | [`Limits::answer`], 32 MiB |
//! | to connect; one request; a call with its pauses; one pause | [`Timeouts`]: 30 s, 30 s, 2 min, 30 s |
//! | a snapshot that travels with mail | [`ContextSnapshot::MAX`], 60 KiB |
//! | messages of a [`ThreadContext`] | the [`Window`](context_sync::Window), 50 at most |
//!
//! # Security
//!
//! Payloads, snapshots and summaries are the words of others to your model. A token goes by `https` or
//! stays on this machine, follows no redirect, and is in no error and no `Debug`.

mod client;
mod config;
mod link;
mod snapshot;
mod thread_context;

use context_sync::{Content, JsonObject, JsonText, Limits as ContentLimits};
use mail_bridge::{Limits as MailLimits, ToContext};
use serde::Serialize;
use structured_email::Message;

use crate::{Error, ErrorKind};

pub use client::{ContextClient, Received};
pub use config::{Config, Limits, Timeouts};
pub use mail_bridge::{Converted, Loss};
pub use snapshot::ContextSnapshot;
pub use thread_context::ThreadContext;

/// What a message says and what its sender knows, of values that can be written as JSON. Nothing is
/// known by `&()`.
///
/// # Errors
///
/// [`Invalid`](ErrorKind::Invalid) when one cannot be written as strict JSON, or the snapshot is no
/// object.
pub fn content(payload: &impl Serialize, snapshot: &impl Serialize) -> Result<Content, Error> {
    let payload = JsonText::parse(&json(payload)?, &ContentLimits::default());
    let mut content = Content::new(payload.map_err(|error| unfit("a payload", error))?);
    content.snapshot = object(snapshot)?;
    Ok(content)
}

/// What mail says, for a message of a thread: an object with its authors, subject, text and data, as
/// [`ToContext`] describes it, and the [snapshot](ContextSnapshot) that came with it. With it goes what of
/// the mail is not in the message, its files first of all.
///
/// ```
/// use mailmesh::context::content_of_mail;
///
/// let mail = b"From: carl@shop.example\r\nDate: Sat, 21 Nov 2026 21:04:21 +0000\r\n\r\n40 widgets\r\n";
/// let content = content_of_mail(mail)?;
/// assert!(content.value.payload.as_str().contains(r#""text":"40 widgets\n""#));
/// assert_eq!(content.losses, []);
/// // client.send(client.message("ben@demo".parse()?, content.value)).await?;
/// # Ok::<(), mailmesh::Error>(())
/// ```
///
/// # Errors
///
/// [`Protocol`](ErrorKind::Protocol) when the octets are no mail, or over the default limits.
pub fn content_of_mail(raw: &[u8]) -> Result<Converted<Content>, Error> {
    let message = Message::parse(raw);
    let message = message
        .map_err(|error| Error::new(ErrorKind::Protocol, error.to_string()).with_source(error))?;
    Ok(ToContext::new(&message, &MailLimits::default()).content())
}

/// A snapshot; `null` is the empty one.
fn object(snapshot: &impl Serialize) -> Result<JsonObject, Error> {
    match json(snapshot)?.as_str() {
        "null" => Ok(JsonObject::empty()),
        text => JsonObject::parse(text, &ContentLimits::default())
            .map_err(|error| unfit("a snapshot", error)),
    }
}

fn json(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| {
        Error::new(ErrorKind::Invalid, "expected a value that JSON can hold").with_source(error)
    })
}

fn unfit(what: &str, error: context_sync::Error) -> Error {
    let message = format!(
        "expected {what} of strict JSON: expected {}",
        error.expected()
    );
    Error::new(ErrorKind::Invalid, message).with_source(error)
}
