//! The handshake of a socket (6.1). Whatever is wrong is answered before the upgrade.

use asmtp_envelope::{Code, parse_cursor};
use axum::body::Body;
use axum::http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::upgrade::OnUpgrade;
use mailmesh_store::{Principal, TokenHash};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::bearer;
use crate::fanout::NoSeat;
use crate::refusal::Refusal;
use crate::route::{Answer, Call};
use crate::socket;

/// Opens the push channel. With a cursor, what came behind it is replayed first.
pub(super) async fn connect(mut call: Call, agent: Principal) -> Answer {
    let cursor = parse_cursor(call.query())?;
    let accept = accept_key(&call.head.headers)?;
    let upgrade = call.head.extensions.remove::<OnUpgrade>();
    let upgrade = upgrade.ok_or_else(|| wrong("expected HTTP/1.1"))?;
    let core = call.core;
    let token = TokenHash::of(bearer::presented(&call.head.headers)?);
    let seat = core
        .hub
        .seat(&agent, token)
        .map_err(|no_seat| match no_seat {
            NoSeat::Taken => Refusal::limited("the agent has all the sockets it may have", RETRY),
            NoSeat::Closed => Refusal::unavailable("the node stops"),
        })?;
    if !seat.is_sound().await? {
        return Err(Refusal::unauthorized());
    }
    if cursor.is_none() {
        // Before the answer: whatever is committed once the client is connected comes.
        seat.go_live().await?;
    }
    tokio::spawn(async move {
        if let Ok(upgraded) = upgrade.await {
            socket::serve(upgraded, seat, cursor, core).await;
        }
    });
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    Ok(response)
}

/// Seconds after which a socket may have become free.
const RETRY: u64 = 5;

/// Checks the handshake (RFC 6455, 4.2.1) and gives the proof that it was read.
fn accept_key(headers: &HeaderMap) -> Result<HeaderValue, Refusal> {
    if !names(headers, &UPGRADE, "websocket") || !names(headers, &CONNECTION, "upgrade") {
        return Err(wrong("expected a WebSocket handshake"));
    }
    if !names(headers, &SEC_WEBSOCKET_VERSION, "13") {
        return Err(wrong("expected Sec-WebSocket-Version 13"));
    }
    headers
        .get(SEC_WEBSOCKET_KEY)
        .map(HeaderValue::as_bytes)
        .filter(|key| STANDARD.decode(key).is_ok_and(|nonce| nonce.len() == 16))
        .and_then(|key| HeaderValue::from_str(&derive_accept_key(key)).ok())
        .ok_or_else(|| wrong("expected one Sec-WebSocket-Key"))
}

/// Whether a header with a list has a word in it, in any letter case.
fn names(headers: &HeaderMap, name: &HeaderName, word: &str) -> bool {
    headers.get_all(name).iter().any(|value| {
        let mut words = value.to_str().unwrap_or_default().split(',');
        words.any(|found| found.trim().eq_ignore_ascii_case(word))
    })
}

fn wrong(message: &'static str) -> Refusal {
    Refusal::new(Code::BadRequest, message)
}
