//! The cases of section 10 that need no server, under their numbers.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use context_sync::conformance::Server;
use context_sync::{AgentId, IdempotencyKey, Timestamp, Window};
use serde_json::{Value, json};

fn server() -> Server {
    Server::new(Timestamp::new(1_795_216_410_663).unwrap())
}

fn post(server: &mut Server, path: &str, body: &Value) -> (u16, Value) {
    raw(server, "POST", path, body.to_string().as_bytes())
}

fn get(server: &mut Server, target: &str) -> Value {
    let (status, body) = raw(server, "GET", target, b"");
    assert_eq!(status, 200, "{target}: {body}");
    body
}

fn raw(server: &mut Server, method: &str, target: &str, body: &[u8]) -> (u16, Value) {
    let (status, body) = server.open(method, target, body);
    (status, serde_json::from_slice(&body).unwrap())
}

/// Sends, and gives the answer.
fn sent(server: &mut Server, body: &Value) -> Value {
    let (status, answer) = post(server, "/messages/send", body);
    assert_eq!(status, 200, "{answer}");
    answer
}

/// Sends from one to another, and gives the thread.
fn pair(server: &mut Server, from: &str, to: &str) -> String {
    let answer = sent(server, &json!({"from": from, "to": to, "payload": 1}));
    answer["threadId"].as_str().unwrap().to_owned()
}

fn unread(server: &mut Server, agent: &str) -> Vec<Value> {
    let answer = get(server, &format!("/mailbox/{agent}/unread"));
    let listed = answer["messages"].as_array().unwrap().clone();
    let mailbox = get(server, &format!("/mailbox/{agent}"));
    assert_eq!(
        mailbox["unreadCount"],
        listed.len(),
        "the count is the list's length"
    );
    listed
}

fn sync(server: &mut Server, thread: &str, agent: &str) -> Value {
    get(server, &format!("/threads/{thread}/sync?as={agent}"))["context"].clone()
}

fn mark_read(server: &mut Server, agent: &str, thread: &str) {
    let path = format!("/mailbox/{agent}/read");
    let answer = post(server, &path, &json!({"threadId": thread}));
    assert_eq!(answer, (200, json!({"ok": true})));
}

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
fn cases_10_11_the_newest_snapshot_replaces_the_others() {
    let mut server = server();
    let thread = pair(&mut server, "ann@x", "ben@x");
    sent(
        &mut server,
        &json!({"from": "ann@x", "to": "ben@x", "contextSnapshot": {"a": 1}}),
    );
    sent(
        &mut server,
        &json!({"from": "ann@x", "to": "ben@x", "contextSnapshot": {"b": 2}}),
    );
    assert_eq!(
        sync(&mut server, &thread, "ben@x")["snapshot"],
        json!({"b": 2})
    );
    pair(&mut server, "ann@x", "ben@x");
    assert_eq!(sync(&mut server, &thread, "ben@x")["snapshot"], json!({}));
}

