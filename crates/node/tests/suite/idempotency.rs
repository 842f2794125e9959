//! The same id again.

use serde_json::json;

use crate::operator::{Operator, text, with};

#[tokio::test]
async fn v10_v11_a_retry_changes_nothing() {
    let operator = Operator::start().await;
    let (a, b) = (
        operator.open("@acme.a").await,
        operator.open("@beta.b").await,
    );
    let mut socket = b.client.connect("").await;
    let post = with(
        text(&[&b]),
        json!({"content_parts": [{"type": "data", "data": {"a": 1, "b": 2.0}}]}),
    );
    let first = a.post(&post).await.ok(202);
    operator.set_skew(5_000);
    assert_eq!(a.post(&post).await.ok(202), first);
    // Another order of members, other white space, another spelling of a number.
    let id = post["id"].as_str().unwrap();
    let other = format!(
        r#"{{"content_parts" :[{{"data":{{"b":2,"a":1}},"type":"data"}}],"to":["@beta.b"],
        "date_ms":7,"id":"{id}","references":[],"subject":null,"x":1}}"#
    );
    assert_eq!(a.client.post_text("/messages", other).await.ok(202), first);
    assert_eq!(b.listed("").await.len(), 1);
    assert_eq!(socket.id().await, id);
    let marker = a.send(&[&b]).await;
    assert_eq!(socket.id().await, marker, "one frame only");
}

#[tokio::test]
async fn i13_i14_i15_one_id_for_two_envelopes() {
    let operator = Operator::start().await;
    let (a, b, c) = (
        operator.open("@acme.a").await,
        operator.open("@beta.b").await,
        operator.open("@beta.c").await,
    );
    let post = text(&[&b]);
    a.post(&post).await.ok(202);
    let other = with(
        post.clone(),
        json!({"content_parts": [{"type": "text", "text": "other"}]}),
    );
    a.post(&other).await.refused(409, "RETRY_MISMATCH");
    c.post(&post).await.refused(409, "ID_COLLISION");
    let unknown = with(post, json!({"to": ["@no.body"]}));
    c.post(&unknown).await.refused(404, "NOT_FOUND");
}

#[tokio::test]
async fn h18_a_retry_after_a_block() {
    let operator = Operator::start().await;
    let (a, b) = (
        operator.open("@acme.a").await,
        operator.open("@beta.b").await,
    );
    let post = text(&[&b]);
    a.post(&post).await.ok(202);
    b.client
        .post("/agents/me/blocks", &json!({"handle": "@acme.a"}))
        .await
        .ok(201);
    a.post(&post).await.refused(404, "NOT_FOUND");
    assert_eq!(b.listed("").await.len(), 1, "past mail stays");
}

#[tokio::test]
async fn a_removed_entry_does_not_come_back_with_a_retry() {
    let operator = Operator::start().await;
    let (a, b) = (
        operator.open("@acme.a").await,
        operator.open("@beta.b").await,
    );
    let post = text(&[&b]);
    let first = a.post(&post).await.ok(202);
    let id = post["id"].as_str().unwrap();
    let removed = b.client.delete(&format!("/mailbox/{id}")).await;
    assert_eq!((removed.status, removed.octets.len()), (204, 0));
    b.client
        .delete(&format!("/mailbox/{id}"))
        .await
        .refused(404, "NOT_FOUND");
    assert_eq!(a.post(&post).await.ok(202), first);
    assert!(b.listed("").await.is_empty());
    assert_eq!(a.listed("?direction=out").await, [id]);
    a.get(&format!("/messages/{id}")).await.ok(200);
}
