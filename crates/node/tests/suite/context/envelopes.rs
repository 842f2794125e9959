//! Messages between agents that are known by their handles and addresses are in their mailboxes as
//! well.

use mailmesh_store::{Address, Filter, FolderName, Window};
use serde_json::{Value, json};

use super::door::segment;
use crate::suite::operator::{Agent, Operator};

async fn send(agent: &Agent, body: Value) -> Value {
    let sent = agent.client.post("/context-sync/messages/send", &body);
    sent.await.ok(200)
}

async fn unread(agent: &Agent, id: &str) -> usize {
    let path = format!("/context-sync/mailbox/{}/unread", segment(id));
    let listed = agent.get(&path).await.ok(200);
    listed["messages"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_message_is_an_envelope_of_its_recipients() {
    let operator = Operator::start().await;
    let (ann, ben) = (
        operator.open("@acme.ann").await,
        operator.open("@beta.ben").await,
    );
    let mut socket = ben.client.connect("").await;
    let body = json!({
        "from": "@acme.ann", "to": "Beta.Ben@localhost", "cc": ["gus@x"], "payload": "Forty widgets?",
        "contextSnapshot": {"step": 1},
    });
    let sent = send(&ann, body).await;
    let frame = socket.frame().await;
    assert_eq!(
        (&frame["from"], &frame["to"]),
        (&json!("@acme.ann"), &json!(["@beta.ben"]))
    );
    assert_eq!(
        (&frame["type_hint"], &frame["cc"]),
        (&json!("mixed"), &Value::Null)
    );
    let id = frame["id"].as_str().unwrap().to_owned();
    assert_eq!(ben.listed("?unread=true").await, [id.as_str()]);
    assert_eq!(ann.listed("?direction=out").await, [id.as_str()]);
    assert!(ann.listed("").await.is_empty());
    let found = ben.get("/search/messages?q=forty").await.ok(200);
    assert_eq!(found["envelopes"][0]["envelope_id"], json!(id));

    let envelope = ben.get(&format!("/messages/{id}")).await.ok(200);
    assert_eq!(ann.get(&format!("/messages/{id}")).await.ok(200), envelope);
    let parts = &envelope["content_parts"];
    assert_eq!(parts[0]["text"], "Forty widgets?");
    let about = &parts[0]["x-context"];
    assert_eq!(about["message_id"], sent["messageId"]);
    assert_eq!(about["thread_id"], sent["threadId"]);
    assert_eq!(
        (&about["to"], &about["cc"]),
        (&json!("Beta.Ben@localhost"), &json!(["gus@x"]))
    );
    assert_eq!(
        about["losses"],
        json!(["an address has no counterpart: gus@x"])
    );
    assert_eq!(parts[1]["data"]["@type"], "ContextSnapshot");
    assert_eq!(parts[1]["data"]["snapshot"], json!({"step": 1}));
    assert_eq!(parts[1]["data"]["threadId"], sent["threadId"]);

    // The marks of the two doors are apart: one is of a message, the other of a thread.
    assert!(ben.listed("?unread=true").await.is_empty());
    assert_eq!(unread(&ben, "Beta.Ben@localhost").await, 1);
    let more = json!({"from": "@acme.ann", "to": "Beta.Ben@localhost", "cc": ["gus@x"], "payload": {"n": 2}});
    send(&ann, more).await;
    let path = format!(
        "/context-sync/mailbox/{}/read",
        segment("Beta.Ben@localhost")
    );
    let read = json!({"threadId": sent["threadId"]});
    ben.client.post(&path, &read).await.ok(200);
    assert_eq!(unread(&ben, "Beta.Ben@localhost").await, 0);
    let second = ben.listed("?unread=true").await;
    assert_eq!(second, [socket.id().await]);

    // It is what lists mail as well.
    let mailbox: Address = "beta.ben@localhost".parse().unwrap();
    let inbox = Filter {
        folder: Some(FolderName::inbox()),
        ..Filter::default()
    };
    let entries = operator
        .store
        .list(&mailbox, &inbox, Window::newest(9))
        .await
        .unwrap();
    let indexes: Vec<_> = entries.iter().map(|entry| &entry.index).collect();
    assert_eq!(
        indexes[0].types,
        ["https://github.com/mailmesh/mailmesh#ContextPayload"]
    );
    assert!(indexes[0].is_mrm && !indexes[1].is_mrm);
    assert_eq!(indexes[1].types, ["ContextSnapshot"]);
    assert_eq!(indexes[1].from.as_deref(), Some("acme.ann@localhost"));
    assert_eq!(indexes[1].to, ["beta.ben@localhost"]);
}

#[tokio::test]
async fn a_blind_copy_is_delivered_and_named_nowhere() {
    let operator = Operator::start().await;
    let (ann, ben, spy) = (
        operator.open("@acme.ann").await,
        operator.open("@beta.ben").await,
        operator.open("@hush.spy").await,
    );
    let mut frames = Vec::new();
    for to in ["@beta.ben", "alias"] {
        let mut socket = spy.client.connect("").await;
        let body =
            json!({"from": "@acme.ann", "to": to, "bcc": ["@hush.spy", "mum"], "payload": "psst"});
        let sent = send(&ann, body).await;
        assert_eq!(sent["deliveredTo"], json!([to, "@hush.spy", "mum"]));
        frames.push(socket.frame().await);
    }
    let ids: Vec<_> = frames
        .iter()
        .map(|frame| frame["id"].as_str().unwrap())
        .collect();
    assert_eq!(spy.listed("").await, ids);
    assert_eq!(ben.listed("").await, ids[..1]);
    assert_eq!(ann.listed("?direction=out").await, ids);
    assert_eq!(frames[0]["to"], json!(["@beta.ben"]));
    assert_ne!(
        frames[1]["to"],
        json!([]),
        "somebody stands for those whom it does not name"
    );
    for reader in [&ann, &ben, &spy] {
        let path = format!("/messages?ids={}", ids.join(","));
        let read = reader.get(&path).await.ok(200).to_string();
        assert!(read.contains("psst"));
        for word in ["spy", "mum", "blind"] {
            assert!(
                !read.contains(word) && !frames[0].to_string().contains(word),
                "{word}"
            );
        }
    }
}

#[tokio::test]
async fn strangers_have_it_in_the_thread_only_and_nobody_is_told() {
    let operator = Operator::start().await;
    let (ann, ben, cy) = (
        operator.open("@acme.ann").await,
        operator.open("@beta.ben").await,
        operator.closed("@beta.cy").await,
    );
    let dora = operator.open("@beta.dora").await;
    let block = json!({"handle": "@acme.ann"});
    dora.client.post("/agents/me/blocks", &block).await.ok(201);
    let mut answers = Vec::new();
    for to in ["@beta.ben", "@beta.cy", "@beta.dora", "@no.body"] {
        let body = json!({"from": "@acme.ann", "to": to, "payload": 1});
        let mut sent = send(&ann, body).await;
        assert_eq!(sent["deliveredTo"], json!([to]));
        sent.as_object_mut()
            .unwrap()
            .retain(|name, _| name == "deliveredTo");
        answers.push(sent.as_object().unwrap().len());
        // Every one of them is among what it sent.
        let sent = ann.listed("?direction=out&order=desc").await;
        assert_eq!(sent.len(), answers.len());
        let read = ann.get(&format!("/messages/{}", sent[0])).await.ok(200);
        assert_eq!(read["to"], json!([to]));
    }
    assert_eq!(ben.listed("").await.len(), 1);
    for (stranger, id) in [(&cy, "@beta.cy"), (&dora, "@beta.dora")] {
        assert!(stranger.listed("").await.is_empty());
        assert_eq!(unread(stranger, id).await, 1);
    }
    // Its own gate counts as well.
    let body = json!({"from": "@beta.cy", "to": "@acme.ann", "payload": "who are you?"});
    send(&cy, body).await;
    assert!(ann.listed("").await.is_empty());
    let entries = json!({"entries": ["@acme.ann"]});
    cy.client
        .post("/agents/me/allowlist", &entries)
        .await
        .ok(200);
    send(
        &ann,
        json!({"from": "@acme.ann", "to": "@beta.cy", "payload": 2}),
    )
    .await;
    assert_eq!(cy.listed("").await.len(), 1);
}

#[tokio::test]
async fn a_retry_makes_no_second_one_and_a_reply_reaches_all() {
    let operator = Operator::start().await;
    let (ann, ben, cy) = (
        operator.open("@acme.ann").await,
        operator.open("@beta.ben").await,
        operator.open("@beta.cy").await,
    );
    let body = json!({"from": "@acme.ann", "to": "@beta.ben", "cc": ["@beta.cy"], "payload": 1});
    let mut threads = Vec::new();
    for _ in 0..2 {
        let path = "/context-sync/messages/send";
        let request = ann.client.request(reqwest::Method::POST, path);
        let request = request.header("idempotency-key", "once").json(&body);
        let answer = crate::suite::operator::Answer::of(request).await.ok(200);
        threads.push(answer["threadId"].clone());
    }
    assert_eq!(threads[0], threads[1]);
    assert_eq!(ben.listed("").await.len(), 1);
    let reply = json!({"from": "@beta.ben", "threadId": threads[0], "payload": "all"});
    let path = "/context-sync/messages/reply-all";
    ben.client.post(path, &reply).await.ok(200);
    assert_eq!(ann.listed("").await, ben.listed("?direction=out").await);
    assert_eq!(cy.listed("").await.len(), 2);
    let stray = json!({"from": "@beta.ben", "threadId": "unknown", "payload": "all"});
    ben.client.post(path, &stray).await.turned_down(404);
    assert_eq!(ben.listed("?direction=out").await.len(), 1);
}

#[tokio::test]
async fn what_is_only_of_threads_stays_there() {
    let operator = Operator::start().await;
    let (ann, ben) = (
        operator.open("@acme.ann").await,
        operator.open("@beta.ben").await,
    );
    let mut socket = ben.client.connect("").await;
    let register = json!({"agentId": "ann@x"});
    let path = "/context-sync/agents/register";
    ann.client.post(path, &register).await.ok(201);
    let long = "x".repeat(2 << 20);
    for body in [
        json!({"from": "ann@x", "to": "@beta.ben", "payload": 1}),
        json!({"from": "@acme.ann", "to": "ben@x", "payload": 1}),
        json!({"from": "@acme.ann", "to": "@acme.ann", "payload": 1}),
    ] {
        send(&ann, body).await;
    }
    assert!(ben.listed("").await.is_empty());
    assert!(ann.listed("?direction=both").await.is_empty());
    assert_eq!(unread(&ben, "@beta.ben").await, 1);
    // Longer than any envelope: one says where it is.
    let body = json!({"from": "@acme.ann", "to": "@beta.ben", "payload": long});
    let sent = send(&ann, body).await;
    let id = socket.id().await;
    let notice = ben.get(&format!("/messages/{id}")).await.ok(200);
    let part = &notice["content_parts"][0];
    assert_eq!(part["text"], "(this message is in its thread)");
    assert_eq!(part["x-context"]["thread_id"], sent["threadId"]);

    let open = Operator::start_with(|config| config.context_sync_open = true).await;
    let ben = open.open("@beta.ben").await;
    let body = json!({"from": "@beta.ben", "to": "@beta.ben", "bcc": ["beta.ben@localhost"]});
    send(&ben, body).await;
    assert!(ben.listed("?direction=both").await.is_empty());
}
