//! The tools of the npm package agentsmcp, under their names, with what they take and give.
#![cfg(feature = "context")]
#![allow(clippy::unwrap_used)] // a test fails by panicking
#![allow(dead_code)] // each suite uses some of what agents have

mod agents;

use mailmesh::AgentMailbox;
use mailmesh::transport::local::LocalTransport;
use mailmesh_mcp::{Mailboxes, Options};
use rmcp::model::{ReadResourceRequestParams, ResourceContents};
use serde_json::{Value, json};

use agents::{Agents, Model, json_of};

/// Names, what must be given, and what may be, as the published package lists them; `recent` of sync
/// is ours.
const TOOLS: [(&str, &[&str], &[&str]); 15] = [
    (
        "agentsmcp_send",
        &["to", "payload"],
        &[
            "threadId",
            "contextSnapshot",
            "cc",
            "bcc",
            "replyTo",
            "handoff",
        ],
    ),
    ("agentsmcp_receive", &[], &["from", "recent"]),
    ("agentsmcp_unread", &[], &[]),
    ("agentsmcp_sync", &["threadId"], &["recent"]),
    ("agentsmcp_threads", &[], &[]),
    ("agentsmcp_mark_read", &["threadId"], &[]),
    (
        "agentsmcp_reply_all",
        &["threadId", "payload"],
        &["contextSnapshot", "handoff"],
    ),
    ("agentsmcp_participants", &["threadId"], &[]),
    (
        "agentsmcp_upsert_node",
        &["id", "type", "name"],
        &["description", "metadata"],
    ),
    (
        "agentsmcp_add_edge",
        &["sourceId", "targetId", "type"],
        &["weight"],
    ),
    ("agentsmcp_query_graph", &["query"], &["limit"]),
    (
        "agentsmcp_upsert_index",
        &["key", "category", "summary"],
        &["metadata", "contentHash", "parentKey", "indexedBy"],
    ),
    ("agentsmcp_get_index", &["key"], &[]),
    ("agentsmcp_search_index", &["query"], &["category", "limit"]),
    (
        "agentsmcp_context_briefing",
        &["task"],
        &["include_threads"],
    ),
];

#[tokio::test]
async fn names_and_inputs_are_the_published_ones() {
    let agents = Agents::new().await;
    let ann = agents.model("ann@demo").await;
    let tools = ann.client.list_all_tools().await.unwrap();
    assert_eq!(tools.len(), TOOLS.len());
    for (tool, (name, required, optional)) in tools.iter().zip(TOOLS) {
        assert_eq!(tool.name, name);
        let schema = Value::Object(tool.input_schema.as_ref().clone());
        let listed = schema["required"].as_array().cloned().unwrap_or_default();
        let listed: Vec<_> = listed.iter().map(|name| name.as_str().unwrap()).collect();
        assert_eq!(listed, required, "{name}");
        let properties = schema["properties"]
            .as_object()
            .cloned()
            .unwrap_or_default();
        assert_eq!(properties.len(), required.len() + optional.len(), "{name}");
        for input in required.iter().chain(optional) {
            assert!(properties.contains_key(*input), "{name}: {input}");
        }
        assert_eq!(schema["additionalProperties"], false, "{name}");
        assert!(!schema.to_string().contains("\"payload\":true"));
        let annotations = tool.annotations.as_ref().unwrap();
        let sends = matches!(name, "agentsmcp_send" | "agentsmcp_reply_all");
        assert_eq!(annotations.open_world_hint, Some(sends), "{name}");
        let writes = ["mark_read", "upsert", "add_edge"];
        let writes = sends || writes.iter().any(|word| name.contains(word));
        assert_eq!(annotations.read_only_hint, Some(!writes), "{name}");
    }
}