#[test]
fn cases_12_13_only_the_sender_sees_blind_copies() {
    let mut server = server();
    let answer = sent(
        &mut server,
        &json!({"from": "ann@x", "to": "ben@x", "cc": ["cy@x"], "bcc": ["di@x"]}),
    );
    let thread = answer["threadId"].as_str().unwrap();
    for viewer in ["ben@x", "cy@x", "di@x"] {
        let message =
            &get(&mut server, &format!("/threads/{thread}?as={viewer}"))["thread"]["messages"][0];
        assert_eq!(message["cc"], json!(["cy@x"]));
        assert_eq!(message.get("bcc"), None);
        assert_eq!(unread(&mut server, viewer)[0].get("bcc"), None);
    }
    let own = get(&mut server, &format!("/threads/{thread}?as=ann@x"));
    assert_eq!(own["thread"]["messages"][0]["bcc"], json!(["di@x"]));
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
fn cases_20_21_older_messages_are_covered_from_twenty_on() {
    let mut server = server();
    let thread = pair(&mut server, "ann@x", "ben@x");
    for _ in 1..29 {
        pair(&mut server, "ann@x", "ben@x");
    }
    let context = sync(&mut server, &thread, "ben@x");
    assert_eq!(context.get("threadSummaryStructured"), None);
    pair(&mut server, "ann@x", "ben@x");
    let context = sync(&mut server, &thread, "ben@x");
    assert_eq!(context["recentMessages"].as_array().unwrap().len(), 10);
    assert_eq!(context["threadSummary"], "");
    assert!(context["tokenCount"].as_u64().unwrap() > 0);
    let summary = &context["threadSummaryStructured"];
    assert_eq!(
        (
            &summary["text"],
            &summary["decisions"],
            &summary["artifacts"]
        ),
        (&json!(""), &json!([]), &json!({}))
    );
    assert_eq!(summary["coversMessageIds"].as_array().unwrap().len(), 20);
    // The stored set grows only when twenty more are uncovered.
    for _ in 0..19 {
        pair(&mut server, "ann@x", "ben@x");
    }
    let covered = |context: &Value| {
        context["threadSummaryStructured"]["coversMessageIds"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(covered(&sync(&mut server, &thread, "ben@x")), 20);
    pair(&mut server, "ann@x", "ben@x");
    assert_eq!(covered(&sync(&mut server, &thread, "ben@x")), 40);
}

#[test]
fn coverage_ids_stand_once_for_each_thread_of_an_answer() {
    let mut server = server();
    for _ in 0..31 {
        pair(&mut server, "ann@x", "ben@x");
    }
    let frames = unread(&mut server, "ben@x");
    let covered = |frame: &Value| {
        frame["context"]["threadSummaryStructured"]["coversMessageIds"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(covered(&frames[30]), 21);
    assert!(frames[..30].iter().all(|frame| covered(frame) == 0));
    let mut last = frames[30]["context"].clone();
    last["threadSummaryStructured"]["coversMessageIds"] = json!([]);
    assert!(frames[..30].iter().all(|frame| frame["context"] == last));
}

#[test]
fn cases_22_41_the_window_is_clamped() {
    for (recent, messages) in [
        ("2", 2),
        ("0", 1),
        ("-5", 1),
        ("1.9", 1),
        ("99999", 50),
        ("abc", 10),
        ("", 10),
        ("inf", 10),
        ("NaN", 10),
    ] {
        assert_eq!(Window::from_query(recent).messages(), messages, "{recent}");
    }
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
fn cases_24_25_any_payload_is_kept_and_reply_to_routes_nothing() {
    let mut server = server();
    for payload in [
        json!("text"),
        json!(1.5),
        json!(false),
        json!([1, {}]),
        Value::Null,
    ] {
        let body = json!({"from": "ann@x", "to": "ben@x", "payload": payload, "replyTo": "desk@x"});
        sent(&mut server, &body);
        let last = unread(&mut server, "ben@x").pop().unwrap();
        assert_eq!(
            (&last["payload"], &last["replyTo"]),
            (&payload, &json!("desk@x"))
        );
    }
    sent(&mut server, &json!({"from": "ann@x", "to": "ben@x"}));
    assert_eq!(
        unread(&mut server, "ben@x").pop().unwrap()["payload"],
        Value::Null
    );
    assert!(unread(&mut server, "desk@x").is_empty());
}

#[test]
fn case_26_ids_survive_the_path() {
    let mut server = server();
    for (id, segment) in [
        ("ann/1β@x", "ann%2F1%CE%B2%40x"),
        ("a%2fb", "a%252fb"),
        ("é", "%C3%A9"),
        ("ann@x", "ann@x"),
    ] {
        sent(
            &mut server,
            &json!({"from": "ben@x", "to": id, "payload": 1}),
        );
        assert_eq!(unread(&mut server, segment)[0]["to"], id);
    }
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
fn cases_31_32_34_bodies_that_break_the_rules() {
    let mut server = server();
    let register = [
        "{}",
        "[]",
        "{oops",
        r#"{"agentId":""}"#,
        r#"{"agentId":5}"#,
        "",
        "null",
    ];
    for body in register {
        assert_eq!(
            raw(&mut server, "POST", "/agents/register", body.as_bytes()).0,
            400,
            "{body}"
        );
    }
    let send = [
        r#"{"from":"a"}"#,
        r#"{"from":"a","to":""}"#,
        r#"{"from":"a","to":"b","cc":"c"}"#,
        r#"{"from":"a","to":"b","cc":[""]}"#,
        r#"{"from":"a","to":"b","contextSnapshot":[1]}"#,
        r#"{"from":"a","to":"b","contextSnapshot":"s"}"#,
        r#"{"from":"a","to":"b","threadId":7}"#,
        r#"{"from":"a","to":"b","replyTo":""}"#,
        r#"{"from":"a","to":"b","handoff":{"maxContextBytes":10}}"#,
    ];
    for body in send {
        let (status, answer) = raw(&mut server, "POST", "/messages/send", body.as_bytes());
        assert_eq!(status, 400, "{body}");
        assert!(
            answer["error"]["fieldErrors"]
                .as_object()
                .is_some_and(|fields| fields.len() == 1),
            "{answer}"
        );
    }
    assert!(server.agents.is_empty(), "nothing was registered");
}

#[test]
fn case_33_a_bad_escape_in_the_path() {
    let mut server = server();
    for target in ["/mailbox/%E0%A4%A", "/mailbox/%zz/unread", "/mailbox/%ff"] {
        assert_eq!(raw(&mut server, "GET", target, b"").0, 400, "{target}");
    }
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
fn case_39_unknown_routes_and_methods_are_json() {
    let mut server = server();
    for path in [
        "/nothing",
        "/",
        "/mailbox",
        "/mailbox/a/b",
        "/threads/a/b",
        "/mailbox/a/unread/x",
        "//",
        "/agents/register//",
    ] {
        assert_eq!(raw(&mut server, "GET", path, b"").0, 404, "{path}");
    }
    for (method, path) in [
        ("DELETE", "/agents/register"),
        ("GET", "/messages/send"),
        ("POST", "/mailbox/a"),
        ("PUT", "/threads/a/sync"),
    ] {
        assert_eq!(raw(&mut server, method, path, b"").0, 405, "{path}");
    }
}

#[test]
fn case_40_bodies_over_the_limits() {
    let mut server = server();
    server.limits.body = 1000;
    let body = |padding: usize| format!(r#"{{"agentId":"a"}}{}"#, " ".repeat(padding));
    let fits = 1000 - body(0).len();
    assert_eq!(
        raw(
            &mut server,
            "POST",
            "/agents/register",
            body(fits).as_bytes()
        )
        .0,
        201
    );
    assert_eq!(
        raw(
            &mut server,
            "POST",
            "/agents/register",
            body(fits + 1).as_bytes()
        )
        .0,
        413
    );
    server.limits.body = 10 << 20;
    let nested = |depth: usize| {
        format!(
            r#"{{"from":"a","to":"b","payload":{}{}}}"#,
            "[".repeat(depth),
            "]".repeat(depth)
        )
    };
    assert_eq!(
        raw(&mut server, "POST", "/messages/send", nested(63).as_bytes()).0,
        200
    );
    assert_eq!(
        raw(&mut server, "POST", "/messages/send", nested(64).as_bytes()).0,
        400
    );
    assert_eq!(
        raw(
            &mut server,
            "POST",
            "/messages/send",
            nested(20_000).as_bytes()
        )
        .0,
        400
    );
    let (_, answer) = server.open("GET", "/mailbox/b/unread", b"");
    let read = context_sync::Unread::parse(&answer, &server.limits);
    assert!(read.is_ok(), "what was taken in can be read");
}

#[test]
fn cases_42_47_a_stranger_finds_no_thread_and_leaves_no_trace() {
    let mut server = server();
    let thread = pair(&mut server, "ann@x", "ben@x");
    let before = get(&mut server, &format!("/threads/{thread}?as=ann@x"));
    let missing = (404, json!({"error": "thread not found"}));
    for route in ["", "/sync", "/participants"] {
        assert_eq!(
            raw(
                &mut server,
                "GET",
                &format!("/threads/{thread}{route}?as=eve@x"),
                b""
            ),
            missing
        );
    }
    let reply = json!({"from": "eve@x", "threadId": thread, "payload": 1});
    assert_eq!(post(&mut server, "/messages/reply-all", &reply), missing);
    let send = json!({"from": "eve@x", "to": "eve2@x", "threadId": thread});
    assert_eq!(post(&mut server, "/messages/send", &send), missing);
    assert_eq!(
        get(&mut server, &format!("/threads/{thread}?as=ann@x")),
        before
    );
    assert!(
        !server
            .agents
            .contains_key(&"eve2@x".parse::<AgentId>().unwrap())
    );
    assert_eq!(pair(&mut server, "ben@x", "ann@x"), thread);
    assert_eq!(get(&mut server, "/mailbox/eve@x")["threads"], json!([]));
}

#[test]
fn cases_43_44_45_a_key_acts_for_its_own_agents_only() {
    let mut server = server();
    for (principal, agent) in [("p", "ann@x"), ("q", "ben@x")] {
        let body = json!({"agentId": agent}).to_string();
        assert_eq!(
            server
                .keyed(principal, "POST", "/agents/register", body.as_bytes())
                .0,
            201
        );
    }
    let send = json!({"from": "ann@x", "to": "ben@x", "bcc": ["cy@x"]}).to_string();
    let (status, answer) = server.keyed("p", "POST", "/messages/send", send.as_bytes());
    assert_eq!(status, 200);
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    let thread = answer["threadId"].as_str().unwrap();
    let read = json!({"threadId": thread}).to_string();
    let refused = [
        ("POST", "/messages/send".to_owned(), send.as_str()),
        ("POST", "/mailbox/ann@x/read".to_owned(), &read),
        ("GET", "/mailbox/ann@x".to_owned(), ""),
        ("GET", "/mailbox/ann@x/unread".to_owned(), ""),
        ("GET", format!("/threads/{thread}?as=ann@x"), ""),
        ("GET", format!("/threads/{thread}/sync?as=ann@x"), ""),
        (
            "POST",
            "/agents/register".to_owned(),
            r#"{"agentId":"ann@x"}"#,
        ),
    ];
    for (method, target, body) in refused {
        assert_eq!(
            server.keyed("q", method, &target, body.as_bytes()).0,
            403,
            "{target}"
        );
    }
    // The only agent of a key is meant where none is named (7.4).
    let (status, own) = server.keyed("q", "GET", &format!("/threads/{thread}/sync"), b"");
    assert_eq!(status, 200);
    assert!(!String::from_utf8(own).unwrap().contains("cy@x"));
    // Nobody owns whom somebody named, until somebody claims it.
    assert_eq!(
        server
            .keyed("q", "POST", "/agents/register", br#"{"agentId":"cy@x"}"#)
            .0,
        201
    );
    assert_eq!(server.keyed("p", "GET", "/mailbox/cy@x", b"").0, 403);
    assert_eq!(
        server
            .keyed("q", "GET", &format!("/threads/{thread}/sync"), b"")
            .0,
        400
    );
}

#[test]
fn repeated_and_structured_viewers_are_refused() {
    let mut server = server();
    let thread = pair(&mut server, "a", "b");
    for query in [
        "as=a&as=b",
        "as=a&as=a",
        "as[]=a",
        "as[x]=a",
        "as=a&a%73=b",
        "as=",
        "as=%f",
    ] {
        assert_eq!(
            raw(
                &mut server,
                "GET",
                &format!("/threads/{thread}?{query}"),
                b""
            )
            .0,
            400,
            "{query}"
        );
    }
    assert_eq!(
        raw(&mut server, "GET", &format!("/threads/{thread}"), b"").0,
        400
    );
}

#[test]
fn case_46_silent_agents_never_learn_of_each_other() {
    let mut server = server();
    let answer = sent(
        &mut server,
        &json!({"from": "ann@x", "to": "ben@x", "bcc": ["spy@x", "log@x"]}),
    );
    let thread = answer["threadId"].as_str().unwrap();
    for route in ["", "/sync", "/participants"] {
        let answer = get(&mut server, &format!("/threads/{thread}{route}?as=spy@x"));
        assert!(!answer.to_string().contains("log@x"), "{answer}");
    }
    let own = get(&mut server, &format!("/threads/{thread}?as=spy@x"));
    assert_eq!(own["thread"]["silentParticipants"], json!(["spy@x"]));
    let sender = get(&mut server, &format!("/threads/{thread}?as=ann@x"));
    assert_eq!(
        sender["thread"]["silentParticipants"],
        json!(["log@x", "spy@x"])
    );
}

#[test]
fn a_silent_agent_that_replies_becomes_visible_and_sees_no_more() {
    let mut server = server();
    let thread = pair(&mut server, "ann@x", "ben@x");
    sent(
        &mut server,
        &json!({"from": "ann@x", "to": "ben@x", "bcc": ["spy@x", "log@x"]}),
    );
    server.now = Timestamp::new(server.now.as_millis() + 9).unwrap();
    let reply = json!({"from": "spy@x", "threadId": thread, "payload": "here"});
    assert_eq!(post(&mut server, "/messages/reply-all", &reply).0, 200);
    let own = get(&mut server, &format!("/threads/{thread}?as=spy@x"))["thread"].clone();
    assert_eq!(own["participants"], json!(["ann@x", "ben@x", "spy@x"]));
    assert_eq!(own["silentParticipants"], json!([]));
    assert_eq!(own["messages"].as_array().unwrap().len(), 2);
    // For those who did not know of it, it joined with its reply.
    let joined = |server: &mut Server, viewer: &str| {
        let answer = get(
            server,
            &format!("/threads/{thread}/participants?as={viewer}"),
        );
        let list = answer["participants"].as_array().unwrap().clone();
        list.iter().find(|one| one["agentId"] == "spy@x").unwrap()["joinedAt"]
            .as_u64()
            .unwrap()
    };
    assert_eq!(
        joined(&mut server, "ben@x"),
        joined(&mut server, "ann@x") + 9
    );
    // It cannot show more than it sees.
    sent(
        &mut server,
        &json!({"from": "spy@x", "to": "friend@x", "threadId": thread}),
    );
    let shown =
        get(&mut server, &format!("/threads/{thread}?as=friend@x"))["thread"]["messages"].clone();
    assert_eq!(shown.as_array().unwrap().len(), 3);
    sent(
        &mut server,
        &json!({"from": "ann@x", "to": "spy@x", "threadId": thread}),
    );
    let whole =
        get(&mut server, &format!("/threads/{thread}?as=spy@x"))["thread"]["messages"].clone();
    assert_eq!(whole.as_array().unwrap().len(), 5);
}

#[test]
fn cases_48_49_ids() {
    let long = "a".repeat(5000);
    for id in [
        "a\0b",
        "a\r\nb",
        "a\u{202e}b",
        "a b",
        " ",
        "a\u{a0}b",
        "a\u{200b}b",
        "a\u{2028}b",
        "e\u{301}",
        &long,
    ] {
        assert!(id.parse::<AgentId>().is_err(), "{id:?}");
    }
    let mut server = server();
    let lone = br#"{"agentId":"a\ud800"}"#;
    assert_eq!(raw(&mut server, "POST", "/agents/register", lone).0, 400);
    for id in ["x'OR'1'='1", "__proto__", "<b>", "%_", "OK@X", "ok@x"] {
        let answer = post(&mut server, "/agents/register", &json!({"agentId": id}));
        assert_eq!(answer, (201, json!({"agentId": id, "created": true})));
    }
}

#[test]
fn cases_50_51_52_json_is_kept_exactly_or_refused() {
    let mut server = server();
    let body = br#"{"from":"a","to":"b","payload":{"n":12345678901234567890, "e":1.50e1},"contextSnapshot":{"__proto__":1,"constructor":{"x":2}}}"#;
    assert_eq!(raw(&mut server, "POST", "/messages/send", body).0, 200);
    let (_, answer) = server.open("GET", "/mailbox/b/unread", b"");
    let answer = String::from_utf8(answer).unwrap();
    assert!(
        answer.contains(r#""payload":{"n":12345678901234567890,"e":1.50e1}"#),
        "{answer}"
    );
    assert!(
        answer.contains(r#""snapshot":{"__proto__":1,"constructor":{"x":2}}"#),
        "{answer}"
    );
    for body in [
        r#"{"from":"a","from":"c","to":"b"}"#,
        r#"{"from":"a","to":"b","payload":1e400}"#,
        r#"{"from":"a","to":"b","payload":{"x":1,"\u0078":2}}"#,
    ] {
        assert_eq!(
            raw(&mut server, "POST", "/messages/send", body.as_bytes()).0,
            400,
            "{body}"
        );
    }
}

#[test]
fn case_53_recipients_are_capped() {
    let mut server = server();
    let names = |count: usize| (0..count).map(|n| format!("n{n}")).collect::<Vec<_>>();
    let body =
        |cc: usize, bcc: usize| json!({"from": "a", "to": "b", "cc": names(cc), "bcc": names(bcc)});
    assert_eq!(post(&mut server, "/messages/send", &body(255, 0)).0, 200);
    assert_eq!(post(&mut server, "/messages/send", &body(100, 155)).0, 200);
    assert_eq!(post(&mut server, "/messages/send", &body(256, 0)).0, 400);
    assert_eq!(post(&mut server, "/messages/send", &body(100, 156)).0, 400);
    assert_eq!(post(&mut server, "/messages/send", &body(0, 2000)).0, 400);
    // Everybody in the fullest thread can reply to all.
    let answer = sent(&mut server, &body(255, 0));
    let reply = json!({"from": "n7", "threadId": answer["threadId"], "payload": 1});
    let (status, answer) = post(&mut server, "/messages/reply-all", &reply);
    assert_eq!(
        (status, answer["deliveredTo"].as_array().unwrap().len()),
        (200, 256)
    );
    let one_more = json!({"from": "a", "to": "late", "threadId": answer["threadId"]});
    assert_eq!(post(&mut server, "/messages/send", &one_more).0, 400);
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
fn a_handoff_replaces_the_snapshot() {
    let mut server = server();
    let answer = sent(
        &mut server,
        &json!({
            "from": "h1", "to": "h2", "payload": {"task": "port"},
            "contextSnapshot": {"a": 1, "_route": "x", "big": "y"},
            "handoff": {"goal": "ship", "nextAction": "review", "includeFields": ["a", "_route"], "maxContextBytes": 512},
        }),
    );
    let thread = answer["threadId"].as_str().unwrap();
    assert_eq!(
        sync(&mut server, thread, "h2")["snapshot"],
        json!({
            "version": 1, "goal": "ship", "nextAction": "review", "context": {"a": 1}, "decisions": [],
            "openQuestions": [], "artifacts": {}, "sourceThreadId": thread, "generatedAt": server.now.as_millis(),
        })
    );
}

#[test]
fn a_handoff_stays_in_its_budget() {
    let mut server = server();
    let answer = sent(
        &mut server,
        &json!({
            "from": "h1", "to": "h2",
            "contextSnapshot": {"long": "x".repeat(400), "short": 1, "handoff": 2},
            "handoff": {"maxContextBytes": 256},
        }),
    );
    let thread = answer["threadId"].as_str().unwrap();
    assert_eq!(
        sync(&mut server, thread, "h2")["snapshot"]["context"],
        json!({"short": 1})
    );
}
