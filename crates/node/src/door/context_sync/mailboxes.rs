//! Agents and what lies in their mailboxes (sections 4 and 5).

use axum::http::StatusCode;
use context_sync::{
    AgentId, Mailbox, MarkReadRequest, Page, RegisterRequest, Registration, Unread, Window,
    write_ok,
};
use mailmesh_store::{ContextClaim, ContextOptions};

use super::access::Identity;
use super::{Outcome, now, room};
use crate::body::written;
use crate::route::Call;

/// Makes an agent known, and in keyed mode the caller's own.
pub(super) async fn register(call: Call, identity: &Identity) -> Outcome {
    let core = call.core.clone();
    let limits = core.limits.context;
    let body = call.json_of(limits.body).await?;
    let request = RegisterRequest::parse(&body, &limits)?;
    let claim = ContextClaim {
        owner: identity.owner(),
        title: identity.title(&core, &request.agent),
        request,
        now: now(&core),
        limits,
    };
    match core.store.register(claim).await? {
        Registration::Registered(registered) => {
            Ok(written(StatusCode::CREATED, |out| registered.write(out)))
        }
        Registration::Refused(refusal) => Err(refusal.into()),
    }
}

/// Marks a thread read up to now, or as far as the last answer went that left some of it out.
pub(super) async fn mark_read(call: Call, identity: &Identity, agent: AgentId) -> Outcome {
    identity.check(&call.core, &agent).await?;
    let core = call.core.clone();
    let limits = core.limits.context;
    let body = call.json_of(limits.body).await?;
    let request = MarkReadRequest::parse(&body, &limits)?;
    core.store
        .mark_thread_read(&agent, &request.thread_id)
        .await?;
    Ok(written(StatusCode::OK, write_ok))
}

/// What is unread, as much as one answer has room for. It stays unread.
pub(super) async fn unread(
    call: Call,
    identity: &Identity,
    agent: AgentId,
    window: Window,
) -> Outcome {
    identity.check(&call.core, &agent).await?;
    let options = ContextOptions {
        window,
        now: now(&call.core),
        limits: call.core.limits.context,
    };
    let room = room(&call.core, Unread::most(&options.limits)).await?;
    let unread = call.core.store.unread(&agent, options).await?;
    Ok(room.fill(written(StatusCode::OK, |out| unread.write(out))))
}

/// The threads of an agent.
pub(super) async fn threads(
    call: Call,
    identity: &Identity,
    agent: AgentId,
    page: Option<Page>,
) -> Outcome {
    identity.check(&call.core, &agent).await?;
    let (store, limits) = (&call.core.store, call.core.limits.context);
    let room = room(&call.core, Mailbox::most(&limits)).await?;
    let mailbox = store.threads(&agent, page, limits).await?;
    Ok(room.fill(written(StatusCode::OK, |out| mailbox.write(out))))
}
