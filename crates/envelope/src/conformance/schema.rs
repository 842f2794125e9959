//! What a case may hold. Unknown members are errors throughout.

use serde::Deserialize;
use serde_json::Value;

use super::octets::Octets;
use crate::{AllowlistEntry, EnvelopeId, Handle, OrderKey, Timestamp};

#[derive(Debug, Deserialize)]
#[serde(tag = "test", rename_all = "kebab-case")]
pub(super) enum Test {
    Post(Post),
    Same(Same),
    Text(Text),
    Push(Push),
    Listing(Listing),
    Batch(Batch),
    MarkRead(MarkRead),
    OrderKey(NextKey),
    Trust(Trust),
    Error(ErrorAnswer),
}

/// A posted body, sent by `@the.sender` to a file base of `https://mail.example`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Post {
    pub(super) body: Octets,
    /// The code of the refusal; the others are left out then.
    pub(super) code: Option<String>,
    /// The start of the message: where the fault is.
    pub(super) place: Option<String>,
    /// The stored form, which a fetch by its sender returns.
    pub(super) stored: Option<Value>,
    /// The effective recipients.
    pub(super) recipients: Option<Vec<Handle>>,
    pub(super) type_hint: Option<String>,
    pub(super) size_hint: Option<u64>,
}

/// Two bodies that are one envelope or not.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Same {
    pub(super) bodies: [Octets; 2],
    pub(super) same: bool,
    /// The canonical form of the first.
    pub(super) canonical: Option<String>,
    /// Its SHA-256.
    pub(super) digest: Option<String>,
}

/// A text and the grammar it follows or not.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Text {
    pub(super) grammar: Grammar,
    pub(super) text: Octets,
    /// The code of the refusal.
    pub(super) code: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Grammar {
    Handle,
    AllowlistEntry,
    EnvelopeId,
    MonitorHandle,
    FileId,
    Subject,
    Url,
}

/// A message from the push channel.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Push {
    pub(super) message: Octets,
    pub(super) expected: PushKind,
    /// Its line for a model.
    pub(super) line: Option<String>,
    /// What is written of it again.
    pub(super) written: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum PushKind {
    Notify,
    Fact,
    Unknown,
    Refused,
}

/// A query of `GET /mailbox`, on a mailbox if there is one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listing {
    pub(super) query: String,
    pub(super) code: Option<String>,
    /// The same query without what is at its default.
    pub(super) plain: Option<String>,
    #[serde(default)]
    pub(super) mailbox: Vec<Row>,
    /// The ids of the rows.
    pub(super) rows: Option<Vec<EnvelopeId>>,
    /// What the rows say of direction and unread, as `self`, `in unread`.
    pub(super) marks: Option<Vec<String>>,
    pub(super) next_cursor: Option<OrderKey>,
}

/// An envelope in the mailbox of the agent that lists.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    pub(super) created_at: Timestamp,
    pub(super) id: EnvelopeId,
    #[serde(default)]
    pub(super) sent: bool,
    pub(super) received: Option<ReadFlag>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ReadFlag {
    Read,
    Unread,
}

/// A query of `GET /messages`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Batch {
    pub(super) query: Octets,
    pub(super) code: Option<String>,
    pub(super) ids: Option<Vec<EnvelopeId>>,
}

/// A body of `POST /mailbox/read`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MarkRead {
    pub(super) body: Octets,
    pub(super) code: Option<String>,
    pub(super) ids: Option<Vec<EnvelopeId>>,
}

/// The key of a new envelope.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NextKey {
    pub(super) last: Option<OrderKey>,
    pub(super) now: Timestamp,
    pub(super) envelope_id: EnvelopeId,
    /// The first half of the key, or null when there is none.
    pub(super) created_at: Option<Timestamp>,
}

/// Whether mail passes from one agent to another.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Trust {
    pub(super) from: Gate,
    pub(super) to: Gate,
    pub(super) admitted: bool,
    /// Whether a private profile of the second shows to the first.
    pub(super) visible: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Gate {
    pub(super) agent: Handle,
    #[serde(default)]
    pub(super) open: bool,
    #[serde(default)]
    pub(super) allowlist: Vec<AllowlistEntry>,
    #[serde(default)]
    pub(super) blocks: Vec<Handle>,
}

/// The body of an error answer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ErrorAnswer {
    pub(super) body: Octets,
    /// The code as it came.
    pub(super) code: String,
    /// Whether the code is one of the protocol's.
    pub(super) known: bool,
    pub(super) message: String,
}
