//! Who gets a message, and what is unread.

use context_sync::conformance::Server;
use context_sync::{IdempotencyKey, Timestamp, Unread};
use serde_json::json;

use super::{get, mark_read, pair, post, sent, server, sync, unread};

#[test]
fn case_1_registering_again_is_no_error() {
    let mut server = server();
    let body = json!({"agentId": "ann@x"});
    let first = post(&mut server, "/agents/register", &body);
    assert_eq!(first, (201, json!({"agentId": "ann@x", "created": true})));
    let second = post(&mut server, "/agents/register", &body);
    assert_eq!(second, (201, json!({"agentId": "ann@x", "created": false})));
}

#[test]
fn cases_2_3_4_an_unregistered_recipient_starts_cold_and_reading_consumes_nothing() {
    let mut server = server();
    sent(
        &mut server,
        &json!({"from": "ann@x", "to": "ben@x", "payload": "hi", "contextSnapshot": {"s": 1}}),
    );
    let first = unread(&mut server, "ben@x");
    assert_eq!(first.len(), 1);
    assert_eq!(first[0]["context"]["snapshot"], json!({"s": 1}));
    assert_eq!(first[0].get("contextSnapshot"), None);
    assert_eq!(unread(&mut server, "ben@x"), first);
}

#[test]
fn cases_5_6_what_comes_after_mark_read_is_unread_in_the_same_millisecond() {
    let mut server = server();
    let thread = pair(&mut server, "ann@x", "ben@x");
    mark_read(&mut server, "ben@x", &thread);
    assert!(unread(&mut server, "ben@x").is_empty());
    let next = sent(&mut server, &json!({"from": "ann@x", "to": "ben@x"}));
    let left = unread(&mut server, "ben@x");
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["id"], next["messageId"]);
}

#[test]
fn a_clock_that_steps_back_hides_nothing() {
    let mut server = server();
    let thread = pair(&mut server, "ann@x", "ben@x");
    mark_read(&mut server, "ben@x", &thread);
    let before = server.now;
    server.now = Timestamp::new(5).unwrap();
    pair(&mut server, "ann@x", "ben@x");
    let left = unread(&mut server, "ben@x");
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["timestamp"], before.as_millis());
}

#[test]
fn case_14_nobody_is_delivered_to_twice() {
    let mut server = server();
    let answer = sent(
        &mut server,
        &json!({"from": "d1", "to": "d2", "cc": ["d2", "d3", "d3", "d1"], "bcc": ["d3", "d4", "d4"]}),
    );
    assert_eq!(answer["deliveredTo"], json!(["d2", "d3", "d4"]));
    let thread = answer["threadId"].as_str().unwrap();
    let message = &get(&mut server, &format!("/threads/{thread}?as=d1"))["thread"]["messages"][0];
    assert_eq!(message["cc"], json!(["d2", "d3", "d1"]));
    assert_eq!(message["bcc"], json!(["d3", "d4"]));
}

#[test]
fn case_19_who_is_not_addressed_has_nothing_unread() {
    let mut server = server();
    let answer = sent(
        &mut server,
        &json!({"from": "ann@x", "to": "ben@x", "cc": ["cy@x"]}),
    );
    let thread = answer["threadId"].as_str().unwrap();
    mark_read(&mut server, "cy@x", thread);
    sent(
        &mut server,
        &json!({"from": "ann@x", "to": "ben@x", "payload": "aside", "threadId": thread}),
    );
    assert!(unread(&mut server, "cy@x").is_empty());
    assert_eq!(
        sync(&mut server, thread, "cy@x")["recentMessages"][1]["payload"],
        "aside"
    );
}

