//! JSON-LD that a strict receiver takes.

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use serde_json::{Map, Value, json};

/// A JSON text: an object or an array of objects, at least one member in each, no two items with
/// one `@id`.
pub fn document() -> impl Strategy<Value = String> {
    let object = || object().prop_map(Value::Object);
    prop_oneof![
        4 => object(),
        1 => vec(object(), 1..4).prop_map(Value::Array),
    ]
    .prop_flat_map(|value| {
        prop_oneof![
            Just(value.to_string()),
            Just(format!("{value:#}")),
            Just(format!(" \r\n{value}\t")),
        ]
    })
}

fn object() -> impl Strategy<Value = Map<String, Value>> {
    let context = prop_oneof![
        Just(None),
        Just(Some(json!("https://schema.org"))),
        Just(Some(json!("https://example.org/context"))),
        Just(Some(json!({"@vocab": "https://schema.org/"}))),
        Just(Some(Value::Null)),
    ];
    let members = vec(("[a-zé]{1,8}", value()), 0..6);
    (context, "[A-Z][a-z]{1,8}", members).prop_map(|(context, kind, members)| {
        let mut object: Map<String, Value> = members.into_iter().collect();
        object.insert("@type".to_owned(), kind.into());
        object.extend(context.map(|context| ("@context".to_owned(), context)));
        object
    })
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-(1_i64 << 53) + 1..1 << 53).prop_map(Value::from),
        "[ -~äß日😀\r\n\t]{0,40}".prop_map(Value::from),
        "-{2,3}[a-z0-9=_-]{0,30}|</script>|<!--|\\.\r\n".prop_map(Value::from),
        "[a-z]{1000,3000}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::Array),
            vec(("[a-z]{1,6}", inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}
