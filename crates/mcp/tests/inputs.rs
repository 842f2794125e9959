//! Arguments of any shape: a tool answers, within bounds, and never ends the session.
#![allow(clippy::unwrap_used)] // a test fails by panicking
#![allow(dead_code)] // each suite uses some of the session

mod session;

use mailmesh::Draft;
use mailmesh_mcp::{Limits, Options};
use proptest::collection::{btree_map, vec};
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value, json};
use tokio::runtime::Runtime;

use session::{ANN, Session};

const TOOLS: [&str; 13] = [
    "list_emails",
    "search_emails",
    "read_email",
    "get_attachment",
    "wait_for_email",
    "verify_sender",
    "send_email",
    "reply_email",
    "forward_email",
    "mark_email",
    "move_email",
    "list_folders",
    "list_mailboxes",
];

/// Members that some tool has, each with values that fit one and values that fit none.
fn member() -> impl Strategy<Value = (String, Value)> {
    let name = prop_oneof![
        Just("message_id"),
        Just("message_ids"),
        Just("mailbox"),
        Just("folder"),
        Just("limit"),
        Just("offset"),
        Just("cursor"),
        Just("query"),
        Just("to"),
        Just("cc"),
        Just("subject"),
        Just("text"),
        Just("html"),
        Just("structured_data"),
        Just("arrangement"),
        Just("attachments"),
        Just("in_reply_to"),
        Just("read"),
        Just("add_keywords"),
        Just("index"),
        Just("max_chars"),
        Just("as_base64"),
        Just("after"),
        Just("from"),
        Just("unread"),
        Just("x"),
    ];
    (name, value()).prop_map(|(name, value)| (name.to_owned(), value))
}

fn value() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        any::<String>(),
        Just(ANN.to_owned()),
        Just("INBOX".to_owned()),
        Just("full".to_owned()),
        Just("ID".to_owned()),
        "[\\x00-\\x7f]{0,40}",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (0_u32..5).prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        text.prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map("@type|filename|text|[a-z]{0,3}", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// The id of a message stands where the strategy says `ID`.
fn with_id(value: Value, id: &str) -> Value {
    match value {
        Value::String(text) if text == "ID" => id.into(),
        Value::Array(items) => items.into_iter().map(|item| with_id(item, id)).collect(),
        other => other,
    }
}

#[test]
fn any_arguments_are_answered() {
    let runtime = Runtime::new().unwrap();
    let limits = Limits {
        wait: 0,
        ..Limits::default()
    };
    let options = Options {
        limits,
        ..Options::default()
    };
    let session = runtime.block_on(Session::new(options));
    let id = runtime.block_on(session.bob_sends(Draft::new().subject("1").text("Hello.")));
    let mut runner = TestRunner::new(Config {
        cases: 40,
        ..Config::default()
    });
    let arguments = vec(member(), 0..6).prop_map(|all| all.into_iter().collect::<Map<_, _>>());
    runner
        .run(&arguments, |arguments| {
            let arguments = arguments.into_iter();
            let arguments: Map<_, _> = arguments
                .map(|(name, value)| (name, with_id(value, &id)))
                .collect();
            runtime.block_on(async {
                for tool in TOOLS {
                    let result = session.call(tool, Value::Object(arguments.clone())).await;
                    let told = &result.content[0].as_text().unwrap().text;
                    assert!(told.len() < 100_000, "{tool}");
                }
            });
            Ok(())
        })
        .unwrap();
}
