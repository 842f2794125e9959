//! The one place that turns what went wrong into an answer (section 13).

use std::borrow::Cow;

use asmtp_envelope::{Code, ErrorBody};
use axum::body::Body;
use axum::http::header::{ALLOW, CONNECTION, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use mailmesh_store::{Error as StoreError, ErrorKind as StoreErrorKind};

/// An error answer.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    body: ErrorBody,
    status: StatusCode,
    retry_after: Option<u64>,
    allow: Option<HeaderValue>,
    closes: bool,
}

/// What every JSON answer says of itself.
pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

impl Refusal {
    /// An answer with the status of its code.
    pub(crate) fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            body: ErrorBody::new(code, message),
            status: StatusCode::from_u16(code.status()).unwrap_or(StatusCode::BAD_REQUEST),
            retry_after: None,
            allow: None,
            closes: false,
        }
    }

    /// What a stranger gets to see of everything that is not its own: the same octets whether it
    /// exists or not (section 10).
    pub(crate) fn not_found() -> Self {
        Self::new(Code::NotFound, "not found")
    }

    /// A request without a bearer that counts.
    pub(crate) fn unauthorized() -> Self {
        Self::new(Code::Unauthorized, "missing or unknown bearer")
    }

    /// A body that did not come in time (RFC 9110, 15.5.9).
    pub(crate) fn timed_out() -> Self {
        Self::new(Code::RequestTimeout, "expected the body in time").closing()
    }

    /// A method that a known path does not have.
    pub(crate) fn method_not_allowed(allow: HeaderValue) -> Self {
        Self {
            allow: Some(allow),
            ..Self::new(Code::MethodNotAllowed, "method not allowed here")
        }
    }

    /// Too much at a time; the same request will do in so many seconds, one at least.
    pub(crate) fn limited(message: &'static str, seconds: u64) -> Self {
        Self {
            retry_after: Some(seconds.max(1)),
            ..Self::new(Code::RateLimited, message)
        }
    }

    /// The node cannot answer now, and may in a second.
    pub(crate) fn unavailable(message: &'static str) -> Self {
        Self {
            retry_after: Some(1),
            ..Self::new(Code::Unavailable, message)
        }
    }

    /// Something that nobody outside can mend.
    pub(crate) fn internal() -> Self {
        Self::new(Code::InternalError, "internal error")
    }

    /// The same refusal on a connection whose request was not read to its end.
    pub(crate) fn closing(mut self) -> Self {
        self.closes = true;
        self
    }

    /// The code in the answer.
    #[cfg(test)]
    pub(crate) fn code(&self) -> Option<Code> {
        self.body.code()
    }
}

impl From<ErrorBody> for Refusal {
    fn from(body: ErrorBody) -> Self {
        let code = body.code().unwrap_or(Code::InternalError);
        let refusal = match code {
            Code::Unavailable => Self::unavailable(""),
            code => Self::new(code, ""),
        };
        Self { body, ..refusal }
    }
}

impl From<asmtp_envelope::Error> for Refusal {
    fn from(error: asmtp_envelope::Error) -> Self {
        ErrorBody::from(error).into()
    }
}

/// What a caller learns of the store is whether to come back.
impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error.kind() {
            StoreErrorKind::NotFound => Self::not_found(),
            StoreErrorKind::Exists => Self::new(Code::AgentExists, "the agent exists"),
            // More entries than an agent may have. The message says so, and holds no input.
            StoreErrorKind::Invalid => Self::new(Code::InvalidRequest, error.to_string()),
            StoreErrorKind::Busy | StoreErrorKind::Unavailable => {
                tracing::warn!(kind = ?error.kind(), "the store is away");
                Self::unavailable("the store is away")
            }
            StoreErrorKind::Full => {
                tracing::error!("the store is full");
                Self::unavailable("the store is full")
            }
            kind => {
                tracing::error!(?kind, %error, "the store failed");
                Self::internal()
            }
        }
    }
}

impl From<getrandom::Error> for Refusal {
    fn from(error: getrandom::Error) -> Self {
        tracing::error!(%error, "no random octets");
        Self::unavailable("no random octets to be had")
    }
}

impl Refusal {
    /// The answer at the door of context-sync, whose errors are one sentence.
    pub(crate) fn into_sentence(self) -> Response {
        let mut octets = br#"{"error":"#.to_vec();
        strict_json::canonical::write_string(self.body.message(), &mut octets);
        octets.push(b'}');
        self.with_body(octets)
    }

    fn with_body(self, octets: Vec<u8>) -> Response {
        let mut response = Response::new(Body::from(octets));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, JSON);
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(allow) = self.allow {
            headers.insert(ALLOW, allow);
        }
        if self.closes {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut octets = Vec::new();
        self.body.write(&mut octets);
        self.with_body(octets)
    }
}
