use std::ops::Deref;

use serde::Serialize;
use serde_json::{Map, Number, Value};
use strict_json::Kind;

use super::reader::Notes;
use crate::{Error, Path, members};

/// Any JSON object: `google.protobuf.Struct`, in which every number is a double.
///
/// Numbers that are integers are kept as integers, so `1.0` is written as `1`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Struct(Map<String, Value>);

impl Struct {
    pub(crate) fn read(
        value: strict_json::Value<'_>,
        at: &Path<'_>,
        notes: &mut Notes,
    ) -> Result<Self, Error> {
        read_members(value, at, notes).map(Self)
    }

    /// The members.
    #[must_use]
    pub fn as_map(&self) -> &Map<String, Value> {
        &self.0
    }

    /// The members, owned.
    #[must_use]
    pub fn into_map(self) -> Map<String, Value> {
        self.0
    }
}

impl From<Map<String, Value>> for Struct {
    fn from(mut map: Map<String, Value>) -> Self {
        map.values_mut().for_each(normalise);
        Self(map)
    }
}

impl Deref for Struct {
    type Target = Map<String, Value>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

fn read_members(
    value: strict_json::Value<'_>,
    at: &Path<'_>,
    notes: &mut Notes,
) -> Result<Map<String, Value>, Error> {
    let members = members::object(value, at)?.iter();
    members
        .map(|(name, value)| Ok((name.to_owned(), read(value, &at.member(name), notes)?)))
        .collect()
}

/// Recursion is as deep as [`Limits::DEPTH_CAP`](crate::Limits::DEPTH_CAP) lets it be.
fn read(value: strict_json::Value<'_>, at: &Path<'_>, notes: &mut Notes) -> Result<Value, Error> {
    match value.kind() {
        Kind::Array => {
            let elements = members::array(value, at)?.iter().enumerate();
            elements
                .map(|(index, value)| read(value, &at.element(index), notes))
                .collect()
        }
        Kind::Object => read_members(value, at, notes).map(Value::Object),
        Kind::Number => {
            if value.is_big_integer() {
                notes.inexact.push(notes.room.pointer(at)?);
            }
            Ok(value.as_f64().map_or(Value::Null, number))
        }
        Kind::String => members::text(value, at).map(Value::from),
        Kind::Bool => members::flag(value, at).map(Value::from),
        Kind::Null => Ok(Value::Null),
    }
}

/// Recursion is as deep as the value already is.
fn normalise(value: &mut Value) {
    match value {
        Value::Number(double) => {
            if let Some(double) = double.as_f64() {
                *value = number(double);
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(normalise),
        Value::Object(members) => members.values_mut().for_each(normalise),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

/// A double, in integer form where that is exact.
fn number(double: f64) -> Value {
    const EXACT: f64 = 9_007_199_254_740_991.0; // 2^53 - 1
    if double.fract() == 0.0 && double.abs() <= EXACT {
        Value::from(double as i64)
    } else {
        Number::from_f64(double).map_or(Value::Null, Value::Number)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Struct;

    #[test]
    fn integral_numbers_keep_integer_form() {
        let numbers =
            json!({"n": [1.0, -0.0, 2.5, 18446744073709551615_u64, 9007199254740991_u64]});
        let numbers = Struct::from(numbers.as_object().unwrap().clone());
        assert_eq!(
            serde_json::to_string(&numbers).unwrap(),
            r#"{"n":[1,0,2.5,1.8446744073709552e+19,9007199254740991]}"#
        );
    }
}
