use std::ops::Deref;

use serde::Serialize;
use serde_json::{Map, Number, Value};

/// Any JSON object: `google.protobuf.Struct`, in which every number is a double.
///
/// Numbers that are integers are kept as integers, so `1.0` is written as `1`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Struct(Map<String, Value>);

impl Struct {
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

/// Recursion is as deep as the `Value` already is.
fn normalise(value: &mut Value) {
    match value {
        Value::Number(number) => *number = as_double(number),
        Value::Array(elements) => elements.iter_mut().for_each(normalise),
        Value::Object(members) => members.values_mut().for_each(normalise),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

/// The number as a double, in integer form where that is exact.
fn as_double(number: &Number) -> Number {
    const EXACT: f64 = 9_007_199_254_740_991.0; // 2^53 - 1
    let Some(double) = number.as_f64() else {
        return number.clone();
    };
    if double.fract() == 0.0 && double.abs() <= EXACT {
        Number::from(double as i64)
    } else {
        Number::from_f64(double).unwrap_or_else(|| number.clone())
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
            r#"{"n":[1,0,2.5,1.8446744073709552e19,9007199254740991]}"#
        );
    }
}