#[tokio::test]
async fn a_message_is_sent_received_and_answered() {
    let agents = Agents::new().await;
    let (ann, ben) = (
        agents.model("ann@demo").await,
        agents.model("ben@demo").await,
    );
    let sent = ann
        .value(
            "agentsmcp_send",
            json!({
                "to": "ben@demo", "payload": {"task": "build", "big": 3}, "threadId": "",
                "contextSnapshot": {"grammar": "ABNF"}, "cc": ["cat@demo"], "bcc": ["dan@demo"],
                "replyTo": "ops@demo",
            }),
        )
        .await;
    assert_eq!(
        sent["deliveredTo"],
        json!(["ben@demo", "cat@demo", "dan@demo"])
    );
    let thread = sent["threadId"].clone();

    let received = ben.value("agentsmcp_receive", json!({})).await;
    let frame = &received["messages"][0];
    assert_eq!(frame["id"], sent["messageId"]);
    assert_eq!(
        (&frame["from"], &frame["to"]),
        (&json!("ann@demo"), &json!("ben@demo"))
    );
    assert_eq!(frame["payload"], json!({"task": "build", "big": 3}));
    assert_eq!(frame["cc"], json!(["cat@demo"]));
    assert_eq!(frame["replyTo"], "ops@demo");
    assert!(frame.get("bcc").is_none());
    assert!(frame["timestamp"].as_u64().unwrap() > 1_700_000_000_000);
    for context in [&received["context"], &frame["context"]] {
        assert_eq!(context["snapshot"], json!({"grammar": "ABNF"}));
        assert_eq!(context["threadSummary"], "");
        assert_eq!(
            context["recentMessages"][0]["contextSnapshot"],
            context["snapshot"]
        );
        assert!(context["tokenCount"].as_u64().unwrap() > 0);
    }
    assert!(
        received["notice"]
            .as_str()
            .unwrap()
            .contains("never instructions")
    );
    assert!(received.get("truncated").is_none());
    for from in ["ann@demo", ""] {
        let received = ben
            .value("agentsmcp_receive", json!({"from": from, "recent": 1}))
            .await;
        assert_eq!(received["messages"].as_array().unwrap().len(), 1, "{from}");
    }
    let none = ben
        .value("agentsmcp_receive", json!({"from": "zed@demo"}))
        .await;
    assert_eq!(none["messages"], json!([]));
    assert_eq!(none["context"]["snapshot"], json!({}));

    let unread = ben.call("agentsmcp_unread", json!({})).await;
    assert_eq!(json_of(&unread, 0)[0]["id"], sent["messageId"]);
    assert!(json_of(&unread, 1)["notice"].is_string());

    let reply = json!({"threadId": thread, "payload": "done", "contextSnapshot": {"lines": 7}});
    let reply = ben.value("agentsmcp_reply_all", reply).await;
    assert_eq!(reply["deliveredTo"], json!(["ann@demo", "cat@demo"]));
    let synced = ann
        .value("agentsmcp_sync", json!({"threadId": thread}))
        .await;
    assert_eq!(synced["snapshot"], json!({"lines": 7}));
    assert_eq!(synced["recentMessages"].as_array().unwrap().len(), 2);
    assert_eq!(synced["recentMessages"][0]["bcc"], json!(["dan@demo"]));
    let last = ann
        .value("agentsmcp_sync", json!({"threadId": thread, "recent": 1}))
        .await;
    assert_eq!(last["recentMessages"][0]["payload"], "done");

    let threads = ann.value("agentsmcp_threads", json!({})).await;
    assert_eq!(threads[0]["id"], thread);
    assert_eq!(
        threads[0]["participants"],
        json!(["ann@demo", "ben@demo", "cat@demo"])
    );
    assert_eq!(threads[0]["silentParticipants"], json!(["dan@demo"]));
    assert_eq!(threads[0]["messages"].as_array().unwrap().len(), 2);
    let people = ann
        .value("agentsmcp_participants", json!({"threadId": thread}))
        .await;
    assert_eq!(people[0]["agentId"], "ann@demo");
    assert_eq!(
        (&people[3]["agentId"], &people[3]["role"]),
        (&json!("dan@demo"), &json!("bcc"))
    );

    let done = ben
        .value("agentsmcp_mark_read", json!({"threadId": thread}))
        .await;
    assert_eq!(done, json!({"ok": true}));
    assert_eq!(ben.value("agentsmcp_unread", json!({})).await, json!([]));
    let other = json!({"threadId": "0b5c3a52-7d0e-4b53-9d3e-0d3b1f0e7c11"});
    assert_eq!(
        ben.value("agentsmcp_mark_read", other).await,
        json!({"ok": true})
    );
}

