use crate::json::{self, required};
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
    }
    "file, symbol, api, config or architecture"
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

    /// The refusal for a key that is not there.
    #[must_use]
    pub const fn not_found() -> Refusal {
        Refusal::new(Status::NotFound, "index entry not found")
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
        members.text("key", &self.key);
        members.text("category", self.category.as_str());
        members.text("summary", &self.summary);
        members.json("metadata", self.metadata.as_str());
        members.integer("updatedAt", self.updated_at.as_millis());
        members.close();
    }
}

impl IndexEntries {
    /// Appends the answer as JSON.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut body = Members::open(out);
        write::list(&self.0, body.value("entries"), IndexEntry::write);
        body.close();
    }
}
