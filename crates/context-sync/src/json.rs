//! JSON values that messages carry, and reading typed values out of bodies.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use strict_json::canonical::write_string;
use strict_json::{Document, Kind, Object, Reader, Token, Value};

use crate::{AgentId, Error, ErrorKind, Limits, Timestamp};

/// One JSON value that was read strictly, written without white space.
///
/// Member names stand once and keep their order, numbers keep their digits, and strings hold whole
/// characters. Cloning is cheap.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct JsonText(Arc<str>);

/// A [`JsonText`] that is an object.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct JsonObject(JsonText);

impl JsonText {
    /// Reads one value.
    ///
    /// # Errors
    ///
    /// With [`ErrorKind::Json`] when it is not strict JSON or nests beyond
    /// [`Limits::DEPTH_CAP`], with [`ErrorKind::TooLarge`] beyond
    /// [`Limits::answer`](field@crate::Limits::answer).
    pub fn parse(text: &str, limits: &Limits) -> Result<Self, Error> {
        compact(text, limits).map_err(|error| Error::json(&error))
    }

    /// `null`, the payload of a message that has none.
    #[must_use]
    pub fn null() -> Self {
        Self("null".into())
    }

    /// The weight of an edge that names none.
    pub(crate) fn one() -> Self {
        Self("1".into())
    }

    /// The value as JSON.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The UTF-16 length of the text that a payload counts as: the characters of a string, nothing
    /// for null, else the JSON (section 3).
    pub(crate) fn text_length(&self) -> usize {
        let utf16 = |text: &str| text.encode_utf16().count();
        if !self.0.starts_with('"') {
            return if &*self.0 == "null" {
                0
            } else {
                utf16(&self.0)
            };
        }
        let limits = strict_json::Limits {
            size: self.0.len(),
            ..strict_json::Limits::default()
        };
        Document::parse(self.0.as_bytes(), &limits)
            .ok()
            .and_then(|document| document.root().as_str().map(utf16))
            .unwrap_or_default()
    }
}

impl JsonObject {
    /// Reads one object.
    ///
    /// # Errors
    ///
    /// As [`JsonText::parse`], and with [`ErrorKind::WrongType`] when it is another value.
    pub fn parse(text: &str, limits: &Limits) -> Result<Self, Error> {
        Self::of(JsonText::parse(text, limits)?)
    }

    /// `{}`, the snapshot of a message that has none.
    #[must_use]
    pub fn empty() -> Self {
        Self(JsonText("{}".into()))
    }

    /// The object as JSON.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    fn of(text: JsonText) -> Result<Self, Error> {
        let wrong = Error::new(ErrorKind::WrongType, "an object");
        text.0.starts_with('{').then_some(Self(text)).ok_or(wrong)
    }

    /// What was written by this crate as an object of strict values.
    pub(crate) fn written(octets: Vec<u8>) -> Self {
        let text = String::from_utf8(octets).unwrap_or_else(|_| "{}".to_owned());
        Self(JsonText(text.into()))
    }
}

impl fmt::Display for JsonText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for JsonObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Rewrites a value without white space and without escapes that JSON does not need.
fn compact(text: &str, limits: &Limits) -> Result<JsonText, strict_json::Error> {
    let mut reader = Reader::new(text.as_bytes(), &limits.value())?;
    let mut out = Vec::with_capacity(text.len());
    let mut is_first = true;
    while let Some(token) = reader.next()? {
        let closes = matches!(token, Token::CloseObject { .. } | Token::CloseArray);
        if !is_first && !closes {
            out.push(b',');
        }
        is_first = matches!(token, Token::OpenObject | Token::OpenArray | Token::Name(_));
        match token {
            Token::OpenObject => out.push(b'{'),
            Token::OpenArray => out.push(b'['),
            // The whole reader has the error for it.
            Token::CloseObject { duplicate: Some(_) } => {
                return Document::parse(text.as_bytes(), &limits.value()).map(|_| JsonText::null());
            }
            Token::CloseObject { duplicate: None } => out.push(b'}'),
            Token::CloseArray => out.push(b']'),
            Token::Name(name) => {
                write_string(&name.to_str(reader.json()), &mut out);
                out.push(b':');
            }
            Token::String(string) => write_string(&string.to_str(reader.json()), &mut out),
            Token::Number { .. } | Token::Bool(_) | Token::Null => {
                out.extend_from_slice(&text.as_bytes()[reader.span()]);
            }
        }
    }
    let text = String::from_utf8(out).unwrap_or_default(); // made of characters of a `str`
    Ok(JsonText(text.into()))
}

