use std::borrow::Cow;

use strict_json::Document;

use crate::write::{self, Members};
use crate::{Error, ErrorKind};

/// What a server answers instead of what was asked: a status, and a body that never is anything
/// but JSON (sections 4, 7 and 11).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    status: Status,
    reason: Reason,
    retry_after: Option<u64>,
}

/// The statuses of refusals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Status {
    /// 400: the request breaks a rule.
    Invalid,
    /// 401: no key, or one that is not known.
    Unauthorized,
    /// 403: the key is not that agent's.
    Forbidden,
    /// 404: no such route, or no such thread for this viewer.
    NotFound,
    /// 405: another method.
    WrongMethod,
    /// 408: the body did not come in time.
    Timeout,
    /// 409: the idempotency key came with another body before.
    Conflict,
    /// 413: the body is too large.
    TooLarge,
    /// 415: the body is not JSON.
    MediaType,
    /// 429: too many; a `Retry-After` goes with it.
    Limited,
    /// 500: something that nobody outside can mend.
    Internal,
    /// 503: not now.
    Unavailable,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Reason {
    Sentence(&'static str),
    Fault(Error),
    /// With the method that the route has.
    Method(&'static str),
}

impl Refusal {
    /// A refusal with a sentence for people.
    #[must_use]
    pub const fn new(status: Status, sentence: &'static str) -> Self {
        Self {
            status,
            reason: Reason::Sentence(sentence),
            retry_after: None,
        }
    }

    /// The same request will do in so many seconds, one at least: for the `Retry-After` header.
    #[must_use]
    pub fn after(self, seconds: u64) -> Self {
        Self {
            retry_after: Some(seconds.max(1)),
            ..self
        }
    }

    /// Too many messages; the next one is taken in so many milliseconds (section 7).
    #[must_use]
    pub fn limited(millis: u128) -> Self {
        let seconds = u64::try_from(millis.div_ceil(1_000)).unwrap_or(u64::MAX);
        Self::new(Status::Limited, "rate limit exceeded").after(seconds)
    }

    /// Nobody asks for this path.
    #[must_use]
    pub const fn no_route() -> Self {
        Self::new(Status::NotFound, "route not found")
    }

    /// A thread that is not there, or not there for whoever asked: the two are never told apart
    /// (section 7).
    #[must_use]
    pub const fn no_thread() -> Self {
        Self::new(Status::NotFound, "thread not found")
    }

    /// A key is missing or not known.
    #[must_use]
    pub const fn unauthorized() -> Self {
        Self::new(Status::Unauthorized, "unauthorized")
    }

    /// The caller acts for an agent that its key does not own.
    #[must_use]
    pub const fn not_your_agent() -> Self {
        Self::new(Status::Forbidden, "not your agent")
    }

    /// A known path, asked for with another method than it has.
    pub(crate) const fn wrong_method(allowed: &'static str) -> Self {
        Self {
            status: Status::WrongMethod,
            reason: Reason::Method(allowed),
            retry_after: None,
        }
    }

    /// With 405, the method that the route has, for the `Allow` header.
    #[must_use]
    pub fn allow(&self) -> Option<&'static str> {
        match self.reason {
            Reason::Method(allowed) => Some(allowed),
            _ => None,
        }
    }

    /// After how many seconds to try again, for the `Retry-After` header.
    #[must_use]
    pub fn retry_after(&self) -> Option<u64> {
        self.retry_after
    }

    /// Its status.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status
    }

    /// Appends the body as JSON.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut body = Members::open(out);
        match &self.reason {
            Reason::Sentence(sentence) => body.text("error", sentence),
            Reason::Fault(fault)
                if matches!(fault.kind(), ErrorKind::Json | ErrorKind::TooLarge) =>
            {
                body.text("error", &fault.sentence());
            }
            Reason::Fault(fault) => write_fault(fault, body.value("error")),
            Reason::Method(_) => body.text("error", "method not allowed"),
        }
        body.close();
    }
}

/// `{"formErrors":[…],"fieldErrors":{…}}`.
fn write_fault(fault: &Error, out: &mut Vec<u8>) {
    let sentence = [fault.sentence()];
    let write_sentences = |sentences: &[String], out: &mut Vec<u8>| {
        write::list(sentences, out, |sentence, out| {
            strict_json::canonical::write_string(sentence, out);
        });
    };
    let mut errors = Members::open(out);
    let is_form = fault.field_name().is_empty();
    write_sentences(
        &sentence[..usize::from(is_form)],
        errors.value("formErrors"),
    );
    let mut fields = Members::open(errors.value("fieldErrors"));
    if !is_form {
        write_sentences(&sentence, fields.value(fault.field_name()));
    }
    fields.close();
    errors.close();
}

impl Status {
    /// The status code of HTTP.
    #[must_use]
    pub const fn code(self) -> u16 {
        match self {
            Self::Invalid => 400,
            Self::Unauthorized => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::WrongMethod => 405,
            Self::Timeout => 408,
            Self::Conflict => 409,
            Self::TooLarge => 413,
            Self::MediaType => 415,
            Self::Limited => 429,
            Self::Internal => 500,
            Self::Unavailable => 503,
        }
    }
}

impl From<Error> for Refusal {
    fn from(fault: Error) -> Self {
        let status = match fault.kind() {
            ErrorKind::TooLarge => Status::TooLarge,
            _ => Status::Invalid,
        };
        Self {
            status,
            reason: Reason::Fault(fault),
            retry_after: None,
        }
    }
}

/// The body of an error answer, as a client reads it.
///
/// ```
/// use context_sync::ErrorBody;
///
/// assert_eq!(ErrorBody::parse(br#"{"error":"thread not found"}"#).text(), "thread not found");
/// assert_eq!(ErrorBody::parse(b"<html>").text(), "");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorBody {
    text: Cow<'static, str>,
}

impl ErrorBody {
    /// The most that is kept of a text, in octets.
    pub const MAX_TEXT: usize = 1024;

    /// Reads a body. One that is not of this protocol gives an empty text, since the status has
    /// said that it is an error.
    #[must_use]
    pub fn parse(octets: &[u8]) -> Self {
        let limits = strict_json::Limits {
            size: 64 << 10,
            depth: 16,
            ..strict_json::Limits::default()
        };
        let document = Document::parse(octets, &limits).ok();
        let error = document
            .as_ref()
            .and_then(|document| document.root().as_object()?.get("error"));
        let text = error.map_or("", |error| error.as_str().unwrap_or_else(|| error.text()));
        let end = text.floor_char_boundary(Self::MAX_TEXT);
        Self {
            text: Cow::Owned(text[..end].to_owned()),
        }
    }

    /// The sentence for people, or the JSON of a list of faults. Words of the other side.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}
