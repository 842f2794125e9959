//! What goes wrong is told to the model, with what to do next.
#![cfg(feature = "context")]
#![allow(clippy::unwrap_used)] // a test fails by panicking
#![allow(dead_code)] // each suite uses some of what agents have

mod agents;

use mailmesh::context::{Config, ContextClient};
use mailmesh_mcp::Options;
use proptest::collection::{btree_map, vec};
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::test_runner::{Config as Cases, TestRunner};
use serde_json::{Map, Value, json};
use tokio::runtime::Runtime;

use agents::{Agents, Model, id};

#[tokio::test]
async fn a_thread_that_is_not_there_is_a_result() {
    let agents = Agents::new().await;
    let ben = agents.model("ben@demo").await;
    let strangers = agents
        .say("ann@demo", "cat@demo", json!("x"), json!({}))
        .await;
    for thread in ["nope", &strangers] {
        for (tool, arguments) in [
            ("agentsmcp_sync", json!({"threadId": thread})),
            ("agentsmcp_participants", json!({"threadId": thread})),
            (
                "agentsmcp_reply_all",
                json!({"threadId": thread, "payload": 1}),
            ),
            (
                "agentsmcp_send",
                json!({"threadId": thread, "to": "ann@demo", "payload": 1}),
            ),
        ] {
            let told = ben.failure(tool, arguments).await;
            assert!(told.contains("404"), "{tool}: {told}");
            assert!(told.contains("agentsmcp_threads"), "{tool}: {told}");
        }
    }
}

#[tokio::test]
async fn wrong_arguments_are_named() {
    let agents = Agents::new().await;
    let ben = agents.model("ben@demo").await;
    let long = "n".repeat(300);
    for (tool, arguments, named) in [
        ("agentsmcp_send", json!({"to": "ann@demo"}), "payload"),
        ("agentsmcp_send", json!({"payload": 1}), "to"),
        (
            "agentsmcp_send",
            json!({"to": "two words", "payload": 1}),
            "`to`",
        ),
        (
            "agentsmcp_send",
            json!({"to": "a", "payload": 1, "cc": ["\u{202e}"]}),
            "`cc`",
        ),
        (
            "agentsmcp_send",
            json!({"to": "a", "payload": 1, "contextSnapshot": "x"}),
            "expected",
        ),
        (
            "agentsmcp_send",
            json!({"to": "a", "payload": 1, "subject": "x"}),
            "subject",
        ),
        ("agentsmcp_receive", json!({"recent": "3"}), "expected"),
        ("agentsmcp_receive", json!({"recent": -1}), "expected"),
        ("agentsmcp_sync", json!({"threadId": ""}), "threadId"),
        ("agentsmcp_mark_read", json!({}), "threadId"),
        (
            "agentsmcp_upsert_node",
            json!({"id": "a", "type": "x", "name": "n"}),
            "symbol",
        ),
        (
            "agentsmcp_upsert_node",
            json!({"id": long, "type": "file", "name": "n"}),
            "255",
        ),
        (
            "agentsmcp_add_edge",
            json!({"sourceId": "a", "targetId": "b"}),
            "type",
        ),
        (
            "agentsmcp_add_edge",
            json!({"sourceId": "a", "targetId": "b", "type": "t", "weight": "2"}),
            "expected",
        ),
        ("agentsmcp_query_graph", json!({"query": " "}), "query"),
        (
            "agentsmcp_upsert_index",
            json!({"key": "k", "category": "z", "summary": "s"}),
            "overview",
        ),
        ("agentsmcp_get_index", json!({"key": long}), "255"),
        ("agentsmcp_context_briefing", json!({}), "task"),
        ("agentsmcp_unread", json!({"x": 1}), "`x`"),
    ] {
        let told = ben.failure(tool, arguments).await;
        assert!(told.contains(named), "{tool}: {told}");
        assert!(
            told.matches(". ").count() >= 1,
            "it says what to do next: {told}"
        );
    }
    let alone = agents
        .say("ben@demo", "ben@demo", json!("x"), json!({}))
        .await;
    let told = ben
        .failure(
            "agentsmcp_reply_all",
            json!({"threadId": alone, "payload": 1}),
        )
        .await;
    assert!(
        told.contains("400") && told.contains("Correct the arguments"),
        "{told}"
    );
}

