use strict_json::{Document, Value};

use crate::json::{self, maybe};
use crate::write::Members;
use crate::{Error, ErrorKind, JsonObject, Limits, ThreadId, Timestamp};

/// A request to pass work on: the snapshot becomes a small record of what the next agent needs
/// (section 8).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Handoff {
    /// What is to be reached.
    pub goal: Option<String>,
    /// What comes next.
    pub next_action: Option<String>,
    /// The fields of the snapshot to pass on, in this order. All of them when absent.
    pub include_fields: Option<Vec<String>>,
    /// The most that the passed fields may take, in octets of JSON.
    pub max_context_bytes: Option<u32>,
}

impl Handoff {
    /// The budget of a handoff that names none, in octets.
    pub const DEFAULT_BUDGET: u32 = 16_000;

    /// The smallest budget that may be asked for, in octets.
    pub const MIN_BUDGET: u32 = 256;

    /// The largest.
    pub const MAX_BUDGET: u32 = 1_000_000;

    /// The snapshot that is stored instead of the one that was sent.
    ///
    /// Fields that start with `_` or are named `handoff` stay behind, and so does each that the
    /// budget has no room for.
    #[must_use]
    pub fn snapshot(&self, sent: &JsonObject, thread: &ThreadId, now: Timestamp) -> JsonObject {
        let mut out = Vec::new();
        let mut members = Members::open(&mut out);
        members.integer("version", 1);
        for (name, text) in [("goal", &self.goal), ("nextAction", &self.next_action)] {
            if let Some(text) = text {
                members.text(name, text);
            }
        }
        self.write_context(sent, members.value("context"));
        members.json("decisions", "[]");
        members.json("openQuestions", "[]");
        members.json("artifacts", "{}");
        members.text("sourceThreadId", thread.as_str());
        members.integer("generatedAt", now.as_millis());
        members.close();
        JsonObject::written(out)
    }

    fn write_context(&self, sent: &JsonObject, out: &mut Vec<u8>) {
        let limits = strict_json::Limits {
            size: sent.as_str().len(),
            ..strict_json::Limits::default()
        };
        let document = Document::parse(sent.as_str().as_bytes(), &limits);
        let fields = document
            .as_ref()
            .ok()
            .and_then(|document| document.root().as_object());
        let sent: Vec<_> = fields
            .into_iter()
            .flatten()
            .filter(|(name, _)| may_pass(name))
            .collect();
        let passed: Vec<_> = match &self.include_fields {
            None => sent,
            Some(names) => chosen(names, &sent),
        };
        let budget = self.max_context_bytes.unwrap_or(Self::DEFAULT_BUDGET) as usize;
        let start = out.len();
        out.push(b'{');
        for (name, value) in passed {
            let before = out.len();
            if before > start + 1 {
                out.push(b',');
            }
            strict_json::canonical::write_string(name, out);
            out.push(b':');
            out.extend_from_slice(value.text().as_bytes());
            if out.len() + 1 - start > budget {
                out.truncate(before);
            }
        }
        out.push(b'}');
    }

    pub(crate) fn read(value: Value<'_>, limits: &Limits) -> Result<Self, Error> {
        let object = json::members(value)?;
        let text = |name| maybe(object, name, |value| json::string(value).map(str::to_owned));
        Ok(Self {
            goal: text("goal")?,
            next_action: text("nextAction")?,
            include_fields: maybe(object, "includeFields", |value| fields(value, limits))?,
            max_context_bytes: maybe(object, "maxContextBytes", budget)?,
        })
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let mut members = Members::open(out);
        for (name, text) in [("goal", &self.goal), ("nextAction", &self.next_action)] {
            if let Some(text) = text {
                members.text(name, text);
            }
        }
        if let Some(fields) = &self.include_fields {
            crate::write::list(fields, members.value("includeFields"), |name, out| {
                strict_json::canonical::write_string(name, out);
            });
        }
        if let Some(budget) = self.max_context_bytes {
            members.integer("maxContextBytes", budget.into());
        }
        members.close();
    }
}

fn may_pass(name: &str) -> bool {
    !name.starts_with('_') && name != "handoff"
}

/// The named fields in the order of their names, each once.
fn chosen<'d>(names: &[String], sent: &[(&'d str, Value<'d>)]) -> Vec<(&'d str, Value<'d>)> {
    let mut sorted = sent.to_vec();
    sorted.sort_unstable_by_key(|(name, _)| *name);
    let mut taken = vec![false; sorted.len()];
    let mut fields = Vec::new();
    for name in names {
        if let Ok(at) = sorted.binary_search_by_key(&name.as_str(), |(name, _)| name)
            && !std::mem::replace(&mut taken[at], true)
        {
            fields.push(sorted[at]);
        }
    }
    fields
}

fn fields(value: Value<'_>, limits: &Limits) -> Result<Vec<String>, Error> {
    let names = json::list(value, |name| json::string(name).map(str::to_owned))?;
    if names.len() > limits.handoff_fields {
        return Err(Error::new(ErrorKind::OutOfRange, "fewer fields"));
    }
    Ok(names)
}

fn budget(value: Value<'_>) -> Result<u32, Error> {
    let range = u64::from(Handoff::MIN_BUDGET)..=u64::from(Handoff::MAX_BUDGET);
    let wrong = Error::new(ErrorKind::OutOfRange, "256 to 1000000 octets");
    let budget = json::integer(value)?;
    if !range.contains(&budget) {
        return Err(wrong);
    }
    u32::try_from(budget).map_err(|_| wrong)
}
