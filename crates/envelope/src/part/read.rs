use strict_json::{Object, Value};

use super::write::is_plain;
use super::{Body, ContentPart, Source, wrong};
use crate::json::{self, JsonText};
use crate::{Code, Error, ErrorKind};

/// How many members a part of any type has at least: the type, and one that the type asks for.
const REQUIRED: usize = 2;

/// Reads a part of a post. Anything odd is refused with `INVALID_CONTENT` (2.2).
pub(crate) fn read(value: Value<'_>) -> Result<ContentPart, Error> {
    let part = value
        .as_object()
        .ok_or_else(|| wrong(ErrorKind::WrongType, "an object"))?;
    let kind = part.get("type").and_then(Value::as_str);
    let mut read: ContentPart = match kind {
        Some("text") => text(part)?,
        Some("image") => image(part)?.into(),
        Some("file") => file(part)?.into(),
        Some("data") => data(part)?.into(),
        _ => return Err(wrong(ErrorKind::Invalid, "text, image, file or data").inner("type")),
    };
    if part.len() > REQUIRED {
        let known = read.body.members();
        let extra = part.iter().filter(|(name, _)| !known.contains(name));
        let extra = extra.map(|(name, value)| (name.into(), JsonText::of(value)));
        read.extra.extend(extra);
    }
    Ok(read)
}

/// Reads a part of a stored envelope. What is odd is kept as [`Body::Other`], so that one part
/// that an operator let through does not hide the others.
pub(crate) fn read_stored(value: Value<'_>) -> ContentPart {
    read(value).unwrap_or_else(|_| Body::Other(JsonText::of(value)).into())
}

fn text(part: Object<'_>) -> Result<ContentPart, Error> {
    let value = part.get("text");
    let text = value.and_then(Value::as_str).unwrap_or_default();
    if text.is_empty() {
        return Err(wrong(ErrorKind::Invalid, "a string that is not empty").inner("text"));
    }
    // As long as it was written, it was written without escapes.
    let is_as_written = value.is_some_and(|value| value.span().len() == text.len() + "\"\"".len());
    Ok(ContentPart {
        is_plain: is_as_written || is_plain(text),
        ..Body::Text(text.into()).into()
    })
}

fn image(part: Object<'_>) -> Result<Body, Error> {
    Ok(Body::Image {
        source: source(part)?,
        mime_type: optional(part, "mime_type")?,
    })
}

fn file(part: Object<'_>) -> Result<Body, Error> {
    let size = part
        .get("size")
        .map(|size| json::timestamp(size, Code::InvalidContent));
    Ok(Body::File {
        source: source(part)?,
        name: optional(part, "name")?,
        mime_type: optional(part, "mime_type")?,
        size: size
            .transpose()
            .map_err(|error| error.inner("size"))?
            .map(Into::into),
    })
}

fn data(part: Object<'_>) -> Result<Body, Error> {
    let is_object = |value: &Value<'_>| value.as_object().is_some();
    let data = part.get("data").filter(is_object);
    let wrong = wrong(ErrorKind::WrongType, "a JSON object").inner("data");
    Ok(Body::Data {
        schema: optional(part, "schema")?,
        data: JsonText::of(data.ok_or(wrong)?),
    })
}

/// Exactly one of `url` and `file_id`.
fn source(part: Object<'_>) -> Result<Source, Error> {
    let invalid = |error: Error, name| error.under(Code::InvalidContent).inner(name);
    match (part.get("url"), part.get("file_id")) {
        (Some(url), None) => json::text(url)
            .map(Source::Url)
            .map_err(|error| invalid(error, "url")),
        (None, Some(id)) => json::text(id)
            .map(Source::File)
            .map_err(|error| invalid(error, "file_id")),
        (Some(_), Some(_)) => Err(wrong(ErrorKind::Inconsistent, "either url or file_id")),
        (None, None) => Err(wrong(ErrorKind::Missing, "either url or file_id")),
    }
}

fn optional(part: Object<'_>, name: &'static str) -> Result<Option<Box<str>>, Error> {
    let Some(value) = part.get(name) else {
        return Ok(None);
    };
    let text = json::string(value, Code::InvalidContent).map_err(|error| error.inner(name))?;
    Ok(Some(text.into()))
}
