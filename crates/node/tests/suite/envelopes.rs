//! What is accepted, and what becomes of it.

use serde_json::json;

use crate::operator::{Operator, text, with};

#[tokio::test]
async fn v01_one_text_part() {
    let operator = Operator::start().await;
    let (a, b) = (
        operator.open("@acme.a").await,
        operator.open("@beta.b").await,
    );
    let post = text(&[&b]);
    let receipt = a.post(&post).await.ok(202);
    assert_eq!(receipt["id"], post["id"]);
    assert_eq!(receipt["recipients"], json!([{"handle": "@beta.b"}]));
    assert!(receipt["created_at"].is_u64() && receipt["received_ms"].is_u64());
}

#[tokio::test]
async fn v02_every_optional_field() {
    let operator = Operator::start().await;
    let (a, b) = (
        operator.open("@acme.a").await,
        operator.open("@beta.b").await,
    );
    let earlier = a.send(&[&b]).await;
    let post = with(
        text(&[&b]),
        json!({
            "cc": ["@acme.a"], "subject": "Quote", "in_reply_to": earlier, "references": [earlier],
            "monitor": "mon_1", "content_parts": [
                {"type": "text", "text": "a\u{0}b\u{1f600}"},
                {"type": "image", "url": "https://cdn.example/i.png", "mime_type": "image/png"},
                {"type": "file", "url": "http://cdn.example/f", "name": "f", "size": 3},
                {"type": "data", "data": {"b": 1, "a": [1.50, null]}, "schema": "https://s.example/1"},
            ],
        }),
    );
    a.post(&post).await.ok(202);
    let id = post["id"].as_str().unwrap();
    let own = a.get(&format!("/messages/{id}")).await.ok(200);
    let expected = with(post.clone(), json!({"from": "@acme.a"}));
    assert_eq!(own, expected);
    let row = &b.get("/mailbox?order=desc&limit=1").await.ok(200)["envelope_headers"][0];
    assert_eq!(row["type_hint"], "mixed");
}

#[tokio::test]
async fn v03_to_oneself() {
    let operator = Operator::start().await;
    let d = operator.closed("@beta.d").await;
    let id = d.send(&[&d]).await;
    assert_eq!(d.listed("").await, [id.clone()]);
    let page = d.get("/mailbox?direction=both").await.ok(200);
    let rows = page["envelope_headers"].as_array().unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (&rows[0]["direction"], &rows[0]["unread"]),
        (&json!("self"), &json!(true))
    );
}

#[tokio::test]
async fn v04_a_handle_several_times() {
    let operator = Operator::start().await;
    let (a, b) = (
        operator.open("@acme.a").await,
        operator.open("@beta.b").await,
    );
    let mut socket = b.client.connect("").await;
    let post = with(text(&[&b, &b]), json!({"cc": [b.handle, a.handle]}));
    let receipt = a.post(&post).await.ok(202);
    assert_eq!(
        receipt["recipients"],
        json!([{"handle": "@beta.b"}, {"handle": "@acme.a"}])
    );
    assert_eq!((a.listed("").await.len(), b.listed("").await.len()), (1, 1));
    let frame = socket.frame().await;
    assert_eq!((&frame["to"], &frame["cc"]), (&post["to"], &post["cc"]));
}

#[tokio::test]
async fn v05_v06_v07_unknown_keys_and_nulls() {
    let operator = Operator::start().await;
    let (a, b) = (
        operator.open("@acme.a").await,
        operator.open("@beta.b").await,
    );
    let post = with(
        text(&[&b]),
        json!({
            "other": 1, "subject": null, "monitor": null,
            "content_parts": [{"type": "text", "text": "x", "lang": {"b": 1, "a": 2}}],
        }),
    );
    a.post(&post).await.ok(202);
    let body = b
        .get(&format!("/messages/{}", post["id"].as_str().unwrap()))
        .await
        .ok(200);
    assert_eq!(body["content_parts"], post["content_parts"]);
    for absent in ["other", "subject", "monitor", "cc"] {
        assert!(body.get(absent).is_none(), "{absent}");
    }
}

#[tokio::test]
async fn v08_v09_threads_are_claims() {
    let operator = Operator::start().await;
    let (a, b) = (
        operator.open("@acme.a").await,
        operator.open("@beta.b").await,
    );
    let never = "01ZZZZZZZZZZZZZZZZZZZZZZZZ";
    a.post(&with(text(&[&b]), json!({"in_reply_to": never})))
        .await
        .ok(202);
    a.post(&with(text(&[&b]), json!({"references": [never]})))
        .await
        .ok(202);
}

#[tokio::test]
async fn h07_more_recipients_than_may_be() {
    let operator = Operator::start().await;
    let a = operator.open("@acme.a").await;
    let to: Vec<_> = (0..3_000).map(|n| format!("@x.n{n}")).collect();
    a.post(&with(text(&[&a]), json!({"to": to})))
        .await
        .refused(400, "INVALID_TO");
}

#[tokio::test]
async fn rates_are_told_with_a_time_to_wait() {
    use mailmesh_store::{Rate, Rates};
    let slow = Rate {
        per_second: 1,
        burst: 2,
    };
    let operator = Operator::start_with(|config| {
        config.rates = Some(Rates {
            sender: slow,
            pair: slow,
        });
    })
    .await;
    let (a, b) = (
        operator.open("@acme.a").await,
        operator.open("@beta.b").await,
    );
    let mut answers = Vec::new();
    for _ in 0..12 {
        answers.push(a.post(&text(&[&b])).await);
    }
    let limited = answers.iter().find(|answer| answer.status == 429).unwrap();
    limited.refused(429, "RATE_LIMITED");
    assert!(
        limited.headers["retry-after"]
            .to_str()
            .unwrap()
            .parse::<u64>()
            .unwrap()
            >= 1
    );
}
