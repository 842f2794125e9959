use std::fmt;

use strict_json::Object;

use super::required;
use crate::hint::unknown_word;
use crate::write::Members;
use crate::{Code, EnvelopeId, Error, Handle, MonitorHandle, Timestamp, json};

/// What became of a watched envelope at one recipient, told to its sender only (section 9).
///
/// Facts come from the operator's own storage acts. None says that a recipient was online,
/// fetched, read, blocked or filed anything.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(clippy::exhaustive_structs)] // a fact on the wire, made by operators and by tests
pub struct MonitorFact {
    /// The name under which the sender watches.
    pub monitor: MonitorHandle,
    /// The envelope.
    pub envelope_id: EnvelopeId,
    /// Whose mailbox it is about.
    pub recipient: Handle,
    /// What happened.
    pub fact: Fact,
    /// When; for [`Fact::Stored`] the `created_at` of the envelope.
    pub at_ms: Timestamp,
}

/// What can happen to an entry in a mailbox.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Fact {
    /// It was committed.
    Stored,
    /// Retention removed it, and it had never been fetched.
    Expired,
    /// It was accepted, and could not be delivered later.
    Bounced,
    /// What an operator said in a word that this crate does not know.
    Other(Box<str>),
}

impl MonitorFact {
    /// What its `op` is on the wire.
    pub const OP: &'static str = "monitor.fact";

    /// Appends the fact as JSON.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut object = Members::open(out);
        object.plain("op", Self::OP);
        object.plain("monitor", self.monitor.as_str());
        object.plain("envelope_id", self.envelope_id.as_str());
        object.plain("recipient_handle", self.recipient.as_str());
        object.text("fact", self.fact.as_str());
        object.integer("at_ms", self.at_ms.as_millis());
        object.close();
    }
}

impl Fact {
    /// The fact that a word on the wire stands for. Of a word that is none, 16 characters are
    /// kept, with an underscore for all but `[0-9A-Za-z-]`.
    #[must_use]
    pub fn from_wire(word: &str) -> Self {
        match word {
            "stored" => Self::Stored,
            "expired" => Self::Expired,
            "bounced" => Self::Bounced,
            other => Self::Other(unknown_word(other)),
        }
    }

    /// The word on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Stored => "stored",
            Self::Expired => "expired",
            Self::Bounced => "bounced",
            Self::Other(word) => word,
        }
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

pub(super) fn read(object: Object<'_>) -> Result<MonitorFact, Error> {
    let at = |name| move |error: Error| error.member(name);
    let text = |name| required(object, name);
    let word = text("fact")?;
    Ok(MonitorFact {
        monitor: json::text(text("monitor")?).map_err(at("monitor"))?,
        envelope_id: json::text(text("envelope_id")?).map_err(at("envelope_id"))?,
        recipient: json::text(text("recipient_handle")?).map_err(at("recipient_handle"))?,
        fact: Fact::from_wire(word.as_str().unwrap_or_default()),
        at_ms: json::timestamp(text("at_ms")?, Code::InvalidRequest).map_err(at("at_ms"))?,
    })
}
