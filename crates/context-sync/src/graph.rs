use std::collections::BTreeSet;

use strict_json::{Object, Value};

use crate::json::{self, maybe, optional, required};
use crate::note::{self, kinds};
use crate::write::{self, Members};
use crate::{Error, ErrorKind, JsonObject, JsonText, Limits, Timestamp};

kinds! {
    /// What a node of a graph stands for.
    NodeKind {
        /// A message.
        Message = "message",
        /// A file.
        File = "file",
        /// A name in a program.
        Symbol = "symbol",
        /// Something that was decided.
        Decision = "decision",
        /// Something to do.
        Task = "task",
    }
    "message, file, symbol, decision or task"
}

/// Something that an agent knows of, by an id of its own (section 8).
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // a row, filled in by a store
pub struct GraphNode {
    /// Its id.
    pub id: String,
    /// What it stands for.
    pub kind: NodeKind,
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: Option<String>,
    /// More about it.
    pub metadata: JsonObject,
    /// When it was noted.
    pub updated_at: Timestamp,
}

/// How two nodes belong together. They need not be there.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // a row, filled in by a store
pub struct GraphEdge {
    /// Where it begins.
    pub source: String,
    /// Where it ends.
    pub target: String,
    /// How they belong together, such as `contains`.
    pub kind: String,
    /// How much, a number.
    pub weight: JsonText,
}

/// What is looked for in a graph: nodes that hold a text, and what is two edges away.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // section 8
pub struct GraphQuery {
    /// The text, compared with ids, names and descriptions without regard to the case of ASCII.
    pub text: String,
    /// How many nodes at most, 1 to 100.
    pub limit: u32,
}

/// The answer to a query: nodes, and the edges between them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    nodes: Vec<GraphNode>,
    edges: Vec<GraphEdge>,
}

/// The way through a graph, on which a store looks up edges and nodes in turn.
///
/// Look-ups: the first [`GraphQuery::limit`] nodes of the agent with the text, by id. Then as long as
/// there is a [`frontier`](Self::frontier): the first [`EDGES`](Self::EDGES) edges from or to one of
/// it, and the nodes that [`follow`](Self::follow) names.
#[derive(Clone, Debug)]
pub struct GraphWalk {
    limit: usize,
    hops: u8,
    nodes: Vec<GraphNode>,
    edges: Vec<GraphEdge>,
    frontier: Vec<String>,
}

impl GraphNode {
    /// A node to be noted. When it was noted is the server's to say.
    #[must_use]
    pub fn new(id: impl Into<String>, kind: NodeKind, name: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            kind,
            name: name.into(),
            description: None,
            metadata: JsonObject::empty(),
            updated_at: Timestamp::default(),
        }
    }

    /// Reads the body of `POST /mailbox/{id}/graph/nodes`.
    ///
    /// # Errors
    ///
    /// When it is no strict JSON object, or a field is missing, of the wrong type or too long.
    pub fn parse(octets: &[u8], now: Timestamp, limits: &Limits) -> Result<Self, Error> {
        let document = json::document(octets, &limits.request())?;
        let body = json::object(&document)?;
        Ok(Self {
            id: required(body, "id", note::short)?,
            kind: required(body, "type", json::text)?,
            name: required(body, "name", note::short)?,
            description: maybe(body, "description", note::long)?,
            metadata: note::metadata(body, limits)?,
            updated_at: now,
        })
    }

    /// Appends the body of `POST /mailbox/{id}/graph/nodes`.
    pub fn write_request(&self, out: &mut Vec<u8>) {
        let mut body = Members::open(out);
        self.write_members(&mut body);
        body.close();
    }

    /// Appends the answer once it is kept, `{"ok":true,"nodeId":…}`.
    pub fn write_kept(&self, out: &mut Vec<u8>) {
        let mut body = Members::open(out);
        body.flag("ok", true);
        body.text("nodeId", &self.id);
        body.close();
    }

    fn read(value: Value<'_>, limits: &Limits) -> Result<Self, Error> {
        let object = json::members(value)?;
        let text = |value| json::string(value).map(str::to_owned);
        Ok(Self {
            id: required(object, "id", text)?,
            kind: required(object, "type", json::text)?,
            name: required(object, "name", text)?,
            description: maybe(object, "description", text)?,
            metadata: note::any_metadata(object, limits)?,
            updated_at: maybe(object, "updatedAt", json::timestamp)?.unwrap_or_default(),
        })
    }

    fn write(&self, out: &mut Vec<u8>) {
        let mut members = Members::open(out);
        self.write_members(&mut members);
        members.integer("updatedAt", self.updated_at.as_millis());
        members.close();
    }

    fn write_members(&self, members: &mut Members<'_>) {
        members.text("id", &self.id);
        members.text("type", self.kind.as_str());
        members.text("name", &self.name);
        if let Some(description) = &self.description {
            members.text("description", description);
        }
        members.json("metadata", self.metadata.as_str());
    }
}