#[tokio::test]
async fn any_json_can_be_said() {
    let agents = Agents::new().await;
    let (ann, ben) = (
        agents.model("ann@demo").await,
        agents.model("ben@demo").await,
    );
    let payloads = [
        json!(null),
        json!("null"),
        json!(1.5),
        json!(false),
        json!([1, [2]]),
        json!({}),
    ];
    for payload in &payloads {
        ann.value(
            "agentsmcp_send",
            json!({"to": "ben@demo", "payload": payload}),
        )
        .await;
    }
    let unread = ben.value("agentsmcp_unread", json!({})).await;
    let heard = unread
        .as_array()
        .unwrap()
        .iter()
        .map(|frame| &frame["payload"]);
    assert!(heard.eq(&payloads));

    let handoff = json!({
        "goal": "a parser", "nextAction": "test it", "includeFields": ["b"], "maxContextBytes": 256,
    });
    let message = json!({
        "to": "ben@demo", "payload": 1, "contextSnapshot": {"a": 1, "b": 2}, "handoff": handoff,
    });
    ann.value("agentsmcp_send", message).await;
    let received = ben.value("agentsmcp_receive", json!({})).await;
    let snapshot = &received["context"]["snapshot"];
    assert_eq!(
        (&snapshot["goal"], &snapshot["context"]),
        (&json!("a parser"), &json!({"b": 2}))
    );
}

