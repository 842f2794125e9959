//! Cards, graphs and indexes (section 8).

use reqwest::Method;
use serde_json::json;

use super::door::{Door, text};
use crate::suite::operator::Answer;

#[tokio::test]
async fn the_server_has_a_card() {
    for (door, authentication) in [
        (Door::open().await, "none"),
        (Door::keyed(&[]).await, "required"),
    ] {
        let bare = reqwest::Client::new();
        let url = door
            .operator
            .admin
            .url("/context-sync/.well-known/agent-card.json");
        let card = Answer::of(bare.get(&url)).await.ok(200);
        assert_eq!(card["authentication"], authentication);
        let base = format!("http://{}/context-sync", door.operator.address);
        assert_eq!(card["url"], base);
        assert_eq!(card["skills"].as_array().unwrap().len(), 4);
        assert_eq!(card["capabilities"]["coldRestart"], true);
    }
}

#[tokio::test]
async fn case_56_counts_are_for_the_owner() {
    let door = Door::keyed(&["ann@x", "ben@x"]).await;
    door.pair("ann@x", "ben@x").await;
    let path = "/.well-known/agent-card/ben%40x";
    let own = door.get("ben@x", path).await.ok(200);
    assert_eq!(
        (&own["threadCount"], &own["unreadCount"]),
        (&json!(1), &json!(1))
    );
    let bare = reqwest::Client::new();
    let url = door.operator.admin.url(&format!("/context-sync{path}"));
    for card in [
        Answer::of(bare.get(&url)).await,
        Answer::of(bare.get(&url).bearer_auth("wrong")).await,
        door.get("ann@x", path).await,
    ] {
        let card = card.ok(200);
        assert_eq!(
            (card.get("threadCount"), card.get("unreadCount")),
            (None, None)
        );
        let unread = text(&card["endpoints"]["unread"]);
        assert!(
            unread.ends_with("/context-sync/mailbox/ben%40x/unread"),
            "{unread}"
        );
    }
    let nobody = door.get("ann@x", "/.well-known/agent-card/nobody").await;
    assert_eq!(nobody.turned_down(404), "agent not found");
}

#[tokio::test]
async fn a_graph_is_walked_from_what_holds_the_text() {
    let door = Door::keyed(&["ann@x", "eve@x"]).await;
    let nodes = "/mailbox/ann%40x/graph/nodes";
    for (id, name) in [
        ("file:a.rs", "a.rs"),
        ("sym:run", "Run"),
        ("task:1", "test"),
        ("far", "far"),
    ] {
        let node = json!({"id": id, "type": "task", "name": name, "metadata": {"n": 1}});
        let kept = door.post("ann@x", nodes, &node).await.ok(200);
        assert_eq!(kept, json!({"ok": true, "nodeId": id}));
    }
    for (source, target) in [
        ("file:a.rs", "sym:run"),
        ("task:1", "sym:run"),
        ("task:1", "far"),
        ("far", "gone"),
    ] {
        let edge = json!({"sourceId": source, "targetId": target, "type": "to"});
        door.post("ann@x", "/mailbox/ann%40x/graph/edges", &edge)
            .await
            .ok(200);
    }
    let found = door
        .get("ann@x", "/mailbox/ann%40x/graph/query?q=A.RS")
        .await
        .ok(200);
    let ids: Vec<_> = found["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| text(&node["id"]))
        .collect();
    assert_eq!(ids, ["file:a.rs", "sym:run", "task:1"]);
    assert_eq!(found["edges"].as_array().unwrap().len(), 2);
    assert_eq!(found["edges"][0]["weight"], 1);
    let path = "/mailbox/ann%40x/graph/query?q=a.rs&limit=2";
    let few = door.get("ann@x", path).await.ok(200);
    assert_eq!(few["nodes"].as_array().unwrap().len(), 2);
    for wild in ["%25", "_", "nothing"] {
        let path = format!("/mailbox/ann%40x/graph/query?q={wild}");
        let found = door.get("ann@x", &path).await.ok(200);
        assert_eq!(found, json!({"nodes": [], "edges": []}), "{wild}");
    }
    door.get("ann@x", "/mailbox/ann%40x/graph/query")
        .await
        .turned_down(400);
    // It is the agent's own.
    door.get("eve@x", path).await.turned_down(403);
    let own = door
        .get("eve@x", "/mailbox/eve%40x/graph/query?q=a.rs")
        .await
        .ok(200);
    assert_eq!(own, json!({"nodes": [], "edges": []}));
}

#[tokio::test]
async fn an_index_is_kept_searched_and_cut_down() {
    let door = Door::keyed(&["ann@x", "eve@x"]).await;
    let index = "/mailbox/ann%40x/index";
    let entry = json!({"key": "api:GET /x", "category": "api", "summary": "Lists x"});
    let kept = door.post("ann@x", index, &entry).await.ok(200);
    assert_eq!(kept, json!({"ok": true, "key": "api:GET /x"}));
    let other = json!({"key": "b", "category": "file", "summary": "lists too"});
    door.post("ann@x", index, &other).await.ok(200);
    let one = "/mailbox/ann%40x/index/api%3AGET%20%2Fx";
    let mut found = door.get("ann@x", one).await.ok(200);
    found.as_object_mut().unwrap().remove("updatedAt").unwrap();
    assert_eq!(found["metadata"], json!({}));
    assert_eq!(
        (&found["category"], &found["summary"]),
        (&json!("api"), &json!("Lists x"))
    );
    for (query, count) in [
        ("?q=lists", 2),
        ("?q=lists&category=api", 1),
        ("", 2),
        ("?limit=1", 1),
        ("?q=%25", 0),
    ] {
        let found = door.get("ann@x", &format!("{index}{query}")).await.ok(200);
        assert_eq!(found["entries"].as_array().unwrap().len(), count, "{query}");
    }
    door.get("ann@x", &format!("{index}?category=other"))
        .await
        .turned_down(400);
    door.post("ann@x", index, &json!({"key": "k"}))
        .await
        .turned_down(400);
    door.get("eve@x", one).await.turned_down(403);
    for status in [200, 404] {
        let path = format!("/context-sync{one}");
        let request = door.client("ann@x").request(Method::DELETE, &path);
        assert_eq!(Answer::of(request).await.status, status);
    }
    let wrong = door
        .client("ann@x")
        .request(Method::PUT, &format!("/context-sync{index}"));
    let wrong = Answer::of(wrong).await;
    assert_eq!(wrong.turned_down(405), "method not allowed");
    assert_eq!(wrong.headers["allow"], "GET, HEAD, POST");
}

#[tokio::test]
async fn an_agent_has_so_many_notes() {
    let door = Door::keyed_with(&["ann@x"], |config| config.limits.context.notes = 2).await;
    let note = |key: &str| json!({"key": key, "category": "file", "summary": "s"});
    for (key, status) in [("a", 200), ("b", 200), ("c", 403), ("a", 200)] {
        let kept = door
            .post("ann@x", "/mailbox/ann%40x/index", &note(key))
            .await;
        assert_eq!(kept.status, status, "{key}");
    }
}
