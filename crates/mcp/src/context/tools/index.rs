use context_sync::{Category, IndexEntry};
use rmcp::service::{RequestContext, RoleServer};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::context::agent::failed;
use crate::context::answer::{Beside, NOTICE, Share, Told, Truncated, fitted, indented};
use crate::context::excerpt::{Excerpt, Json};
use crate::context::lack::Lack;
use crate::context::search;
use crate::desk::Desk;
use crate::failure::Failure;
use crate::tool::{Answer, Effect, Tool};

/// `agentsmcp_upsert_index`.
#[derive(Debug)]
pub(super) struct UpsertIndex;

/// `agentsmcp_get_index`.
#[derive(Debug)]
pub(super) struct GetIndex;

/// `agentsmcp_search_index`.
#[derive(Debug)]
pub(super) struct SearchIndex;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct EntryInput {
    /// A key of your own, such as file:src/server.rs or api:POST /messages.
    #[schemars(length(min = 1, max = 255))]
    key: String,
    /// What it is about.
    category: CategoryName,
    /// What is to be known of it, up to 8192 octets; 200 tokens are a good length.
    #[schemars(length(min = 1))]
    summary: String,
    /// More about it, up to 16 KiB of JSON.
    metadata: Option<Map<String, Value>>,
    /// A digest of what was summarised, to see later whether it changed. It is kept in `metadata`.
    content_hash: Option<String>,
    /// The key of what it is a part of. It is kept in `metadata`.
    parent_key: Option<String>,
    /// The agent that noted it. It is kept in `metadata`.
    indexed_by: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum CategoryName {
    File,
    Symbol,
    Api,
    Config,
    Architecture,
    Module,
    Overview,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyInput {
    /// The key.
    #[schemars(length(min = 1))]
    key: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SearchInput {
    /// A text that keys or summaries hold, or words of it.
    #[schemars(length(min = 1))]
    query: String,
    /// Only entries about this.
    category: Option<CategoryName>,
    /// Entries at most, 1 to 100. Default: 20.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<u32>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Indexed {
    ok: bool,
    key: String,
}

/// The entry with a key, if there is one.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Entry {
    found: bool,
    #[serde(flatten)]
    entry: Option<EntryView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notice: Option<&'static str>,
}

/// Entries that were found.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Entries {
    /// What more words hit on comes first.
    entries: Vec<EntryView>,
    #[serde(flatten)]
    beside: Beside,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct EntryView {
    key: String,
    category: &'static str,
    summary: String,
    #[schemars(with = "Map<String, Value>")]
    metadata: Json,
    /// Milliseconds since 1970.
    updated_at: u64,
    #[serde(flatten)]
    lack: Lack,
}

/// Entries that are looked for when the model does not say, and at most.
pub(super) const LIMIT: u32 = 20;
const MOST: u32 = 100;

impl Tool for UpsertIndex {
    const NAME: &'static str = "agentsmcp_upsert_index";
    const TITLE: &'static str = "Note a summary";
    const DESCRIPTION: &'static str = "Notes what a file, symbol, interface or part is in this agent's \
        index, in place of what stood under its key. Whoever acts as this agent later need not read it \
        again.";
    const EFFECT: Effect = Effect::Marks;
    type Input = EntryInput;
    type Output = Indexed;

    async fn call(
        desk: &Desk,
        input: EntryInput,
        _: &RequestContext<RoleServer>,
    ) -> Result<Answer<Indexed>, Failure> {
        let mut metadata = input.metadata.unwrap_or_default();
        for (name, text) in [
            ("contentHash", input.content_hash),
            ("parentKey", input.parent_key),
            ("indexedBy", input.indexed_by),
        ] {
            if let Some(text) = text {
                metadata.insert(name.to_owned(), text.into());
            }
        }
        let mut entry = IndexEntry::new(input.key, input.category.category(), input.summary);
        entry.metadata = super::metadata(Some(metadata))?;
        let client = desk.context().await?;
        client.note_index_entry(&entry).await.map_err(failed)?;
        let key = entry.key;
        Indexed { ok: true, key }.answer()
    }
}

impl Tool for GetIndex {
    const NAME: &'static str = "agentsmcp_get_index";
    const TITLE: &'static str = "Look up a summary";
    const DESCRIPTION: &'static str = "Gives the entry of this agent's index with exactly this key. Ask \
        it before you read a file only to learn what it is.";
    const EFFECT: Effect = Effect::Reads;
    type Input = KeyInput;
    type Output = Entry;

    async fn call(
        desk: &Desk,
        input: KeyInput,
        _: &RequestContext<RoleServer>,
    ) -> Result<Answer<Entry>, Failure> {
        let key = super::sought(&input.key, "key")?;
        let client = desk.context().await?;
        let entry = client.index_entry(key).await.map_err(failed)?;
        let room = desk.options().limits.context;
        fitted(room, Share::ladder(room, 1, 0), |share| Entry {
            found: entry.is_some(),
            entry: entry
                .as_ref()
                .map(|entry| EntryView::of(entry, share.value)),
            notice: entry.as_ref().map(|_| NOTICE),
        })
    }
}

impl Tool for SearchIndex {
    const NAME: &'static str = "agentsmcp_search_index";
    const TITLE: &'static str = "Search summaries";
    const DESCRIPTION: &'static str = "Finds entries of this agent's index about a text, or about words \
        of it. Ask it before you search through files.";
    const EFFECT: Effect = Effect::Reads;
    type Input = SearchInput;
    type Output = Entries;

    async fn call(
        desk: &Desk,
        input: SearchInput,
        _: &RequestContext<RoleServer>,
    ) -> Result<Answer<Entries>, Failure> {
        let query = super::sought(&input.query, "query")?;
        let category = input.category.map(CategoryName::category);
        let limit = input.limit.unwrap_or(LIMIT).clamp(1, MOST);
        let client = desk.context().await?;
        let found = search::index(client, query, category, limit).await?;
        let room = desk.options().limits.context;
        let shares = Share::ladder(room, limit as usize, 0);
        fitted(room, shares, |share| {
            let mut truncated = Truncated::new();
            let entries = entries(&found, share, "entries", &mut truncated);
            let beside = Beside::new(truncated);
            Entries { entries, beside }
        })
    }
}

/// The entries that there is room for.
pub(super) fn entries(
    found: &[IndexEntry],
    share: Share,
    name: &'static str,
    truncated: &mut Truncated,
) -> Vec<EntryView> {
    if found.len() > share.items {
        truncated.insert(name, found.len());
    }
    let told = found.iter().take(share.items);
    told.map(|entry| EntryView::of(entry, share.value))
        .collect()
}

impl EntryView {
    fn of(entry: &IndexEntry, most: usize) -> Self {
        let mut lack = Lack::default();
        let metadata = Excerpt::of(entry.metadata.as_str(), most);
        Self {
            key: lack.text(&entry.key, "key", most),
            category: entry.category.as_str(),
            summary: lack.text(&entry.summary, "summary", most),
            metadata: lack.of("metadata", metadata),
            updated_at: entry.updated_at.as_millis(),
            lack,
        }
    }
}

impl CategoryName {
    fn category(self) -> Category {
        match self {
            Self::File => Category::File,
            Self::Symbol => Category::Symbol,
            Self::Api => Category::Api,
            Self::Config => Category::Config,
            Self::Architecture => Category::Architecture,
            Self::Module => Category::Module,
            Self::Overview => Category::Overview,
        }
    }
}

impl Told for Indexed {}

impl Told for Entry {}

impl Told for Entries {
    fn published(&self) -> Result<String, Failure> {
        indented(&self.entries)
    }

    fn beside(&self) -> Option<&Beside> {
        Some(&self.beside)
    }
}