#[tokio::test]
async fn a_server_may_start_after_the_host() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    drop(taken);
    let config = Config::new(format!("http://{address}/context-sync"), id("ben@demo"));
    let client = ContextClient::new(config).unwrap();
    let ben = Model::of(client, None, Options::default()).await;
    let told = ben.failure("agentsmcp_receive", json!({})).await;
    assert!(told.contains("Wait some seconds"), "{told}");

    let agents = Agents::at(address).await;
    assert_eq!(ben.value("agentsmcp_unread", json!({})).await, json!([]));
    agents
        .say("ann@demo", "ben@demo", json!("x"), json!({}))
        .await;
    assert_eq!(
        ben.value("agentsmcp_unread", json!({})).await[0]["payload"],
        "x"
    );
}

#[tokio::test]
async fn a_key_that_is_not_taken_is_the_users_affair() {
    let agents = Agents::keyed().await;
    let mut config = agents.config("ben@demo");
    config.token = Some("k".repeat(43).into());
    let client = ContextClient::new(config).unwrap();
    let ben = Model::of(client, None, Options::default()).await;
    let told = ben.failure("agentsmcp_threads", json!({})).await;
    assert!(
        told.contains("Tell the user") && !told.contains("kkk"),
        "{told}"
    );
}

/// Members that some tool has, each with values that fit one and values that fit none.
fn member() -> impl Strategy<Value = (String, Value)> {
    let names = vec![
        "to",
        "payload",
        "threadId",
        "contextSnapshot",
        "cc",
        "bcc",
        "replyTo",
        "handoff",
        "from",
        "recent",
        "id",
        "type",
        "name",
        "description",
        "metadata",
        "sourceId",
        "targetId",
        "weight",
        "query",
        "limit",
        "key",
        "category",
        "summary",
        "contentHash",
        "task",
        "include_threads",
        "x",
    ];
    (proptest::sample::select(names), value()).prop_map(|(name, value)| (name.to_owned(), value))
}

fn value() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        any::<String>(),
        Just("ann@demo".to_owned()),
        Just("THREAD".to_owned()),
        Just("file".to_owned()),
        "[\\x00-\\x7f]{0,40}",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (0_u32..60).prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        text.prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map("goal|includeFields|[a-z]{0,3}|.", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

#[test]
fn any_arguments_are_answered() {
    let runtime = Runtime::new().unwrap();
    let (agents, ben, thread) = runtime.block_on(async {
        let agents = Agents::new().await;
        let ben = agents.model("ben@demo").await;
        let thread = agents
            .say("ann@demo", "ben@demo", json!("x"), json!({}))
            .await;
        (agents, ben, thread)
    });
    let tools = runtime.block_on(ben.client.list_all_tools()).unwrap();
    let mut runner = TestRunner::new(Cases {
        cases: 40,
        ..Cases::default()
    });
    let arguments = vec(member(), 0..6).prop_map(|all| all.into_iter().collect::<Map<_, _>>());
    runner
        .run(&arguments, |mut arguments| {
            for value in arguments.values_mut() {
                if *value == "THREAD" {
                    *value = thread.clone().into();
                }
            }
            runtime.block_on(async {
                for tool in &tools {
                    let mut fitting = arguments.clone();
                    let schema = tool.input_schema.get("properties");
                    let is_known = |name: &str| schema.is_some_and(|all| all.get(name).is_some());
                    fitting.retain(|name, _| is_known(name));
                    for arguments in [&arguments, &fitting] {
                        let arguments = Value::Object(arguments.clone());
                        let result = ben.call(&tool.name, arguments).await;
                        let told = &result.content[0].as_text().unwrap().text;
                        assert!(told.chars().count() < 50_000, "{}", tool.name);
                    }
                }
            });
            Ok(())
        })
        .unwrap();
    drop(agents);
}
