//! Whose bearer opens what.

use std::time::Instant;

use reqwest::Method;
use serde_json::json;

use super::door::Door;
use crate::suite::operator::Answer;

#[tokio::test]
async fn a_bearer_of_an_agent_is_needed() {
    let door = Door::keyed(&["ann@x"]).await;
    let bare = reqwest::Client::new();
    let admin = &door.operator.admin;
    for path in [
        "/mailbox/ann%40x",
        "/mailbox/ann%40x/unread",
        "/threads/t/sync?as=ann%40x",
    ] {
        let url = admin.url(&format!("/context-sync{path}"));
        Answer::of(bare.get(&url)).await.turned_down(401);
        Answer::of(bare.get(&url).bearer_auth("wrong"))
            .await
            .turned_down(401);
        // The administrator is no agent.
        door.ask(Method::GET, path).await.turned_down(401);
        let token = &door.client("ann@x").token;
        let loose = bare
            .get(&url)
            .header("authorization", format!("bearer {token}"));
        assert_ne!(Answer::of(loose).await.status, 401);
    }
    let url = admin.url("/context-sync/health");
    Answer::of(bare.get(&url)).await.ok(200);
}

#[tokio::test]
async fn case_42_a_stranger_finds_no_thread() {
    for door in [Door::open().await, Door::keyed(&["ann@x", "eve@x"]).await] {
        let thread = door.pair("ann@x", "ben@x").await;
        let before = door.thread("ann@x", &thread).await;
        for route in ["", "/sync", "/participants"] {
            let path = format!("/threads/{thread}{route}?as=eve%40x");
            let found = door.get("eve@x", &path).await;
            let path = format!("/threads/unknown{route}?as=eve%40x");
            let unknown = door.get("eve@x", &path).await;
            found.turned_down(404);
            assert_eq!(found.octets, unknown.octets);
        }
        door.reply_all("eve@x", &thread).await.turned_down(404);
        let body = json!({"from": "eve@x", "to": "ann@x", "threadId": thread, "payload": "in"});
        door.post("eve@x", "/messages/send", &body)
            .await
            .turned_down(404);
        assert_eq!(door.thread("ann@x", &thread).await, before);
    }
}

#[tokio::test]
async fn case_43_nobody_acts_for_another() {
    let door = Door::keyed(&["ann@x", "ben@x", "eve@x"]).await;
    let thread = door.pair("ann@x", "ben@x").await;
    for path in [
        "/mailbox/ann%40x".to_owned(),
        "/mailbox/ann%40x/unread".to_owned(),
        format!("/threads/{thread}?as=ann%40x"),
        format!("/threads/{thread}/sync?as=ann%40x"),
        format!("/threads/{thread}/participants?as=ann%40x"),
        // Neither does it learn whether there is such an agent or thread.
        "/mailbox/nobody%40x".to_owned(),
        "/threads/unknown/sync?as=nobody%40x".to_owned(),
    ] {
        door.get("eve@x", &path).await.turned_down(403);
    }
    for (path, body) in [
        ("/messages/send", json!({"from": "ann@x", "to": "ben@x"})),
        (
            "/messages/reply-all",
            json!({"from": "ann@x", "threadId": thread}),
        ),
        ("/agents/register", json!({"agentId": "ann@x"})),
    ] {
        door.post("eve@x", path, &body).await.turned_down(403);
    }
    assert_eq!(door.unread("ben@x").await.len(), 1);
}

#[tokio::test]
async fn case_44_nobody_reads_for_another() {
    let door = Door::keyed(&["ann@x", "ben@x", "eve@x"]).await;
    let thread = door.pair("ann@x", "ben@x").await;
    let body = json!({"threadId": thread});
    door.post("eve@x", "/mailbox/ben%40x/read", &body)
        .await
        .turned_down(403);
    assert_eq!(door.unread("ben@x").await.len(), 1);
}

#[tokio::test]
async fn case_47_an_intruder_changes_nothing_for_a_pair() {
    let door = Door::keyed(&["ann@x", "ben@x", "eve@x"]).await;
    let thread = door.pair("ann@x", "ben@x").await;
    for body in [
        json!({"from": "eve@x", "to": "ann@x", "cc": ["ben@x"]}),
        json!({"from": "eve@x", "to": "ann@x"}),
    ] {
        assert_ne!(door.send(body).await["threadId"], thread.as_str());
    }
    let body = json!({"from": "eve@x", "to": "ann@x", "threadId": thread});
    door.post("eve@x", "/messages/send", &body)
        .await
        .turned_down(404);
    let secret = json!({"from": "ben@x", "to": "ann@x", "payload": "between us"});
    assert_eq!(door.send(secret).await["threadId"], thread.as_str());
    let seen = door.get("eve@x", "/mailbox/eve%40x").await.ok(200);
    assert!(!seen.to_string().contains("between us"));
}

