//! What a vector file may hold. Unknown members are errors throughout.

use asmtp_envelope::{EnvelopeId, Handle, HttpUrl, Timestamp};
use serde::Deserialize;
use serde::de::Error as _;
use serde_json::{Map, Value};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VectorFile {
    /// What the cases have in common.
    #[serde(rename = "about")]
    _about: String,
    pub(super) cases: Vec<Case>,
}

/// One case. Serde cannot refuse unknown members of a flattened struct, so the common members are
/// taken out of the object first and the rest is read as the test.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Map<String, Value>")]
pub(super) struct Case {
    pub(super) id: String,
    pub(super) test: Test,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "test", rename_all = "kebab-case")]
pub(super) enum Test {
    BridgeAddress(Address),
    BridgeMessageId(MessageId),
    MailToEnvelope(ToEnvelope),
    EnvelopeToMail(ToMail),
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

impl TryFrom<Map<String, Value>> for Case {
    type Error = serde_json::Error;

    fn try_from(mut members: Map<String, Value>) -> Result<Self, Self::Error> {
        let id: String = serde_json::from_value(members.remove("id").unwrap_or_default())?;
        for name in ["reason", "source"] {
            let text = members.remove(name);
            if !text.is_some_and(|text| text.is_string()) {
                return Err(serde_json::Error::custom(format!("{id} has no {name}")));
            }
        }
        let test = serde_json::from_value(Value::Object(members))
            .map_err(|error| serde_json::Error::custom(format!("{id}: {error}")))?;
        Ok(Self { id, test })
    }
}
