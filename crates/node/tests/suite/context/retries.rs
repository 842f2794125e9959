//! Idempotency keys (section 5).

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::door::Door;
use crate::suite::operator::Answer;

async fn send(door: &Door, path: &str, key: &str, body: &Value) -> Answer {
    let by = body["from"].as_str().unwrap();
    let path = format!("/context-sync{path}");
    let request = door.client(by).request(Method::POST, &path);
    Answer::of(request.header("idempotency-key", key).json(body)).await
}

#[tokio::test]
async fn the_same_body_gets_the_same_answer() {
    for door in [
        Door::open().await,
        Door::keyed(&["ann@x", "ben@x", "cy@x"]).await,
    ] {
        let body = json!({"from": "ann@x", "to": "ben@x", "payload": 1});
        let first = send(&door, "/messages/send", "k-1", &body).await.ok(200);
        assert_eq!(
            send(&door, "/messages/send", "k-1", &body).await.ok(200),
            first
        );
        assert_eq!(door.unread("ben@x").await.len(), 1);
        let other = json!({"from": "ann@x", "to": "ben@x", "payload": 2});
        send(&door, "/messages/send", "k-1", &other)
            .await
            .turned_down(409);
        // Another route's and another sender's are other keys.
        let reply = json!({"from": "ann@x", "threadId": first["threadId"]});
        send(&door, "/messages/reply-all", "k-1", &reply)
            .await
            .ok(200);
        let theirs = json!({"from": "cy@x", "to": "ben@x", "payload": 1});
        send(&door, "/messages/send", "k-1", &theirs).await.ok(200);
    }
}

#[tokio::test]
async fn a_refused_request_leaves_its_key_free() {
    let door = Door::keyed(&["ann@x"]).await;
    let wrong = json!({"from": "ann@x", "to": "ben@x", "threadId": "nope"});
    send(&door, "/messages/send", "k", &wrong)
        .await
        .turned_down(404);
    let sound = json!({"from": "ann@x", "to": "ben@x"});
    send(&door, "/messages/send", "k", &sound).await.ok(200);
}

#[tokio::test]
async fn a_key_is_one_word() {
    let door = Door::keyed(&["ann@x"]).await;
    let body = json!({"from": "ann@x", "to": "ben@x"});
    for odd in ["", "two words", &"x".repeat(256)] {
        send(&door, "/messages/send", odd, &body)
            .await
            .turned_down(400);
    }
    let request = door
        .client("ann@x")
        .request(Method::POST, "/context-sync/messages/send");
    let twice = request
        .header("idempotency-key", "a")
        .header("idempotency-key", "b");
    Answer::of(twice.json(&body)).await.turned_down(400);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn retries_at_once_send_once() {
    let door = Door::keyed(&["ann@x", "ben@x"]).await;
    let body = json!({"from": "ann@x", "to": "ben@x", "payload": 1});
    let answers = join_all((0..20).map(|_| send(&door, "/messages/send", "k", &body))).await;
    let mut answers = answers.into_iter().map(|answer| answer.ok(200));
    let first = answers.next().unwrap();
    assert!(answers.all(|answer| answer == first));
    assert_eq!(door.unread("ben@x").await.len(), 1);
}
