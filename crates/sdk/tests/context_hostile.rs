//! The client of context sync against servers that are slow, lost, or say too much.
#![cfg(feature = "context")]
#![allow(clippy::unwrap_used)] // a test fails by panicking

use std::time::Duration;

use context_sync::Window;
use mailmesh::context::{Config, ContextClient, Limits, Timeouts, content};
use mailmesh::{Error, ErrorKind};
use mailmesh_testkit::http::{Fault, Reply, Server};
use serde_json::json;

async fn server() -> Server {
    Server::start(|request| match request.target.as_str() {
        "/base/messages/send" => Reply::json(200, &json!({"messageId": "m", "threadId": "t"})),
        target if target.ends_with("/unread") => Reply::json(200, &json!({"messages": []})),
        _ => Reply::json(200, &json!({"context": null})),
    })
    .await
}

fn client(server: &Server) -> ContextClient {
    let url = format!("{}/base/", server.url);
    let mut config = Config::new(url, "ann/ü@demo".parse().unwrap());
    config.token = Some("hush".into());
    config.limits = Limits { answer: 64 << 10 };
    config.timeouts = Timeouts {
        request: Duration::from_millis(500),
        pause: Duration::from_secs(1),
        ..Timeouts::default()
    };
    ContextClient::new(config).unwrap()
}

async fn unread(client: &ContextClient) -> Result<(), Error> {
    client.unread(Window::default()).await.map(drop)
}

async fn send(client: &ContextClient) -> Result<(), Error> {
    let content = content(&"x", &()).unwrap();
    let message = client.message("ben@demo".parse().unwrap(), content);
    client.send(message).await.map(drop)
}

#[tokio::test]
async fn requests_are_those_of_the_published_clients() {
    let server = server().await;
    let client = client(&server);
    unread(&client).await.unwrap();
    send(&client).await.unwrap();
    let requests = server.requests();
    assert_eq!(
        requests[0].target,
        "/base/mailbox/ann%2F%C3%BC%40demo/unread"
    );
    assert_eq!(requests[0].header["authorization"], "Bearer hush");
    assert_eq!(requests[1].header["content-type"], "application/json");
    let body: serde_json::Value = serde_json::from_slice(&requests[1].body).unwrap();
    let expected = json!({"from": "ann/ü@demo", "to": "ben@demo", "payload": "x"});
    assert_eq!(body, expected);
}

#[tokio::test]
async fn a_pause_that_is_asked_for_is_kept() {
    let server = server().await;
    let client = client(&server);
    let slower = |seconds: &'static str| Fault::Answer(429, seconds, "{}".to_owned());
    server.fail(
        "/send",
        [slower("retry-after: 1"), slower("retry-after: 0")],
    );
    let began = std::time::Instant::now();
    send(&client).await.unwrap();
    assert!(began.elapsed() >= Duration::from_secs(1));
    assert_eq!(server.requests().len(), 3);

    // Longer than the caller wants to wait, and not said how long.
    for (field, pause) in [("retry-after: 60", Some(60)), ("x: y", None)] {
        server.fail("/send", [slower(field)]);
        let error = send(&client).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Busy);
        assert_eq!(error.retry_after(), pause.map(Duration::from_secs));
    }
}

#[tokio::test]
async fn what_may_have_been_taken_is_not_sent_again() {
    let server = server().await;
    let client = client(&server);
    let later = || Fault::Answer(503, "retry-after: 0", "{}".to_owned());
    server.fail("/send", [later()]);
    assert_eq!(send(&client).await.unwrap_err().kind(), ErrorKind::Busy);
    server.fail("/send", [Fault::Cut(20)]);
    let error = send(&client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert_eq!(server.requests().len(), 2);
    // Reading again does no harm.
    server.fail("/unread", [later()]);
    unread(&client).await.unwrap();
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn answers_are_bounded_in_octets_and_time() {
    let server = server().await;
    let client = client(&server);
    server.fail("/unread", [Fault::Endless]);
    let error = unread(&client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
    server.fail("/unread", [Fault::Silence]);
    let error = unread(&client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    let long = "x".repeat(65 << 10);
    server.fail("/unread", [Fault::Answer(500, "x: y", long)]);
    assert!(unread(&client).await.is_err());
}

#[tokio::test]
async fn every_status_has_its_kind() {
    let server = server().await;
    let client = client(&server);
    for (status, kind) in [
        (302, ErrorKind::Protocol),
        (400, ErrorKind::Invalid),
        (401, ErrorKind::Unauthorized),
        (403, ErrorKind::Forbidden),
        (404, ErrorKind::NotFound),
        (409, ErrorKind::Conflict),
        (413, ErrorKind::Refused),
        (429, ErrorKind::Busy),
        (500, ErrorKind::Busy),
        (502, ErrorKind::Busy),
    ] {
        let elsewhere = "location: http://127.0.0.1:1/".to_owned();
        let field = Box::leak(elsewhere.into_boxed_str());
        server.fail("/unread", [Fault::Answer(status, field, "{}".to_owned())]);
        let error = unread(&client).await.unwrap_err();
        assert_eq!((error.kind(), error.http_status()), (kind, Some(status)));
    }
}

#[tokio::test]
async fn answers_that_are_none_are_the_servers_fault() {
    let server = server().await;
    let client = client(&server);
    for body in [
        "",
        "[]",
        "<html>",
        r#"{"messages":[{"id":1}]}"#,
        r#"{"messages":[],"messages":[]}"#,
    ] {
        server.fail("/unread", [Fault::Answer(200, "x: y", body.to_owned())]);
        let error = unread(&client).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{body}");
    }
}

#[tokio::test]
async fn nothing_shows_the_token() {
    let server = server().await;
    let client = client(&server);
    assert!(!format!("{client:?}").contains("hush"));
    let told = format!(r#"{{"error":"{}\u0007\nx"}}"#, "long ".repeat(1000));
    server.fail("/unread", [Fault::Answer(400, "x: y", told)]);
    let error = unread(&client).await.unwrap_err().to_string();
    assert!(
        error.len() < 300 && !error.contains(char::is_control),
        "{error}"
    );

    let mut config = Config::new("http://mail.test/context-sync", "a@b".parse().unwrap());
    config.token = Some("hush".into());
    assert!(!format!("{config:?}").contains("hush"));
    let error = ContextClient::new(config).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.to_string().contains("expected https"));
}
