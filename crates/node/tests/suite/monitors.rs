//! Facts for the senders of watched envelopes.

use serde_json::json;

use crate::operator::{Operator, text, with};

#[tokio::test]
async fn v20_facts_go_to_the_sender_only_and_behind_its_own_frame() {
    let operator = Operator::start().await;
    let (a, b) = (
        operator.open("@acme.a").await,
        operator.open("@beta.b").await,
    );
    let (mut sender, mut recipient) = (a.client.connect("").await, b.client.connect("").await);
    let post = with(text(&[&b]), json!({"cc": ["@acme.a"], "monitor": "mon_q7"}));
    let receipt = a.post(&post).await.ok(202);
    assert_eq!(sender.id().await, post["id"].as_str().unwrap());
    let expected = |handle: &str| {
        json!({
            "op": "monitor.fact", "monitor": "mon_q7", "envelope_id": post["id"],
            "recipient_handle": handle, "fact": "stored", "at_ms": receipt["created_at"],
        })
    };
    let facts = [expected("@beta.b"), expected("@acme.a")];
    assert_eq!([sender.frame().await, sender.frame().await], facts);
    assert_eq!(recipient.id().await, post["id"].as_str().unwrap());
    let marker = a.send(&[&b]).await;
    assert_eq!(recipient.id().await, marker);

    let listed = a.get("/monitors/mon_q7").await.ok(200);
    assert_eq!(listed, json!({"facts": facts, "next_cursor": null}));
    b.get("/monitors/mon_q7").await.refused(404, "NOT_FOUND");
    a.get("/monitors/mon_other").await.refused(404, "NOT_FOUND");
}

#[tokio::test]
async fn facts_are_paged() {
    let operator = Operator::start().await;
    let (a, b) = (
        operator.open("@acme.a").await,
        operator.open("@beta.b").await,
    );
    for _ in 0..3 {
        a.post(&with(text(&[&b, &a]), json!({"monitor": "mon_1"})))
            .await
            .ok(202);
    }
    let whole = a.get("/monitors/mon_1").await.ok(200);
    let mut facts = Vec::new();
    let mut after = String::new();
    loop {
        let page = a
            .get(&format!("/monitors/mon_1?limit=2{after}"))
            .await
            .ok(200);
        facts.extend(page["facts"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(cursor) => after = format!("&after={cursor}"),
            None => break,
        }
    }
    assert_eq!(json!(facts), whole["facts"]);
    assert_eq!(facts.len(), 6);
    a.get("/monitors/mon_1?after=x")
        .await
        .refused(400, "INVALID_CURSOR");
    a.get("/monitors/mon_1?limit=0")
        .await
        .refused(400, "INVALID_LIMIT");
    a.get("/monitors/x").await.refused(400, "INVALID_MONITOR");
}
