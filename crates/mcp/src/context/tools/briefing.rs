use context_sync::Window;
use mailmesh::context::Received;
use rmcp::service::{RequestContext, RoleServer};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::graph::{self, EdgeView, NodeView};
use super::index::{self, EntryView};
use crate::context::agent::failed;
use crate::context::answer::{NOTICE, Share, Told, Truncated, fitted};
use crate::context::excerpt::{Excerpt, Json};
use crate::context::lack::Lack;
use crate::context::search;
use crate::desk::Desk;
use crate::failure::Failure;
use crate::tool::{Answer, Effect, Tool};

/// `agentsmcp_context_briefing`.
#[derive(Debug)]
pub(super) struct ContextBriefing;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BriefingInput {
    /// What you are about to do, in words that notes may hold.
    #[schemars(length(min = 1))]
    task: String,
    /// Tell of unread messages too. Default: false.
    include_threads: Option<bool>,
}

/// What this agent has noted that bears on a task.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Briefing {
    task: String,
    /// Nodes of the graph, those that more words hit on first.
    relevant_nodes: Vec<NodeView>,
    /// The edges between them.
    relationships: Vec<EdgeView>,
    /// Entries of the index, in the same order.
    index_entries: Vec<EntryView>,
    /// Always empty: this server learns no rules.
    learned_rules: Vec<Value>,
    /// Always empty, as the rules.
    loop_memory_lessons: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thread_context: Option<ThreadContext>,
    /// What is not whole here: the number of things in a list.
    #[serde(skip_serializing_if = "Truncated::is_empty")]
    truncated: Truncated,
    notice: &'static str,
}

/// What is unread, in few words. agentsmcp_receive tells more.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ThreadContext {
    unread_count: usize,
    /// What the sender of the newest of it knew.
    #[schemars(with = "Map<String, Value>")]
    snapshot: Json,
    summary: String,
    #[serde(flatten)]
    lack: Lack,
}

/// Characters of the task that are repeated.
const TASK: usize = 1_000;

/// Messages of a thread that are looked at.
const RECENT: u64 = 3;

impl Tool for ContextBriefing {
    const NAME: &'static str = "agentsmcp_context_briefing";
    const TITLE: &'static str = "Get a briefing";
    const DESCRIPTION: &'static str = "Gathers what this agent's graph and index hold about a task, by \
        the first words of it. Call it before you begin one.";
    const EFFECT: Effect = Effect::Reads;
    type Input = BriefingInput;
    type Output = Briefing;

    async fn call(
        desk: &Desk,
        input: BriefingInput,
        _: &RequestContext<RoleServer>,
    ) -> Result<Answer<Briefing>, Failure> {
        let task = super::sought(&input.task, "task")?;
        let client = desk.context().await?;
        let found = search::graph(client, task, graph::LIMIT).await?;
        let entries = search::index(client, task, None, index::LIMIT).await?;
        let received = match input.include_threads {
            Some(true) => {
                let received = client.receive(None, Window::of(RECENT)).await;
                Some(received.map_err(failed)?)
            }
            _ => None,
        };
        let room = desk.options().limits.context;
        let shares = Share::ladder(room, graph::LIMIT as usize, 0);
        fitted(room, shares, |share| {
            let mut truncated = Truncated::new();
            let names = ["relevantNodes", "relationships"];
            let (relevant_nodes, relationships) = graph::told(&found, share, names, &mut truncated);
            Briefing {
                task: Lack::default().text(task, "task", TASK),
                relevant_nodes,
                relationships,
                index_entries: index::entries(&entries, share, "indexEntries", &mut truncated),
                learned_rules: Vec::new(),
                loop_memory_lessons: Vec::new(),
                thread_context: received
                    .as_ref()
                    .map(|received| ThreadContext::of(received, share.value)),
                truncated,
                notice: NOTICE,
            }
        })
    }
}

impl ThreadContext {
    fn of(received: &Received, most: usize) -> Self {
        let mut lack = Lack::default();
        let snapshot = Excerpt::of(received.context.snapshot().as_str(), most);
        Self {
            unread_count: received.messages.len(),
            snapshot: lack.of("snapshot", snapshot),
            summary: lack.text(received.context.thread_summary(), "summary", most),
            lack,
        }
    }
}

impl Told for Briefing {}