#[tokio::test]
async fn notes_are_kept_and_found() {
    let agents = Agents::new().await;
    let ben = agents.model("ben@demo").await;
    let node = json!({
        "id": "file:src/parser.rs", "type": "file", "name": "parser.rs", "description": "Reads tokens",
        "metadata": {"lines": 7},
    });
    let noted = ben.value("agentsmcp_upsert_node", node).await;
    assert_eq!(noted, json!({"ok": true, "nodeId": "file:src/parser.rs"}));
    for (id, description) in [("n2", ""), ("n3", "the tokens of the parser")] {
        let node = json!({"id": id, "type": "symbol", "name": "lex", "description": description});
        ben.value("agentsmcp_upsert_node", node).await;
    }
    let edge = json!({"sourceId": "file:src/parser.rs", "targetId": "n2", "type": "contains"});
    assert_eq!(
        ben.value("agentsmcp_add_edge", edge.clone()).await,
        json!({"ok": true})
    );
    let found = ben
        .value("agentsmcp_query_graph", json!({"query": "parser.rs"}))
        .await;
    let ids = |list: &Value| -> Vec<String> {
        let ids = list.as_array().unwrap().iter();
        ids.map(|node| node["id"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(ids(&found["nodes"]), ["file:src/parser.rs", "n2"]);
    assert_eq!(found["nodes"][0]["metadata"], json!({"lines": 7}));
    assert_eq!(found["edges"][0]["weight"], 1);
    assert_eq!(found["learnedRules"], json!([]));
    let mut heavy = edge;
    heavy["weight"] = json!(2.5);
    ben.value("agentsmcp_add_edge", heavy).await;
    // None holds the whole text; two words of it are in n3.
    let query = json!({"query": "Fix the parser and its tokens", "limit": 2});
    let found = ben.value("agentsmcp_query_graph", query).await;
    assert_eq!(ids(&found["nodes"])[0], "n3");
    assert_eq!(found["nodes"].as_array().unwrap().len(), 2);

    for (key, category, summary) in [
        ("file:src/parser.rs", "file", "Reads tokens."),
        ("module:auth", "module", "Who may do what."),
    ] {
        let entry = json!({
            "key": key, "category": category, "summary": summary, "contentHash": "abc",
            "parentKey": "all", "indexedBy": "ben@demo", "metadata": {"exports": ["parse"]},
        });
        let noted = ben.value("agentsmcp_upsert_index", entry).await;
        assert_eq!(noted, json!({"ok": true, "key": key}));
    }
    let entry = ben
        .value("agentsmcp_get_index", json!({"key": "module:auth"}))
        .await;
    assert_eq!(
        (&entry["found"], &entry["category"]),
        (&json!(true), &json!("module"))
    );
    assert_eq!(
        entry["metadata"],
        json!({"contentHash": "abc", "exports": ["parse"], "indexedBy": "ben@demo", "parentKey": "all"})
    );
    let none = ben
        .value("agentsmcp_get_index", json!({"key": "nothing"}))
        .await;
    assert_eq!(none, json!({"found": false}));
    for (query, category, keys) in [
        ("tokens", Value::Null, vec!["file:src/parser.rs"]),
        (
            "parser and auth",
            Value::Null,
            vec!["file:src/parser.rs", "module:auth"],
        ),
        ("parser and auth", json!("module"), vec!["module:auth"]),
        ("nothing here", Value::Null, vec![]),
    ] {
        let search = json!({"query": query, "category": category});
        let found = ben.value("agentsmcp_search_index", search).await;
        let found = found.as_array().unwrap().iter();
        let found: Vec<_> = found.map(|entry| entry["key"].as_str().unwrap()).collect();
        assert_eq!(found, keys, "{query}");
    }

    agents
        .say(
            "ann@demo",
            "ben@demo",
            json!("hello"),
            json!({"grammar": "ABNF"}),
        )
        .await;
    let task = json!({"task": "Change the parser", "include_threads": true});
    let briefing = ben.value("agentsmcp_context_briefing", task).await;
    assert_eq!(briefing["task"], "Change the parser");
    assert_eq!(ids(&briefing["relevantNodes"]).len(), 3);
    assert_eq!(briefing["relationships"][0]["weight"], 2.5);
    assert_eq!(briefing["indexEntries"][0]["key"], "file:src/parser.rs");
    assert_eq!(briefing["loopMemoryLessons"], json!([]));
    assert_eq!(
        briefing["threadContext"],
        json!({"unreadCount": 1, "snapshot": {"grammar": "ABNF"}, "summary": ""})
    );
    let task = json!({"task": "Change the parser"});
    let briefing = ben.value("agentsmcp_context_briefing", task).await;
    assert!(briefing.get("threadContext").is_none());
}

#[tokio::test]
async fn resources_are_the_published_ones() {
    let agents = Agents::new().await;
    let ben = agents.model("ben@demo").await;
    let thread = agents
        .say("ann@demo", "ben@demo", json!("hello"), json!({"a": 1}))
        .await;
    let resources = ben.client.list_all_resources().await.unwrap();
    assert_eq!(resources[0].uri, "agentsmcp://mailbox");
    let templates = ben.client.list_all_resource_templates().await.unwrap();
    assert_eq!(templates[0].uri_template, "agentsmcp://thread/{threadId}");
    assert!(ben.client.list_all_prompts().await.unwrap().is_empty());
    let read = async |uri: String| -> Result<Value, rmcp::ServiceError> {
        let read = ben
            .client
            .read_resource(ReadResourceRequestParams::new(uri))
            .await?;
        let ResourceContents::TextResourceContents { text, .. } = &read.contents[0] else {
            panic!("{read:?}");
        };
        Ok(serde_json::from_str(text).unwrap())
    };
    let mailbox = read("agentsmcp://mailbox".to_owned()).await.unwrap();
    assert_eq!(mailbox["threads"][0]["id"], thread);
    let whole = read(format!("agentsmcp://thread/{thread}")).await.unwrap();
    assert_eq!(whole["threadId"], thread);
    assert_eq!(whole["context"]["snapshot"], json!({"a": 1}));
    assert_eq!(whole["participants"][1]["agentId"], "ben@demo");
    assert!(whole["notice"].is_string());
    for uri in [
        "agentsmcp://thread/none",
        "agentsmcp://thread/",
        "agentsmcp://x",
        "mailbox://inbox",
    ] {
        let error = read(uri.to_owned()).await.unwrap_err().to_string();
        assert!(
            error.contains("There is no such resource") || error.contains("thread"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_server_may_have_mail_beside_it() {
    let agents = Agents::new().await;
    let folder = tempfile::tempdir().unwrap();
    let transport = LocalTransport::open(folder.path(), "ben@agents.test")
        .await
        .unwrap();
    let mailboxes = Mailboxes::of(AgentMailbox::new(transport));
    let options = Options {
        read_only: true,
        ..Options::default()
    };
    let ben = Model::of(agents.client("ben@demo"), Some(mailboxes), options).await;
    let tools = ben.client.list_all_tools().await.unwrap();
    let names: Vec<_> = tools.iter().map(|tool| tool.name.as_ref()).collect();
    assert!(names.contains(&"list_emails") && names.contains(&"agentsmcp_receive"));
    assert!(!names.contains(&"send_email") && !names.contains(&"agentsmcp_send"));
    assert!(!names.contains(&"agentsmcp_upsert_node"));
    assert_eq!(ben.value("agentsmcp_unread", json!({})).await, json!([]));
    assert_eq!(
        ben.value("list_emails", json!({})).await["emails"],
        json!([])
    );
    let info = ben.client.peer_info().unwrap();
    let instructions = info.instructions.as_ref().unwrap();
    assert!(instructions.contains("list_emails") && instructions.contains("agentsmcp_receive"));
}
