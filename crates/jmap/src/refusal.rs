use std::fmt;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{Id, fields::Fields};

/// A refusal of a server: of a request (RFC 8620 3.6.1), of a method call (3.6.2), or of one object
/// of a `/set` (5.3).
///
/// Its `Display` is the type and no word more that the server wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// The type, at most [`Self::MAX_TYPE`] printable characters of it.
    pub type_name: String,
    /// What the server says, at most [`Self::MAX_DESCRIPTION`] characters without control characters.
    pub description: String,
    /// The recipients that were not taken (RFC 8621 7.5), at most [`Self::MAX_RECIPIENTS`].
    pub invalid_recipients: Vec<String>,
    /// The object that is there already (RFC 8621 4.8).
    pub existing_id: Option<Id>,
}

/// What a [`Refusal`] asks of the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The thing named is not there.
    NotFound,
    /// The same may be taken later.
    Later,
    /// It is not allowed.
    Forbidden,
    /// It is over a limit of the server.
    TooLarge,
    /// The server does not do this.
    Unsupported,
    /// The server cannot say what changed since a state (RFC 8620 5.2): start anew.
    StateUnknown,
    /// Something else.
    Other,
}

impl Refusal {
    /// The longest type that is kept, in characters.
    pub const MAX_TYPE: usize = 64;
    /// The longest description that is kept, in characters.
    pub const MAX_DESCRIPTION: usize = 200;
    /// The most recipients that are kept.
    pub const MAX_RECIPIENTS: usize = 1000;

    /// Reads a refusal. What cannot be read of it is left empty.
    #[must_use]
    pub fn parse(octets: &[u8]) -> Self {
        serde_json::from_slice::<&RawValue>(octets)
            .map(Self::read)
            .unwrap_or_default()
    }

    pub(crate) fn read(raw: &RawValue) -> Self {
        let Ok(fields) = Fields::read(raw) else {
            return Self::default();
        };
        let text = |name: &str| fields.get::<String>(name).unwrap_or_default();
        let type_name = text("type");
        // RFC 8620 3.6.1 writes them as URNs.
        let type_name = type_name.rsplit(':').next().unwrap_or_default();
        let graphic = |c: &char| c.is_ascii_graphic();
        let mut invalid_recipients: Vec<String> =
            fields.get("invalidRecipients").unwrap_or_default();
        invalid_recipients.truncate(Self::MAX_RECIPIENTS);
        Self {
            type_name: type_name
                .chars()
                .filter(graphic)
                .take(Self::MAX_TYPE)
                .collect(),
            description: ["description", "detail"]
                .iter()
                .flat_map(|name| text(name).chars().collect::<Vec<_>>())
                .filter(|c| !c.is_control())
                .take(Self::MAX_DESCRIPTION)
                .collect(),
            invalid_recipients,
            existing_id: fields.get("existingId"),
        }
    }

    /// What it asks of the client.
    #[must_use]
    pub fn reason(&self) -> Reason {
        match self.type_name.as_str() {
            "notFound" | "blobNotFound" | "anchorNotFound" => Reason::NotFound,
            "serverUnavailable" | "serverFail" | "serverPartialFail" | "rateLimit"
            | "stateMismatch" | "limit" => Reason::Later,
            "forbidden" | "accountNotFound" | "accountReadOnly" | "forbiddenFrom"
            | "forbiddenMailFrom" | "forbiddenToSend" => Reason::Forbidden,
            "overQuota" | "tooLarge" | "requestTooLarge" | "tooManyKeywords"
            | "tooManyMailboxes" | "tooManyRecipients" | "maxQuotaReached" => Reason::TooLarge,
            "unknownMethod"
            | "unknownCapability"
            | "accountNotSupportedByMethod"
            | "unsupportedFilter"
            | "unsupportedSort" => Reason::Unsupported,
            "cannotCalculateChanges" | "tooManyChanges" => Reason::StateUnknown,
            _ => Reason::Other,
        }
    }

    /// Whether it is of this type.
    #[must_use]
    pub fn is(&self, type_name: &str) -> bool {
        self.type_name == type_name
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.type_name.as_str() {
            "" => f.write_str("without a type"),
            name => f.write_str(name),
        }
    }
}

impl<'de> Deserialize<'de> for Refusal {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(deserializer).map(|raw| Self::read(&raw))
    }
}
