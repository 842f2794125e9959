//! Context-sync over HTTP (its sections 1 to 8), under [`MOUNT`].

mod access;
mod cards;
mod envelopes;
mod fault;
mod mailboxes;
mod notes;
mod posts;
mod routes;
mod schemas;
mod threads;

use axum::http::StatusCode;
use axum::response::Response;
use context_sync::{Refusal, Route, Timestamp, write_ok, write_ready};
use tokio::time::Instant;

pub(crate) use routes::ROUTES;
pub(crate) use schemas::refusal;

use self::fault::Fault;
use crate::answers::Room;
use crate::body::written;
use crate::core::Core;
use crate::refusal::Refusal as NodeRefusal;
use crate::route::{Answer, Call};

/// Where the protocol begins. Published clients are told it as a part of the server's URL.
pub(crate) const MOUNT: &str = "/context-sync";

/// Answers a request to one of [`ROUTES`]. What the path means is read by the protocol's own rules.
pub(super) async fn answer(call: Call) -> Answer {
    match route(call).await {
        Ok(response) => Ok(response),
        Err(fault) => fault.answer(),
    }
}

/// What a handler of this door gives.
type Outcome = Result<Response, Fault>;

async fn route(call: Call) -> Outcome {
    // Who may ask with GET may ask with HEAD.
    let method = match call.head.method.as_str() {
        "HEAD" => "GET",
        method => method,
    };
    let path = call.head.uri.path();
    let path = path.strip_prefix(MOUNT).unwrap_or_default();
    let route = match Route::parse(method, path, call.query()) {
        Ok(route) => route,
        Err(refusal) => {
            // What is wrong with a request is told to those who may make one.
            access::admit(call).await?;
            return Err(refusal.into());
        }
    };
    if route.is_open() {
        return open(call, route).await;
    }
    let (call, identity) = access::admit(call).await?;
    let content_type = call.head.headers.get("content-type");
    let content_type = content_type.and_then(|value| value.to_str().ok());
    if let Err(refusal) = route.check_media_type(content_type) {
        call.turn_away().await;
        return Err(refusal.into());
    }
    match route {
        Route::Register => mailboxes::register(call, &identity).await,
        Route::Send => posts::send(call, &identity).await,
        Route::ReplyAll => posts::reply_all(call, &identity).await,
        Route::MarkRead { agent } => mailboxes::mark_read(call, &identity, agent).await,
        Route::Unread { agent, window } => mailboxes::unread(call, &identity, agent, window).await,
        Route::Mailbox { agent, page } => mailboxes::threads(call, &identity, agent, page).await,
        Route::Thread {
            thread,
            viewer,
            page,
        } => threads::show(call, &identity, thread, viewer, page).await,
        Route::Sync {
            thread,
            viewer,
            window,
        } => threads::sync(call, &identity, thread, viewer, window).await,
        Route::Participants { thread, viewer } => {
            threads::participants(call, &identity, thread, viewer).await
        }
        Route::PutNode { agent } => notes::put_node(call, &identity, agent).await,
        Route::PutEdge { agent } => notes::put_edge(call, &identity, agent).await,
        Route::QueryGraph { agent, query } => {
            notes::query_graph(call, &identity, agent, query).await
        }
        Route::PutIndexEntry { agent } => notes::put_entry(call, &identity, agent).await,
        Route::SearchIndex { agent, search } => notes::search(call, &identity, agent, search).await,
        Route::IndexEntry { agent, key } => notes::show(call, &identity, agent, &key).await,
        Route::RemoveIndexEntry { agent, key } => notes::remove(call, &identity, agent, &key).await,
        _ => Err(Refusal::no_route().into()),
    }
}

/// Answers what everybody may ask.
async fn open(call: Call, route: Route) -> Outcome {
    match route {
        Route::Health => Ok(written(StatusCode::OK, write_ok)),
        Route::Ready => {
            let is_ready = call.core.store.ping().await.is_ok();
            let status = match is_ready {
                true => StatusCode::OK,
                false => StatusCode::SERVICE_UNAVAILABLE,
            };
            Ok(written(status, |out| write_ready(is_ready, out)))
        }
        Route::ServerCard => cards::server(&call),
        Route::AgentCard { agent } => cards::agent(call, agent).await,
        _ => Err(Refusal::no_route().into()),
    }
}

/// Answers a request below [`MOUNT`] that no route is for.
pub(crate) fn outside(method: &str, path: &str, refusal: NodeRefusal) -> Response {
    let path = path.strip_prefix(MOUNT).unwrap_or_default();
    match Route::parse(method, path, "") {
        Err(wrong) => fault::refused(&wrong),
        Ok(_) => refusal.into_sentence(),
    }
}

/// Waits for room for an answer of so many octets at most that is yet to be read.
async fn room(core: &Core, most: usize) -> Result<Room, NodeRefusal> {
    let deadline = Instant::now() + core.limits.body_patience;
    core.answers.reserve(most, deadline).await
}

/// The time, in the type of this protocol.
fn now(core: &Core) -> Timestamp {
    let now = core.clock.now().as_millis();
    Timestamp::new(now).unwrap_or(Timestamp::MAX) // both end at 2^53-1
}
