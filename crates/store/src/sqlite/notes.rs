//! What agents note of their work.

use context_sync::{
    AgentId, Graph, GraphEdge, GraphNode, GraphQuery, GraphWalk, IndexEntries, IndexEntry,
    IndexSearch, Limits, Refusal, may_note,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::batch::Batch;
use crate::context_row::{EdgeRow, EntryRow, NodeRow, millis};
use crate::{ContextNote, Error};

impl Batch<'_> {
    /// Keeps a note, in the place of one that is there.
    pub(super) fn put_note(
        &mut self,
        agent: &AgentId,
        note: &ContextNote,
        limits: &Limits,
    ) -> Result<Result<(), Refusal>, Error> {
        let agent = agent.as_str();
        let (is_known, count) = match note {
            ContextNote::Node(node) => (
                self.sql("SELECT 1 FROM context_nodes WHERE agent = ?1 AND id = ?2")?
                    .exists([agent, &node.id])?,
                "SELECT count(*) FROM context_nodes WHERE agent = ?1",
            ),
            ContextNote::Edge(edge) => (
                self.sql(
                    "SELECT 1 FROM context_edges WHERE agent = ?1 AND source = ?2 AND target = ?3 AND kind = ?4",
                )?
                .exists([agent, &edge.source, &edge.target, &edge.kind])?,
                "SELECT count(*) FROM context_edges WHERE agent = ?1",
            ),
            ContextNote::Entry(entry) => (
                self.sql("SELECT 1 FROM context_index WHERE agent = ?1 AND key = ?2")?
                    .exists([agent, &entry.key])?,
                "SELECT count(*) FROM context_index WHERE agent = ?1",
            ),
        };
        let notes = self.sql(count)?.query_one([agent], |row| row.get(0))?;
        if let Err(refusal) = may_note(is_known, notes, limits) {
            return Ok(Err(refusal));
        }
        match note {
            ContextNote::Node(node) => self.put_node(agent, node)?,
            ContextNote::Edge(edge) => self.put_edge(agent, edge)?,
            ContextNote::Entry(entry) => self.put_entry(agent, entry)?,
        }
        Ok(Ok(()))
    }

    fn put_node(&mut self, agent: &str, node: &GraphNode) -> Result<(), Error> {
        self.sql(
            "INSERT OR REPLACE INTO context_nodes (agent, id, kind, name, description, metadata, updated_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            agent,
            node.id,
            node.kind.as_str(),
            node.name,
            node.description,
            node.metadata.as_str(),
            millis(node.updated_at)
        ])?;
        Ok(())
    }

    fn put_edge(&mut self, agent: &str, edge: &GraphEdge) -> Result<(), Error> {
        self.sql(
            "INSERT OR REPLACE INTO context_edges (agent, source, target, kind, weight)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![
            agent,
            edge.source,
            edge.target,
            edge.kind,
            edge.weight.as_str()
        ])?;
        Ok(())
    }

    fn put_entry(&mut self, agent: &str, entry: &IndexEntry) -> Result<(), Error> {
        self.sql(
            "INSERT OR REPLACE INTO context_index (agent, key, category, summary, metadata, updated_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            agent,
            entry.key,
            entry.category.as_str(),
            entry.summary,
            entry.metadata.as_str(),
            millis(entry.updated_at)
        ])?;
        Ok(())
    }
}

/// The columns of [`node`].
const NODE: &str = "id, kind, name, description, metadata, updated_at";

/// The columns of [`entry`].
const ENTRY: &str = "key, category, summary, metadata, updated_at";

