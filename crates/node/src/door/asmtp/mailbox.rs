//! Listing a mailbox, read marks, and removing an entry (section 4).

use asmtp_envelope::{EnvelopeId, Listing, MarkRead};
use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use mailmesh_store::Principal;
use schemars::{Schema, SchemaGenerator, json_schema};

use crate::body::written;
use crate::route::{Answer, Call};

/// Lists a part of the mailbox. Nothing is marked read.
pub(super) async fn list(call: Call, agent: Principal) -> Answer {
    let listing = Listing::parse(call.query())?;
    let rows = call
        .core
        .store
        .list_envelopes(&agent.handle, &listing)
        .await?;
    Ok(written(StatusCode::OK, |out| {
        let rows = rows.iter().map(|row| (&*row.frame, row.entry, row.key));
        listing.write_page(rows, out);
    }))
}

/// Sets read marks.
pub(super) async fn mark_read(call: Call, agent: Principal) -> Answer {
    let core = call.core.clone();
    let body = call.json().await?;
    let marks = MarkRead::parse(&body, &core.limits.envelope)?;
    let marked = core.store.mark_read(&agent.handle, marks.ids()).await?;
    Ok(written(StatusCode::OK, |out| {
        MarkRead::write_answer(&marked, out)
    }))
}

/// The schema of the marks that were set.
pub(super) fn marked_schema(generator: &mut SchemaGenerator) -> Schema {
    let id = generator.subschema_for::<EnvelopeId>();
    json_schema!({
        "type": "object",
        "properties": {"read": {"type": "array", "items": id}},
        "required": ["read"],
    })
}

/// Removes what the agent received under an id.
pub(super) async fn remove(call: Call, agent: Principal) -> Answer {
    let id: EnvelopeId = call.segment("id").parse()?;
    call.core.store.remove_entry(&agent.handle, id).await?;
    Ok(no_content())
}

/// 204.
pub(super) fn no_content() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}
