use serde_json::{Map, Number, Value as SerdeValue};

use crate::document::Shape;
use crate::{Value, number};

impl Value<'_> {
    /// The same value as a `serde_json` one. Integers that fit in 64 bits stay integers, other
    /// numbers become doubles.
    #[must_use]
    pub fn to_serde(self) -> SerdeValue {
        let document = self.document();
        let nodes = self.index()..document.behind(self.index());
        // From the last node to the first: what is inside is there before what is around it, and
        // the stack stays constant.
        let mut values: Vec<SerdeValue> = Vec::new();
        for at in nodes.rev() {
            let node = document.nodes[at];
            let value = match node.shape {
                Shape::Null => SerdeValue::Null,
                Shape::Bool(value) => SerdeValue::Bool(value),
                Shape::Number => SerdeValue::Number(to_number(Value::new(document, at).text())),
                Shape::String | Shape::EscapedString { .. } => {
                    SerdeValue::from(document.str(node).unwrap_or_default())
                }
                Shape::Array { length, .. } => {
                    let elements = (0..length).filter_map(|_| values.pop());
                    SerdeValue::Array(elements.collect())
                }
                Shape::Object { length, .. } => {
                    let members = (0..length).filter_map(|_| match (values.pop(), values.pop()) {
                        (Some(SerdeValue::String(name)), Some(value)) => Some((name, value)),
                        _ => None,
                    });
                    SerdeValue::Object(members.collect::<Map<_, _>>())
                }
            };
            values.push(value);
        }
        values.pop().unwrap_or_default()
    }
}

fn to_number(token: &str) -> Number {
    let integer = if token == "-0" || !number::is_integer(token) {
        None
    } else if token.starts_with('-') {
        token.parse::<i64>().ok().map(Number::from)
    } else {
        token.parse::<u64>().ok().map(Number::from)
    };
    integer
        .or_else(|| Number::from_f64(number::value(token)))
        .unwrap_or_else(|| Number::from(0)) // not reached: the reader lets finite numbers in only
}

#[cfg(test)]
mod tests {
    use crate::{Document, Limits};

    #[test]
    fn a_value_is_what_serde_json_reads() {
        let json = r#"{"b":[1,-2,18446744073709551615,-9223372036854775808,1.5,-0,1e2,[],{}],
            "a":{"\u0061\n":null,"t":true,"f":false},"c":18446744073709551616}"#;
        let document = Document::parse(json.as_bytes(), &Limits::default()).unwrap();
        let theirs: serde_json::Value = serde_json::from_str(json).unwrap();
        assert_eq!(document.root().to_serde(), theirs);
        let inner = document
            .root()
            .as_object()
            .and_then(|object| object.get("a"));
        assert_eq!(inner.unwrap().to_serde(), theirs["a"]);
    }
}
