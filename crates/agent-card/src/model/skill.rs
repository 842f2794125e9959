use serde::Serialize;

use super::SecurityRequirement;
use super::reader::{Fields, FromFields};
use crate::Error;
use crate::schema::{self, Message};

/// One thing an agent can do (A2A 4.4.5).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "camelCase")]
pub struct AgentSkill {
    /// The name for machines, unique in the card.
    pub id: String,
    /// The name for people.
    pub name: String,
    /// What the skill is for.
    pub description: String,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// What one could ask for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<String>,
    /// Media types it takes; the card's when empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub input_modes: Vec<String>,
    /// Media types it gives; the card's when empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub output_modes: Vec<String>,
    /// How callers of this skill have to authenticate: one of these alternatives.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub security_requirements: Vec<SecurityRequirement>,
}

impl AgentSkill {
    /// A skill with the members that every skill has.
    #[must_use]
    pub fn new<T: Into<String>>(
        id: impl Into<String>,
        name: impl Into<String>,
        description: impl Into<String>,
        tags: impl IntoIterator<Item = T>,
    ) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            description: description.into(),
            tags: tags.into_iter().map(Into::into).collect(),
            ..Self::default()
        }
    }
}

impl FromFields for AgentSkill {
    const MESSAGE: &'static Message = &schema::SKILL;

    fn from_fields(fields: &mut Fields<'_, '_, '_>) -> Result<Self, Error> {
        Ok(Self {
            id: fields.text("id")?,
            name: fields.text("name")?,
            description: fields.text("description")?,
            tags: fields.texts("tags")?,
            examples: fields.texts("examples")?,
            input_modes: fields.texts("inputModes")?,
            output_modes: fields.texts("outputModes")?,
            security_requirements: fields.messages("securityRequirements")?,
        })
    }
}
