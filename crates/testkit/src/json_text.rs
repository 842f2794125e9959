//! JSON texts that are sound, texts that nearly are, and the same value written in other ways.

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::sample::Index;
use serde_json::{Map, Value};

/// A value as `serde_json` holds it: names of all kinds of characters, numbers of all kinds.
pub fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>()
            .prop_filter("finite", |number| number.is_finite())
            .prop_map(Value::from),
        (-1000_i32..1000).prop_map(|number| Value::from(f64::from(number) / 8.0)),
        string().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        let members = vec((string(), inner.clone()), 0..6);
        prop_oneof![
            vec(inner, 0..6).prop_map(Value::Array),
            members.prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn string() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-c]{0,3}",
        "[a-zA-Z]{1,24}",
        "[\u{0}-\u{1F}\"\\\\/\u{7F}\u{80}é日\u{D7FF}\u{E000}\u{FFFF}😀\u{10FFFF}a]{0,10}",
    ]
}

/// A value and a text of it: members in another order, white space, escapes where there need be
/// none.
pub fn written() -> impl Strategy<Value = (Value, String)> {
    (value(), vec(any::<u8>(), 1..32)).prop_map(|(value, choices)| {
        let text = text(&value, &choices);
        (value, text)
    })
}

/// A text of a value, as `choices` say. They begin again when they end.
#[must_use]
pub fn text(value: &Value, choices: &[u8]) -> String {
    let mut writer = Writer {
        text: String::new(),
        choices: choices.iter().copied().cycle(),
    };
    writer.value(value);
    writer.text
}

/// Sound JSON, and text that is nearly JSON.
pub fn json_like() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,3})?([eE][+-]?[0-9]{1,3})?",
        any::<String>().prop_map(|text| Value::from(text).to_string()),
        "\"(\\\\(u[0-9a-fD]{4}|[bfnrt\"/])|[a-c]){0,4}\"",
    ];
    let value = scalar.prop_recursive(4, 32, 4, |inner| {
        let name = "\"[ab](\\\\u006[1-3])?\"";
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(|values| format!("[{}]", values.join(" ,"))),
            vec((name, inner), 0..4).prop_map(|members| {
                let members: Vec<_> = members
                    .iter()
                    .map(|(name, value)| format!("{name}: {value}"))
                    .collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    });
    (value, any::<Index>(), "[\\[\\]{}\",:0a ]{0,2}").prop_map(|(json, at, noise)| {
        let at = at.index(json.len() + 1);
        match json.get(..at) {
            Some(head) if !noise.is_empty() => format!("{head}{noise}{}", &json[at..]),
            _ => json,
        }
    })
}

/// Writes a value in one of the many ways there are.
struct Writer<C> {
    text: String,
    choices: C,
}

impl<C: Iterator<Item = u8>> Writer<C> {
    fn choice(&mut self, of: u8) -> u8 {
        self.choices.next().unwrap_or_default() % of
    }

    fn white_space(&mut self) {
        let kinds = ["", "", "", " ", "\n\t", "\r\n  "];
        let kind = self.choice(6);
        self.text.push_str(kinds[usize::from(kind)]);
    }

    fn value(&mut self, value: &Value) {
        self.white_space();
        match value {
            Value::String(text) => self.string(text),
            Value::Array(elements) => {
                self.text.push('[');
                for (at, element) in elements.iter().enumerate() {
                    self.text.push_str(if at == 0 { "" } else { "," });
                    self.value(element);
                }
                self.text.push(']');
            }
            Value::Object(members) => {
                let mut members: Vec<_> = members.iter().collect();
                let turn = usize::from(self.choice(7)).min(members.len());
                members.rotate_left(turn);
                self.text.push('{');
                for (at, (name, value)) in members.into_iter().enumerate() {
                    self.text.push_str(if at == 0 { "" } else { "," });
                    self.white_space();
                    self.string(name);
                    self.white_space();
                    self.text.push(':');
                    self.value(value);
                }
                self.text.push('}');
            }
            scalar => self.text.push_str(&scalar.to_string()),
        }
        self.white_space();
    }

    fn string(&mut self, text: &str) {
        self.text.push('"');
        for c in text.chars() {
            let must = c < ' ' || matches!(c, '"' | '\\');
            match (must, self.choice(4)) {
                (true, 0) | (false, 1) => {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        self.text.push_str(&format!("\\u{unit:04X}"));
                    }
                }
                (true, _) => {
                    let escaped = Value::from(c.to_string()).to_string();
                    self.text.push_str(escaped.trim_matches('"'));
                    if c == '"' {
                        self.text.push('"');
                    }
                }
                (false, _) => self.text.push(c),
            }
        }
        self.text.push('"');
    }
}
