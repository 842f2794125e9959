//! Bodies and request lines, sound and broken.

use context_sync::AgentId;
use serde_json::{Value, json};

use super::{pair, post, raw, sent, server, unread};

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
