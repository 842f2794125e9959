//! Searching.

use serde_json::json;

use crate::operator::{Operator, text, with};

#[tokio::test]
async fn h08_texts_are_literal_and_short_ones_work() {
    let operator = Operator::start().await;
    let (a, b, c) = (
        operator.open("@acme.a").await,
        operator.open("@beta.b").await,
        operator.open("@beta.c").await,
    );
    let part = |text: &str| json!([{"type": "text", "text": text}]);
    let one = with(
        text(&[&b]),
        json!({"subject": "Order 66", "content_parts": part("100%% sure")}),
    );
    let two = with(
        text(&[&b]),
        json!({"content_parts": part("Quite_Sure about widgets")}),
    );
    a.post(&one).await.ok(202);
    a.post(&two).await.ok(202);
    let found = async |agent: &crate::operator::Agent, query: &str| {
        let answer = agent
            .get(&format!("/search/messages?q={query}"))
            .await
            .ok(200);
        let rows = answer["envelopes"].as_array().unwrap().clone();
        rows.iter()
            .map(|row| row["envelope_id"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(found(&b, "%25%25").await, [one["id"].clone()]);
    assert_eq!(
        found(&b, "sURE").await,
        [two["id"].clone(), one["id"].clone()]
    );
    assert_eq!(found(&b, "_S").await, [two["id"].clone()]);
    assert_eq!(found(&b, "66").await, [one["id"].clone()]);
    assert!(found(&b, "content_parts").await.is_empty());
    assert!(found(&c, "sure").await.is_empty());
    let row = &b.get("/search/messages?q=widgets").await.ok(200)["envelopes"][0];
    assert_eq!(row["sender_handle"], "@acme.a");
    assert_eq!(row["recipient_handles"], json!(["@beta.b"]));
    assert!(row["snippet"].as_str().unwrap().contains("widgets"));
    for wrong in [
        "",
        "q=a",
        "q=ab&limit=51",
        "q=ab&limit=0",
        &format!("q={}", "a".repeat(101)),
    ] {
        b.get(&format!("/search/messages?{wrong}"))
            .await
            .refused(400, "INVALID_QUERY");
    }
}

#[tokio::test]
async fn agents_are_found_by_those_who_may_see_them() {
    let operator = Operator::start().await;
    let viewer = operator.open("@acme.viewer").await;
    for n in 0..3 {
        operator
            .agent(json!({"handle": format!("@shop.n{n}"), "visibility": "public"}))
            .await;
    }
    operator.open("@shop.hidden").await;
    let page = viewer.get("/search/agents?q=SHOP&limit=2").await.ok(200);
    assert_eq!(page["agents"].as_array().unwrap().len(), 2);
    let cursor = page["next_cursor"].as_str().unwrap();
    let rest = viewer
        .get(&format!("/search/agents?q=SHOP&limit=2&cursor={cursor}"))
        .await
        .ok(200);
    let card = json!({
        "type": "agent", "id": "@shop.n2", "canonical_handle": "@shop.n2",
        "display_name": "@shop.n2", "image_url": null,
    });
    assert_eq!(rest, json!({"agents": [card], "next_cursor": null}));
    let all = viewer.get("/search?q=shop").await.ok(200);
    assert_eq!(all["agents"].as_array().unwrap().len(), 3);
    assert_eq!(
        (&all["people"], &all["organizations"]),
        (&json!([]), &json!([]))
    );
    viewer
        .get("/search/agents?q=shop&cursor=x")
        .await
        .refused(400, "INVALID_QUERY");
}