impl GraphEdge {
    /// An edge of the weight 1.
    #[must_use]
    pub fn new(
        source: impl Into<String>,
        target: impl Into<String>,
        kind: impl Into<String>,
    ) -> Self {
        Self {
            source: source.into(),
            target: target.into(),
            kind: kind.into(),
            weight: JsonText::one(),
        }
    }

    /// Reads the body of `POST /mailbox/{id}/graph/edges`. The weight is 1 unless it says another.
    ///
    /// # Errors
    ///
    /// As [`GraphNode::parse`].
    pub fn parse(octets: &[u8], limits: &Limits) -> Result<Self, Error> {
        let document = json::document(octets, &limits.request())?;
        Self::of_members(json::object(&document)?, note::short, limits)
    }

    /// The longest weight, in digits and signs.
    const LONGEST_WEIGHT: usize = 64;

    fn of_members(
        object: Object<'_>,
        word: impl Fn(Value<'_>) -> Result<String, Error>,
        limits: &Limits,
    ) -> Result<Self, Error> {
        let wrong = Error::new(ErrorKind::WrongType, "a number").field("weight");
        let weight = optional(object, "weight").map(|value| value.number_text().ok_or(wrong));
        let weight = weight.transpose()?.unwrap_or("1");
        if weight.len() > Self::LONGEST_WEIGHT {
            let long = Error::new(ErrorKind::OutOfRange, "a shorter number");
            return Err(long.field("weight"));
        }
        Ok(Self {
            source: required(object, "sourceId", &word)?,
            target: required(object, "targetId", &word)?,
            kind: required(object, "type", &word)?,
            weight: JsonText::parse(weight, limits)?,
        })
    }

    /// Appends the body of `POST /mailbox/{id}/graph/edges`, which is what an answer shows too.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut members = Members::open(out);
        members.text("sourceId", &self.source);
        members.text("targetId", &self.target);
        members.text("type", &self.kind);
        members.json("weight", self.weight.as_str());
        members.close();
    }
}

impl GraphWalk {
    /// The most edges of one look-up.
    pub const EDGES: u32 = 1_000;

    /// How many edges away from a match a node may be.
    const HOPS: u8 = 2;

    /// Begins at the nodes that hold the text.
    #[must_use]
    pub fn start(query: &GraphQuery, mut matches: Vec<GraphNode>) -> Self {
        let limit = query.limit as usize;
        matches.truncate(limit);
        Self {
            limit,
            hops: Self::HOPS,
            frontier: matches.iter().map(|node| node.id.clone()).collect(),
            nodes: matches,
            edges: Vec::new(),
        }
    }

    /// The nodes whose edges to look up. None when the walk is over.
    #[must_use]
    pub fn frontier(&self) -> &[String] {
        match self.hops {
            0 => &[],
            _ => &self.frontier,
        }
    }

    /// Takes edges, and names the nodes to look up.
    #[must_use]
    pub fn follow(&mut self, edges: Vec<GraphEdge>) -> Vec<String> {
        let known: BTreeSet<&str> = self.nodes.iter().map(|node| node.id.as_str()).collect();
        let ends = edges.iter().flat_map(|edge| [&edge.source, &edge.target]);
        let unknown: BTreeSet<&String> = ends.filter(|id| !known.contains(id.as_str())).collect();
        let room = self.limit.saturating_sub(self.nodes.len());
        let wanted = unknown.into_iter().take(room).cloned().collect();
        self.edges.extend(edges);
        self.hops = self.hops.saturating_sub(1);
        wanted
    }

    /// Takes the nodes that [`follow`](Self::follow) named, as far as they are there.
    pub fn reach(&mut self, nodes: Vec<GraphNode>) {
        self.frontier = nodes.iter().map(|node| node.id.clone()).collect();
        self.nodes.extend(nodes);
    }

    /// What was found.
    #[must_use]
    pub fn finish(self) -> Graph {
        let shown: BTreeSet<&str> = self.nodes.iter().map(|node| node.id.as_str()).collect();
        let mut seen = BTreeSet::new();
        let mut edges = Vec::new();
        for edge in &self.edges {
            let is_shown = [&edge.source, &edge.target]
                .iter()
                .all(|id| shown.contains(id.as_str()));
            if is_shown && seen.insert((&edge.source, &edge.target, &edge.kind)) {
                edges.push(edge.clone());
            }
        }
        Graph {
            edges,
            nodes: self.nodes,
        }
    }
}

