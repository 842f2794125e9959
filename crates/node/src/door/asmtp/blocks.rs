//! Whom an agent takes no mail from (section 10).

use asmtp_envelope::{Code, Handle, check_block};
use axum::http::StatusCode;
use mailmesh_store::{Block, Principal};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

use super::profile::{members, text};
use crate::body::serialized;
use crate::query::Query;
use crate::refusal::Refusal;
use crate::route::{Answer, Call};

/// A block on the wire.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Block")]
pub(super) struct Row {
    blocked_agent_id: Handle,
    blocked_handle: Handle,
    created_at: u64,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Blocks")]
pub(super) struct Rows {
    blocks: Vec<Row>,
    next_cursor: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Unblocked {
    unblocked: bool,
}

/// Lists blocks, newest first.
pub(super) async fn list(call: Call, agent: Principal) -> Answer {
    let query = Query::parse(call.query(), &["limit", "cursor"])?;
    let limit = query.number("limit", 1..=100, 100, Code::InvalidLimit)?;
    let after = query.get("cursor").map(str::parse).transpose();
    let after = after.map_err(|_| {
        Refusal::new(
            Code::InvalidCursor,
            "cursor: expected the next_cursor of an answer",
        )
    })?;
    let store = &call.core.store;
    let blocks = store.blocks(&agent.handle, after, limit).await?;
    let last = blocks.last().filter(|_| blocks.len() >= limit as usize);
    let next_cursor = last.map(|block| block.number.to_string());
    let blocks = blocks.into_iter().map(row).collect();
    serialized(
        StatusCode::OK,
        &Rows {
            blocks,
            next_cursor,
        },
    )
}

/// The schema of what [`add`] reads.
pub(super) fn target_schema(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "properties": {"handle": generator.subschema_for::<Handle>()},
        "required": ["handle"],
    })
}

/// Blocks a handle. Again gives the same block.
pub(super) async fn add(call: Call, agent: Principal) -> Answer {
    let core = call.core.clone();
    let body = call.json().await?;
    let target: Handle = members(&body, &core.limits.envelope, |members| {
        Ok(text(members, "handle", Code::InvalidHandle)?.parse()?)
    })?;
    check_block(&agent.handle, &target)?;
    let block = core
        .store
        .block(&agent.handle, &target, core.clock.now())
        .await?;
    serialized(StatusCode::CREATED, &row(block))
}

/// Ends a block.
pub(super) async fn remove(call: Call, agent: Principal) -> Answer {
    let target: Handle = call.segment("handle").parse()?;
    call.core.store.unblock(&agent.handle, &target).await?;
    serialized(StatusCode::OK, &Unblocked { unblocked: true })
}

fn row(block: Block) -> Row {
    Row {
        blocked_agent_id: block.handle.clone(),
        blocked_handle: block.handle,
        created_at: block.created_at.as_millis(),
    }
}
