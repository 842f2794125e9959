//! Reading request bodies within their limits, and writing JSON ones.

use std::time::Duration;

use asmtp_envelope::Code;
use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use http_body_util::BodyExt as _;
use hyper::body::Body as _;
use serde::Serialize;
use tokio::time::{Instant, timeout_at};

use crate::refusal::{JSON, Refusal};

/// How much of a body that is too long is still read, so that its sender gets to the answer.
const DISCARDED: usize = 16 << 20;

/// Reads the body of a JSON request, of `most` octets.
///
/// # Errors
///
/// With `UNSUPPORTED_MEDIA_TYPE` when it says that it is something else, or is compressed; with
/// `PAYLOAD_TOO_LARGE`; with `BAD_REQUEST` when it breaks off; with `REQUEST_TIMEOUT` when the
/// deadline passes.
pub(crate) async fn json(
    headers: &HeaderMap,
    body: Body,
    most: usize,
    deadline: Instant,
) -> Result<Vec<u8>, Refusal> {
    if headers.contains_key(CONTENT_ENCODING) || !says_json(headers) {
        let message = "expected application/json without a content encoding";
        discard(body, deadline).await;
        return Err(Refusal::new(Code::UnsupportedMediaType, message));
    }
    octets(body, most, deadline).await
}

/// Reads `most` octets of a body until a deadline.
pub(crate) async fn octets(
    mut body: Body,
    most: usize,
    deadline: Instant,
) -> Result<Vec<u8>, Refusal> {
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > most {
        discard(body, deadline).await;
        return Err(too_large());
    }
    let mut octets = Vec::with_capacity(announced);
    while let Some(chunk) = chunk(&mut body, deadline).await? {
        if octets.len() + chunk.len() > most {
            discard(body, deadline).await;
            return Err(too_large());
        }
        octets.extend_from_slice(&chunk);
    }
    Ok(octets)
}

/// The next octets of a body; `None` at its end.
///
/// # Errors
///
/// With `BAD_REQUEST` when it breaks off, with `REQUEST_TIMEOUT` when the deadline passes.
pub(crate) async fn chunk(body: &mut Body, deadline: Instant) -> Result<Option<Bytes>, Refusal> {
    loop {
        let Ok(frame) = timeout_at(deadline, body.frame()).await else {
            return Err(Refusal::timed_out());
        };
        match frame {
            None => return Ok(None),
            Some(Err(_)) => {
                return Err(Refusal::new(Code::BadRequest, "expected a whole body").closing());
            }
            // Trailers mean nothing here.
            Some(Ok(frame)) => {
                if let Ok(octets) = frame.into_data() {
                    return Ok(Some(octets));
                }
            }
        }
    }
}

/// Reads what is left of a body and drops it. A client that is still sending would otherwise see
/// a reset instead of the answer.
pub(crate) async fn discard(mut body: Body, deadline: Instant) {
    let deadline = deadline.min(Instant::now() + Duration::from_secs(5));
    let mut read = 0;
    while read <= DISCARDED {
        match chunk(&mut body, deadline).await {
            Ok(Some(octets)) => read += octets.len(),
            Ok(None) | Err(_) => return,
        }
    }
}

/// Whether a body without a type, or with this one, is JSON.
fn says_json(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    match (types.next(), types.next()) {
        (None, _) => true,
        (Some(value), None) => value.to_str().is_ok_and(|text| {
            let essence = text.split(';').next().unwrap_or_default().trim();
            essence.eq_ignore_ascii_case("application/json")
        }),
        (Some(_), Some(_)) => false,
    }
}

pub(crate) fn too_large() -> Refusal {
    Refusal::new(Code::PayloadTooLarge, "expected a shorter body")
}

/// A JSON answer that something writes.
pub(crate) fn written(status: StatusCode, write: impl FnOnce(&mut Vec<u8>)) -> Response {
    let mut octets = Vec::new();
    write(&mut octets);
    answer(status, octets)
}

/// A JSON answer with the members of a value.
///
/// # Errors
///
/// With `INTERNAL_ERROR` when the value is no JSON.
pub(crate) fn serialized(status: StatusCode, value: &impl Serialize) -> Result<Response, Refusal> {
    match serde_json::to_vec(value) {
        Ok(octets) => Ok(answer(status, octets)),
        Err(_) => Err(Refusal::internal()),
    }
}

fn answer(status: StatusCode, octets: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(octets));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
}
