//! What is refused, and how.

use reqwest::Method;
use serde_json::json;

use super::door::{Door, segment};

#[tokio::test]
async fn case_31_an_agent_has_an_id() {
    let door = Door::open().await;
    for body in [
        json!({"agentId": ""}),
        json!({}),
        json!({"agentId": 7}),
        json!([]),
        json!("x"),
    ] {
        door.post("", "/agents/register", &body)
            .await
            .turned_down(400);
    }
}

#[tokio::test]
async fn case_32_malformed_json() {
    let door = Door::open().await;
    for body in ["{oops", "", "{\"agentId\":\"a\"} x", "\u{feff}{}"] {
        for path in [
            "/agents/register",
            "/messages/send",
            "/messages/reply-all",
            "/mailbox/a/read",
        ] {
            door.post_text(path, body).await.turned_down(400);
        }
    }
}

#[tokio::test]
async fn case_33_a_bad_escape_in_the_path() {
    let door = Door::open().await;
    for path in [
        "/mailbox/%zz/unread",
        "/mailbox/%ff",
        "/threads/%f0%28/sync",
    ] {
        // The client would mend it.
        let request = format!(
            "GET /context-sync{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        );
        let (status, answer) = door.operator.raw(&request).await;
        assert_eq!(status, 400, "{answer}");
        assert!(answer.contains("\r\n\r\n{\"error\":"), "{answer}");
    }
}

#[tokio::test]
async fn case_34_a_message_has_a_shape() {
    let door = Door::open().await;
    for body in [
        json!({"from": "a@x"}),
        json!({"from": "a@x", "to": ""}),
        json!({"to": "b@x"}),
        json!({"from": "a@x", "to": "b@x", "cc": "c@x"}),
        json!({"from": "a@x", "to": "b@x", "cc": [""]}),
        json!({"from": "a@x", "to": "b@x", "bcc": [7]}),
        json!({"from": "a@x", "to": "b@x", "contextSnapshot": []}),
        json!({"from": "a@x", "to": "b@x", "contextSnapshot": "s"}),
        json!({"from": "a@x", "to": "b@x", "handoff": {"maxContextBytes": 10}}),
    ] {
        door.post("", "/messages/send", &body)
            .await
            .turned_down(400);
    }
    // Null stands for absent.
    let sound = json!({"from": "a@x", "to": "b@x", "cc": null, "threadId": null, "replyTo": null});
    door.post("", "/messages/send", &sound).await.ok(200);
}

#[tokio::test]
async fn case_35_an_unknown_thread() {
    let door = Door::keyed(&["ann@x"]).await;
    for thread in [
        "7e0af6a2-0000-4000-8000-000000000000",
        "nope",
        "%2e%2e%2f",
        "%00",
    ] {
        for route in ["", "/sync", "/participants"] {
            let path = format!("/threads/{thread}{route}?as=ann%40x");
            assert_eq!(
                door.get("ann@x", &path).await.turned_down(404),
                "thread not found"
            );
        }
    }
    let reply = door.reply_all("ann@x", "nope").await;
    assert_eq!(reply.turned_down(404), "thread not found");
    let body = json!({"from": "ann@x", "to": "ben@x", "threadId": "nope"});
    let sent = door.post("ann@x", "/messages/send", &body).await;
    assert_eq!(sent.turned_down(404), "thread not found");
}

#[tokio::test]
async fn case_36_what_fails_registers_nobody() {
    let door = Door::keyed(&["ann@x"]).await;
    let body = json!({"from": "ann@x", "to": "ghost@x", "cc": ["shade@x"], "threadId": "nope"});
    door.post("ann@x", "/messages/send", &body)
        .await
        .turned_down(404);
    for name in ["ghost@x", "shade@x"] {
        let made = door.register("ann@x", name).await.ok(201);
        assert_eq!(made["created"], true, "{name}");
    }
}

#[tokio::test]
async fn case_37_nobody_else_to_reply_to() {
    let door = Door::keyed(&["ann@x"]).await;
    let thread = door.pair("ann@x", "ann@x").await;
    door.reply_all("ann@x", &thread).await.turned_down(400);
}

#[tokio::test]
async fn case_38_mark_read_tells_nothing() {
    let door = Door::keyed(&["ann@x", "ben@x", "eve@x"]).await;
    let thread = door.pair("ann@x", "ben@x").await;
    door.mark_read("ben@x", "nope").await;
    door.mark_read("eve@x", &thread).await;
    assert_eq!(door.unread("ben@x").await.len(), 1);
    for body in [json!({}), json!({"threadId": ""})] {
        let path = "/mailbox/ben%40x/read";
        door.post("ben@x", path, &body).await.turned_down(400);
    }
}

#[tokio::test]
async fn case_39_unknown_routes_and_methods_are_json() {
    let door = Door::open().await;
    for path in [
        "",
        "/",
        "/nope",
        "/mailbox",
        "/threads/t/x",
        "/messages/send/x",
        "/index.html",
        "//",
    ] {
        for method in [Method::GET, Method::POST, Method::DELETE] {
            door.ask(method, path).await.turned_down(404);
        }
    }
    for (method, path, allow) in [
        (Method::GET, "/messages/send", "POST"),
        (Method::PUT, "/agents/register", "POST"),
        (Method::DELETE, "/mailbox/a", "GET, HEAD"),
        (Method::POST, "/mailbox/a/unread/", "GET, HEAD"),
        (Method::OPTIONS, "/threads/t/sync", "GET, HEAD"),
        (Method::POST, "/health", "GET, HEAD"),
    ] {
        let answer = door.ask(method, path).await;
        assert_eq!(answer.turned_down(405), "method not allowed");
        assert_eq!(answer.headers["allow"], allow, "{path}");
    }
    let head = door.ask(Method::HEAD, "/mailbox/a").await;
    assert_eq!((head.status, head.octets.len()), (200, 0));
    for (path, expected) in [
        ("/health", json!({"ok": true})),
        ("/ready/", json!({"ready": true})),
    ] {
        assert_eq!(door.ask(Method::GET, path).await.ok(200), expected);
    }
}

#[tokio::test]
async fn case_40_bodies_over_the_limits() {
    let door = Door::open().await;
    let start = r#"{"from":"ann@x","to":"ben@x","payload":""#;
    let long = |octets: usize| format!("{start}{}\"}}", "x".repeat(octets - start.len() - 2));
    door.post_text("/messages/send", long((10 << 20) + 1))
        .await
        .turned_down(413);
    door.post_text("/messages/send", long(10 << 20))
        .await
        .ok(200);
    let (open, close) = ("[".repeat(20_000), "]".repeat(20_000));
    let deep = format!(r#"{{"from":"ann@x","to":"ben@x","payload":{open}{close}}}"#);
    door.post_text("/messages/send", deep)
        .await
        .turned_down(400);
    assert_eq!(door.unread("ben@x").await.len(), 1);
}

#[tokio::test]
async fn a_body_says_that_it_is_json() {
    let door = Door::open().await;
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonp",
    ] {
        let request = door
            .operator
            .admin
            .request(Method::POST, "/context-sync/agents/register");
        let request = request
            .header("content-type", kind)
            .body(r#"{"agentId":"a"}"#);
        let answer = crate::suite::operator::Answer::of(request).await;
        answer.turned_down(415);
    }
}

#[tokio::test]
async fn case_48_hostile_ids() {
    let door = Door::open().await;
    let long = "x".repeat(5_000);
    for id in [
        "a\0b",
        "a\r\nb",
        "a\u{202e}b",
        "a b",
        "a\u{200b}b",
        "e\u{301}",
        &long,
        "\u{7f}",
    ] {
        let body = json!({"agentId": id});
        door.post("", "/agents/register", &body)
            .await
            .turned_down(400);
        for body in [
            json!({"from": id, "to": "b@x"}),
            json!({"from": "a@x", "to": id}),
            json!({"from": "a@x", "to": "b@x", "cc": [id]}),
            json!({"from": "a@x", "to": "b@x", "bcc": [id]}),
            json!({"from": "a@x", "to": "b@x", "replyTo": id}),
        ] {
            door.post("", "/messages/send", &body)
                .await
                .turned_down(400);
        }
        let path = format!("/mailbox/{}/unread", segment(id));
        door.ask(Method::GET, &path).await.turned_down(400);
        let path = format!("/threads/t/sync?as={}", segment(id));
        door.ask(Method::GET, &path).await.turned_down(400);
    }
    let surrogate = r#"{"agentId":"a\ud800"}"#;
    door.post_text("/agents/register", surrogate)
        .await
        .turned_down(400);
}

#[tokio::test]
async fn case_50_names_of_objects_are_data() {
    let door = Door::open().await;
    let body = r#"{"from":"ann@x","to":"ben@x","payload":{"__proto__":[1]},
                   "contextSnapshot":{"__proto__":{"a":1},"constructor":"c"}}"#;
    door.post_text("/messages/send", body).await.ok(200);
    let answer = door.get("ben@x", "/mailbox/ben%40x/unread").await;
    let text = String::from_utf8(answer.octets).unwrap();
    assert!(
        text.contains(r#""snapshot":{"__proto__":{"a":1},"constructor":"c"}"#),
        "{text}"
    );
    assert!(text.contains(r#""payload":{"__proto__":[1]}"#), "{text}");
}

#[tokio::test]
async fn case_51_a_field_stands_once() {
    let door = Door::open().await;
    let body = r#"{"from":"ann@x","from":"eve@x","to":"ben@x"}"#;
    door.post_text("/messages/send", body)
        .await
        .turned_down(400);
    let body = r#"{"from":"ann@x","to":"ben@x","payload":{"a":1,"a":2}}"#;
    door.post_text("/messages/send", body)
        .await
        .turned_down(400);
}

#[tokio::test]
async fn case_52_numbers_keep_their_digits() {
    let door = Door::open().await;
    let body = r#"{"from":"ann@x","to":"ben@x","payload":[9007199254740993,-0.10,1E2]}"#;
    door.post_text("/messages/send", body).await.ok(200);
    let answer = door.get("ben@x", "/mailbox/ben%40x/unread").await;
    let text = String::from_utf8(answer.octets).unwrap();
    assert!(
        text.contains(r#""payload":[9007199254740993,-0.10,1E2]"#),
        "{text}"
    );
    let body = r#"{"from":"ann@x","to":"ben@x","payload":1e400}"#;
    door.post_text("/messages/send", body)
        .await
        .turned_down(400);
}

#[tokio::test]
async fn case_53_recipients_are_capped() {
    let door = Door::open().await;
    let many = |count: usize| (0..count).map(|n| format!("r{n}")).collect::<Vec<_>>();
    for name in ["cc", "bcc"] {
        let body = json!({"from": "ann@x", "to": "ben@x", name: many(2_000)});
        door.post("", "/messages/send", &body)
            .await
            .turned_down(400);
    }
    let body = json!({"from": "ann@x", "to": "ben@x", "cc": many(255)});
    let sent = door.post("", "/messages/send", &body).await.ok(200);
    assert_eq!(sent["deliveredTo"].as_array().unwrap().len(), 256);
}
