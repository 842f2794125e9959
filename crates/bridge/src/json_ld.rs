//! Data parts and JSON-LD: the same object, told in two ways.
//!
//! A data part has a schema beside its data, JSON-LD has `@context` and `@type` within. An object
//! that has a `@context` is JSON-LD already. One that has none would get schema.org's in a mail,
//! whose terms it does not use; so it says that it has no vocabulary, and names its schema as its
//! type: `{"@context":null,"@type":"https://schemas.example/quote/1",…}`.

use std::borrow::Cow;

use asmtp_envelope::{ContentPart, JsonText, Limits};
use strict_json::Document;
use structured_email::{Context, Item};

/// How an object without a vocabulary begins.
const NO_CONTEXT: &str = r#"{"@context":null"#;

/// What follows when its schema is known.
const TYPE: &str = r#","@type":"#;

/// The data part that an item makes, and whether a context around it was left behind. `None` when
/// it does not fit into an envelope.
pub(crate) fn part_of_item(item: &Item<'_>) -> Option<(ContentPart, bool)> {
    let json = item.json();
    if let Some((schema, data)) = without_context(json) {
        return Some((data_part(schema.as_deref(), &data)?, false));
    }
    let (json, lost) = with_own_context(json, item.context());
    Some((data_part(schema_of(item).as_deref(), &json)?, lost))
}

/// The JSON-LD that a data part makes.
pub(crate) fn item_of_part<'a>(schema: Option<&str>, data: &'a JsonText) -> Cow<'a, str> {
    let text = data.as_str();
    if has_context(text) {
        return Cow::Borrowed(text);
    }
    let mut json = NO_CONTEXT.to_owned();
    if let Some(schema) = schema.filter(|_| !has_member(text, "@type")) {
        json.push_str(TYPE);
        json.push_str(&quoted(schema));
    }
    let members = text.strip_prefix('{').unwrap_or_default();
    if !members.trim_start().starts_with('}') {
        json.push(',');
    }
    json.push_str(members);
    Cow::Owned(json)
}

pub(crate) fn data_part(schema: Option<&str>, json: &str) -> Option<ContentPart> {
    let data = JsonText::parse(json, &Limits::default()).ok()?;
    ContentPart::data(schema, data).ok()
}

/// The schema and the members of what [`item_of_part`] made of an object without a vocabulary.
fn without_context(json: &str) -> Option<(Option<String>, String)> {
    let rest = json.strip_prefix(NO_CONTEXT)?;
    let (schema, rest) = match rest.strip_prefix(TYPE) {
        Some(typed) if typed.starts_with('"') => {
            let end = end_of_string(typed)?;
            (unquoted(&typed[..end]), &typed[end..])
        }
        _ => (None, rest),
    };
    let members = rest.strip_prefix(',').unwrap_or(rest);
    Some((schema, format!("{{{members}")))
}

/// The IRI of the first type: schema.org's when that is the vocabulary, else one that is absolute.
fn schema_of(item: &Item<'_>) -> Option<String> {
    let name = item.types().first()?;
    let is_term = name.bytes().all(|octet| octet.is_ascii_alphanumeric());
    match item.context() {
        Context::SchemaOrg(_) if is_term && !name.is_empty() => {
            Some(format!("https://schema.org/{name}"))
        }
        _ if name.contains("://") || name.starts_with("urn:") => Some(name.clone()),
        _ => None,
    }
}

/// An element of a `@graph` stands without the context of the object around it. One that is a URL
/// is written into the element; of others the second value tells that they are lost.
fn with_own_context<'a>(json: &'a str, context: &Context) -> (Cow<'a, str>, bool) {
    let url = match context {
        Context::None => return (Cow::Borrowed(json), false),
        _ if has_context(json) => return (Cow::Borrowed(json), false),
        Context::SchemaOrg(url) | Context::Remote(url) => url,
        _ => return (Cow::Borrowed(json), true),
    };
    let members = json.strip_prefix('{').unwrap_or_default();
    let comma = if members.trim_start().starts_with('}') {
        ""
    } else {
        ","
    };
    let json = format!(r#"{{"@context":{}{comma}{members}"#, quoted(url));
    (Cow::Owned(json), false)
}

fn has_context(json: &str) -> bool {
    has_member(json, "@context")
}

fn has_member(json: &str, name: &str) -> bool {
    let document = Document::parse(json.as_bytes(), &strict_json::Limits::default());
    document.is_ok_and(|document| {
        let object = document.root().as_object();
        object.is_some_and(|object| object.get(name).is_some())
    })
}

/// A JSON string, escaped.
pub(crate) fn quoted(text: &str) -> String {
    let mut octets = Vec::new();
    strict_json::canonical::write_string(text, &mut octets);
    String::from_utf8(octets).unwrap_or_default() // it is made of a string
}

/// A JSON array of strings.
pub(crate) fn array<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let texts: Vec<_> = texts.map(quoted).collect();
    format!("[{}]", texts.join(","))
}

/// Behind the closing quote of the JSON string that `text` begins with.
fn end_of_string(text: &str) -> Option<usize> {
    let mut octets = text.bytes().enumerate().skip(1);
    while let Some((at, octet)) = octets.next() {
        match octet {
            b'"' => return Some(at + 1),
            b'\\' => drop(octets.next()),
            _ => {}
        }
    }
    None
}

fn unquoted(json: &str) -> Option<String> {
    let document = Document::parse(json.as_bytes(), &strict_json::Limits::default()).ok()?;
    document.root().as_str().map(str::to_owned)
}
