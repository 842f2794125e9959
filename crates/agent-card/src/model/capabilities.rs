use serde::Serialize;

use super::Struct;
use super::reader::{Fields, FromFields};
use crate::Error;
use crate::schema::{self, Message};

/// Which optional parts of the protocol an agent speaks (A2A 4.4.3).
///
/// A flag that is not set and one that is set to `false` mean the same, but are signed
/// differently.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "camelCase")]
pub struct AgentCapabilities {
    /// Answers can come as a stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub streaming: Option<bool>,
    /// News of a task can be pushed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub push_notifications: Option<bool>,
    /// Extensions of the protocol.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extensions: Vec<AgentExtension>,
    /// Callers who authenticate can get a card that says more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extended_agent_card: Option<bool>,
}

/// One extension of the protocol (A2A 4.4.4).
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct AgentExtension {
    /// The name of the extension.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub uri: String,
    /// What the agent uses it for.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Callers have to understand it.
    #[serde(skip_serializing_if = "is_false")]
    pub required: bool,
    /// What the extension wants to know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub params: Option<Struct>,
}

impl AgentExtension {
    /// An extension that callers may ignore.
    #[must_use]
    pub fn new(uri: impl Into<String>) -> Self {
        Self {
            uri: uri.into(),
            ..Self::default()
        }
    }
}

impl FromFields for AgentCapabilities {
    const MESSAGE: &'static Message = &schema::CAPABILITIES;

    fn from_fields(fields: &mut Fields<'_, '_, '_>) -> Result<Self, Error> {
        Ok(Self {
            streaming: fields.optional_flag("streaming")?,
            push_notifications: fields.optional_flag("pushNotifications")?,
            extensions: fields.messages("extensions")?,
            extended_agent_card: fields.optional_flag("extendedAgentCard")?,
        })
    }
}

impl FromFields for AgentExtension {
    const MESSAGE: &'static Message = &schema::EXTENSION;

    fn from_fields(fields: &mut Fields<'_, '_, '_>) -> Result<Self, Error> {
        Ok(Self {
            uri: fields.text("uri")?,
            description: fields.text("description")?,
            required: fields.flag("required")?,
            params: fields.structure("params")?,
        })
    }
}

/// For fields whose default is not written; serde asks with a reference.
pub(super) fn is_false(flag: &bool) -> bool {
    !flag
}
