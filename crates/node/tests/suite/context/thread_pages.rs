//! Answers with threads that have room for a part of them, and pages of the rest.

use mailmesh_node::Config;
use serde_json::{Value, json};

use super::door::{Door, text};

/// The room of the tests, and the most octets of an answer with it: as much again around messages,
/// and what JSON adds.
const PORTION: usize = 40 << 10;
const MOST: usize = 3 * PORTION;

fn small(config: &mut Config) {
    config.limits.context.portion = PORTION;
}

/// Sends messages into the thread of two, each of so many octets.
async fn fill(door: &Door, from: &str, to: &str, messages: usize, octets: usize) -> String {
    let mut thread = String::new();
    for at in 0..messages {
        let payload = json!({"at": at, "text": "x".repeat(octets)});
        let sent = door.send(json!({"from": from, "to": to, "payload": payload}));
        thread = text(&sent.await["threadId"]);
    }
    thread
}

fn places(thread: &Value) -> Vec<u64> {
    let messages = thread["messages"].as_array().unwrap().iter();
    messages
        .map(|message| message["payload"]["at"].as_u64().unwrap())
        .collect()
}

#[tokio::test]
async fn a_long_thread_is_shown_in_part_and_read_in_pages() {
    let door = Door::keyed_with(&["ann@x", "ben@x"], small).await;
    let thread = fill(&door, "ann@x", "ben@x", 12, 9_000).await;
    let path = format!("/threads/{thread}?as=ben%40x");
    let whole = door.get("ben@x", &path).await;
    assert!(whole.octets.len() <= MOST);
    let whole = whole.ok(200);
    let shown = whole["thread"].clone();
    assert_eq!(places(&shown), [8, 9, 10, 11]);
    assert_eq!(shown["omittedMessages"], 8);
    assert_eq!(whole.get("total"), None);
    let context = door.sync_by("ben@x", &thread, "&recent=50").await;
    assert_eq!(context["recentMessages"], shown["messages"]);
    for limit in [1, 3, 1000] {
        let mut all = Vec::new();
        while all.len() < 12 {
            let path = format!("{path}&limit={limit}&offset={}", all.len());
            let page = door.get("ben@x", &path).await;
            assert!(page.octets.len() <= MOST);
            let page = page.ok(200);
            assert_eq!(
                (&page["total"], &page["limit"], &page["offset"]),
                (&json!(12), &json!(limit), &json!(all.len()))
            );
            assert_eq!(page["thread"].get("omittedMessages"), None);
            assert_eq!(page["thread"]["participants"], shown["participants"]);
            let places = places(&page["thread"]);
            assert!((1..=limit.min(4)).contains(&places.len()));
            all.extend(places);
        }
        assert!(all.into_iter().eq(0..12));
    }
    let behind = door
        .get("ben@x", &format!("{path}&offset=12"))
        .await
        .ok(200);
    assert_eq!(
        (&behind["thread"]["messages"], &behind["limit"]),
        (&json!([]), &json!(100))
    );
}

#[tokio::test]
async fn a_message_beyond_all_room_is_shown_alone() {
    let door = Door::open_with(small).await;
    let thread = fill(&door, "ann@x", "ben@x", 3, 2 * PORTION).await;
    let path = format!("/threads/{thread}?as=ben%40x");
    let newest = door.get("", &path).await.ok(200)["thread"].clone();
    assert_eq!(
        (places(&newest), &newest["omittedMessages"]),
        (vec![2], &json!(2))
    );
    for at in 0..3 {
        let page = door.get("", &format!("{path}&offset={at}")).await.ok(200);
        assert_eq!(places(&page["thread"]), [at]);
    }
}

#[tokio::test]
async fn a_silent_member_pages_from_its_first_message() {
    let door = Door::keyed_with(&["ann@x", "ben@x", "spy@x"], small).await;
    let thread = fill(&door, "ann@x", "ben@x", 5, 10).await;
    let body = json!({
        "from": "ann@x", "to": "ben@x", "bcc": ["spy@x"], "threadId": thread, "payload": {"at": 5},
    });
    door.send(body).await;
    fill(&door, "ben@x", "ann@x", 1, 10).await;
    let path = format!("/threads/{thread}?limit=1&offset=");
    for (offset, wanted) in [(0, vec![5]), (1, vec![0]), (2, vec![])] {
        let page = door.get("spy@x", &format!("{path}{offset}")).await.ok(200);
        assert_eq!(
            (places(&page["thread"]), &page["total"]),
            (wanted, &json!(2))
        );
        assert!(
            page["thread"]["messages"]
                .as_array()
                .unwrap()
                .iter()
                .all(|one| one.get("bcc").is_none())
        );
    }
    let own = door.get("ann@x", &format!("{path}5")).await.ok(200);
    assert_eq!(own["thread"]["messages"][0]["bcc"], json!(["spy@x"]));
}

