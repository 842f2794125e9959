//! How much of a thread an answer shows.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::door::Door;

fn covered(context: &Value) -> Option<usize> {
    let summary = context.get("threadSummaryStructured")?;
    Some(summary["coversMessageIds"].as_array().unwrap().len())
}

#[tokio::test]
async fn cases_20_21_older_messages_are_covered_from_twenty_on() {
    let door = Door::keyed(&["ann@x", "ben@x"]).await;
    let mut thread = String::new();
    for _ in 0..29 {
        thread = door.pair("ann@x", "ben@x").await;
    }
    assert_eq!(covered(&door.sync("ben@x", &thread).await), None);
    door.pair("ann@x", "ben@x").await;
    let context = door.sync("ben@x", &thread).await;
    assert_eq!(context["recentMessages"].as_array().unwrap().len(), 10);
    assert_eq!(context["threadSummary"], "");
    assert!(context["tokenCount"].as_u64().unwrap() > 0);
    let summary = &context["threadSummaryStructured"];
    assert_eq!(
        (&summary["text"], &summary["decisions"]),
        (&json!(""), &json!([]))
    );
    assert_eq!(covered(&context), Some(20));
    // What is stored grows when twenty more are uncovered, for every reader.
    for _ in 0..19 {
        door.pair("ann@x", "ben@x").await;
    }
    assert_eq!(covered(&door.sync("ann@x", &thread).await), Some(20));
    door.pair("ann@x", "ben@x").await;
    assert_eq!(covered(&door.sync("ann@x", &thread).await), Some(40));
    // The ids stand once for each thread of an answer.
    let frames = door.unread("ben@x").await;
    let (last, rest) = frames.split_last().unwrap();
    assert_eq!(covered(&last["context"]), Some(40));
    assert!(
        rest.iter()
            .all(|frame| covered(&frame["context"]) == Some(0))
    );
}

#[tokio::test]
async fn cases_22_41_the_window_is_clamped() {
    let door = Door::open().await;
    let mut thread = String::new();
    for _ in 0..60 {
        thread = door.pair("ann@x", "ben@x").await;
    }
    for (recent, messages) in [
        ("2", 2),
        ("0", 1),
        ("-5", 1),
        ("1.9", 1),
        ("99999", 50),
        ("abc", 10),
        ("", 10),
    ] {
        let context = door
            .sync_by("ben@x", &thread, &format!("&recent={recent}"))
            .await;
        let shown = context["recentMessages"].as_array().unwrap().len();
        assert_eq!(shown, messages, "{recent}");
    }
    let unread = door
        .get("ben@x", "/mailbox/ben%40x/unread?recent=2")
        .await
        .ok(200);
    let frame = &unread["messages"][0];
    assert_eq!(
        frame["context"]["recentMessages"].as_array().unwrap().len(),
        2
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_54_a_thousand_unread_messages_are_a_few_megabytes() {
    let door = Door::open().await;
    for round in 0..20 {
        join_all((0..50).map(|n| {
            door.send(json!({"from": "ann@x", "to": "ben@x", "payload": {"n": round * 50 + n}}))
        }))
        .await;
    }
    let answer = door.get("ben@x", "/mailbox/ben%40x/unread").await;
    assert!(
        answer.octets.len() < 5 << 20,
        "{} octets",
        answer.octets.len()
    );
    assert_eq!(answer.ok(200)["messages"].as_array().unwrap().len(), 1_000);
}
