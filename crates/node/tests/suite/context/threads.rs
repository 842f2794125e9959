//! Which thread a message goes to, and who is in it.

use serde_json::{Value, json};

use super::door::{Door, text};

#[tokio::test]
async fn case_7_a_reply_without_a_thread_finds_it() {
    let door = Door::keyed(&["ann@x", "ben@x"]).await;
    let thread = door.pair("ann@x", "ben@x").await;
    assert_eq!(door.pair("ben@x", "ann@x").await, thread);
    // The empty thread is none.
    let sent = door.send(json!({"from": "ann@x", "to": "ben@x", "threadId": ""}));
    assert_eq!(sent.await["threadId"], thread.as_str());
}

#[tokio::test]
async fn case_8_a_copy_makes_another_thread() {
    let door = Door::keyed(&["ann@x", "ben@x"]).await;
    let thread = door.pair("ann@x", "ben@x").await;
    let with = json!({"from": "ann@x", "to": "ben@x", "cc": ["cy@x"]});
    let other = text(&door.send(with.clone()).await["threadId"]);
    assert_ne!(other, thread);
    assert_eq!(door.pair("ann@x", "ben@x").await, thread);
    assert_eq!(door.send(with).await["threadId"], other.as_str());
    // A thread that grows is of another set from then on, and the newest of a set is chosen.
    let grown = json!({"from": "ann@x", "to": "cy@x", "threadId": thread});
    assert_eq!(door.send(grown).await["threadId"], thread.as_str());
    let next = json!({"from": "ann@x", "to": "ben@x", "cc": ["cy@x"]});
    assert_eq!(door.send(next).await["threadId"], thread.as_str());
    let fresh = door.pair("ann@x", "ben@x").await;
    assert!(fresh != thread && fresh != other);
}

#[tokio::test]
async fn case_9_a_blind_copy_does_not_choose_the_thread() {
    let door = Door::keyed(&["ann@x"]).await;
    let thread = door.pair("ann@x", "ben@x").await;
    let sent = door.send(json!({"from": "ann@x", "to": "ben@x", "bcc": ["spy@x"]}));
    assert_eq!(sent.await["threadId"], thread.as_str());
}

#[tokio::test]
async fn cases_10_11_the_newest_snapshot_replaces_the_others() {
    let door = Door::keyed(&["ann@x", "ben@x"]).await;
    for (snapshot, shown) in [
        (json!({"a": 1}), json!({"a": 1})),
        (json!({"b": 2}), json!({"b": 2})),
        (Value::Null, json!({})),
    ] {
        let sent = json!({"from": "ann@x", "to": "ben@x", "contextSnapshot": snapshot});
        let thread = text(&door.send(sent).await["threadId"]);
        assert_eq!(door.sync("ben@x", &thread).await["snapshot"], shown);
        // Every frame has the context as it is now.
        let frames = door.unread("ben@x").await;
        assert!(
            frames
                .iter()
                .all(|frame| frame["context"]["snapshot"] == shown)
        );
    }
}

#[tokio::test]
async fn case_17_participants_by_viewer() {
    let door = Door::keyed(&["ann@x", "cy@x", "spy@x"]).await;
    let sent = json!({"from": "ann@x", "to": "ben@x", "cc": ["cy@x"], "bcc": ["spy@x", "log@x"]});
    let thread = text(&door.send(sent).await["threadId"]);
    let mut found = Vec::new();
    for viewer in ["ann@x", "cy@x", "spy@x"] {
        let participants = door.participants(viewer, &thread).await;
        let names = participants.iter().map(|one| {
            let (agent, role) = (one["agentId"].as_str(), one["role"].as_str());
            format!("{} {}", agent.unwrap(), role.unwrap())
        });
        found.push(names.collect::<Vec<_>>());
    }
    let visible = ["ann@x to", "ben@x to", "cy@x cc"];
    assert_eq!(
        found[0],
        [&visible[..], &["spy@x bcc", "log@x bcc"]].concat()
    );
    assert_eq!(found[1], visible);
    assert_eq!(found[2], [&visible[..], &["spy@x bcc"]].concat());
}

#[tokio::test]
async fn case_18_the_strongest_role_and_the_first_mention_stay() {
    let door = Door::keyed(&["ann@x"]).await;
    let sent = door.send(json!({"from": "ann@x", "to": "ben@x", "cc": ["cy@x"]}));
    let thread = text(&sent.await["threadId"]);
    let before = door.participants("ann@x", &thread).await;
    door.operator.set_skew(60_000);
    door.send(json!({"from": "ann@x", "to": "cy@x", "threadId": thread}))
        .await;
    let after = door.participants("ann@x", &thread).await;
    assert_eq!(
        (&before[2]["role"], &after[2]["role"]),
        (&json!("cc"), &json!("to"))
    );
    assert_eq!(before[2]["joinedAt"], after[2]["joinedAt"]);
}

#[tokio::test]
async fn a_late_joiner_sees_the_whole_thread_and_a_late_blind_copy_what_follows() {
    let door = Door::keyed(&["ann@x", "cy@x", "spy@x"]).await;
    let thread = door.pair("ann@x", "ben@x").await;
    door.send(json!({"from": "ann@x", "to": "ben@x", "bcc": ["spy@x"], "payload": "for spies"}))
        .await;
    door.send(json!({"from": "ann@x", "to": "cy@x", "threadId": thread}))
        .await;
    let seen = |thread: Value| thread["messages"].as_array().unwrap().len();
    assert_eq!(seen(door.thread("cy@x", &thread).await), 3);
    assert_eq!(seen(door.thread("spy@x", &thread).await), 2);
    let context = door.sync("spy@x", &thread).await;
    assert_eq!(context["recentMessages"][0]["payload"], "for spies");
    // It replies, becomes visible, and sees no more.
    door.reply_all("spy@x", &thread).await.ok(200);
    let own = door.thread("spy@x", &thread).await;
    assert_eq!(own["silentParticipants"], json!([]));
    assert!(
        own["participants"]
            .as_array()
            .unwrap()
            .contains(&json!("spy@x"))
    );
    assert_eq!(seen(own), 3);
}

#[tokio::test]
async fn a_handoff_replaces_the_snapshot() {
    let door = Door::keyed(&["h1", "h2"]).await;
    let sent = door.send(json!({
        "from": "h1", "to": "h2", "contextSnapshot": {"a": 1, "_route": "x", "b": "y"},
        "handoff": {"goal": "ship", "includeFields": ["a", "_route"], "maxContextBytes": 512},
    }));
    let thread = text(&sent.await["threadId"]);
    let snapshot = door.sync("h2", &thread).await["snapshot"].clone();
    assert_eq!(snapshot["context"], json!({"a": 1}));
    assert_eq!(
        (&snapshot["version"], &snapshot["goal"]),
        (&json!(1), &json!("ship"))
    );
    assert_eq!(snapshot["sourceThreadId"], thread.as_str());
}
