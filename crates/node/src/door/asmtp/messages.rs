//! Posting envelopes and fetching bodies (sections 3 and 5).

use asmtp_envelope::{BatchFetch, Decision, Envelope, EnvelopeId, EnvelopePost, Receipt};
use axum::http::StatusCode;
use mailmesh_store::{AcceptOptions, Acceptance, Fetched, Principal};
use schemars::{Schema, SchemaGenerator, json_schema};
use tokio::time::Instant;

use crate::body::written;
use crate::core::Core;
use crate::mail_view;
use crate::refusal::Refusal;
use crate::route::{Answer, Call};

/// Posts an envelope: 202 only after the store has it on disk.
pub(super) async fn post(call: Call, agent: Principal) -> Answer {
    let core = call.core.clone();
    let body = call.json().await?;
    let metrics = &core.metrics;
    let post = EnvelopePost::parse(&body, &core.limits.envelope);
    let post = post.inspect_err(|_| metrics.refused.add(1))?;
    let options = AcceptOptions {
        rates: core.rates,
        index: mail_view::index(&post, &agent.handle, &core.mail_domain),
        ..AcceptOptions::new(core.clock.now(), core.base.clone())
    };
    let accepted = |receipt: Receipt| Ok(written(StatusCode::ACCEPTED, |out| receipt.write(out)));
    match core.store.accept(&agent.handle, post, options).await? {
        Acceptance::Decided(Decision::Accepted(envelope)) => {
            metrics.accepted.add(1);
            accepted(envelope.receipt())
        }
        Acceptance::Decided(Decision::Replayed(receipt)) => {
            metrics.replayed.add(1);
            accepted(receipt)
        }
        Acceptance::Decided(Decision::Refused(body)) => {
            metrics.refused.add(1);
            Err(body.into())
        }
        Acceptance::Limited { retry_after } => {
            metrics.limited.add(1);
            let seconds = retry_after.as_millis().div_ceil(1_000);
            let seconds = u64::try_from(seconds).unwrap_or(u64::MAX);
            Err(Refusal::limited(
                "expected fewer envelopes at a time",
                seconds,
            ))
        }
        Acceptance::Full => {
            metrics.limited.add(1);
            Err(Refusal::limited("the mailbox of a recipient is full", FULL))
        }
    }
}

/// Seconds after which to try a full mailbox again.
const FULL: u64 = 60;

/// Fetches one body, which is read then.
pub(super) async fn fetch(call: Call, agent: Principal) -> Answer {
    let id: EnvelopeId = call.segment("id").parse()?;
    let fetched = call.core.store.fetch(&agent.handle, &[id]).await?;
    one(&call.core, &agent, fetched).await
}

/// Shows one body and marks nothing: the entry of the mailbox stays as it is. An addition of ours
/// to the protocol, for those who look before they read.
pub(super) async fn peek(call: Call, agent: Principal) -> Answer {
    let id: EnvelopeId = call.segment("id").parse()?;
    let fetched = call.core.store.peek(&agent.handle, &[id]).await?;
    one(&call.core, &agent, fetched).await
}

async fn one(core: &Core, agent: &Principal, fetched: Vec<Fetched>) -> Answer {
    let fetched = fetched.into_iter().next().ok_or_else(Refusal::not_found)?;
    let body = mail_view::body(core, &agent.handle, fetched).await?;
    let body = body.ok_or_else(Refusal::not_found)?;
    Ok(written(StatusCode::OK, |out| *out = body))
}

/// The schema of several bodies.
pub(super) fn several_schema(generator: &mut SchemaGenerator) -> Schema {
    let envelope = generator.subschema_for::<Envelope>();
    json_schema!({
        "type": "object",
        "properties": {"envelopes": {"type": "array", "items": envelope}},
        "required": ["envelopes"],
    })
}

/// Fetches several bodies; those that are not the caller's are left out.
pub(super) async fn fetch_several(call: Call, agent: Principal) -> Answer {
    let batch = BatchFetch::parse(call.query())?;
    let limits = call.core.limits;
    let most = batch.ids().len() * limits.envelope.envelope;
    let deadline = Instant::now() + limits.body_patience;
    let room = call.core.answers.reserve(most, deadline).await?;
    let fetched = call.core.store.fetch(&agent.handle, batch.ids()).await?;
    let mut list = b"{\"envelopes\":[".to_vec();
    for fetched in fetched {
        if let Some(body) = mail_view::body(&call.core, &agent.handle, fetched).await? {
            list.extend(body);
            list.push(b',');
        }
    }
    list.pop_if(|last| *last == b',');
    list.extend(b"]}");
    Ok(room.fill(written(StatusCode::OK, |out| *out = list)))
}
