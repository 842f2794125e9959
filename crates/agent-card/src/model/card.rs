use std::collections::BTreeMap;

use serde::Serialize;

use super::reader::{Fields, FromFields};
use super::{
    AgentCapabilities, AgentCardSignature, AgentInterface, AgentProvider, AgentSkill,
    SecurityRequirement, SecurityScheme,
};
use crate::Error;
use crate::schema::{self, Message};

/// An A2A v1.0 AgentCard: who an agent is, where it is reached, and what it can do (A2A 4.4.1).
///
/// [`AgentCard::parse`] reads one, [`AgentCard::builder`] makes one that is sound, and
/// [`AgentCard::to_json`] writes one. A value may well break the rules of the specification;
/// [`AgentCard::problems`] says how.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "camelCase")]
pub struct AgentCard {
    /// The name for people.
    pub name: String,
    /// What the agent is for.
    pub description: String,
    /// Where the agent is reached, the preferred place first.
    pub supported_interfaces: Vec<AgentInterface>,
    /// Who runs the agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<AgentProvider>,
    /// The version of the agent, not of the protocol.
    pub version: String,
    /// Where the agent is documented.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub documentation_url: Option<String>,
    /// Which optional parts of the protocol the agent speaks.
    pub capabilities: AgentCapabilities,
    /// How callers may authenticate, by the names that requirements use.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub security_schemes: BTreeMap<String, SecurityScheme>,
    /// How callers have to authenticate: one of these alternatives.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub security_requirements: Vec<SecurityRequirement>,
    /// Media types that every skill takes.
    pub default_input_modes: Vec<String>,
    /// Media types that every skill gives.
    pub default_output_modes: Vec<String>,
    /// What the agent can do.
    pub skills: Vec<AgentSkill>,
    /// Signatures over the rest of the card.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub signatures: Vec<AgentCardSignature>,
    /// A picture of the agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icon_url: Option<String>,
}

impl FromFields for AgentCard {
    const MESSAGE: &'static Message = &schema::AGENT_CARD;

    fn from_fields(fields: &mut Fields<'_, '_, '_>) -> Result<Self, Error> {
        Ok(Self {
            name: fields.text("name")?,
            description: fields.text("description")?,
            supported_interfaces: fields.messages("supportedInterfaces")?,
            provider: fields.message("provider")?,
            version: fields.text("version")?,
            documentation_url: fields.optional_text("documentationUrl")?,
            capabilities: fields.message("capabilities")?.unwrap_or_default(),
            security_schemes: fields.message_map("securitySchemes")?,
            security_requirements: fields.messages("securityRequirements")?,
            default_input_modes: fields.texts("defaultInputModes")?,
            default_output_modes: fields.texts("defaultOutputModes")?,
            skills: fields.messages("skills")?,
            signatures: fields.messages("signatures")?,
            icon_url: fields.optional_text("iconUrl")?,
        })
    }
}
