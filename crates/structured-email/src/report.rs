use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::{Context, Item, Message, Problem, keywords_for};

/// All there is to say about a message, as one JSON object: what `mailmesh inspect --json` prints
/// and what conformance vectors expect.
///
/// | member | value |
/// |---|---|
/// | `class`, `event` | names as in [`Class`](crate::Class) and [`Event`](crate::Event) |
/// | `primary` | index of the one item, or `null` |
/// | `items` | see below |
/// | `keywords` | what [`keywords_for`] gives, in the IMAP spelling |
/// | `supersedes` | message ids without angle brackets |
/// | `attachments`, `embedded_messages` | counts |
/// | `conflict`, `needs_decryption`, `needs_smtputf8` | booleans |
/// | `warnings` | names, each once |
/// | `errors` | objects of `part`, `kind`, `detail` |
///
/// An item has `class`, `source`, `part`, `index`, `types`, `id`, `context`, `profile`, `flags`,
/// `quoted`, `attachment`, `covered_by`, `sha256` and `bytes` (both over the decoded part), and
/// `data`: its JSON as it stood, numbers included, or `null` when a member name stands twice.
#[derive(Clone, Copy, Debug)]
pub struct Report<'m, 'a>(&'m Message<'a>);

impl<'a> Message<'a> {
    /// A report on the message, to be serialized.
    #[must_use]
    pub fn report(&self) -> Report<'_, 'a> {
        Report(self)
    }
}

impl Serialize for Report<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let message = self.0;
        let keywords: Vec<_> = keywords_for(message).iter().map(|k| k.as_imap()).collect();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("class", message.class().as_str())?;
        map.serialize_entry("primary", &message.primary().map(|_| 0))?;
        map.serialize_entry("conflict", &message.conflict())?;
        map.serialize_entry("items", message.items())?;
        map.serialize_entry("keywords", &keywords)?;
        map.serialize_entry("supersedes", message.supersedes())?;
        map.serialize_entry("event", message.event().as_str())?;
        map.serialize_entry("attachments", &message.attachments().count())?;
        map.serialize_entry("embedded_messages", &message.embedded_messages())?;
        map.serialize_entry("needs_decryption", &message.needs_decryption())?;
        map.serialize_entry("needs_smtputf8", &message.needs_smtputf8())?;
        map.serialize_entry("warnings", &warnings(message))?;
        map.serialize_entry("errors", &Errors(message.problems()))?;
        map.end()
    }
}

/// Warnings in a report name no part, so one name says it.
fn warnings(message: &Message<'_>) -> Vec<&'static str> {
    let mut names = Vec::new();
    for warning in message.warnings() {
        let name = warning.kind().as_str();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// As `items` of a [`Report`] has it.
impl Serialize for Item<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let flags = self.flags();
        let data: Option<&RawValue> = (!flags.duplicate_member)
            .then(|| serde_json::from_str(self.json()).ok())
            .flatten();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("class", self.class().as_str())?;
        map.serialize_entry("source", self.source().as_str())?;
        map.serialize_entry("part", &self.part().to_string())?;
        map.serialize_entry("index", &self.index())?;
        map.serialize_entry("types", self.types())?;
        map.serialize_entry("id", &self.id())?;
        map.serialize_entry("context", &ContextReport(self.context()))?;
        map.serialize_entry("profile", self.profile())?;
        map.serialize_entry("flags", &flags.names().collect::<Vec<_>>())?;
        map.serialize_entry("quoted", &flags.quoted)?;
        map.serialize_entry("attachment", &flags.attachment)?;
        map.serialize_entry("covered_by", self.covered_by())?;
        map.serialize_entry("sha256", &hex(&self.sha256()))?;
        map.serialize_entry("bytes", &self.octets().len())?;
        map.serialize_entry("data", &data)?;
        map.end()
    }
}

struct ContextReport<'m>(&'m Context);

impl Serialize for ContextReport<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("kind", self.0.as_str())?;
        match self.0 {
            Context::SchemaOrg(url) | Context::Remote(url) => map.serialize_entry("url", url)?,
            Context::Multiple(urls) => map.serialize_entry("urls", urls)?,
            Context::None | Context::Inline => {}
        }
        map.end()
    }
}

struct Errors<'m>(&'m [Problem]);

impl Serialize for Errors<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(self.0.len()))?;
        for problem in self.0 {
            seq.serialize_element(&ErrorReport {
                part: problem.part().to_string(),
                kind: problem.kind().as_str(),
                detail: problem.to_string(),
            })?;
        }
        seq.end()
    }
}

#[derive(Serialize)]
struct ErrorReport {
    part: String,
    kind: &'static str,
    detail: String,
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
