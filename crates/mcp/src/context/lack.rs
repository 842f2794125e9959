use std::collections::BTreeMap;

use context_sync::AgentId;
use mailmesh::untrusted::{excerpt, visible};
use schemars::JsonSchema;
use serde::Serialize;

use super::answer::Truncated;
use super::excerpt::{Excerpt, Json};
use crate::view::is_zero;

/// What is missing of something.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Lack {
    /// What is not whole here: the characters of a value, or the number of things in a list.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) truncated: Truncated,
    /// Invisible characters that were left out. Some hide instructions that way.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) hidden_characters: usize,
}

/// Agents of one list that are told.
const AGENTS: usize = 20;

impl Lack {
    /// The JSON of an excerpt, once what it lacks is told.
    pub(super) fn of(&mut self, name: &'static str, excerpt: Excerpt) -> Json {
        if let Some(whole) = excerpt.whole {
            self.truncated.insert(name, whole);
        }
        self.hidden_characters += excerpt.hidden;
        excerpt.json
    }

    pub(super) fn text(&mut self, text: &str, name: &'static str, most: usize) -> String {
        let (start, rest) = excerpt(text, 0, most);
        if rest.is_some() {
            self.truncated.insert(name, text.chars().count());
        }
        let (start, hidden) = visible(start);
        self.hidden_characters += hidden;
        start
    }

    pub(super) fn newest<'a, T>(
        &mut self,
        all: &'a [T],
        name: &'static str,
        most: usize,
    ) -> &'a [T] {
        if all.len() > most {
            self.truncated.insert(name, all.len());
        }
        &all[all.len().saturating_sub(most)..]
    }

    pub(super) fn agents(&mut self, all: &[AgentId], name: &'static str) -> Vec<String> {
        if all.len() > AGENTS {
            self.truncated.insert(name, all.len());
        }
        all.iter().take(AGENTS).map(AgentId::to_string).collect()
    }
}
