//! What the service's refusals mean to whoever called.

use serde_json::Value;

use crate::{Error, ErrorKind};

/// The longest name of an error that is repeated.
const MAX_NAME: usize = 40;

/// The error for an id that names nothing, now or ever.
pub(super) fn no_message() -> Error {
    Error::new(
        ErrorKind::NotFound,
        "expected the id of a message that is there",
    )
}

/// The error for a folder that is not there.
pub(super) fn no_folder() -> Error {
    Error::new(
        ErrorKind::NotFound,
        "expected INBOX or Sent: the service has no other folders",
    )
}

/// The error for an answer that cannot be read.
pub(super) fn unreadable(expected: &str) -> Error {
    Error::new(ErrorKind::Protocol, format!("expected {expected}"))
}

/// An HTTP status that is no success, with the body `{statusCode, name, message}`. The message is left
/// out: it repeats what was sent.
pub(super) fn status(status: u16, body: &[u8]) -> Error {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let name = body.get("name").and_then(Value::as_str).unwrap_or_default();
    let (kind, message) = match (status, name) {
        (401, _)
        | (_, "missing_api_key" | "invalid_api_key" | "restricted_api_key" | "invalid_access") => (
            ErrorKind::Unauthorized,
            "the service does not take the API key",
        ),
        (404, _) => (ErrorKind::NotFound, "the service has no such thing"),
        (409, "concurrent_idempotent_requests") => (
            ErrorKind::Busy,
            "the service is taking this message already",
        ),
        (429, "daily_quota_exceeded" | "monthly_quota_exceeded") => {
            (ErrorKind::Busy, "the quota of the account is used up")
        }
        (408 | 425 | 429, _) => (ErrorKind::Busy, "the service asks to slow down"),
        (400..=499, _) => (ErrorKind::Refused, "the service refused the request"),
        (500..=599, _) => (ErrorKind::Busy, "the service failed"),
        _ => (
            ErrorKind::Protocol,
            "expected an answer of the mail service",
        ),
    };
    let is_name = |octet: u8| octet.is_ascii_lowercase() || octet == b'_';
    let error = match (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(is_name) {
        true => Error::new(kind, format!("{message}: {status} {name}")),
        false => Error::new(kind, format!("{message}: {status}")),
    };
    error.with_http_status(status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_say_who_has_to_act_and_repeat_little() {
        for (code, body, kind) in [
            (
                401,
                r#"{"name":"missing_api_key"}"#,
                ErrorKind::Unauthorized,
            ),
            (
                403,
                r#"{"name":"invalid_api_key"}"#,
                ErrorKind::Unauthorized,
            ),
            (403, r#"{"name":"validation_error"}"#, ErrorKind::Refused),
            (
                422,
                r#"{"name":"missing_required_field"}"#,
                ErrorKind::Refused,
            ),
            (
                409,
                r#"{"name":"invalid_idempotent_request"}"#,
                ErrorKind::Refused,
            ),
            (
                409,
                r#"{"name":"concurrent_idempotent_requests"}"#,
                ErrorKind::Busy,
            ),
            (429, r#"{"name":7}"#, ErrorKind::Busy),
            (500, "<html>", ErrorKind::Busy),
            (302, "", ErrorKind::Protocol),
        ] {
            assert_eq!(status(code, body.as_bytes()).kind(), kind, "{code} {body}");
        }
        let long = format!(r#"{{"name":"{}","message":"hush"}}"#, "x".repeat(1000));
        assert_eq!(
            status(403, long.as_bytes()).to_string(),
            "the service refused the request: 403"
        );
    }
}
