//! For whom a caller may speak.

use context_sync::AgentId;
use serde_json::{Value, json};

use super::{get, pair, post, raw, server};

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
