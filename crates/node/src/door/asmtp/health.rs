//! What machines ask that look after the node.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use schemars::JsonSchema;
use serde::Serialize;

use crate::body::serialized;
use crate::openapi;
use crate::refusal::Refusal;
use crate::route::{Answer, Call};

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Health<'a> {
    ok: bool,
    network: &'a str,
    version: &'static str,
    uptime_ms: u64,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Ready {
    ready: bool,
}

/// The process lives.
pub(super) async fn health(call: Call) -> Answer {
    let uptime = call.core.started.elapsed().as_millis();
    let health = Health {
        ok: true,
        network: &call.core.network,
        version: env!("CARGO_PKG_VERSION"),
        uptime_ms: u64::try_from(uptime).unwrap_or(u64::MAX),
    };
    serialized(StatusCode::OK, &health)
}

/// Its store answers.
pub(super) async fn ready(call: Call) -> Answer {
    match call.core.store.ping().await {
        Ok(()) => serialized(StatusCode::OK, &Ready { ready: true }),
        Err(_) => Err(Refusal::unavailable("the store is away")),
    }
}

/// Counters, as text for Prometheus.
pub(super) async fn metrics(call: Call) -> Answer {
    let text = call.core.metrics.render(call.core.started.elapsed());
    let mut response = Response::new(Body::from(text));
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    Ok(response)
}

/// The description of all routes.
pub(super) async fn description(call: Call) -> Answer {
    serialized(StatusCode::OK, &openapi::document(&call.core.base))
}
