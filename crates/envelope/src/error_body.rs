use std::borrow::Cow;

use strict_json::{Document, Value};

use crate::write::Members;
use crate::{Code, Error};

/// The body of an error answer (section 13).
///
/// ```
/// use asmtp_envelope::{Code, ErrorBody};
///
/// let mut octets = Vec::new();
/// ErrorBody::new(Code::NotFound, "not found").write(&mut octets);
/// assert_eq!(octets, br#"{"error":{"code":"NOT_FOUND","message":"not found"}}"#);
/// assert_eq!(ErrorBody::parse(br#"{"error":"RATE_LIMITED"}"#).code(), Some(Code::RateLimited));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorBody {
    code: Cow<'static, str>,
    message: Cow<'static, str>,
}

impl ErrorBody {
    /// The most that is kept of a message, in octets.
    pub const MAX_MESSAGE: usize = 1024;

    /// The most that is kept of a code, in octets.
    pub const MAX_CODE: usize = 64;

    /// An answer with a code and a sentence for people.
    #[must_use]
    pub fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code: code.as_str().into(),
            message: message.into(),
        }
    }

    /// Reads the body of an error answer, of this protocol or one of the two other shapes that
    /// operators send: `{"error":"code"}` and `{"detail":…}`. A body that is none of them gives
    /// an empty one, since the status has said that it is an error.
    #[must_use]
    pub fn parse(octets: &[u8]) -> Self {
        let limits = strict_json::Limits {
            size: 64 << 10,
            depth: 16,
            ..strict_json::Limits::default()
        };
        Document::parse(octets, &limits)
            .ok()
            .and_then(|document| Self::read(document.root()))
            .unwrap_or_default()
    }

    fn read(value: Value<'_>) -> Option<Self> {
        let body = value.as_object()?;
        let Some(error) = body.get("error") else {
            let detail = body.get("detail")?;
            let message = detail.as_str().unwrap_or_else(|| detail.text());
            return Some(Self {
                code: Cow::Borrowed(""),
                message: kept(message, Self::MAX_MESSAGE),
            });
        };
        let text = |name| error.as_object()?.get(name)?.as_str();
        let code = error.as_str().or_else(|| text("code")).unwrap_or_default();
        Some(Self {
            code: kept(code, Self::MAX_CODE),
            message: kept(text("message").unwrap_or_default(), Self::MAX_MESSAGE),
        })
    }

    /// Appends the body as JSON.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut body = Members::open(out);
        let mut error = Members::open(body.value("error"));
        error.text("code", &self.code);
        error.text("message", &self.message);
        error.close();
        body.close();
    }

    /// The code, when it is one of the protocol's.
    #[must_use]
    pub fn code(&self) -> Option<Code> {
        Code::from_wire(&self.code)
    }

    /// The code as it came, empty when there was none.
    #[must_use]
    pub fn code_text(&self) -> &str {
        &self.code
    }

    /// The sentence for people, empty when there was none. Words of the other side.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl From<Error> for ErrorBody {
    fn from(error: Error) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

fn kept(text: &str, most: usize) -> Cow<'static, str> {
    Cow::Owned(text[..text.floor_char_boundary(most)].to_owned())
}