#[tokio::test]
async fn strangers_and_wrong_pages_are_refused_as_before() {
    let door = Door::keyed_with(&["ann@x", "eve@x"], small).await;
    let thread = fill(&door, "ann@x", "ben@x", 2, 10).await;
    let page = "limit=1&offset=0";
    let found = door
        .get("eve@x", &format!("/threads/{thread}?{page}"))
        .await;
    let unknown = door.get("eve@x", &format!("/threads/unknown?{page}")).await;
    found.turned_down(404);
    assert_eq!(found.octets, unknown.octets);
    for wrong in [
        "limit=0",
        "limit=1001",
        "limit=",
        "limit=x",
        "limit=-1",
        "limit=+1",
        "limit=1.5",
        "offset=x",
        "offset=-1",
        "offset=9223372036854775808",
        "limit=1&limit=1",
        "limit[]=1",
    ] {
        let of_mailbox = door
            .get("ann@x", &format!("/mailbox/ann%40x?{wrong}"))
            .await;
        let of_thread = door
            .get("ann@x", &format!("/threads/{thread}?{wrong}"))
            .await;
        of_thread.turned_down(400);
        assert_eq!(of_thread.octets, of_mailbox.octets, "{wrong}");
    }
}

#[tokio::test]
async fn a_hostile_peer_hides_no_thread_of_others() {
    let door = Door::open_with(small).await;
    let mut small = Vec::new();
    for n in 0..10 {
        small.push(door.pair(&format!("peer{n}@x"), "ben@x").await);
    }
    let large = fill(&door, "mallory@x", "ben@x", 40, 9_000).await;
    let answer = door.get("", "/mailbox/ben%40x").await;
    assert!(answer.octets.len() <= MOST, "{}", answer.octets.len());
    let mailbox = answer.ok(200);
    assert_eq!(
        (mailbox.get("total"), &mailbox["unreadCount"]),
        (None, &json!(50))
    );
    let threads = mailbox["threads"].as_array().unwrap();
    assert_eq!(threads.len(), 11);
    for thread in threads {
        let shown = thread["messages"].as_array().unwrap().len() as u64;
        let omitted = thread["omittedMessages"].as_u64().unwrap_or(0);
        match thread["id"] == large.as_str() {
            true => assert_eq!((shown, omitted), (3, 37)),
            false => assert_eq!((shown, thread.get("omittedMessages")), (1, None)),
        }
    }
}

#[tokio::test]
async fn threads_of_many_long_names_come_in_pages() {
    let door = Door::open_with(small).await;
    for n in 0..20 {
        let cc: Vec<_> = (0..30).map(|at| format!("{at:0>240}@{n}")).collect();
        door.send(json!({"from": "mallory@x", "to": "ben@x", "cc": cc}))
            .await;
    }
    let answer = door.get("", "/mailbox/ben%40x").await;
    assert!(answer.octets.len() <= MOST, "{}", answer.octets.len());
    let mailbox = answer.ok(200);
    let listed = mailbox["threads"].as_array().unwrap();
    assert_eq!(
        (&mailbox["total"], mailbox.get("limit")),
        (&json!(20), None)
    );
    assert!((1..20).contains(&listed.len()));
    let mut all: Vec<Value> = Vec::new();
    while all.len() < 20 {
        let path = format!("/mailbox/ben%40x?limit=1000&offset={}", all.len());
        let page = door.get("", &path).await;
        assert!(page.octets.len() <= MOST);
        let page = page.ok(200);
        assert_eq!((&page["total"], &page["limit"]), (&json!(20), &json!(1000)));
        all.extend(page["threads"].as_array().unwrap().iter().cloned());
    }
    let mut ids: Vec<_> = all.iter().map(|thread| text(&thread["id"])).collect();
    assert!(
        listed
            .iter()
            .zip(&ids)
            .all(|(thread, id)| thread["id"] == id.as_str())
    );
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 20);
}

#[tokio::test]
async fn an_answer_is_read_when_there_is_room_for_it() {
    let door = Door::open_with(|config| {
        small(config);
        config.limits.context.body = 64 << 10;
        config.limits.answers = 2 << 20;
    })
    .await;
    let thread = fill(&door, "ann@x", "ben@x", 6, 9_000).await;
    let path = format!("/threads/{thread}?as=ben%40x");
    let asked = (0..40).map(|_| door.get("", &path));
    for answer in futures_util::future::join_all(asked).await {
        assert_eq!(places(&answer.ok(200)["thread"]), [2, 3, 4, 5]);
    }
}
