//! What an agent notes of its work: a graph and an index (section 8).

use axum::http::StatusCode;
use context_sync::{AgentId, GraphEdge, GraphNode, GraphQuery, IndexEntry, IndexSearch, write_ok};
use mailmesh_store::ContextNote;

use super::access::Identity;
use super::{Outcome, now};
use crate::body::written;
use crate::route::Call;

pub(super) async fn put_node(call: Call, identity: &Identity, agent: AgentId) -> Outcome {
    identity.check(&call.core, &agent).await?;
    let core = call.core.clone();
    let limits = core.limits.context;
    let body = call.json_of(limits.body).await?;
    let node = GraphNode::parse(&body, now(&core), &limits)?;
    let note = ContextNote::Node(node.clone());
    core.store.put_note(&agent, note, limits).await??;
    Ok(written(StatusCode::OK, |out| node.write_kept(out)))
}

pub(super) async fn put_edge(call: Call, identity: &Identity, agent: AgentId) -> Outcome {
    identity.check(&call.core, &agent).await?;
    let core = call.core.clone();
    let limits = core.limits.context;
    let body = call.json_of(limits.body).await?;
    let note = ContextNote::Edge(GraphEdge::parse(&body, &limits)?);
    core.store.put_note(&agent, note, limits).await??;
    Ok(written(StatusCode::OK, write_ok))
}

pub(super) async fn query_graph(
    call: Call,
    identity: &Identity,
    agent: AgentId,
    query: GraphQuery,
) -> Outcome {
    identity.check(&call.core, &agent).await?;
    let graph = call.core.store.query_graph(&agent, &query).await?;
    Ok(written(StatusCode::OK, |out| graph.write(out)))
}

pub(super) async fn put_entry(call: Call, identity: &Identity, agent: AgentId) -> Outcome {
    identity.check(&call.core, &agent).await?;
    let core = call.core.clone();
    let limits = core.limits.context;
    let body = call.json_of(limits.body).await?;
    let entry = IndexEntry::parse(&body, now(&core), &limits)?;
    let note = ContextNote::Entry(entry.clone());
    core.store.put_note(&agent, note, limits).await??;
    Ok(written(StatusCode::OK, |out| entry.write_kept(out)))
}

pub(super) async fn search(
    call: Call,
    identity: &Identity,
    agent: AgentId,
    search: IndexSearch,
) -> Outcome {
    identity.check(&call.core, &agent).await?;
    let entries = call.core.store.search_index(&agent, &search).await?;
    Ok(written(StatusCode::OK, |out| entries.write(out)))
}

pub(super) async fn show(call: Call, identity: &Identity, agent: AgentId, key: &str) -> Outcome {
    identity.check(&call.core, &agent).await?;
    let entry = call.core.store.index_entry(&agent, key).await?;
    let entry = entry.ok_or_else(IndexEntry::not_found)?;
    Ok(written(StatusCode::OK, |out| entry.write(out)))
}

pub(super) async fn remove(call: Call, identity: &Identity, agent: AgentId, key: &str) -> Outcome {
    identity.check(&call.core, &agent).await?;
    match call.core.store.remove_index_entry(&agent, key).await? {
        true => Ok(written(StatusCode::OK, write_ok)),
        false => Err(IndexEntry::not_found().into()),
    }
}
