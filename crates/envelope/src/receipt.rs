use strict_json::Value;

use crate::json;
use crate::write::{self, Members};
use crate::{Code, EnvelopeId, Error, ErrorKind, Handle, Limits, OrderKey, Timestamp};

/// What an operator answers when it has an envelope: stored for each recipient, not read (3.2).
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // the answer on the wire
pub struct Receipt {
    /// The envelope.
    pub id: EnvelopeId,
    /// When the operator accepted it.
    pub received_ms: Timestamp,
    /// The first half of its order key.
    pub created_at: Timestamp,
    /// The effective recipients in order.
    pub recipients: Vec<Handle>,
}

impl Receipt {
    /// The place of the envelope in the mailboxes.
    #[must_use]
    pub fn key(&self) -> OrderKey {
        OrderKey {
            created_at: self.created_at,
            envelope_id: self.id,
        }
    }

    /// Appends the body of the 202 answer.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut object = Members::open(out);
        object.plain("id", self.id.as_str());
        object.integer("received_ms", self.received_ms.as_millis());
        object.integer("created_at", self.created_at.as_millis());
        write::list(
            &self.recipients,
            object.value("recipients"),
            |handle, out| {
                let mut recipient = Members::open(out);
                recipient.plain("handle", handle.as_str());
                recipient.close();
            },
        );
        object.close();
    }

    /// Reads the body of a 202 answer.
    ///
    /// # Errors
    ///
    /// When it is not strict JSON within [`Limits::body`](field@crate::Limits::body), or lacks a
    /// member.
    pub fn parse(octets: &[u8], limits: &Limits) -> Result<Self, Error> {
        let document = json::document(octets, limits.body, limits)?;
        let object = json::root(&document)?;
        let missing = Error::new(ErrorKind::Missing, Code::InvalidRequest, "a value");
        let member = |name| object.get(name).ok_or_else(|| missing.member(name));
        let time =
            |name| json::timestamp(member(name)?, Code::InvalidRequest).map_err(|e| e.member(name));
        let recipients = member("recipients")?.as_array().ok_or(missing)?;
        let handle = |recipient: Value<'_>| {
            let handle = recipient
                .as_object()
                .and_then(|object| object.get("handle"));
            json::text(handle.ok_or(missing)?)
        };
        Ok(Self {
            id: json::text(member("id")?).map_err(|error: Error| error.member("id"))?,
            received_ms: time("received_ms")?,
            created_at: time("created_at")?,
            recipients: recipients
                .iter()
                .map(handle)
                .collect::<Result<_, Error>>()
                .map_err(|error| error.member("recipients"))?,
        })
    }
}
