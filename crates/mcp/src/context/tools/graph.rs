use context_sync::{GraphEdge, GraphNode, JsonText, NodeKind};
use rmcp::service::{RequestContext, RoleServer};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};

use super::unread::Done;
use crate::context::agent::failed;
use crate::context::answer::{NOTICE, Share, Told, Truncated, fitted};
use crate::context::excerpt::{Excerpt, Json};
use crate::context::lack::Lack;
use crate::context::search::{self, Found};
use crate::desk::Desk;
use crate::failure::Failure;
use crate::tool::{Answer, Effect, Tool};

/// `agentsmcp_upsert_node`.
#[derive(Debug)]
pub(super) struct UpsertNode;

/// `agentsmcp_add_edge`.
#[derive(Debug)]
pub(super) struct AddEdge;

/// `agentsmcp_query_graph`.
#[derive(Debug)]
pub(super) struct QueryGraph;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NodeInput {
    /// An id of your own, such as file:src/auth.rs.
    #[schemars(length(min = 1, max = 255))]
    id: String,
    /// What it stands for.
    r#type: NodeType,
    /// What it is called.
    #[schemars(length(min = 1, max = 255))]
    name: String,
    /// What it is, up to 8192 octets.
    description: Option<String>,
    /// More about it, up to 16 KiB of JSON.
    metadata: Option<Map<String, Value>>,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum NodeType {
    Message,
    File,
    Symbol,
    Decision,
    Task,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct EdgeInput {
    /// The node where it begins.
    #[schemars(length(min = 1, max = 255))]
    source_id: String,
    /// The node where it ends.
    #[schemars(length(min = 1, max = 255))]
    target_id: String,
    /// How they belong together, such as contains, depends_on, references or resolves.
    #[schemars(length(min = 1, max = 255))]
    r#type: String,
    /// How much. Default: 1.
    weight: Option<Number>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct QueryInput {
    /// A text that ids, names or descriptions hold, or words of it.
    #[schemars(length(min = 1))]
    query: String,
    /// Nodes at most, 1 to 100. Default: 30.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<u32>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Noted {
    ok: bool,
    node_id: String,
}

/// What was found in the graph.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct GraphView {
    /// What more words hit on comes first.
    nodes: Vec<NodeView>,
    /// The edges between them.
    edges: Vec<EdgeView>,
    /// Always empty: this server learns no rules.
    learned_rules: Vec<Value>,
    /// What is not whole here: the number of nodes or edges.
    #[serde(skip_serializing_if = "Truncated::is_empty")]
    truncated: Truncated,
    notice: &'static str,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct NodeView {
    id: String,
    r#type: &'static str,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[schemars(with = "Map<String, Value>")]
    metadata: Json,
    /// Milliseconds since 1970.
    updated_at: u64,
    #[serde(flatten)]
    lack: Lack,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct EdgeView {
    source_id: String,
    target_id: String,
    r#type: String,
    #[schemars(with = "f64")]
    weight: Json,
}

/// Nodes that are looked for when the model does not say.
pub(super) const LIMIT: u32 = 30;

/// The most that are looked for.
pub(super) const MOST: u32 = 100;

impl Tool for UpsertNode {
    const NAME: &'static str = "agentsmcp_upsert_node";
    const TITLE: &'static str = "Note a node";
    const DESCRIPTION: &'static str = "Notes a file, symbol, decision, task or message in this agent's \
        graph, in place of what stood under its id. Whoever acts as this agent later finds it.";
    const EFFECT: Effect = Effect::Marks;
    type Input = NodeInput;
    type Output = Noted;

    async fn call(
        desk: &Desk,
        input: NodeInput,
        _: &RequestContext<RoleServer>,
    ) -> Result<Answer<Noted>, Failure> {
        let mut node = GraphNode::new(input.id, input.r#type.kind(), input.name);
        node.description = input.description.filter(|text| !text.is_empty());
        node.metadata = super::metadata(input.metadata)?;
        let client = desk.context().await?;
        client.note_node(&node).await.map_err(failed)?;
        let node_id = node.id;
        Noted { ok: true, node_id }.answer()
    }
}

impl Tool for AddEdge {
    const NAME: &'static str = "agentsmcp_add_edge";
    const TITLE: &'static str = "Note an edge";
    const DESCRIPTION: &'static str = "Notes how two nodes of this agent's graph belong together, in \
        place of an edge of the same type between them.";
    const EFFECT: Effect = Effect::Marks;
    type Input = EdgeInput;
    type Output = Done;

    async fn call(
        desk: &Desk,
        input: EdgeInput,
        _: &RequestContext<RoleServer>,
    ) -> Result<Answer<Done>, Failure> {
        let mut edge = GraphEdge::new(input.source_id, input.target_id, input.r#type);
        if let Some(weight) = input.weight {
            let limits = context_sync::Limits::default();
            edge.weight = JsonText::parse(&weight.to_string(), &limits)
                .map_err(|_| Failure::new("`weight` is no number.", "Leave it out for 1."))?;
        }
        let client = desk.context().await?;
        client.note_edge(&edge).await.map_err(failed)?;
        Done::new().answer()
    }
}

impl Tool for QueryGraph {
    const NAME: &'static str = "agentsmcp_query_graph";
    const TITLE: &'static str = "Query the graph";
    const DESCRIPTION: &'static str = "Finds what this agent's graph holds about a text, or about words \
        of it, and what is up to two edges away. Ask it before you read files.";
    const EFFECT: Effect = Effect::Reads;
    type Input = QueryInput;
    type Output = GraphView;

    async fn call(
        desk: &Desk,
        input: QueryInput,
        _: &RequestContext<RoleServer>,
    ) -> Result<Answer<GraphView>, Failure> {
        let query = super::sought(&input.query, "query")?;
        let limit = input.limit.unwrap_or(LIMIT).clamp(1, MOST);
        let client = desk.context().await?;
        let found = search::graph(client, query, limit).await?;
        let room = desk.options().limits.context;
        let shares = Share::ladder(room, limit as usize, 0);
        fitted(room, shares, |share| GraphView::of(&found, share))
    }
}

impl GraphView {
    fn of(found: &Found, share: Share) -> Self {
        let mut truncated = Truncated::new();
        let (nodes, edges) = told(found, share, ["nodes", "edges"], &mut truncated);
        Self {
            nodes,
            edges,
            learned_rules: Vec::new(),
            truncated,
            notice: NOTICE,
        }
    }
}

/// The nodes that there is room for, and the edges between them, each under its name in the answer.
pub(super) fn told(
    found: &Found,
    share: Share,
    names: [&'static str; 2],
    truncated: &mut Truncated,
) -> (Vec<NodeView>, Vec<EdgeView>) {
    let [of_nodes, of_edges] = names;
    let nodes = &found.nodes[..found.nodes.len().min(share.items)];
    let edges = found.between(nodes.len());
    let most = EDGES_OF_EACH * nodes.len();
    if nodes.len() < found.nodes.len() {
        truncated.insert(of_nodes, found.nodes.len());
    }
    if edges.len() > most {
        truncated.insert(of_edges, edges.len());
    }
    let nodes = nodes.iter().map(|node| NodeView::of(node, share.value));
    let edges = edges.iter().take(most).map(EdgeView::of);
    (nodes.collect(), edges.collect())
}

/// Edges that are told for each node.
const EDGES_OF_EACH: usize = 5;

impl NodeView {
    fn of(node: &GraphNode, most: usize) -> Self {
        let mut lack = Lack::default();
        let metadata = Excerpt::of(node.metadata.as_str(), most);
        Self {
            id: lack.text(&node.id, "id", most),
            r#type: node.kind.as_str(),
            name: lack.text(&node.name, "name", most),
            description: node
                .description
                .as_ref()
                .map(|text| lack.text(text, "description", most)),
            metadata: lack.of("metadata", metadata),
            updated_at: node.updated_at.as_millis(),
            lack,
        }
    }
}

impl EdgeView {
    fn of(edge: &GraphEdge) -> Self {
        let mut lack = Lack::default();
        let mut word = |text| lack.text(text, "", LONGEST);
        Self {
            source_id: word(&edge.source),
            target_id: word(&edge.target),
            r#type: word(&edge.kind),
            weight: Excerpt::of(edge.weight.as_str(), LONGEST).json,
        }
    }
}

/// The longest id or kind, in octets.
const LONGEST: usize = 255;

impl NodeType {
    fn kind(self) -> NodeKind {
        match self {
            Self::Message => NodeKind::Message,
            Self::File => NodeKind::File,
            Self::Symbol => NodeKind::Symbol,
            Self::Decision => NodeKind::Decision,
            Self::Task => NodeKind::Task,
        }
    }
}

impl Told for Noted {}

impl Told for GraphView {}