/// What a query finds in a graph. The text is looked for in all nodes of the agent.
pub(super) fn query_graph(
    connection: &Connection,
    agent: &AgentId,
    query: &GraphQuery,
) -> Result<Graph, Error> {
    let view = connection.unchecked_transaction()?;
    let agent = agent.as_str();
    // SQLite's lower() knows ASCII only, which is the rule.
    let mut statement = view.prepare_cached(&format!(
        "SELECT {NODE} FROM context_nodes WHERE agent = ?1
         AND (instr(lower(id), ?2) OR instr(lower(name), ?2) OR instr(lower(ifnull(description, '')), ?2))
         ORDER BY id LIMIT ?3"
    ))?;
    let text = query.text.to_ascii_lowercase();
    let rows = statement.query_map(params![agent, text, query.limit], node)?;
    let matches = rows.map(|row| row?.read()).collect::<Result<_, Error>>()?;
    let mut walk = GraphWalk::start(query, matches);
    let mut edges = view.prepare_cached(
        "SELECT source, target, kind, weight FROM context_edges
         WHERE agent = ?1 AND source IN (SELECT value FROM json_each(?2))
         UNION
         SELECT source, target, kind, weight FROM context_edges
         WHERE agent = ?1 AND target IN (SELECT value FROM json_each(?2))
         ORDER BY source, target, kind LIMIT ?3",
    )?;
    let mut nodes = view.prepare_cached(&format!(
        "SELECT {NODE} FROM context_nodes
         WHERE agent = ?1 AND id IN (SELECT value FROM json_each(?2)) ORDER BY id"
    ))?;
    while !walk.frontier().is_empty() {
        let frontier = json(walk.frontier());
        let rows = edges.query_map(params![agent, frontier, GraphWalk::EDGES], edge)?;
        let found = rows.map(|row| row?.read()).collect::<Result<_, Error>>()?;
        let wanted = json(&walk.follow(found));
        let rows = nodes.query_map([agent, &wanted], node)?;
        walk.reach(rows.map(|row| row?.read()).collect::<Result<_, Error>>()?);
    }
    Ok(walk.finish())
}

pub(super) fn index_entry(
    view: &Connection,
    agent: &AgentId,
    key: &str,
) -> Result<Option<IndexEntry>, Error> {
    let sql = format!("SELECT {ENTRY} FROM context_index WHERE agent = ?1 AND key = ?2");
    let mut statement = view.prepare_cached(&sql)?;
    let found = statement
        .query_one([agent.as_str(), key], entry)
        .optional()?;
    found.map(EntryRow::read).transpose()
}

pub(super) fn search_index(
    view: &Connection,
    agent: &AgentId,
    search: &IndexSearch,
) -> Result<IndexEntries, Error> {
    let mut statement = view.prepare_cached(&format!(
        "SELECT {ENTRY} FROM context_index WHERE agent = ?1 AND category = ifnull(?2, category)
         AND (?3 = '' OR instr(lower(key), ?3) OR instr(lower(summary), ?3)) ORDER BY key LIMIT ?4"
    ))?;
    let category = search.category.map(|category| category.as_str());
    let text = search.text.to_ascii_lowercase();
    let rows = statement.query_map(params![agent.as_str(), category, text, search.limit], entry)?;
    let entries = rows.map(|row| row?.read()).collect::<Result<_, _>>()?;
    Ok(IndexEntries(entries))
}

fn node(row: &Row<'_>) -> rusqlite::Result<NodeRow> {
    Ok(NodeRow {
        id: row.get(0)?,
        kind: row.get(1)?,
        name: row.get(2)?,
        description: row.get(3)?,
        metadata: row.get(4)?,
        updated_at: row.get(5)?,
    })
}

fn edge(row: &Row<'_>) -> rusqlite::Result<EdgeRow> {
    Ok(EdgeRow {
        source: row.get(0)?,
        target: row.get(1)?,
        kind: row.get(2)?,
        weight: row.get(3)?,
    })
}

fn entry(row: &Row<'_>) -> rusqlite::Result<EntryRow> {
    Ok(EntryRow {
        key: row.get(0)?,
        category: row.get(1)?,
        summary: row.get(2)?,
        metadata: row.get(3)?,
        updated_at: row.get(4)?,
    })
}

/// Ids as one parameter.
fn json(ids: &[String]) -> String {
    serde_json::Value::from(ids).to_string()
}
