use strict_json::canonical::{string_len, write_string};

use super::{Body, ContentPart, Source};
use crate::json::JsonText;
use crate::write::{self, Members};

/// A member of a part, for whoever writes it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Member<'a> {
    Text(&'a str),
    /// A text of which nothing needs an escape.
    Plain(&'a str),
    Integer(u64),
    Json(&'a JsonText),
}

/// Writes a part as JSON, `type` first.
pub(crate) fn write(part: &ContentPart, out: &mut Vec<u8>) {
    if let Body::Other(json) = &part.body {
        out.extend_from_slice(json.as_str().as_bytes());
        return;
    }
    let mut object = Members::open(out);
    write_members(part, |name, member| match member {
        Member::Text(text) => write_string(text, object.any(name)),
        Member::Plain(text) => write::plain(text, object.any(name)),
        Member::Integer(value) => write::integer(value, object.any(name)),
        Member::Json(json) => object.any(name).extend_from_slice(json.as_str().as_bytes()),
    });
    object.close();
}

/// Whether nothing in a text needs an escape.
pub(super) fn is_plain(text: &str) -> bool {
    string_len(text) == "\"\"".len() + text.len()
}

/// How many octets [`write`] writes.
pub(crate) fn written_len(part: &ContentPart) -> usize {
    if let Body::Other(json) = &part.body {
        return json.as_str().len();
    }
    let mut length = "{}".len();
    let mut separators = 0;
    write_members(part, |name, member| {
        separators += 1; // a colon each, and commas between
        length += string_len(name)
            + match member {
                Member::Text(text) => string_len(text),
                Member::Plain(text) => "\"\"".len() + text.len(),
                Member::Integer(value) => itoa::Buffer::new().format(value).len(),
                Member::Json(json) => json.as_str().len(),
            };
    });
    length + 2 * separators - usize::from(separators > 0)
}

/// Gives the members of a part, `type` first. [`Body::Other`] has none.
pub(crate) fn write_members<'a>(
    part: &'a ContentPart,
    mut member: impl FnMut(&'a str, Member<'a>),
) {
    use Member::{Integer, Json, Plain, Text};
    match &part.body {
        Body::Text(text) => {
            member("type", Plain("text"));
            member(
                "text",
                if part.is_plain {
                    Plain(text)
                } else {
                    Text(text)
                },
            );
        }
        Body::Image { source, mime_type } => {
            member("type", Plain("image"));
            let (name, text) = locate(source);
            member(name, Text(text));
            if let Some(text) = mime_type {
                member("mime_type", Text(text));
            }
        }
        Body::File {
            source,
            name,
            mime_type,
            size,
        } => {
            member("type", Plain("file"));
            let (place, text) = locate(source);
            member(place, Text(text));
            if let Some(text) = name {
                member("name", Text(text));
            }
            if let Some(text) = mime_type {
                member("mime_type", Text(text));
            }
            if let Some(size) = size {
                member("size", Integer(*size));
            }
        }
        Body::Data { schema, data } => {
            member("type", Plain("data"));
            if let Some(text) = schema {
                member("schema", Text(text));
            }
            member("data", Json(data));
        }
        Body::Other(_) => {}
    }
    for (name, value) in &part.extra {
        member(name, Json(value));
    }
}

fn locate(source: &Source) -> (&'static str, &str) {
    match source {
        Source::Url(url) => ("url", url.as_str()),
        Source::File(id) => ("file_id", id.as_str()),
    }
}