#[test]
fn cases_23_37_mail_to_oneself_is_delivered_to_nobody() {
    let mut server = server();
    let answer = sent(
        &mut server,
        &json!({"from": "ann@x", "to": "ann@x", "payload": 1}),
    );
    assert_eq!(answer["deliveredTo"], json!([]));
    assert!(unread(&mut server, "ann@x").is_empty());
    let reply = json!({"from": "ann@x", "threadId": answer["threadId"], "payload": 1});
    let (status, answer) = post(&mut server, "/messages/reply-all", &reply);
    assert_eq!(
        (status, answer),
        (
            400,
            json!({"error": "no other visible participants to reply to"})
        )
    );
}

#[test]
fn case_38_mark_read_tells_nothing() {
    let mut server = server();
    let thread = pair(&mut server, "ann@x", "ben@x");
    mark_read(&mut server, "ben@x", "nope");
    mark_read(&mut server, "eve@x", &thread);
    assert_eq!(unread(&mut server, "ben@x").len(), 1);
    for body in [json!({}), json!({"threadId": ""})] {
        assert_eq!(post(&mut server, "/mailbox/ben@x/read", &body).0, 400);
    }
}

#[test]
fn case_54_a_thousand_unread_messages_are_a_few_megabytes() {
    let mut server = server();
    for n in 0..1000 {
        sent(
            &mut server,
            &json!({"from": "ann@x", "to": "ben@x", "payload": {"n": n}}),
        );
    }
    let (status, answer) = server.open("GET", "/mailbox/ben@x/unread", b"");
    assert_eq!(status, 200);
    assert!(answer.len() < 5 << 20, "{} octets", answer.len());
}

#[test]
fn an_idempotency_key_gets_the_first_answer_again() {
    let mut server = server();
    let key: IdempotencyKey = "k-1".parse().unwrap();
    let body = json!({"from": "ann@x", "to": "ben@x", "payload": 1}).to_string();
    let first = server.answer(None, "POST", "/messages/send", Some(&key), body.as_bytes());
    let again = server.answer(None, "POST", "/messages/send", Some(&key), body.as_bytes());
    assert_eq!((first.0, &first), (200, &again));
    assert_eq!(unread(&mut server, "ben@x").len(), 1);
    let other = json!({"from": "ann@x", "to": "ben@x", "payload": 2}).to_string();
    assert_eq!(
        server
            .answer(None, "POST", "/messages/send", Some(&key), other.as_bytes())
            .0,
        409
    );
    // Another sender's key is another key.
    let theirs = json!({"from": "cy@x", "to": "ben@x", "payload": 1}).to_string();
    assert_eq!(
        server
            .answer(
                None,
                "POST",
                "/messages/send",
                Some(&key),
                theirs.as_bytes()
            )
            .0,
        200
    );
}

#[test]
fn what_an_answer_has_no_room_for_comes_after_a_mark() {
    let mut server = server();
    server.limits.portion = 4000;
    let send = |server: &mut Server, payload: &str| {
        let body = json!({"from": "ann@x", "to": "ben@x", "payload": payload});
        sent(server, &body)["threadId"].as_str().unwrap().to_owned()
    };
    let thread = ["a", "b", "c", "d"].map(|payload| send(&mut server, payload));
    let shown = |server: &mut Server| {
        let (_, answer) = server.open("GET", "/mailbox/ben@x/unread", b"");
        let unread = Unread::parse(&answer, &server.limits).unwrap();
        let frames = unread.frames().iter();
        let payloads = frames.map(|frame| frame.message().payload.to_string());
        (payloads.collect::<String>(), unread.has_more())
    };
    assert_eq!(shown(&mut server), (r#""a""b""#.to_owned(), true));
    send(&mut server, "e");
    for _ in 0..2 {
        mark_read(&mut server, "ben@x", &thread[0]);
    }
    assert_eq!(shown(&mut server), (r#""c""d""#.to_owned(), true));
    mark_read(&mut server, "ben@x", &thread[0]);
    assert_eq!(shown(&mut server), (r#""e""#.to_owned(), false));
    mark_read(&mut server, "ben@x", &thread[0]);
    assert_eq!(shown(&mut server), (String::new(), false));
}
