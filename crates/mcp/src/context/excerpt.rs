use std::collections::BTreeMap;
use std::fmt;

use mailmesh::untrusted::{excerpt, visible};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde_json::value::RawValue;
use strict_json::{Limits, Reader, Token};

/// JSON that somebody else wrote, as a model gets it: nothing hidden in it, and no more than there is
/// room for. It is the beginning of the whole, closed where it was cut.
#[derive(Debug)]
pub(crate) struct Excerpt {
    pub(crate) json: Json,
    /// Characters of the whole, when this is not all of it.
    pub(super) whole: Option<usize>,
    /// Characters that nobody sees, left out.
    pub(super) hidden: usize,
}

/// A JSON value with its members in order and its numbers in all their digits.
#[derive(Clone, Serialize)]
#[serde(transparent)]
pub(crate) struct Json(Box<RawValue>);

/// Writes what a reader reads.
#[derive(Debug)]
struct Writer {
    out: String,
    /// Characters that may still be written.
    room: usize,
    open: Vec<Open>,
    /// A name was written, and its value follows.
    is_named: bool,
    is_cut: bool,
    hidden: usize,
}

/// An object or array whose end is to come.
#[derive(Debug)]
struct Open {
    end: char,
    is_empty: bool,
    names: Names,
}

/// Names that stand in an object already, and how often: two may look the same once nothing is hidden
/// in them.
#[derive(Debug, Default)]
struct Names(BTreeMap<String, usize>);

impl Excerpt {
    /// About `most` characters of a value. What is longer is cut in its strings before it is cut
    /// between its members.
    pub(crate) fn of(json: &str, most: usize) -> Self {
        let length = json.chars().count();
        let room = match length <= most {
            // Escapes may make it longer, and cut nothing.
            true => usize::MAX,
            false => most,
        };
        let mut writer = Writer {
            out: String::with_capacity(json.len().min(most)),
            room,
            open: Vec::new(),
            is_named: false,
            is_cut: false,
            hidden: 0,
        };
        writer.copy(json);
        Self {
            json: Json::written(writer.out),
            whole: writer.is_cut.then_some(length),
            hidden: writer.hidden,
        }
    }
}

impl Json {
    /// `{}`.
    pub(super) fn empty() -> Self {
        Self::written("{}".to_owned())
    }

    fn written(json: String) -> Self {
        Self(RawValue::from_string(json).unwrap_or_default()) // a writer writes JSON only
    }
}

impl Writer {
    fn copy(&mut self, json: &str) {
        let Ok(mut reader) = Reader::new(json.as_bytes(), &Limits::default()) else {
            return;
        };
        while let Ok(Some(token)) = reader.next() {
            match token {
                Token::CloseObject { .. } | Token::CloseArray => {
                    self.close();
                    continue;
                }
                _ if self.is_full() => break,
                _ => {}
            }
            match token {
                Token::OpenObject => self.open('{', '}'),
                Token::OpenArray => self.open('[', ']'),
                Token::Name(name) => self.name(&name.to_str(json)),
                Token::String(text) => self.string(&text.to_str(json)),
                _ => self.value(&json[reader.span()]),
            }
        }
        while !self.open.is_empty() {
            self.close();
        }
    }

    /// Whether no further member or element has room. What stands behind a name is written at any
    /// rate.
    fn is_full(&mut self) -> bool {
        let is_full = self.room == 0 && !self.is_named && !self.open.is_empty();
        self.is_cut |= is_full;
        is_full
    }

    fn open(&mut self, start: char, end: char) {
        self.value(start.encode_utf8(&mut [0; 4]));
        self.open.push(Open {
            end,
            is_empty: true,
            names: Names::default(),
        });
    }

    fn close(&mut self) {
        if let Some(open) = self.open.pop() {
            self.push(open.end.encode_utf8(&mut [0; 4]));
        }
    }

    fn name(&mut self, name: &str) {
        let (mut name, is_cut) = self.shown(name);
        self.is_cut |= is_cut;
        if let Some(open) = self.open.last_mut() {
            name = open.names.distinct(name);
        }
        self.value(&quoted(&name));
        self.push(":");
        self.is_named = true;
    }

    fn string(&mut self, text: &str) {
        let (text, is_cut) = self.shown(text);
        self.is_cut |= is_cut;
        self.value(&quoted(&text));
    }

