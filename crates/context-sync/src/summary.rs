use strict_json::{Object, Value};

use crate::json::{self, maybe, required};
use crate::write::{self, Members};
use crate::{Error, JsonObject, JsonText, Limits, MessageId, Seq, Timestamp};

/// What a store keeps of the older messages of a thread: how many are covered, and what a
/// summariser made of them.
///
/// The stock summariser makes nothing, so that older content is left out of a context (section 3).
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // a row, filled in by a store
pub struct Summary {
    /// All messages up to this one are covered.
    pub through: Seq,
    /// What a summariser said, or nothing.
    pub text: SummaryText,
    /// When it was made.
    pub generated_at: Timestamp,
}

/// What a summariser says of messages. The stock one says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // section 3
pub struct SummaryText {
    /// In words.
    pub text: String,
    /// What was decided.
    pub decisions: Vec<JsonText>,
    /// What is open.
    pub open_questions: Vec<JsonText>,
    /// What was made, by name.
    pub artifacts: JsonObject,
}

/// A summary as it stands in a context.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ThreadSummary {
    /// What it says.
    pub text: SummaryText,
    /// The messages that it covers, oldest first: the newest
    /// [`Limits::covered_ids`](field@crate::Limits::covered_ids) of them.
    pub covers_message_ids: Vec<MessageId>,
    /// When it was made.
    pub generated_at: Timestamp,
}

impl Summary {
    /// How many messages must stand uncovered before the window to be covered (section 3).
    pub const THRESHOLD: u64 = 20;

    /// The same summary, covering more.
    pub(crate) fn extended(before: Option<&Self>, through: Seq, now: Timestamp) -> Self {
        Self {
            through,
            text: before.map(|before| before.text.clone()).unwrap_or_default(),
            generated_at: now,
        }
    }
}

impl ThreadSummary {
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let json = |items: &[JsonText], out: &mut Vec<u8>| {
            write::list(items, out, |item, out| {
                out.extend_from_slice(item.as_str().as_bytes());
            });
        };
        let mut members = Members::open(out);
        members.text("text", &self.text.text);
        json(&self.text.decisions, members.value("decisions"));
        json(&self.text.open_questions, members.value("openQuestions"));
        members.json("artifacts", self.text.artifacts.as_str());
        write::list(
            &self.covers_message_ids,
            members.value("coversMessageIds"),
            |id, out| {
                strict_json::canonical::write_string(id.as_str(), out);
            },
        );
        members.integer("generatedAt", self.generated_at.as_millis());
        members.close();
    }

    /// Reads what a server answered; the empty object is no summary (section 9).
    pub(crate) fn read(value: Value<'_>, limits: &Limits) -> Result<Option<Self>, Error> {
        let object = json::members(value)?;
        if object.is_empty() {
            return Ok(None);
        }
        let covers = maybe(object, "coversMessageIds", |value| {
            json::list(value, json::text)
        })?;
        Ok(Some(Self {
            text: SummaryText::read(object, limits)?,
            covers_message_ids: covers.unwrap_or_default(),
            generated_at: required(object, "generatedAt", json::timestamp)?,
        }))
    }
}

impl SummaryText {
    fn read(object: Object<'_>, limits: &Limits) -> Result<Self, Error> {
        let values = |name| {
            let read = |value| json::list(value, |item| json::any(item, limits));
            maybe(object, name, read).map(Option::unwrap_or_default)
        };
        let text = maybe(object, "text", |value| {
            json::string(value).map(str::to_owned)
        })?;
        let artifacts = object
            .get("artifacts")
            .filter(|value| value.as_object().is_some());
        Ok(Self {
            text: text.unwrap_or_default(),
            decisions: values("decisions")?,
            open_questions: values("openQuestions")?,
            artifacts: artifacts
                .map(|value| json::snapshot(value, limits))
                .transpose()?
                .unwrap_or_else(JsonObject::empty),
        })
    }
}

impl Default for SummaryText {
    fn default() -> Self {
        Self {
            text: String::new(),
            decisions: Vec::new(),
            open_questions: Vec::new(),
            artifacts: JsonObject::empty(),
        }
    }
}
