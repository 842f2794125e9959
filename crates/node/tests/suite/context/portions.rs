//! Answers of unread messages that have no room for all.

use serde_json::{Value, json};

use super::door::{Door, text};

/// What the messages of an answer count at most.
const PORTION: usize = 100_000;

async fn door() -> Door {
    let adjust = |config: &mut mailmesh_node::Config| {
        let limits = &mut config.limits.context;
        (limits.portion, limits.repeated) = (PORTION, PORTION);
    };
    Door::keyed_with(&["ann@x", "ben@x", "cy@x"], adjust).await
}

async fn send(door: &Door, from: &str, payload: Value, snapshot: usize) -> String {
    let sent = door.send(json!({
        "from": from, "to": "ben@x", "payload": payload,
        "contextSnapshot": {"known": "x".repeat(snapshot)},
    }));
    text(&sent.await["threadId"])
}

#[tokio::test]
async fn rounds_of_reading_and_marking_lose_nothing() {
    let door = door().await;
    for number in 0..30 {
        send(&door, "ann@x", json!([number, "y".repeat(9_000)]), 0).await;
    }
    // Each message would repeat it.
    send(&door, "ann@x", json!([30]), 40_000).await;
    let small = send(&door, "cy@x", json!(["small"]), 0).await;
    let (mut numbers, mut rounds) = (Vec::new(), 0);
    loop {
        let answer = door.get("ben@x", "/mailbox/ben%40x/unread").await;
        assert!(answer.octets.len() < 4 * PORTION);
        let frames = answer.body["messages"].as_array().unwrap();
        let has_more = answer.body.get("hasMore").is_some();
        if frames.is_empty() {
            assert!(!has_more);
            break;
        }
        rounds += 1;
        assert!(rounds < 40, "it goes on");
        if rounds == 1 {
            assert!(has_more);
            assert!(frames.iter().any(|frame| frame["threadId"] == small));
        }
        numbers.extend(
            frames
                .iter()
                .filter_map(|frame| frame["payload"][0].as_u64()),
        );
        let threads = frames.iter().map(|frame| text(&frame["threadId"]));
        for thread in threads.collect::<std::collections::BTreeSet<_>>() {
            door.mark_read("ben@x", &thread).await;
            // A client that got no answer asks again.
            door.mark_read("ben@x", &thread).await;
        }
    }
    assert_eq!(numbers, (0..=30).collect::<Vec<_>>());
    assert!(rounds > 10);
}

#[tokio::test]
async fn what_fits_is_told_as_ever() {
    let door = door().await;
    send(&door, "ann@x", json!("one"), 10).await;
    let answer = door.get("ben@x", "/mailbox/ben%40x/unread").await;
    let members: Vec<_> = answer.body.as_object().unwrap().keys().collect();
    assert_eq!(members, ["messages"]);
}
