//! Ids that are handles or addresses belong to their agents.

use serde_json::json;

use super::door::{Door, segment};
use crate::suite::operator::Client;

/// The ids of `@acme.ann` at the default mail domain.
const ANN: [&str; 3] = ["@acme.ann", "acme.ann@localhost", "Acme.Ann@LOCALHOST"];

async fn unread(client: &Client, id: &str) -> usize {
    let path = format!("/context-sync/mailbox/{}/unread", segment(id));
    let listed = client.get(&path).await.ok(200);
    listed["messages"].as_array().unwrap().len()
}

#[tokio::test]
async fn who_has_a_handle_needs_no_claim_for_it() {
    let door = Door::keyed(&["ben@x"]).await;
    // Its mail waits before it is there.
    for id in ANN {
        door.pair("ben@x", id).await;
    }
    let ann = door.operator.open("@acme.ann").await.client;
    for id in ANN {
        assert_eq!(unread(&ann, id).await, 1, "{id}");
        let body = json!({"from": id, "to": "ben@x", "payload": 1});
        let sent = ann.post("/context-sync/messages/send", &body).await.ok(200);
        let path = format!(
            "/context-sync/threads/{}/sync",
            sent["threadId"].as_str().unwrap()
        );
        let named = format!("{path}?as={}", segment(id));
        ann.get(&named).await.ok(200);
        // Who has claimed nothing is meant by its handle.
        let expected = if id == ANN[0] { 200 } else { 404 };
        assert_eq!(ann.get(&path).await.status, expected, "{id}");
    }
    let registered = ann
        .post("/context-sync/agents/register", &json!({"agentId": ANN[1]}))
        .await;
    assert_eq!(registered.ok(201)["created"], false);
    let card = format!(
        "/context-sync/.well-known/agent-card/{}",
        segment("@acme.ann")
    );
    assert_eq!(ann.get(&card).await.ok(200)["unreadCount"], 1);
}

#[tokio::test]
async fn nobody_else_gets_the_name_of_an_agent() {
    let door = Door::keyed(&["eve@x"]).await;
    let ids = ["@ACME.ann", "@acme.nobody", "acme.nobody@localhost"];
    for id in ANN.iter().chain(&ids) {
        door.register("eve@x", id).await.turned_down(403);
        let path = format!("/mailbox/{}/unread", segment(id));
        door.get("eve@x", &path).await.turned_down(403);
        let body = json!({"from": id, "to": "eve@x"});
        door.post("eve@x", "/messages/send", &body)
            .await
            .turned_down(403);
    }
    // Names that are nobody's by themselves are for whoever is first.
    for id in ["@acme", "acme.ann", "acme.ann@elsewhere", "ann@localhost"] {
        door.register("eve@x", id).await.ok(201);
    }
}

#[tokio::test]
async fn in_open_mode_everybody_is_whom_they_say() {
    let door = Door::open().await;
    door.operator.open("@acme.ann").await;
    for id in ANN {
        door.register("", id).await.ok(201);
        door.pair("ben@x", id).await;
        assert_eq!(door.unread(id).await.len(), 1);
    }
}
