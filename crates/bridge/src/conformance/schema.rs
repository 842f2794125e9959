//! What a case may hold. Unknown members are errors throughout.

use asmtp_envelope::{EnvelopeId, Handle, HttpUrl, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Debug, Deserialize)]
#[serde(tag = "test", rename_all = "kebab-case")]
pub(super) enum Test {
    BridgeAddress(Address),
    BridgeMessageId(MessageId),
    MailToEnvelope(ToEnvelope),
    EnvelopeToMail(ToMail),
    ContextToEnvelope(OfThread),
    MailToContext(IntoThread),
}

/// An address of the domain `agents.example` and its handle, either of which may be null when there
/// is none.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Address {
    pub(super) address: Option<String>,
    pub(super) handle: Option<Handle>,
}

/// A message id, and the envelope of `agents.example` it names.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MessageId {
    pub(super) message_id: String,
    pub(super) envelope_id: Option<EnvelopeId>,
}

/// Mail that `@acme.alice` sends at 7 ms after 1970 began.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ToEnvelope {
    pub(super) mail: Vec<String>,
    pub(super) recipients: Vec<String>,
    pub(super) envelope_id: EnvelopeId,
    /// The places of its files.
    #[serde(default)]
    pub(super) places: Vec<Option<HttpUrl>>,
    /// The body that is posted.
    pub(super) post: Option<Value>,
    /// The kind of the error, in the place of a post.
    pub(super) error: Option<String>,
    #[serde(default)]
    pub(super) losses: Vec<String>,
}

/// An envelope at `agents.example`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ToMail {
    pub(super) envelope: Value,
    /// The contents of its files.
    #[serde(default)]
    pub(super) contents: Vec<Option<String>>,
    pub(super) reads: Option<Reads>,
    /// The kind of the error, in the place of mail.
    pub(super) error: Option<String>,
    #[serde(default)]
    pub(super) losses: Vec<String>,
}

/// A message of a thread at `agents.example`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OfThread {
    pub(super) message: ThreadMessage,
    pub(super) sender: Option<Handle>,
    /// Whom it is delivered to.
    pub(super) recipients: Vec<Handle>,
    /// The body that would be posted.
    pub(super) post: Option<Value>,
    /// The kind of the error, in the place of a post.
    pub(super) error: Option<String>,
    #[serde(default)]
    pub(super) losses: Vec<String>,
}

/// Mail that somebody takes into a thread.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IntoThread {
    pub(super) mail: Vec<String>,
    pub(super) payload: Value,
    #[serde(default)]
    pub(super) snapshot: Map<String, Value>,
    #[serde(default)]
    pub(super) losses: Vec<String>,
}

/// A message as a server keeps it, in the words of the protocol.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct ThreadMessage {
    pub(super) id: String,
    pub(super) thread_id: String,
    pub(super) from: String,
    pub(super) to: String,
    #[serde(default)]
    pub(super) cc: Vec<String>,
    #[serde(default)]
    pub(super) bcc: Vec<String>,
    pub(super) reply_to: Option<String>,
    pub(super) payload: Value,
    #[serde(default)]
    pub(super) context_snapshot: Map<String, Value>,
    pub(super) timestamp: u64,
}

/// What a reader gets of the mail.
#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct Reads {
    pub(super) from: String,
    pub(super) to: Vec<String>,
    #[serde(default)]
    pub(super) cc: Vec<String>,
    pub(super) subject: Option<String>,
    /// In seconds.
    pub(super) date: Option<i64>,
    pub(super) message_id: String,
    #[serde(default)]
    pub(super) in_reply_to: Vec<String>,
    #[serde(default)]
    pub(super) references: Vec<String>,
    pub(super) class: String,
    pub(super) text: Option<String>,
    /// JSON texts.
    #[serde(default)]
    pub(super) items: Vec<String>,
    #[serde(default)]
    pub(super) attachments: Vec<Attached>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct Attached {
    pub(super) name: String,
    pub(super) media_type: String,
    pub(super) content: String,
}

impl ToEnvelope {
    pub(super) const NOW: Timestamp = match Timestamp::new(7) {
        Some(now) => now,
        None => Timestamp::MAX,
    };
}
