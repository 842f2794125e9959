//! Who gets a message, what is unread, and in which order.

use serde_json::{Value, json};

use super::door::{Door, segment, text};

#[tokio::test]
async fn case_1_registering_again_is_no_error() {
    for door in [Door::open().await, Door::keyed(&[]).await] {
        let owner = door.operator.open("@acme.a").await.client;
        for created in [true, false] {
            let body = json!({"agentId": "ann@x"});
            let made = owner.post("/context-sync/agents/register", &body).await;
            assert_eq!(
                made.ok(201),
                json!({"agentId": "ann@x", "created": created})
            );
        }
    }
}

#[tokio::test]
async fn cases_2_3_4_an_unregistered_recipient_starts_cold_and_reading_consumes_nothing() {
    let door = Door::keyed(&["ann@x"]).await;
    let sent = door.send(
        json!({"from": "ann@x", "to": "ben@x", "payload": "hi", "contextSnapshot": {"s": 1}}),
    );
    let sent = sent.await;
    assert_eq!(sent["deliveredTo"], json!(["ben@x"]));
    let ben = door.operator.open("@ben.b").await.client;
    let body = json!({"agentId": "ben@x"});
    let made = ben.post("/context-sync/agents/register", &body).await;
    assert_eq!(made.ok(201)["created"], false, "it was named before");
    let path = "/context-sync/mailbox/ben%40x/unread";
    let first = ben.get(path).await.ok(200);
    let frames = first["messages"].as_array().unwrap();
    assert_eq!(frames.len(), 1);
    assert_eq!(frames[0]["context"]["snapshot"], json!({"s": 1}));
    assert_eq!(frames[0].get("contextSnapshot"), None);
    assert_eq!(ben.get(path).await.ok(200), first);
}

#[tokio::test]
async fn cases_5_6_what_comes_after_mark_read_is_unread_in_the_same_millisecond() {
    let door = Door::keyed(&["ann@x", "ben@x"]).await;
    let thread = door.pair("ann@x", "ben@x").await;
    // The clock goes back, so that all that follows has the time of the first message.
    door.operator.set_skew(-3_600_000);
    door.mark_read("ben@x", &thread).await;
    assert!(door.unread("ben@x").await.is_empty());
    let before = door.thread("ann@x", &thread).await["updatedAt"].clone();
    let next = door.send(json!({"from": "ann@x", "to": "ben@x"})).await;
    let left = door.unread("ben@x").await;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["id"], next["messageId"]);
    assert_eq!(left[0]["timestamp"], before);
}

#[tokio::test]
async fn case_14_nobody_is_delivered_to_twice() {
    let door = Door::keyed(&["d1"]).await;
    let sent = door.send(json!({
        "from": "d1", "to": "d2", "cc": ["d2", "d3", "d3", "d1"], "bcc": ["d3", "d4", "d4"],
    }));
    let sent = sent.await;
    assert_eq!(sent["deliveredTo"], json!(["d2", "d3", "d4"]));
    let thread = door.thread("d1", sent["threadId"].as_str().unwrap()).await;
    assert_eq!(thread["messages"][0]["cc"], json!(["d2", "d3", "d1"]));
}

#[tokio::test]
async fn case_19_who_is_not_addressed_has_nothing_unread() {
    let door = Door::keyed(&["ann@x", "cy@x"]).await;
    let sent = door.send(json!({"from": "ann@x", "to": "ben@x", "cc": ["cy@x"]}));
    let thread = text(&sent.await["threadId"]);
    door.mark_read("cy@x", &thread).await;
    door.send(json!({"from": "ann@x", "to": "ben@x", "payload": "aside", "threadId": thread}))
        .await;
    assert!(door.unread("cy@x").await.is_empty());
    let context = door.sync("cy@x", &thread).await;
    assert_eq!(context["recentMessages"][1]["payload"], "aside");
}

#[tokio::test]
async fn case_23_mail_to_oneself_is_delivered_to_nobody() {
    let door = Door::keyed(&["ann@x"]).await;
    let sent = door
        .send(json!({"from": "ann@x", "to": "ann@x", "payload": 1}))
        .await;
    assert_eq!(sent["deliveredTo"], json!([]));
    assert!(door.unread("ann@x").await.is_empty());
    assert_eq!(door.threads("ann@x").await.len(), 1);
}

#[tokio::test]
async fn case_24_payloads_are_stored_as_they_are() {
    let door = Door::keyed(&["ann@x", "ben@x"]).await;
    let payloads = [
        json!("text"),
        json!(1.5),
        json!(false),
        json!([1, {"a": null}]),
        Value::Null,
    ];
    for payload in &payloads {
        door.send(json!({"from": "ann@x", "to": "ben@x", "payload": payload}))
            .await;
    }
    door.send(json!({"from": "ann@x", "to": "ben@x"})).await;
    let frames = door.unread("ben@x").await;
    let found: Vec<_> = frames.iter().map(|frame| &frame["payload"]).collect();
    let expected: Vec<_> = payloads.iter().chain([&Value::Null]).collect();
    assert_eq!(found, expected);
    assert!(frames[5].as_object().unwrap().contains_key("payload"));
}

#[tokio::test]
async fn case_25_reply_to_is_shown_and_routes_nothing() {
    let door = Door::keyed(&["ann@x", "ben@x", "desk@x"]).await;
    door.send(json!({"from": "ann@x", "to": "ben@x", "replyTo": "desk@x"}))
        .await;
    let frames = door.unread("ben@x").await;
    assert_eq!(frames[0]["replyTo"], "desk@x");
    door.reply_all("ben@x", frames[0]["threadId"].as_str().unwrap())
        .await
        .ok(200);
    assert!(door.unread("desk@x").await.is_empty());
    assert_eq!(door.unread("ann@x").await.len(), 1);
}

#[tokio::test]
async fn case_26_ids_survive_the_path() {
    let ids = [
        "j\u{f6}rg@x",
        "a/b@x",
        "a%2fb@x",
        "a+b&c=d?e#f@x",
        "__proto__",
    ];
    let door = Door::keyed(&ids).await;
    for id in ids {
        let thread = door.pair(ids[0], id).await;
        if id != ids[0] {
            assert_eq!(door.unread(id).await.len(), 1, "{id}");
        }
        door.sync(id, &thread).await;
        door.mark_read(id, &thread).await;
        assert!(door.unread(id).await.is_empty(), "{id}");
        let slash = format!("/mailbox/{}/", segment(id));
        door.get(id, &slash).await.ok(200);
    }
}

#[tokio::test]
async fn case_29_all_threads_are_shown_unless_a_page_is_asked_for() {
    let door = Door::keyed(&["hub@x"]).await;
    for n in 0..150 {
        door.pair("hub@x", &format!("peer{n}@x")).await;
    }
    let all = door.threads("hub@x").await;
    assert_eq!(all.len(), 150);
    let times: Vec<_> = all
        .iter()
        .map(|one| one["updatedAt"].as_u64().unwrap())
        .collect();
    assert!(
        times.is_sorted_by(|left, right| left >= right),
        "newest first"
    );
    let mut pages = Vec::new();
    for offset in [0, 60, 120] {
        let path = format!("/mailbox/hub%40x?limit=60&offset={offset}");
        let page = door.get("hub@x", &path).await.ok(200);
        assert_eq!(
            (&page["total"], &page["limit"], &page["offset"]),
            (&json!(150), &json!(60), &json!(offset))
        );
        pages.extend(page["threads"].as_array().unwrap().clone());
    }
    assert_eq!(pages, all);
}
