//! Answers with threads that nobody takes: whoever comes when there is no room for more is told so.

use std::time::Duration;

use serde_json::json;

use super::door::{Door, text};
use crate::suite::slow_readers::ask;

/// Messages of 900 kB, so many that no buffer of the system takes them in.
const MESSAGES: usize = 10;

#[tokio::test]
async fn threads_wait_for_room_and_are_refused_without() {
    let adjust = |config: &mut mailmesh_node::Config| {
        config.limits.answers = 16 << 20;
        config.limits.body_patience = Duration::from_millis(300);
    };
    let door = Door::keyed_with(&["ann@x", "ben@x"], adjust).await;
    let mut thread = String::new();
    for number in 0..MESSAGES {
        let sent = door.send(json!({
            "from": "ann@x", "to": "ben@x", "payload": [number, "y".repeat(900_000)],
        }));
        thread = text(&sent.await["threadId"]);
    }
    let paths = [
        format!("/threads/{thread}?as=ben%40x"),
        "/mailbox/ben%40x".to_owned(),
        "/mailbox/ben%40x/unread".to_owned(),
    ];
    for path in &paths {
        let whole = format!("/context-sync{path}");
        // One has the room of answers that are ready, one what was reserved before it was read.
        let (ready, status) = ask(&door.operator, door.client("ben@x"), &whole).await;
        assert_eq!(status, "HTTP/1.1 200", "{path}");
        let (reserved, status) = ask(&door.operator, door.client("ben@x"), &whole).await;
        assert_eq!(status, "HTTP/1.1 200", "{path}");
        for refused in &paths {
            let refused = door.get("ben@x", refused).await;
            assert_eq!(refused.status, 503);
            assert!(refused.headers.contains_key("retry-after"));
        }
        drop((ready, reserved));
        // The node has to see that the connections are gone.
        while door.get("ben@x", path).await.status != 200 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}
