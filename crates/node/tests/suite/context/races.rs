//! Many at once.

use std::collections::BTreeSet;

use futures_util::future::{join, join_all};
use serde_json::json;

use super::door::{Door, text};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_27_two_hundred_messages_at_once_make_one_thread() {
    let door = Door::keyed(&["ann@x", "ben@x"]).await;
    let sent = join_all(
        (0..200).map(|n| door.send(json!({"from": "ann@x", "to": "ben@x", "payload": n}))),
    )
    .await;
    let threads: BTreeSet<_> = sent.iter().map(|sent| text(&sent["threadId"])).collect();
    assert_eq!(threads.len(), 1);
    let shown = door.threads("ben@x").await;
    let messages = shown[0]["messages"].as_array().unwrap();
    let payloads: BTreeSet<_> = messages.iter().map(|one| one["payload"].as_u64()).collect();
    assert_eq!((messages.len(), payloads.len()), (200, 200));
    let times: Vec<_> = messages
        .iter()
        .map(|one| one["timestamp"].as_u64())
        .collect();
    assert!(times.is_sorted());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn first_contact_from_both_sides_is_one_thread() {
    let door = Door::keyed(&["ann@x", "ben@x"]).await;
    let threads = join_all((0..60).map(|n| match n % 2 {
        0 => door.pair("ann@x", "ben@x"),
        _ => door.pair("ben@x", "ann@x"),
    }))
    .await;
    let threads: BTreeSet<_> = threads.into_iter().collect();
    assert_eq!(threads.len(), 1);
    assert_eq!(door.unread("ann@x").await.len(), 30);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_message_is_lost_between_two_read_marks() {
    let door = Door::keyed(&["ann@x", "ben@x"]).await;
    let thread = door.pair("ann@x", "ben@x").await;
    let senders = join_all((0..100).map(|_| door.pair("ann@x", "ben@x")));
    let reader = async {
        for _ in 0..20 {
            door.mark_read("ben@x", &thread).await;
            // The list and the count agree when nobody writes between them, so only the list is asked for.
            let path = "/mailbox/ben%40x/unread";
            let left = door.get("ben@x", path).await.ok(200)["messages"].clone();
            let left: Vec<_> = left
                .as_array()
                .unwrap()
                .iter()
                .map(|one| text(&one["id"]))
                .collect();
            let all = door.thread("ben@x", &thread).await["messages"].clone();
            let all: Vec<_> = all
                .as_array()
                .unwrap()
                .iter()
                .map(|one| text(&one["id"]))
                .collect();
            // What is unread is a run of the thread: nothing between its ends was marked.
            let Some(first) = left.first() else { continue };
            let start = all.iter().position(|id| id == first).unwrap();
            assert_eq!(all[start..start + left.len()], left);
        }
    };
    join(senders, reader).await;
    door.mark_read("ben@x", &thread).await;
    assert!(door.unread("ben@x").await.is_empty());
    assert_eq!(
        door.threads("ben@x").await[0]["messages"]
            .as_array()
            .unwrap()
            .len(),
        101
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_who_claim_one_agent_do_not_both_get_it() {
    let door = Door::keyed(&["ann@x", "eve@x"]).await;
    for n in 0..10 {
        let name = format!("prize{n}");
        let (ann, eve) = join(door.register("ann@x", &name), door.register("eve@x", &name)).await;
        let mut statuses = [ann.status, eve.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 403]);
    }
}
