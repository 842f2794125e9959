use serde::Serialize;

use super::Struct;
use super::reader::{Fields, FromFields};
use crate::Error;
use crate::schema::{self, Message};

/// One signature of a card: a flattened JWS with a detached payload (RFC 7515 7.2.2).
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct AgentCardSignature {
    /// The protected header, base64url of a JSON object. It is signed as it stands.
    pub protected: String,
    /// The signature, base64url.
    pub signature: String,
    /// The unprotected header. Nobody signed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<Struct>,
}

impl AgentCardSignature {
    /// A signature without an unprotected header.
    #[must_use]
    pub fn new(protected: impl Into<String>, signature: impl Into<String>) -> Self {
        Self {
            protected: protected.into(),
            signature: signature.into(),
            header: None,
        }
    }
}

impl FromFields for AgentCardSignature {
    const MESSAGE: &'static Message = &schema::SIGNATURE;

    fn from_fields(fields: &mut Fields<'_, '_, '_>) -> Result<Self, Error> {
        Ok(Self {
            protected: fields.text("protected")?,
            signature: fields.text("signature")?,
            header: fields.structure("header")?,
        })
    }
}
