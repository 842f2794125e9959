use strict_json::{Object, Value};

use crate::json::{self, maybe, required};
use crate::note::{self, kinds};
use crate::write::{self, Members};
use crate::{Error, JsonObject, Limits, Refusal, Status, Timestamp};

kinds! {
    /// What an entry of an index is about.
    Category {
        /// A file.
        File = "file",
        /// A name in a program.
        Symbol = "symbol",
        /// An interface.
        Api = "api",
        /// A setting.
        Config = "config",
        /// How things are built.
        Architecture = "architecture",
        /// Things that belong together.
        Module = "module",
        /// The whole.
        Overview = "overview",
    }
    "file, symbol, api, config, architecture, module or overview"
}

/// What an agent noted about something, by a key of its own (section 8).
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // a row, filled in by a store
pub struct IndexEntry {
    /// Its key.
    pub key: String,
    /// What it is about.
    pub category: Category,
    /// What is noted.
    pub summary: String,
    /// More about it.
    pub metadata: JsonObject,
    /// When it was noted.
    pub updated_at: Timestamp,
}

/// What is looked for in an index.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // section 8
pub struct IndexSearch {
    /// A text that key or summary hold, without regard to the case of ASCII. Empty for all.
    pub text: String,
    /// Only what is about this.
    pub category: Option<Category>,
    /// How many entries at most, 1 to 100.
    pub limit: u32,
}

/// The answer to a search: entries by key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // section 8
pub struct IndexEntries(pub Vec<IndexEntry>);

impl IndexEntry {
    /// An entry to be noted. When it was noted is the server's to say.
    #[must_use]
    pub fn new(key: impl Into<String>, category: Category, summary: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            category,
            summary: summary.into(),
            metadata: JsonObject::empty(),
            updated_at: Timestamp::default(),
        }
    }

    /// Reads the body of `POST /mailbox/{id}/index`.
    ///
    /// # Errors
    ///
    /// When it is no strict JSON object, or a field is missing, of the wrong type or too long.
    pub fn parse(octets: &[u8], now: Timestamp, limits: &Limits) -> Result<Self, Error> {
        let document = json::document(octets, &limits.request())?;
        let body = json::object(&document)?;
        Ok(Self {
            key: required(body, "key", note::short)?,
            category: required(body, "category", json::text)?,
            summary: required(body, "summary", note::long)?,
            metadata: note::metadata(body, limits)?,
            updated_at: now,
        })
    }

    /// Reads the answer to a question for one entry.
    ///
    /// # Errors
    ///
    /// When it is no strict JSON object, or a field is missing or of the wrong type.
    pub fn parse_answer(octets: &[u8], limits: &Limits) -> Result<Self, Error> {
        let document = json::document(octets, &limits.answer())?;
        Self::of_members(json::object(&document)?, limits)
    }

    /// The refusal for a key that is not there.
    #[must_use]
    pub const fn not_found() -> Refusal {
        Refusal::new(Status::NotFound, "index entry not found")
    }

    /// Appends the body of `POST /mailbox/{id}/index`.
    pub fn write_request(&self, out: &mut Vec<u8>) {
        let mut body = Members::open(out);
        self.write_members(&mut body);
        body.close();
    }

    /// Appends the answer once it is kept, `{"ok":true,"key":…}`.
    pub fn write_kept(&self, out: &mut Vec<u8>) {
        let mut body = Members::open(out);
        body.flag("ok", true);
        body.text("key", &self.key);
        body.close();
    }

    /// Appends it as JSON.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut members = Members::open(out);
        self.write_members(&mut members);
        members.integer("updatedAt", self.updated_at.as_millis());
        members.close();
    }

    fn of_members(object: Object<'_>, limits: &Limits) -> Result<Self, Error> {
        let text = |value| json::string(value).map(str::to_owned);
        Ok(Self {
            key: required(object, "key", text)?,
            category: required(object, "category", json::text)?,
            summary: required(object, "summary", text)?,
            metadata: note::any_metadata(object, limits)?,
            updated_at: maybe(object, "updatedAt", json::timestamp)?.unwrap_or_default(),
        })
    }

    fn write_members(&self, members: &mut Members<'_>) {
        members.text("key", &self.key);
        members.text("category", self.category.as_str());
        members.text("summary", &self.summary);
        members.json("metadata", self.metadata.as_str());
    }
}

impl IndexEntries {
    /// Reads the answer to a search.
    ///
    /// # Errors
    ///
    /// As [`IndexEntry::parse_answer`].
    pub fn parse(octets: &[u8], limits: &Limits) -> Result<Self, Error> {
        let document = json::document(octets, &limits.answer())?;
        let entry = |value: Value<'_>| IndexEntry::of_members(json::members(value)?, limits);
        let entries = maybe(json::object(&document)?, "entries", |value| {
            json::list(value, entry)
        });
        Ok(Self(entries?.unwrap_or_default()))
    }

    /// Appends the answer as JSON.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut body = Members::open(out);
        write::list(&self.0, body.value("entries"), IndexEntry::write);
        body.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_reads_what_a_server_writes() {
        let limits = Limits::default();
        let mut noted = IndexEntry::new("file:a.rs", Category::Module, "Reads tokens.");
        noted.metadata = JsonObject::parse(r#"{"lines":7}"#, &limits).unwrap();
        let mut body = Vec::new();
        noted.write_request(&mut body);
        let now = Timestamp::new(7).unwrap();
        let kept = IndexEntry::parse(&body, now, &limits).unwrap();
        assert_eq!(kept.metadata, noted.metadata);
        let mut answer = Vec::new();
        kept.write(&mut answer);
        assert_eq!(IndexEntry::parse_answer(&answer, &limits).unwrap(), kept);
        let entries = IndexEntries(vec![kept]);
        let mut answer = Vec::new();
        entries.write(&mut answer);
        assert_eq!(IndexEntries::parse(&answer, &limits).unwrap(), entries);
    }
}
