//! Envelopes as operators store them, as JSON.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use serde_json::{Map, Value, json};

/// The body of an envelope, from an agent to one or more.
///
/// Everything in it is legal. Most is near to what agents write; some is at the edge of what mail
/// can say.
pub fn stored() -> impl Strategy<Value = Value> {
    let people = (handle(), vec(handle(), 1..4), vec(handle(), 0..3));
    let thread = (option::of(id()), vec(id(), 0..4));
    let times = prop_oneof![
        9 => (0_u64..4_102_444_800).prop_map(|seconds| seconds * 1000),
        1 => 0_u64..(1 << 53),
    ];
    (people, thread, id(), option::of(subject()), times, parts()).prop_map(
        |((from, to, cc), (answers, mut references), id, subject, date_ms, parts)| {
            let mut body = Map::new();
            body.insert("id".to_owned(), json!(id));
            body.insert("from".to_owned(), json!(from));
            body.insert("to".to_owned(), json!(to));
            if !cc.is_empty() {
                body.insert("cc".to_owned(), json!(cc));
            }
            if let Some(subject) = subject {
                body.insert("subject".to_owned(), json!(subject));
            }
            if let Some(answers) = answers {
                if !references.is_empty() {
                    references.push(answers.clone());
                }
                body.insert("in_reply_to".to_owned(), json!(answers));
            }
            if !references.is_empty() {
                body.insert("references".to_owned(), json!(references));
            }
            body.insert("date_ms".to_owned(), json!(date_ms));
            body.insert("content_parts".to_owned(), json!(parts));
            Value::Object(body)
        },
    )
}

fn handle() -> impl Strategy<Value = String> {
    prop_oneof![
        9 => "@[a-z0-9_-]{1,12}\\.[a-z0-9_-]{1,12}",
        1 => "@[a-z]{1,64}\\.[a-z]{1,64}",
    ]
}

fn id() -> impl Strategy<Value = String> {
    "01[0-9A-HJKMNP-TV-Z]{24}"
}

fn subject() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Za-z0-9]{1,10}( [A-Za-z0-9:,.]{1,10}){0,6}",
        "[ -~äöü日本😀]{0,60}",
        "(=\\?utf-8\\?[bBqQ]\\?[A-Za-z0-9=_]{0,9}\\?= ?){1,3}",
    ]
}

/// Texts first, then data, then files, as in mail; or in any order.
fn parts() -> impl Strategy<Value = Vec<Value>> {
    prop_oneof![
        4 => (option::of(text()), vec(data(), 0..3), vec(file(), 0..2)).prop_map(
            |(text, data, files)| {
                let parts: Vec<_> = text.into_iter().chain(data).chain(files).collect();
                match parts.is_empty() {
                    true => vec![json!({"type": "text", "text": "x"})],
                    false => parts,
                }
            }
        ),
        1 => vec(prop_oneof![text(), data(), file(), image()], 1..5),
    ]
}

fn text() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        4 => "[!-~][ -~]{0,60}(\n[ -~äöü日本😀]{0,40}){0,3}",
        1 => "[ \t\r\n\u{0}-\u{1f}a-z\u{feff}]{1,20}",
    ];
    text.prop_map(|text| json!({"type": "text", "text": text}))
}

fn data() -> impl Strategy<Value = Value> {
    let object = prop_oneof![
        Just(json!({})),
        Just(json!({"qty": 40, "unit_cents": 125, "note": "é \" \\ \n"})),
        Just(json!({"@context": "https://schema.org", "@type": "Order", "orderNumber": "7"})),
        Just(json!({"@type": "Order"})),
        Just(json!({"@context": null, "a": 1})),
        Just(json!({"@graph": [{"@type": "A"}, {"@type": "B"}]})),
        any::<Vec<(u8, i64)>>().prop_map(|members| {
            let members = members.into_iter();
            Value::Object(
                members
                    .map(|(name, n)| (name.to_string(), json!(n)))
                    .collect(),
            )
        }),
    ];
    let schema = prop_oneof![
        Just(None),
        Just(Some("https://schema.org/Order")),
        Just(Some("https://schemas.example/quote/1")),
        Just(Some("a \"b\" \\ é")),
    ];
    (object, schema).prop_map(|(object, schema)| {
        let mut part = json!({"type": "data", "data": object});
        if let Some(schema) = schema {
            part["schema"] = json!(schema);
        }
        part
    })
}

fn file() -> impl Strategy<Value = Value> {
    let name = prop_oneof![
        4 => "[a-zA-Z0-9_-]{1,12}\\.(pdf|txt)",
        1 => "[ -~äöü]{0,20}",
    ];
    let media_type = prop_oneof![
        Just("application/pdf"),
        Just("text/plain"),
        Just("text/plain; charset=utf-8"),
        Just("message/rfc822"),
        Just("nonsense"),
    ];
    (
        option::of(name),
        option::of(media_type),
        option::of(0_u64..9),
    )
        .prop_map(|(name, media_type, size)| {
            let mut part = json!({"type": "file", "url": "https://files.example/x"});
            if let Some(name) = name {
                part["name"] = json!(name);
            }
            if let Some(media_type) = media_type {
                part["mime_type"] = json!(media_type);
            }
            if let Some(size) = size {
                part["size"] = json!(size);
            }
            part
        })
}

fn image() -> impl Strategy<Value = Value> {
    Just(json!({"type": "image", "url": "https://files.example/i", "mime_type": "image/png"}))
}
