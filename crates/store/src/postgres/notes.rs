//! What agents note of their work.

use context_sync::{
    AgentId, Graph, GraphEdge, GraphNode, GraphQuery, GraphWalk, IndexEntries, IndexEntry,
    IndexSearch, Limits, Refusal, may_note,
};
use deadpool_postgres::Object;
use tokio_postgres::Row;

use super::row::value;
use super::statement::{execute, query, query_opt};
use crate::context_row::{EdgeRow, EntryRow, NodeRow, millis};
use crate::{ContextNote, Error};

/// The columns of [`node`].
const NODE: &str = "id, kind, name, description, metadata, updated_at";

/// The columns of [`entry`].
const ENTRY: &str = "key, category, summary, metadata, updated_at";

/// Keeps a note, in the place of one that is there. Several at once may go a little over the limit.
pub(super) async fn put(
    connection: &Object,
    agent: &AgentId,
    note: &ContextNote,
    limits: &Limits,
) -> Result<Result<(), Refusal>, Error> {
    let agent = agent.as_str();
    let found = match note {
        ContextNote::Node(node) => {
            let sql = "SELECT count(*) AS notes, coalesce(bool_or(id = $2), false) AS known
                       FROM context_nodes WHERE agent = $1";
            query_opt(connection, sql, &[&agent, &node.id]).await?
        }
        ContextNote::Edge(edge) => {
            let sql = "SELECT count(*) AS notes,
                              coalesce(bool_or(source = $2 AND target = $3 AND kind = $4), false) AS known
                       FROM context_edges WHERE agent = $1";
            let values: super::statement::Values<'_> =
                &[&agent, &edge.source, &edge.target, &edge.kind];
            query_opt(connection, sql, values).await?
        }
        ContextNote::Entry(entry) => {
            let sql = "SELECT count(*) AS notes, coalesce(bool_or(key = $2), false) AS known
                       FROM context_index WHERE agent = $1";
            query_opt(connection, sql, &[&agent, &entry.key]).await?
        }
    };
    let (notes, is_known) = match &found {
        Some(row) => (
            value::<i64>(row, "notes")?.unsigned_abs(),
            value(row, "known")?,
        ),
        None => (0, false),
    };
    if let Err(refusal) = may_note(is_known, notes, limits) {
        return Ok(Err(refusal));
    }
    match note {
        ContextNote::Node(node) => put_node(connection, agent, node).await?,
        ContextNote::Edge(edge) => put_edge(connection, agent, edge).await?,
        ContextNote::Entry(entry) => put_entry(connection, agent, entry).await?,
    }
    Ok(Ok(()))
}

async fn put_node(connection: &Object, agent: &str, node: &GraphNode) -> Result<(), Error> {
    let sql = "INSERT INTO context_nodes (agent, id, kind, name, description, metadata, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7)
               ON CONFLICT (agent, id) DO UPDATE
               SET kind = EXCLUDED.kind, name = EXCLUDED.name, description = EXCLUDED.description,
                   metadata = EXCLUDED.metadata, updated_at = EXCLUDED.updated_at";
    let (kind, metadata) = (node.kind.as_str(), node.metadata.as_str());
    let values: super::statement::Values<'_> = &[
        &agent,
        &node.id,
        &kind,
        &node.name,
        &node.description,
        &metadata,
        &millis(node.updated_at),
    ];
    execute(connection, sql, values).await.map(drop)
}

async fn put_edge(connection: &Object, agent: &str, edge: &GraphEdge) -> Result<(), Error> {
    let sql = "INSERT INTO context_edges (agent, source, target, kind, weight) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (agent, source, target, kind) DO UPDATE SET weight = EXCLUDED.weight";
    let weight = edge.weight.as_str();
    let values: super::statement::Values<'_> =
        &[&agent, &edge.source, &edge.target, &edge.kind, &weight];
    execute(connection, sql, values).await.map(drop)
}

async fn put_entry(connection: &Object, agent: &str, entry: &IndexEntry) -> Result<(), Error> {
    let sql = "INSERT INTO context_index (agent, key, category, summary, metadata, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6)
               ON CONFLICT (agent, key) DO UPDATE
               SET category = EXCLUDED.category, summary = EXCLUDED.summary,
                   metadata = EXCLUDED.metadata, updated_at = EXCLUDED.updated_at";
    let (category, metadata) = (entry.category.as_str(), entry.metadata.as_str());
    let values: super::statement::Values<'_> = &[
        &agent,
        &entry.key,
        &category,
        &entry.summary,
        &metadata,
        &millis(entry.updated_at),
    ];
    execute(connection, sql, values).await.map(drop)
}

