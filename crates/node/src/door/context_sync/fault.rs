use axum::http::header::{ALLOW, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use mailmesh_store::Error as StoreError;

use crate::body::written;
use crate::refusal::Refusal;
use crate::route::Answer;

/// What went wrong with a request, by who says so.
#[derive(Debug)]
pub(super) enum Fault {
    /// The protocol.
    Refused(context_sync::Refusal),
    /// The server around it.
    Server(Refusal),
}

impl Fault {
    pub(super) fn answer(self) -> Answer {
        match self {
            Self::Refused(refusal) => Ok(refused(&refusal)),
            Self::Server(refusal) => Err(refusal),
        }
    }
}

/// A refusal of the protocol as an answer.
pub(super) fn refused(refusal: &context_sync::Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.status().code());
    let status = status.unwrap_or(StatusCode::BAD_REQUEST);
    let mut response = written(status, |out| refusal.write(out));
    if let Some(allow) = refusal.allow() {
        // Who may ask with GET may ask with HEAD.
        let allow = HeaderValue::from_str(&allow.replace("GET", "GET, HEAD"));
        response
            .headers_mut()
            .extend(allow.ok().map(|allow| (ALLOW, allow)));
    }
    if let Some(seconds) = refusal.retry_after() {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    response
}

impl From<context_sync::Refusal> for Fault {
    fn from(refusal: context_sync::Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<context_sync::Error> for Fault {
    fn from(error: context_sync::Error) -> Self {
        Self::Refused(error.into())
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::Server(refusal)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Server(error.into())
    }
}

impl From<getrandom::Error> for Fault {
    fn from(error: getrandom::Error) -> Self {
        Self::Server(error.into())
    }
}
