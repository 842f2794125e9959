use serde::Serialize;

use super::reader::{Fields, FromFields};
use crate::Error;
use crate::schema::{self, Message};

/// Who runs an agent (A2A 4.4.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AgentProvider {
    /// The web site of the organization.
    pub url: String,
    /// The name of the organization.
    pub organization: String,
}

impl AgentProvider {
    /// An organization and its web site.
    #[must_use]
    pub fn new(organization: impl Into<String>, url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            organization: organization.into(),
        }
    }
}

impl FromFields for AgentProvider {
    const MESSAGE: &'static Message = &schema::PROVIDER;

    fn from_fields(fields: &mut Fields<'_, '_, '_>) -> Result<Self, Error> {
        Ok(Self {
            url: fields.text("url")?,
            organization: fields.text("organization")?,
        })
    }
}
