use strict_json::{Document, Kind, Object, Value, canonical::write_string};

pub(super) use strict_json::canonical::compare_names;

use super::number;
use crate::json::JsonText;

/// Appends the canonical form of a value.
pub(super) fn write(json: &JsonText, out: &mut Vec<u8>) {
    // It was read before, within limits that its type keeps; these only have to be wider.
    let limits = strict_json::Limits {
        size: strict_json::Limits::SIZE_CAP,
        depth: JsonText::DEPTH_CAP,
        number: usize::MAX,
        ..strict_json::Limits::default()
    };
    match Document::parse(json.as_str().as_bytes(), &limits) {
        Ok(document) => write_value(document.root(), out),
        Err(_) => out.extend_from_slice(json.as_str().as_bytes()),
    }
}

/// Recursion goes no deeper than [`JsonText::DEPTH_CAP`].
fn write_value(value: Value<'_>, out: &mut Vec<u8>) {
    match value.kind() {
        Kind::Null | Kind::Bool => out.extend_from_slice(value.text().as_bytes()),
        Kind::Number => number::write(value.text(), out),
        Kind::String => write_string(value.as_str().unwrap_or_default(), out),
        Kind::Array => {
            let elements = value.as_array().into_iter().flatten();
            crate::write::list(elements, out, write_value);
        }
        Kind::Object => {
            if let Some(object) = value.as_object() {
                write_object(object, out);
            }
        }
    }
}

fn write_object(object: Object<'_>, out: &mut Vec<u8>) {
    let mut members: Vec<_> = object.iter().collect();
    members.sort_unstable_by(|(left, _), (right, _)| compare_names(left, right));
    let mut object = crate::write::Members::open(out);
    for (name, value) in members {
        write_value(value, object.any(name));
    }
    object.close();
}