/// What a query finds in a graph. The text is looked for in all nodes of the agent.
pub(super) async fn query_graph(
    connection: &Object,
    agent: &AgentId,
    sought: &GraphQuery,
) -> Result<Graph, Error> {
    let agent = agent.as_str();
    // In this collation lower() knows ASCII only, which is the rule.
    let sql = format!(
        "SELECT {NODE} FROM context_nodes WHERE agent = $1
         AND (strpos(lower(id), $2) > 0 OR strpos(lower(name), $2) > 0 OR strpos(lower(description), $2) > 0)
         ORDER BY id LIMIT $3"
    );
    let text = sought.text.to_ascii_lowercase();
    let limit = i64::from(sought.limit);
    let rows = query(connection, &sql, &[&agent, &text, &limit]).await?;
    let matches = rows.iter().map(node).collect::<Result<_, _>>()?;
    let mut walk = GraphWalk::start(sought, matches);
    while !walk.frontier().is_empty() {
        let sql = "SELECT source, target, kind, weight FROM context_edges
                   WHERE agent = $1 AND source = ANY($2)
                   UNION
                   SELECT source, target, kind, weight FROM context_edges
                   WHERE agent = $1 AND target = ANY($2)
                   ORDER BY source, target, kind LIMIT $3";
        let frontier = walk.frontier().to_vec();
        let most = i64::from(GraphWalk::EDGES);
        let rows = query(connection, sql, &[&agent, &frontier, &most]).await?;
        let wanted = walk.follow(rows.iter().map(edge).collect::<Result<_, _>>()?);
        let sql = format!(
            "SELECT {NODE} FROM context_nodes WHERE agent = $1 AND id = ANY($2) ORDER BY id"
        );
        let rows = query(connection, &sql, &[&agent, &wanted]).await?;
        walk.reach(rows.iter().map(node).collect::<Result<_, _>>()?);
    }
    Ok(walk.finish())
}

pub(super) async fn index_entry(
    connection: &Object,
    agent: &AgentId,
    key: &str,
) -> Result<Option<IndexEntry>, Error> {
    let sql = format!("SELECT {ENTRY} FROM context_index WHERE agent = $1 AND key = $2");
    let row = query_opt(connection, &sql, &[&agent.as_str(), &key]).await?;
    row.as_ref().map(entry).transpose()
}

pub(super) async fn search_index(
    connection: &Object,
    agent: &AgentId,
    search: &IndexSearch,
) -> Result<IndexEntries, Error> {
    let sql = format!(
        "SELECT {ENTRY} FROM context_index WHERE agent = $1 AND category = coalesce($2, category)
         AND ($3 = '' OR strpos(lower(key), $3) > 0 OR strpos(lower(summary), $3) > 0)
         ORDER BY key LIMIT $4"
    );
    let category = search.category.map(|category| category.as_str());
    let text = search.text.to_ascii_lowercase();
    let limit = i64::from(search.limit);
    let rows = query(
        connection,
        &sql,
        &[&agent.as_str(), &category, &text, &limit],
    )
    .await?;
    let entries = rows.iter().map(entry).collect::<Result<_, _>>()?;
    Ok(IndexEntries(entries))
}

/// Removes an entry, and says whether it was there.
pub(super) async fn remove_index_entry(
    connection: &Object,
    agent: &AgentId,
    key: &str,
) -> Result<bool, Error> {
    let sql = "DELETE FROM context_index WHERE agent = $1 AND key = $2";
    Ok(execute(connection, sql, &[&agent.as_str(), &key]).await? > 0)
}

fn node(row: &Row) -> Result<GraphNode, Error> {
    let row = NodeRow {
        id: value(row, "id")?,
        kind: value(row, "kind")?,
        name: value(row, "name")?,
        description: value(row, "description")?,
        metadata: value(row, "metadata")?,
        updated_at: value(row, "updated_at")?,
    };
    row.read()
}

fn edge(row: &Row) -> Result<GraphEdge, Error> {
    let row = EdgeRow {
        source: value(row, "source")?,
        target: value(row, "target")?,
        kind: value(row, "kind")?,
        weight: value(row, "weight")?,
    };
    row.read()
}

fn entry(row: &Row) -> Result<IndexEntry, Error> {
    let row = EntryRow {
        key: value(row, "key")?,
        category: value(row, "category")?,
        summary: value(row, "summary")?,
        metadata: value(row, "metadata")?,
        updated_at: value(row, "updated_at")?,
    };
    row.read()
}
