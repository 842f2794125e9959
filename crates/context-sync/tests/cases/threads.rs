//! Which thread a message goes to, and who is in it.

use context_sync::{Mailbox, Page, Thread, Timestamp};
use serde_json::{Value, json};

use super::{get, pair, post, raw, sent, server, unread};

#[test]
fn cases_7_8_9_participants_choose_the_thread_and_blind_copies_do_not() {
    let mut server = server();
    let thread = pair(&mut server, "ann@x", "ben@x");
    assert_eq!(pair(&mut server, "ben@x", "ann@x"), thread);
    let three = sent(
        &mut server,
        &json!({"from": "ann@x", "to": "ben@x", "cc": ["cy@x"]}),
    );
    assert_ne!(three["threadId"], thread);
    let turned = sent(
        &mut server,
        &json!({"from": "cy@x", "to": "ben@x", "cc": ["ann@x", "ben@x"]}),
    );
    assert_eq!(turned["threadId"], three["threadId"]);
    assert_eq!(pair(&mut server, "ann@x", "ben@x"), thread);
    let blind = sent(
        &mut server,
        &json!({"from": "ann@x", "to": "ben@x", "bcc": ["di@x"]}),
    );
    assert_eq!(blind["threadId"], thread);
}

#[test]
fn a_thread_that_grows_leaves_the_pair() {
    let mut server = server();
    let thread = pair(&mut server, "ann@x", "ben@x");
    sent(
        &mut server,
        &json!({"from": "ann@x", "to": "cy@x", "threadId": thread}),
    );
    let next = pair(&mut server, "ann@x", "ben@x");
    assert_ne!(next, thread);
    let three = sent(
        &mut server,
        &json!({"from": "cy@x", "to": "ben@x", "cc": ["ann@x"]}),
    );
    assert_eq!(three["threadId"], thread);
}

#[test]
fn cases_15_16_a_reply_to_all_leaves_out_the_silent() {
    let mut server = server();
    let answer = sent(
        &mut server,
        &json!({"from": "lead@x", "to": "dev@x", "cc": ["qa@x"], "bcc": ["spy@x"]}),
    );
    let thread = &answer["threadId"];
    let (status, reply) = post(
        &mut server,
        "/messages/reply-all",
        &json!({"from": "qa@x", "threadId": thread, "payload": 2}),
    );
    assert_eq!(
        (status, &reply["deliveredTo"]),
        (200, &json!(["dev@x", "lead@x"]))
    );
    let last = &get(
        &mut server,
        &format!("/threads/{}?as=qa@x", thread.as_str().unwrap()),
    )["thread"]["messages"][1];
    assert_eq!(
        (&last["to"], &last["cc"]),
        (&json!("dev@x"), &json!(["lead@x"]))
    );
    assert_eq!(unread(&mut server, "spy@x").len(), 1);
}

#[test]
fn case_17_participants_by_viewer() {
    let mut server = server();
    let answer = sent(
        &mut server,
        &json!({"from": "ann@x", "to": "ben@x", "cc": ["cy@x"], "bcc": ["di@x", "ed@x"]}),
    );
    let thread = answer["threadId"].as_str().unwrap().to_owned();
    let mut roles = |viewer: &str| -> Vec<String> {
        let answer = get(
            &mut server,
            &format!("/threads/{thread}/participants?as={viewer}"),
        );
        let list = answer["participants"].as_array().unwrap().clone();
        let role = |one: &Value| {
            format!(
                "{} {}",
                one["agentId"].as_str().unwrap(),
                one["role"].as_str().unwrap()
            )
        };
        list.iter().map(role).collect()
    };
    let open = ["ann@x to", "ben@x to", "cy@x cc"];
    assert_eq!(
        roles("ann@x"),
        [&open[..], &["di@x bcc", "ed@x bcc"]].concat()
    );
    assert_eq!(roles("cy@x"), open);
    assert_eq!(roles("di@x"), [&open[..], &["di@x bcc"]].concat());
}