    /// As much of a string as there is room for: within something else half of it, so that others
    /// have some too.
    fn shown(&mut self, text: &str) -> (String, bool) {
        let room = match self.open.is_empty() {
            true => self.room,
            false => self.room / 2,
        };
        let (start, rest) = excerpt(text, 0, room);
        let (mut start, hidden) = visible(start);
        self.hidden += hidden;
        if rest.is_some() {
            start.push('…');
        }
        (start, rest.is_some())
    }

    fn value(&mut self, json: &str) {
        let is_named = std::mem::take(&mut self.is_named);
        if let Some(open) = self.open.last_mut()
            && !std::mem::take(&mut open.is_empty)
            && !is_named
        {
            self.push(",");
        }
        self.push(json);
    }

    fn push(&mut self, json: &str) {
        self.room = self.room.saturating_sub(json.chars().count());
        self.out.push_str(json);
    }
}

impl Names {
    /// The name, or it with a number when it stands there.
    fn distinct(&mut self, name: String) -> String {
        let Some(mut times) = self.0.get(&name).copied() else {
            self.0.insert(name.clone(), 1);
            return name;
        };
        loop {
            times += 1;
            let other = format!("{name}_{times}");
            if !self.0.contains_key(&other) {
                self.0.insert(name, times);
                self.0.insert(other.clone(), 1);
                return other;
            }
        }
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

impl JsonSchema for Json {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Json".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        serde_json::Value::json_schema(generator)
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.get())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert, prop_assert_eq, proptest};
    use serde_json::{Value, json};

    use super::Excerpt;

    fn shown(json: &str, most: usize) -> String {
        format!("{:?}", Excerpt::of(json, most).json)
    }

    #[test]
    fn what_fits_is_whole() {
        for json in [
            "null",
            r#""x""#,
            r#"{"b":1,"a":[12345678901234567890,{"c":1.50}]}"#,
        ] {
            assert_eq!(shown(json, json.len()), json);
            assert_eq!(Excerpt::of(json, json.len()).whole, None);
        }
    }

    #[test]
    fn long_strings_are_cut_before_members_are_left_out() {
        let log = "l".repeat(900);
        let json = json!({"a": log, "goal": "build"}).to_string();
        let excerpt = Excerpt::of(&json, 400);
        assert_eq!(excerpt.whole, Some(json.len()));
        let value: Value = serde_json::from_str(&format!("{:?}", excerpt.json)).unwrap();
        assert_eq!(value["goal"], "build");
        assert!(value["a"].as_str().unwrap().ends_with("l…"));
        assert_eq!(shown("[1,2,3,4,5,6,7,8]", 6), "[1,2,3]");
        assert_eq!(shown(r#"{"name":[1,2],"x":1}"#, 8), r#"{"nam…":[]}"#);
    }

    #[test]
    fn names_stay_apart_when_nothing_is_hidden_in_them() {
        let json = "{\"a\":1,\"a\u{200b}\":2,\"b\":\"\u{202e}c\"}";
        let excerpt = Excerpt::of(json, 100);
        assert_eq!(format!("{:?}", excerpt.json), r#"{"a":1,"a_2":2,"b":"c"}"#);
        assert_eq!((excerpt.hidden, excerpt.whole), (2, None));
        // However many they are, they take little room.
        let names = (0..500).map(|n| format!("\"{}\":0", "\u{200b}".repeat(n)));
        let json = format!("{{{}}}", names.collect::<Vec<_>>().join(","));
        assert!(shown(&json, json.len()).len() < 6_000);
    }

    proptest! {
        #[test]
        fn what_is_cut_is_json_and_short(json in any_json(), most in 1_usize..200) {
            let excerpt = Excerpt::of(&json, most);
            let text = format!("{:?}", excerpt.json);
            let value: Value = serde_json::from_str(&text).unwrap();
            let whole: Value = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(value.is_object(), whole.is_object());
            prop_assert_eq!(value.is_array(), whole.is_array());
            // An escape is longer than what it stands for, and a cut number is another number.
            prop_assert!(text.chars().count() <= 2 * most + 60, "{}", text);
        }
    }

    fn any_json() -> impl proptest::strategy::Strategy<Value = String> {
        use proptest::prelude::{Just, Strategy as _, any, prop_oneof};
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<i64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        let value = leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                proptest::collection::btree_map(".{0,9}", inner, 0..6)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        });
        value.prop_map(|value| value.to_string())
    }
}
