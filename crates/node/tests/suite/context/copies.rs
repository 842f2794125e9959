//! What blind copies show, and to whom.

use serde_json::json;

use super::door::{Door, text};

const EVERYBODY: [&str; 5] = ["ann@x", "ben@x", "cy@x", "spy@x", "log@x"];

async fn thread(door: &Door) -> String {
    let sent = json!({
        "from": "ann@x", "to": "ben@x", "cc": ["cy@x"], "bcc": ["spy@x", "log@x"], "payload": 1,
    });
    text(&door.send(sent).await["threadId"])
}

#[tokio::test]
async fn cases_12_13_only_the_sender_sees_blind_copies() {
    let door = Door::keyed(&EVERYBODY).await;
    let thread = thread(&door).await;
    for viewer in ["ben@x", "cy@x", "spy@x"] {
        let shown = door.thread(viewer, &thread).await;
        let context = door.sync(viewer, &thread).await;
        let frame = door.unread(viewer).await.remove(0);
        let recent = frame["context"]["recentMessages"][0].clone();
        for message in [
            &shown["messages"][0],
            &context["recentMessages"][0],
            &frame,
            &recent,
        ] {
            assert_eq!(message["cc"], json!(["cy@x"]));
            assert_eq!(message.get("bcc"), None, "{viewer}");
        }
    }
    let own = door.thread("ann@x", &thread).await;
    assert_eq!(own["messages"][0]["bcc"], json!(["spy@x", "log@x"]));
    assert_eq!(own["silentParticipants"], json!(["log@x", "spy@x"]));
}

#[tokio::test]
async fn cases_15_16_replies_to_all_leave_silent_agents_out() {
    let door = Door::keyed(&EVERYBODY).await;
    let thread = thread(&door).await;
    let reply = door.reply_all("cy@x", &thread).await.ok(200);
    assert_eq!(reply["deliveredTo"], json!(["ann@x", "ben@x"]));
    let shown = door.thread("ann@x", &thread).await["messages"][1].clone();
    assert_eq!(
        (&shown["to"], &shown["cc"]),
        (&json!("ann@x"), &json!(["ben@x"]))
    );
    assert_eq!(door.unread("spy@x").await.len(), 1);
    assert_eq!(door.unread("ben@x").await.len(), 2);
}

#[tokio::test]
async fn cases_45_46_no_route_shows_a_silent_agent_to_others() {
    let door = Door::keyed(&EVERYBODY).await;
    let thread = thread(&door).await;
    door.reply_all("ben@x", &thread).await.ok(200);
    for viewer in ["ben@x", "cy@x", "spy@x"] {
        let hidden = match viewer {
            "spy@x" => &["log@x"][..],
            _ => &["log@x", "spy@x"],
        };
        let id = viewer.replace('@', "%40");
        for path in [
            format!("/threads/{thread}?as={id}"),
            format!("/threads/{thread}/sync?as={id}"),
            format!("/threads/{thread}/participants?as={id}"),
            format!("/mailbox/{id}"),
            format!("/mailbox/{id}/unread"),
        ] {
            let answer = door.get(viewer, &path).await.ok(200).to_string();
            for name in hidden {
                assert!(!answer.contains(name), "{viewer} {path}: {answer}");
            }
        }
        // Case 45: to claim to be the sender.
        let claim = door
            .get(viewer, &format!("/threads/{thread}?as=ann%40x"))
            .await;
        claim.turned_down(403);
    }
    let own = door.thread("spy@x", &thread).await;
    assert_eq!(own["silentParticipants"], json!(["spy@x"]));
}
