//! Members of older versions, checked as strictly as those of v1.0.

use serde_json::{Map, Value};

use crate::{Error, ErrorKind, Path};

/// Takes a member out. `null` is the same as no member.
pub(super) fn take(object: &mut Map<String, Value>, name: &str) -> Option<Value> {
    object.remove(name).filter(|value| !value.is_null())
}

/// Whether a member is set under one of its names.
pub(super) fn has(object: &Map<String, Value>, names: [&str; 2]) -> bool {
    let mut values = names.iter().filter_map(|name| object.get(*name));
    values.any(|value| !value.is_null())
}

/// The value of a member under one of its names, the first of them if it has to be made.
pub(super) fn entry<'o>(
    object: &'o mut Map<String, Value>,
    names: [&str; 2],
    default: impl Into<Value>,
) -> &'o mut Value {
    let set = names.into_iter().find(|name| has(object, [*name; 2]));
    let value = object.entry(set.unwrap_or(names[0])).or_insert(Value::Null);
    if value.is_null() {
        *value = default.into();
    }
    value
}

pub(super) fn text(value: Value, at: &Path<'_>) -> Result<String, Error> {
    match value {
        Value::String(text) => Ok(text),
        _ => Err(wrong_type(at, "expected a string")),
    }
}

pub(super) fn flag(value: Value, at: &Path<'_>) -> Result<bool, Error> {
    let flag = value.as_bool();
    flag.ok_or_else(|| wrong_type(at, "expected true or false"))
}

pub(super) fn array(value: Value, at: &Path<'_>) -> Result<Vec<Value>, Error> {
    match value {
        Value::Array(elements) => Ok(elements),
        _ => Err(wrong_type(at, "expected an array")),
    }
}

pub(super) fn object(value: Value, at: &Path<'_>) -> Result<Map<String, Value>, Error> {
    match value {
        Value::Object(members) => Ok(members),
        _ => Err(wrong_type(at, "expected an object")),
    }
}

fn wrong_type(at: &Path<'_>, detail: &'static str) -> Error {
    Error::new(ErrorKind::WrongType, at, detail)
}
