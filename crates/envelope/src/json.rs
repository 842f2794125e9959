//! Reading typed values out of a strict JSON document.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use strict_json::{Document, Kind, Object, Value};

use crate::{Code, Error, ErrorKind, Limits, Timestamp};

/// One JSON value that was read strictly, kept as it was written.
///
/// No member name stands twice, no string holds half a surrogate pair, and it nests little enough
/// to stand in an envelope.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct JsonText(Box<str>);

impl JsonText {
    /// The most that [`Limits::depth`](field@crate::Limits::depth) can be raised to.
    pub const DEPTH_CAP: usize = 128;

    /// The levels of an envelope around a value in a part: the body, the list and the part.
    const AROUND: usize = 3;

    /// Reads one value.
    ///
    /// # Errors
    ///
    /// With [`ErrorKind::Json`] when it is not strict JSON, or nests more deeply than
    /// [`Limits::depth`](field@crate::Limits::depth) leaves room for; with [`ErrorKind::TooLarge`]
    /// beyond [`Limits::body`](field@crate::Limits::body).
    pub fn parse(text: &str, limits: &Limits) -> Result<Self, Error> {
        let limits = strict_json::Limits {
            depth: limits
                .depth
                .min(Self::DEPTH_CAP)
                .saturating_sub(Self::AROUND),
            ..limits.json(limits.body)
        };
        let document = Document::parse(text.as_bytes(), &limits).map_err(|e| Error::json(&e))?;
        Ok(Self::of(document.root()))
    }

    /// A value of a document that was read with a limit on its depth.
    pub(crate) fn of(value: Value<'_>) -> Self {
        Self(value.text().into())
    }

    /// The value as it was written, white space inside of it included.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is a JSON object.
    #[must_use]
    pub fn is_object(&self) -> bool {
        self.0.starts_with('{')
    }
}

impl TryFrom<String> for JsonText {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        Self::parse(&text, &Limits::default())
    }
}

impl From<JsonText> for String {
    fn from(text: JsonText) -> Self {
        text.0.into()
    }
}

/// Reads a text of at most `size` octets.
pub(crate) fn document<'a>(
    octets: &'a [u8],
    size: usize,
    limits: &Limits,
) -> Result<Document<'a>, Error> {
    let limits = strict_json::Limits {
        depth: limits.depth.min(JsonText::DEPTH_CAP),
        ..limits.json(size)
    };
    Document::parse(octets, &limits).map_err(|error| Error::json(&error))
}

/// The members of a document that has to be an object.
pub(crate) fn root<'d>(document: &'d Document<'_>) -> Result<Object<'d>, Error> {
    let wrong = Error::new(ErrorKind::WrongType, Code::InvalidJson, "a JSON object");
    document.root().as_object().ok_or(wrong)
}

/// A member, `null` standing for absent.
pub(crate) fn present(value: Option<Value<'_>>) -> Option<Value<'_>> {
    value.filter(|value| value.kind() != Kind::Null)
}

/// A string that follows the grammar of `T`, under the code of `T`.
pub(crate) fn text<T: FromStr<Err = Error>>(value: Value<'_>) -> Result<T, Error> {
    // The empty text follows no grammar but that of the subject, which checks the type itself.
    value.as_str().unwrap_or_default().parse()
}

/// A string.
pub(crate) fn string(value: Value<'_>, code: Code) -> Result<&str, Error> {
    let wrong = Error::new(ErrorKind::WrongType, code, "a string");
    value.as_str().ok_or(wrong)
}

/// An integer token from 0 to 2^53−1.
pub(crate) fn timestamp(value: Value<'_>, code: Code) -> Result<Timestamp, Error> {
    let token = value.number_text().unwrap_or_default();
    Timestamp::from_token(token)
        .ok_or_else(|| Error::new(ErrorKind::Invalid, code, "an integer from 0 to 2^53-1"))
}
