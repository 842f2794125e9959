//! Requests that no client library sends.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::suite::operator::{Operator, PATIENCE};

fn request(line: &str, fields: &str) -> String {
    format!("{line} HTTP/1.1\r\n{fields}Connection: close\r\n\r\n")
}

#[tokio::test]
async fn h05_targets_and_hosts() {
    let operator = Operator::start().await;
    let token = operator.open("@acme.a").await.client.token;
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let host = format!("Host: h\r\n{bearer}");
    for (line, fields, status, code) in [
        ("GET /messages/%ZZ", &*host, 400, "BAD_REQUEST"),
        ("GET /mailbox?limit=%zz", &host, 400, "BAD_REQUEST"),
        ("GET //mailbox", &host, 404, "NOT_FOUND"),
        ("GET /mailbox/", &host, 404, "NOT_FOUND"),
        ("GET /agents/../mailbox", &host, 404, "NOT_FOUND"),
        ("GET /./mailbox", &host, 404, "NOT_FOUND"),
        ("GET /nope", &host, 404, "NOT_FOUND"),
        (
            "GET /messages/..%2f..%2fmailbox",
            &host,
            400,
            "INVALID_ENVELOPE_ID",
        ),
        ("GET /messages/%ff", &host, 400, "BAD_REQUEST"),
        ("GET /mailbox", &bearer, 400, "BAD_REQUEST"),
        (
            "GET /mailbox",
            &format!("Host: a b\r\n{bearer}"),
            400,
            "BAD_REQUEST",
        ),
        (
            "GET /mailbox",
            &format!("Host: a\r\nHost: a\r\n{bearer}"),
            400,
            "BAD_REQUEST",
        ),
        (
            "GET /mailbox",
            &format!("Host: h\r\n{bearer}{bearer}"),
            401,
            "UNAUTHORIZED",
        ),
        (
            &format!("GET /mailbox?x={}", "y".repeat(17 << 10)),
            &host,
            400,
            "BAD_REQUEST",
        ),
    ] {
        let (found, answer) = operator.raw(&request(line, fields)).await;
        assert_eq!(found, status, "{line} {fields}: {answer}");
        assert!(
            answer.contains(&format!("{{\"error\":{{\"code\":\"{code}\",")),
            "{answer}"
        );
    }
    let absolute = request("GET http://h/mailbox", &host);
    assert_eq!(operator.raw(&absolute).await.0, 200);
    let long = format!("{host}X: {}\r\n", "y".repeat(64 << 10));
    assert_eq!(operator.raw(&request("GET /mailbox", &long)).await.0, 431);
}

#[tokio::test]
async fn i29_methods() {
    let operator = Operator::start().await;
    let token = operator.open("@acme.a").await.client.token;
    let fields = format!("Host: h\r\nAuthorization: Bearer {token}\r\n");
    for (line, allow) in [
        ("PUT /mailbox", "GET, HEAD"),
        ("OPTIONS /messages", "POST, GET, HEAD"),
        ("POST /_admin/agents/@a.b", "GET, HEAD, PATCH, DELETE"),
        ("DELETE /healthz", "GET, HEAD"),
    ] {
        let (status, answer) = operator.raw(&request(line, &fields)).await;
        assert_eq!(status, 405, "{answer}");
        assert!(
            answer
                .to_lowercase()
                .contains(&format!("allow: {}\r\n", allow.to_lowercase())),
            "{answer}"
        );
        assert!(answer.contains("METHOD_NOT_ALLOWED"));
        assert!(!answer.to_lowercase().contains("access-control"));
    }
    let (status, answer) = operator.raw(&request("HEAD /mailbox", &fields)).await;
    assert_eq!(status, 200);
    assert!(
        answer.ends_with("\r\n\r\n") && answer.contains("content-length: "),
        "{answer}"
    );
}

#[tokio::test]
async fn heads_that_never_end_are_cut_off() {
    let operator = Operator::start_with(|config| {
        config.limits.head_patience = std::time::Duration::from_secs(1);
        config.limits.body_patience = std::time::Duration::from_secs(1);
    })
    .await;
    for begun in ["", "GET /healthz HTTP/1.1\r\nHost: h\r\n"] {
        let mut stream = TcpStream::connect(operator.address).await.unwrap();
        stream.write_all(begun.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        timeout(PATIENCE, stream.read_to_end(&mut answer))
            .await
            .unwrap()
            .unwrap();
        assert!(!String::from_utf8_lossy(&answer).contains(" 200 "));
    }
    let token = operator.open("@acme.a").await.client.token;
    let slow = format!(
        "POST /messages HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {token}\r\nContent-Length: 100\r\n\r\n{{"
    );
    let (status, answer) = operator.raw(&slow).await;
    assert_eq!(status, 408, "{answer}");
    assert!(answer.contains("REQUEST_TIMEOUT"));
}