#[test]
fn case_18_the_strongest_role_and_the_first_mention_stay() {
    let mut server = server();
    let first = server.now;
    let answer = sent(
        &mut server,
        &json!({"from": "ann@x", "to": "ben@x", "cc": ["cy@x"]}),
    );
    server.now = Timestamp::new(first.as_millis() + 9).unwrap();
    sent(
        &mut server,
        &json!({"from": "ann@x", "to": "cy@x", "cc": ["ben@x"]}),
    );
    let thread = answer["threadId"].as_str().unwrap();
    let answer = get(
        &mut server,
        &format!("/threads/{thread}/participants?as=ann@x"),
    );
    assert_eq!(
        answer["participants"][2],
        json!({"agentId": "cy@x", "role": "to", "joinedAt": first.as_millis()})
    );
}

#[test]
fn case_27_two_hundred_messages_make_one_thread() {
    let mut server = server();
    let thread = pair(&mut server, "ann@x", "ben@x");
    for _ in 1..200 {
        assert_eq!(pair(&mut server, "ann@x", "ben@x"), thread);
    }
    assert_eq!(unread(&mut server, "ben@x").len(), 200);
}

#[test]
fn case_29_all_threads_are_shown_unless_a_page_is_asked_for() {
    let mut server = server();
    for n in 0..150 {
        pair(&mut server, "ann@x", &format!("n{n}"));
    }
    let all = get(&mut server, "/mailbox/ann@x");
    assert_eq!(all["threads"].as_array().unwrap().len(), 150);
    assert_eq!(all.get("total"), None);
    let page = get(&mut server, "/mailbox/ann@x?limit=100&offset=100");
    assert_eq!(page["threads"].as_array().unwrap().len(), 50);
    assert_eq!(
        (&page["total"], &page["limit"], &page["offset"]),
        (&json!(150), &json!(100), &json!(100))
    );
}

#[test]
fn cases_35_36_an_unknown_thread_registers_nobody() {
    let mut server = server();
    let missing = (404, json!({"error": "thread not found"}));
    let send = json!({"from": "a", "to": "b", "threadId": "nope"});
    assert_eq!(post(&mut server, "/messages/send", &send), missing);
    let reply = json!({"from": "a", "threadId": "nope", "payload": 1});
    assert_eq!(post(&mut server, "/messages/reply-all", &reply), missing);
    for route in ["", "/sync", "/participants"] {
        assert_eq!(
            raw(
                &mut server,
                "GET",
                &format!("/threads/nope{route}?as=a"),
                b""
            ),
            missing
        );
    }
    assert!(server.agents.is_empty());
}

#[test]
fn the_empty_thread_id_is_no_thread() {
    let mut server = server();
    let thread = pair(&mut server, "a", "b");
    let answer = sent(
        &mut server,
        &json!({"from": "b", "to": "a", "threadId": ""}),
    );
    assert_eq!(answer["threadId"], thread);
}

#[test]
fn answers_in_part_are_read_as_they_were_written() {
    let mut server = server();
    server.limits.portion = 2500;
    let thread = pair(&mut server, "ann@x", "ben@x");
    for _ in 0..3 {
        pair(&mut server, "ben@x", "ann@x");
    }
    for to in ["cy@x", "di@x", "ed@x"] {
        pair(&mut server, "ann@x", to);
    }
    let limits = server.limits;
    let id = thread;
    let mut again = |target: &str| {
        let (_, answer) = server.open("GET", target, b"");
        let mut written = Vec::new();
        let read = Thread::parse(&answer, &limits).unwrap();
        read.write(&mut written);
        assert_eq!(written, answer);
        read
    };
    let newest = again(&format!("/threads/{id}?as=ben@x"));
    let shown = newest.messages().len() as u64;
    assert_eq!((shown, newest.omitted(), newest.page()), (2, 2, None));
    let page = again(&format!("/threads/{id}?as=ben@x&limit=1&offset=3"));
    assert_eq!(
        (page.messages(), page.omitted()),
        (&newest.messages()[1..], 0)
    );
    assert_eq!(page.page(), Page::new(1, 3).map(|page| (page, 4)));
    for (query, threads, page) in [("", 1, None), ("?offset=2", 1, Page::new(100, 2))] {
        let (_, answer) = server.open("GET", &format!("/mailbox/ann@x{query}"), b"");
        let mut written = Vec::new();
        let read = Mailbox::parse(&answer, &limits).unwrap();
        read.write(&mut written);
        assert_eq!(written, answer);
        assert_eq!((read.threads().len(), read.total()), (threads, Some(4)));
        assert_eq!(read.page(), page.map(|page| (page, 4)));
    }
}
