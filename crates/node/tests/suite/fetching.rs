//! Bodies: who gets them, and what is in them.

use serde_json::json;

use crate::operator::{Operator, text, with};

#[tokio::test]
async fn v16_i19_several_bodies() {
    let operator = Operator::start().await;
    let (a, b) = (
        operator.open("@acme.a").await,
        operator.open("@beta.b").await,
    );
    let (one, four) = (a.send(&[&b]).await, a.send(&[&b]).await);
    let foreign = a.send(&[&a]).await;
    let unknown = "01ZZZZZZZZZZZZZZZZZZZZZZZZ";
    let query = format!("/messages?ids={four},{one},{four},{foreign},{unknown}");
    let answer = b.get(&query).await.ok(200);
    let found = answer["envelopes"].as_array().unwrap();
    let found: Vec<_> = found
        .iter()
        .map(|envelope| envelope["id"].as_str().unwrap())
        .collect();
    assert_eq!(found, [four, one]);
    assert!(b.listed("?unread=true").await.is_empty());
    for wrong in [
        "",
        "?ids=",
        &format!("?ids={unknown}&ids={unknown}"),
        &format!("?ids={unknown},"),
    ] {
        let answer = b.get(&format!("/messages{wrong}")).await;
        assert_eq!(answer.status, 400, "{wrong}");
    }
    let many = vec![unknown; 101].join(",");
    b.get(&format!("/messages?ids={many}"))
        .await
        .refused(400, "INVALID_QUERY");
}

#[tokio::test]
async fn i22_h15_strangers_and_monitors() {
    let operator = Operator::start().await;
    let (a, b, c) = (
        operator.open("@acme.a").await,
        operator.open("@beta.b").await,
        operator.open("@beta.c").await,
    );
    let post = with(text(&[&b]), json!({"monitor": "mon_1"}));
    a.post(&post).await.ok(202);
    let path = format!("/messages/{}", post["id"].as_str().unwrap());
    let stranger = c.get(&path).await;
    let unknown = c.get("/messages/01ZZZZZZZZZZZZZZZZZZZZZZZZ").await;
    stranger.refused(404, "NOT_FOUND");
    assert_eq!(
        (stranger.status, stranger.octets),
        (unknown.status, unknown.octets)
    );
    assert!(b.get(&path).await.ok(200).get("monitor").is_none());
    assert_eq!(a.get(&path).await.ok(200)["monitor"], "mon_1");
    let batch = b
        .get(&format!("/messages?ids={}", post["id"].as_str().unwrap()))
        .await
        .ok(200);
    assert!(batch["envelopes"][0].get("monitor").is_none());
}
