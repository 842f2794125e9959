//! Messages (sections 4 and 5).

use axum::http::{HeaderMap, StatusCode};
use context_sync::{
    BodyDigest, Decision, IdempotencyKey, MessageId, Post, Receipt, Refusal, Stamp, Status,
    ThreadId,
};
use mailmesh_store::{ContextPost, Posted};

use super::access::Identity;
use super::fault::Fault;
use super::{Outcome, envelopes, now};
use crate::ambient;
use crate::body::written;
use crate::route::Call;

/// Sends a message: 200 only after the store has it on disk.
pub(super) async fn send(call: Call, identity: &Identity) -> Outcome {
    post(call, identity, Post::parse_send).await
}

/// Replies to all visible participants of a thread.
pub(super) async fn reply_all(call: Call, identity: &Identity) -> Outcome {
    post(call, identity, Post::parse_reply_all).await
}

async fn post(
    call: Call,
    identity: &Identity,
    parse: fn(&[u8], &context_sync::Limits) -> Result<Post, context_sync::Error>,
) -> Outcome {
    let core = call.core.clone();
    let limits = core.limits.context;
    let key = idempotency_key(&call.head.headers)?;
    let body = call.json_of(limits.body).await?;
    let post = parse(&body, &limits)?;
    identity.check(&core, post.sender()).await?;
    let envelope = envelopes::maker(&core, identity, post.sender())?;
    let posted = core.store.post_message(ContextPost {
        owner: identity.owner(),
        post,
        retry: key.map(|key| (key, BodyDigest::of(&body))),
        stamp: Stamp {
            now: now(&core),
            message_id: MessageId::mint(ambient::random()?),
            thread_id: ThreadId::mint(ambient::random()?),
        },
        rates: core.rates,
        limits,
        envelope,
    });
    let done = |receipt: &Receipt| Ok(written(StatusCode::OK, |out| receipt.write(out)));
    match posted.await? {
        Posted::Decided(Decision::Accepted(accepted)) => done(&accepted.receipt()),
        Posted::Decided(Decision::Replayed(receipt)) => done(&receipt),
        Posted::Decided(Decision::Refused(refusal)) => Err(refusal.into()),
        Posted::Limited { retry_after } => Err(Refusal::limited(retry_after.as_millis()).into()),
    }
}

/// The idempotency key of a request, if it has one.
fn idempotency_key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, Fault> {
    let mut values = headers.get_all("idempotency-key").iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => Ok(Some(value.to_str().unwrap_or_default().parse()?)),
        (Some(_), Some(_)) => {
            Err(Refusal::new(Status::Invalid, "expected one idempotency key").into())
        }
    }
}
