//! Threads as their participants see them (sections 4 and 6).

use axum::http::StatusCode;
use context_sync::{AgentId, Context, Page, Refusal, Thread, ThreadId, Window};
use mailmesh_store::ContextOptions;

use super::access::Identity;
use super::{Outcome, now, room};
use crate::body::written;
use crate::route::Call;

/// A thread: a page of its messages, or the newest.
pub(super) async fn show(
    call: Call,
    identity: &Identity,
    thread: ThreadId,
    viewer: Option<AgentId>,
    page: Option<Page>,
) -> Outcome {
    let viewer = identity.viewer(&call.core, viewer).await?;
    let (store, limits) = (&call.core.store, call.core.limits.context);
    let room = room(&call.core, Thread::most(&limits)).await?;
    let found = store.thread(&thread, &viewer, page, limits).await?;
    let found = found.ok_or_else(Refusal::no_thread)?;
    Ok(room.fill(written(StatusCode::OK, |out| found.write(out))))
}

/// What somebody needs to know who comes into a thread cold.
pub(super) async fn sync(
    call: Call,
    identity: &Identity,
    thread: ThreadId,
    viewer: Option<AgentId>,
    window: Window,
) -> Outcome {
    let viewer = identity.viewer(&call.core, viewer).await?;
    let options = ContextOptions {
        window,
        now: now(&call.core),
        limits: call.core.limits.context,
    };
    let room = room(&call.core, Context::most(&options.limits)).await?;
    let found = call.core.store.sync(&thread, &viewer, options).await?;
    let found = found.ok_or_else(Refusal::no_thread)?;
    Ok(room.fill(written(StatusCode::OK, |out| found.write(out))))
}

/// Who takes part in a thread.
pub(super) async fn participants(
    call: Call,
    identity: &Identity,
    thread: ThreadId,
    viewer: Option<AgentId>,
) -> Outcome {
    let viewer = identity.viewer(&call.core, viewer).await?;
    let found = call.core.store.participants(&thread, &viewer).await?;
    let found = found.ok_or_else(Refusal::no_thread)?;
    Ok(written(StatusCode::OK, |out| found.write(out)))
}
