//! Pages of a mailbox, filters and read marks.

use serde_json::{Value, json};

use crate::operator::{Agent, Operator};

/// All pages of a listing.
async fn pages(agent: &Agent, query: &str) -> Vec<Vec<Value>> {
    let mut pages = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = agent
            .get(&format!("/mailbox?{query}{cursor}"))
            .await
            .ok(200);
        pages.push(page["envelope_headers"].as_array().unwrap().clone());
        let next = &page["next_cursor"];
        if next.is_null() {
            return pages;
        }
        let (time, id) = (&next["created_at"], next["envelope_id"].as_str().unwrap());
        cursor = format!("&after_created_at={time}&after_envelope_id={id}");
    }
}

fn ids(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn v12_v13_v14_pages_up_and_down() {
    let operator = Operator::start().await;
    let (a, b) = (
        operator.open("@acme.a").await,
        operator.open("@beta.b").await,
    );
    let mut sent = Vec::new();
    for _ in 0..10 {
        sent.push(a.send(&[&b]).await);
    }
    let up = pages(&b, "order=asc&limit=3").await;
    assert_eq!(up.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3, 3, 1]);
    let up = up.concat();
    assert_eq!(ids(&up), sent);
    let keys: Vec<_> = up
        .iter()
        .map(|row| (row["created_at"].as_u64(), row["id"].as_str()))
        .collect();
    assert!(keys.is_sorted_by(|one, two| one < two));
    let mut down = pages(&b, "order=desc&limit=3").await.concat();
    down.reverse();
    assert_eq!(down, up);
    let full = pages(&b, "limit=10").await;
    assert_eq!(full.iter().map(Vec::len).collect::<Vec<_>>(), [10, 0]);
}

#[tokio::test]
async fn v15_v17_read_marks() {
    let operator = Operator::start().await;
    let (a, b) = (
        operator.open("@acme.a").await,
        operator.open("@beta.b").await,
    );
    let (one, two) = (a.send(&[&b]).await, a.send(&[&b]).await);
    let foreign = a.send(&[&a]).await;
    b.get(&format!("/messages/{one}")).await.ok(200);
    assert_eq!(b.listed("?unread=true").await, [two.clone()]);
    assert_eq!(b.listed("?unread=false").await, [one.clone()]);
    let unknown = "01ZZZZZZZZZZZZZZZZZZZZZZZZ";
    let ids = json!({"ids": [two, foreign, unknown, one, two]});
    let marked = b.client.post("/mailbox/read", &ids).await.ok(200);
    assert_eq!(marked, json!({"read": [two, one]}));
    assert!(b.listed("?unread=true").await.is_empty());
    for wrong in [
        json!({}),
        json!({"ids": []}),
        json!({"ids": vec![unknown; 1001]}),
    ] {
        b.client
            .post("/mailbox/read", &wrong)
            .await
            .refused(400, "INVALID_REQUEST");
    }
}

#[tokio::test]
async fn v19_catching_up_after_a_while() {
    let operator = Operator::start().await;
    let (a, b) = (
        operator.open("@acme.a").await,
        operator.open("@beta.b").await,
    );
    a.send(&[&b]).await;
    let newest = &b.get("/mailbox?order=desc&limit=1").await.ok(200)["next_cursor"];
    let mut sent = Vec::new();
    for _ in 0..3 {
        sent.push(a.send(&[&b]).await);
    }
    let (time, id) = (
        &newest["created_at"],
        newest["envelope_id"].as_str().unwrap(),
    );
    let cursor = format!("?after_created_at={time}&after_envelope_id={id}");
    assert_eq!(b.listed(&cursor).await, sent);
    let page = b.get(&format!("/mailbox{cursor}")).await.ok(200);
    assert!(page["envelope_headers"][0].get("content_parts").is_none());
}

#[tokio::test]
async fn directions() {
    let operator = Operator::start().await;
    let (a, b) = (
        operator.open("@acme.a").await,
        operator.open("@beta.b").await,
    );
    let (out, back) = (a.send(&[&b]).await, b.send(&[&a]).await);
    let page = a.get("/mailbox?direction=both").await.ok(200);
    let rows = page["envelope_headers"].as_array().unwrap();
    assert_eq!(ids(rows), [out, back]);
    assert_eq!(
        (&rows[0]["direction"], rows[0].get("unread")),
        (&json!("out"), None)
    );
    assert_eq!(
        (&rows[1]["direction"], &rows[1]["unread"]),
        (&json!("in"), &json!(true))
    );
    let page = a.get("/mailbox").await.ok(200);
    assert!(page["envelope_headers"][0].get("direction").is_none());
}

#[tokio::test]
async fn i16_i17_i18_bad_queries() {
    let operator = Operator::start().await;
    let a = operator.open("@acme.a").await;
    for query in [
        "limit=0",
        "limit=1001",
        "limit=1e2",
        "limit=%2B5",
        "limit=",
        "order=up",
        "unread=1",
        "direction=x",
        "after_created_at=5",
        "after_envelope_id=01ZZZZZZZZZZZZZZZZZZZZZZZZ",
        "unread=true&direction=out",
        "unread=false&direction=both",
        "limit=1&limit=1",
        "after_created_at=-1&after_envelope_id=01ZZZZZZZZZZZZZZZZZZZZZZZZ",
    ] {
        a.get(&format!("/mailbox?{query}"))
            .await
            .refused(400, "INVALID_QUERY");
    }
    let bad_id = a
        .get("/mailbox?after_created_at=5&after_envelope_id=x")
        .await;
    bad_id.refused(400, "INVALID_ENVELOPE_ID");
    a.get("/mailbox?unknown=1").await.ok(200);
}