#[tokio::test]
async fn case_49_ids_are_inert() {
    let ids = ["x'OR'1'='1", "__proto__", "<b>", "%", "a_", "\\"];
    let door = Door::keyed(&ids).await;
    for from in ids {
        for to in ids.iter().filter(|to| **to != from) {
            door.pair(from, to).await;
        }
    }
    for id in ids {
        assert_eq!(door.unread(id).await.len(), ids.len() - 1, "{id}");
        assert_eq!(door.threads(id).await.len(), ids.len() - 1, "{id}");
    }
}

#[tokio::test]
async fn as_may_be_left_out_where_a_bearer_has_one_agent() {
    let door = Door::keyed(&["ann@x"]).await;
    let thread = door.pair("ann@x", "ben@x").await;
    let path = format!("/threads/{thread}/sync");
    door.get("ann@x", &path).await.ok(200);
    for odd in [
        "?as=ann%40x&as=ann%40x",
        "?as[x]=ann%40x",
        "?as=",
        "?as[]=ann%40x",
    ] {
        door.get("ann@x", &format!("{path}{odd}"))
            .await
            .turned_down(400);
    }
    door.register("ann@x", "second@x").await.ok(201);
    door.get("ann@x", &path).await.turned_down(400);
    let open = Door::open().await;
    open.get("", &path).await.turned_down(400);
}

#[tokio::test]
async fn an_agent_belongs_to_who_claims_it_first() {
    let door = Door::keyed_with(&["ann@x", "eve@x"], |config| {
        config.limits.context.agents = 3
    })
    .await;
    door.pair("ann@x", "ben@x").await;
    assert_eq!(
        door.register("eve@x", "ben@x").await.ok(201)["created"],
        false
    );
    door.register("ann@x", "ben@x").await.turned_down(403);
    door.register("eve@x", "third@x").await.ok(201);
    // It has as many as it may; what is its own is no news.
    door.register("eve@x", "fourth@x").await.turned_down(403);
    door.register("eve@x", "third@x").await.ok(201);
    let rotate = "/_admin/agents/@owner.n0/rotate-token";
    door.operator.admin.post(rotate, &json!({})).await.ok(200);
    door.get("ann@x", "/mailbox/ann%40x").await.turned_down(401);
    // What it owned is not given to others when it goes.
    assert_eq!(
        door.operator
            .admin
            .delete("/_admin/agents/@owner.n0")
            .await
            .status,
        204
    );
    door.register("eve@x", "ann@x").await.turned_down(403);
}

#[tokio::test]
async fn case_55_a_spoofed_address_gains_nothing() {
    let few = |config: &mut mailmesh_node::Config| {
        let rate = mailmesh_store::Rate {
            per_second: 1,
            burst: 3,
        };
        config.rates = Some(mailmesh_store::Rates {
            sender: rate,
            pair: rate,
        });
    };
    for door in [
        Door::open_with(few).await,
        Door::keyed_with(&["ann@x"], few).await,
    ] {
        let began = Instant::now();
        let mut taken = 0;
        let last = loop {
            let request = door
                .client("ann@x")
                .request(Method::POST, "/context-sync/messages/send");
            let request = request
                .header("x-forwarded-for", format!("10.0.0.{taken}"))
                .header("forwarded", format!("for=10.0.0.{taken}"))
                .json(&json!({"from": "ann@x", "to": "ben@x"}));
            let answer = Answer::of(request).await;
            if answer.status != 200 {
                break answer;
            }
            taken += 1;
            // One more for each second begun, if the machine is busy.
            assert!(taken <= 4 + began.elapsed().as_secs());
        };
        assert!(taken >= 3);
        last.turned_down(429);
        let seconds: u64 = last.headers["retry-after"]
            .to_str()
            .unwrap()
            .parse()
            .unwrap();
        assert!((1..=2).contains(&seconds));
    }
}

#[tokio::test]
async fn open_mode_is_for_this_machine() {
    let door = Door::open().await;
    let port = door.operator.address.port();
    for (host, status) in [
        (format!("localhost:{port}"), 200),
        (format!("127.0.0.1:{port}"), 200),
        ("rebound.example".to_owned(), 403),
    ] {
        let request = format!(
            "GET /context-sync/mailbox/a HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        );
        assert_eq!(door.operator.raw(&request).await.0, status, "{host}");
    }
}
