//! What became of watched envelopes, for their sender (section 9).

use asmtp_envelope::{Code, MonitorFact, MonitorHandle};
use axum::http::StatusCode;
use mailmesh_store::{FactKey, Principal};
use schemars::{Schema, SchemaGenerator, json_schema};

use crate::body::written;
use crate::query::Query;
use crate::refusal::Refusal;
use crate::route::{Answer, Call};

/// Lists facts, oldest first.
pub(super) async fn list(call: Call, agent: Principal) -> Answer {
    let monitor: MonitorHandle = call.segment("monitor").parse()?;
    let query = Query::parse(call.query(), &["limit", "after"])?;
    let limit = query.number("limit", 1..=1_000, 100, Code::InvalidLimit)?;
    let after = query.get("after").map_or(Ok(FactKey::START), str::parse);
    let after = after.map_err(|_| {
        Refusal::new(
            Code::InvalidCursor,
            "after: expected the next_cursor of an answer",
        )
    })?;
    let store = &call.core.store;
    let facts = store.facts(&agent.handle, &monitor, after, limit).await?;
    let is_full = facts.len() >= limit as usize;
    Ok(written(StatusCode::OK, |out| {
        out.extend(b"{\"facts\":[");
        for (at, (_, fact)) in facts.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            fact.write(out);
        }
        out.extend(b"],\"next_cursor\":");
        match facts.last().filter(|_| is_full) {
            // Digits and a dash: nothing in it needs an escape.
            Some((key, _)) => out.extend(format!("\"{key}\"}}").into_bytes()),
            None => out.extend(b"null}"),
        }
    }))
}

/// The schema of a list of facts.
pub(super) fn facts_schema(generator: &mut SchemaGenerator) -> Schema {
    let fact = generator.subschema_for::<MonitorFact>();
    json_schema!({
        "type": "object",
        "properties": {
            "facts": {"type": "array", "items": fact},
            "next_cursor": {"type": ["string", "null"]},
        },
        "required": ["facts", "next_cursor"],
    })
}