impl Graph {
    /// The nodes, matches first.
    #[must_use]
    pub fn nodes(&self) -> &[GraphNode] {
        &self.nodes
    }

    /// The edges between them.
    #[must_use]
    pub fn edges(&self) -> &[GraphEdge] {
        &self.edges
    }

    /// Reads the answer to a query.
    ///
    /// # Errors
    ///
    /// When it is no strict JSON, or a field has the wrong type.
    pub fn parse(octets: &[u8], limits: &Limits) -> Result<Self, Error> {
        let document = json::document(octets, &limits.answer())?;
        let body = json::object(&document)?;
        let text = |value: Value<'_>| json::string(value).map(str::to_owned);
        let node = |value| GraphNode::read(value, limits);
        let edge = |value| GraphEdge::of_members(json::members(value)?, text, limits);
        Ok(Self {
            nodes: maybe(body, "nodes", |value| json::list(value, node))?.unwrap_or_default(),
            edges: maybe(body, "edges", |value| json::list(value, edge))?.unwrap_or_default(),
        })
    }

    /// Appends the answer as JSON.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut body = Members::open(out);
        write::list(&self.nodes, body.value("nodes"), GraphNode::write);
        write::list(&self.edges, body.value("edges"), GraphEdge::write);
        body.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(id: &str) -> GraphNode {
        let body = format!(r#"{{"id":"{id}","type":"task","name":"{id}"}}"#);
        GraphNode::parse(body.as_bytes(), Timestamp::default(), &Limits::default()).unwrap()
    }

    fn edge(source: &str, target: &str) -> GraphEdge {
        let body = format!(r#"{{"sourceId":"{source}","targetId":"{target}","type":"to"}}"#);
        GraphEdge::parse(body.as_bytes(), &Limits::default()).unwrap()
    }

    /// Walks a chain of nodes, looking edges up as a store does.
    fn walk(limit: u32, chain: &[&str]) -> Vec<String> {
        let text = String::new();
        let mut walk = GraphWalk::start(&GraphQuery { text, limit }, vec![node(chain[0])]);
        while !walk.frontier().is_empty() {
            let frontier = walk.frontier().to_vec();
            let edges = chain.windows(2).map(|pair| edge(pair[0], pair[1]));
            let edges = edges
                .filter(|edge| frontier.contains(&edge.source) || frontier.contains(&edge.target));
            let wanted = walk.follow(edges.collect());
            walk.reach(wanted.iter().map(|id| node(id)).collect());
        }
        let graph = walk.finish();
        assert_eq!(graph.edges().len() + 1, graph.nodes().len());
        graph.nodes().iter().map(|node| node.id.clone()).collect()
    }

    #[test]
    fn a_walk_ends_after_two_edges_or_at_its_limit() {
        assert_eq!(walk(30, &["a", "b", "c", "d"]), ["a", "b", "c"]);
        assert_eq!(walk(2, &["a", "b", "c", "d"]), ["a", "b"]);
    }

    #[test]
    fn a_client_reads_what_a_server_writes() {
        let limits = Limits::default();
        let mut noted = GraphNode::new("n", NodeKind::Task, "Build");
        noted.description = Some("the parser".to_owned());
        let mut body = Vec::new();
        noted.write_request(&mut body);
        let now = Timestamp::new(7).unwrap();
        let kept = GraphNode::parse(&body, now, &limits).unwrap();
        assert_eq!((&kept.id, kept.updated_at), (&noted.id, now));
        let mut body = Vec::new();
        GraphEdge::new("n", "n", "to").write(&mut body);
        let edge = GraphEdge::parse(&body, &limits).unwrap();
        assert_eq!(edge, GraphEdge::new("n", "n", "to"));
        let graph = Graph {
            nodes: vec![kept],
            edges: vec![edge],
        };
        let mut answer = Vec::new();
        graph.write(&mut answer);
        assert_eq!(Graph::parse(&answer, &limits).unwrap(), graph);
    }

    #[test]
    fn bodies_are_strict() {
        let limits = Limits::default();
        for wrong in [
            r#"{"id":"a","type":"other","name":"n"}"#,
            r#"{"id":"","type":"file","name":"n"}"#,
            r#"{"id":"a","type":"file"}"#,
            r#"{"id":"a","type":"file","name":"n","metadata":[]}"#,
            r#"{"id":"a\u0000","type":"file","name":"n"}"#,
        ] {
            let read = GraphNode::parse(wrong.as_bytes(), Timestamp::default(), &limits);
            assert!(read.is_err(), "{wrong}");
        }
        let wrong = br#"{"sourceId":"a","targetId":"b","type":"t","weight":"1"}"#;
        assert!(GraphEdge::parse(wrong, &limits).is_err());
    }
}