/// The fields of a value that has to be an object.
pub(crate) fn members(value: Value<'_>) -> Result<Object<'_>, Error> {
    let wrong = Error::new(ErrorKind::WrongType, "an object");
    value.as_object().ok_or(wrong)
}

/// The fields of a body.
pub(crate) fn object<'d>(document: &'d Document<'_>) -> Result<Object<'d>, Error> {
    members(document.root())
}

pub(crate) fn document<'a>(
    octets: &'a [u8],
    limits: &strict_json::Limits,
) -> Result<Document<'a>, Error> {
    Document::parse(octets, limits).map_err(|error| Error::json(&error))
}

/// A field that may be left out; `null` stands for absent (section 4).
pub(crate) fn optional<'d>(object: Object<'d>, name: &str) -> Option<Value<'d>> {
    object.get(name).filter(|value| value.kind() != Kind::Null)
}

/// A field that has to be there, read by `read`.
pub(crate) fn required<'d, T>(
    object: Object<'d>,
    name: &'static str,
    read: impl FnOnce(Value<'d>) -> Result<T, Error>,
) -> Result<T, Error> {
    optional(object, name)
        .ok_or(Error::new(ErrorKind::Missing, "a value"))
        .and_then(read)
        .map_err(|error| error.field(name))
}

/// A field that may be left out, read by `read`.
pub(crate) fn maybe<'d, T>(
    object: Object<'d>,
    name: &'static str,
    read: impl FnOnce(Value<'d>) -> Result<T, Error>,
) -> Result<Option<T>, Error> {
    optional(object, name)
        .map(read)
        .transpose()
        .map_err(|error| error.field(name))
}

pub(crate) fn string(value: Value<'_>) -> Result<&str, Error> {
    let wrong = Error::new(ErrorKind::WrongType, "a string");
    value.as_str().ok_or(wrong)
}

/// A string that follows the grammar of `T`.
pub(crate) fn text<T: FromStr<Err = Error>>(value: Value<'_>) -> Result<T, Error> {
    string(value)?.parse()
}

/// An integer token from 0 to 2^53−1.
pub(crate) fn integer(value: Value<'_>) -> Result<u64, Error> {
    let wrong = Error::new(ErrorKind::WrongType, "an integer from 0 to 2^53-1");
    let token = value.number_text().unwrap_or_default();
    token
        .parse()
        .ok()
        .filter(|&number| number <= Timestamp::MAX.as_millis())
        .ok_or(wrong)
}

pub(crate) fn timestamp(value: Value<'_>) -> Result<Timestamp, Error> {
    integer(value).map(|millis| Timestamp::new(millis).unwrap_or(Timestamp::MAX))
}

pub(crate) fn flag(value: Value<'_>) -> Result<bool, Error> {
    let wrong = Error::new(ErrorKind::WrongType, "true or false");
    value.as_bool().ok_or(wrong)
}

/// A list of what `read` reads.
pub(crate) fn list<'d, T>(
    value: Value<'d>,
    mut read: impl FnMut(Value<'d>) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let wrong = Error::new(ErrorKind::WrongType, "a list");
    let list = value.as_array().ok_or(wrong)?;
    let mut items = Vec::with_capacity(list.len());
    for (at, item) in list.iter().enumerate() {
        items.push(read(item).map_err(|error| error.element(at))?);
    }
    Ok(items)
}

/// At most `most` agents.
pub(crate) fn agents(value: Value<'_>, most: usize) -> Result<Vec<AgentId>, Error> {
    if value.as_array().is_some_and(|list| list.len() > most) {
        return Err(Error::new(ErrorKind::OutOfRange, "fewer recipients"));
    }
    list(value, text)
}

/// A value that a message carries.
pub(crate) fn any(value: Value<'_>, limits: &Limits) -> Result<JsonText, Error> {
    JsonText::parse(value.text(), limits)
}

/// An object that a message carries.
pub(crate) fn snapshot(value: Value<'_>, limits: &Limits) -> Result<JsonObject, Error> {
    JsonObject::parse(value.text(), limits)
}
