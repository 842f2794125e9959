//! What a server's refusals mean to whoever called.

use mail_jmap::{Failure, Reason, Refusal};

use crate::{Error, ErrorKind};

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
        "expected the name of a folder that is there",
    )
}

/// Something that cannot be read.
pub(super) fn unreadable(error: mail_jmap::Error) -> Error {
    let kind = match error.kind() {
        mail_jmap::ErrorKind::MissingCapability => ErrorKind::Unsupported,
        _ => ErrorKind::Protocol,
    };
    Error::new(kind, error.to_string()).with_source(error)
}

/// A call without an answer.
pub(super) fn failure(failure: Failure) -> Error {
    match failure {
        Failure::Refused(refusal) => refused(&refusal),
        Failure::Unreadable(error) => unreadable(error),
    }
}

/// A refusal by a method, or of one object.
pub(super) fn refused(refusal: &Refusal) -> Error {
    let kind = match refusal.reason() {
        Reason::NotFound | Reason::StateUnknown => ErrorKind::NotFound,
        Reason::Later => ErrorKind::Busy,
        Reason::Unsupported => ErrorKind::Unsupported,
        _ if refusal.is("invalidArguments") => ErrorKind::Invalid,
        _ => ErrorKind::Refused,
    };
    Error::new(kind, format!("the server refused: {refusal}"))
}

/// An HTTP status that is no success.
pub(super) fn status(status: u16, refusal: &Refusal) -> Error {
    let (kind, message) = match status {
        401 => (
            ErrorKind::Unauthorized,
            "the server does not take the password",
        ),
        404 => (ErrorKind::NotFound, "the server has no such thing"),
        408 | 425 | 429 => (ErrorKind::Busy, "the server asks to slow down"),
        // RFC 8620 3.6.1: a limit on what goes on at one time passes.
        400..=499 if refusal.is("limit") => (ErrorKind::Busy, "the server is at a limit"),
        400..=499 => (ErrorKind::Refused, "the server refused the request"),
        500..=599 => (ErrorKind::Busy, "the server failed"),
        _ => (ErrorKind::Protocol, "expected an answer of a JMAP server"),
    };
    let error = match refusal.type_name.as_str() {
        "" => Error::new(kind, format!("{message}: {status}")),
        name => Error::new(kind, format!("{message}: {status} {name}")),
    };
    error.with_http_status(status)
}

/// A server must not give more than it was asked for.
pub(super) fn at_most(count: usize, most: u64) -> Result<(), Error> {
    match count as u64 <= most {
        true => Ok(()),
        false => Err(Error::new(
            ErrorKind::Protocol,
            format!("expected at most {most} messages"),
        )),
    }
}
