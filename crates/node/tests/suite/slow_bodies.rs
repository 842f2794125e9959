//! Bodies that come slowly hold up nobody but their sender.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::suite::operator::{Operator, PATIENCE, text};

/// A connection with a request whose body is on its way.
struct Slow(TcpStream);

impl Slow {
    /// Sends the head of a post and the beginning of its body.
    async fn begin(operator: &Operator, path: &str, token: &str, fields: &str) -> Self {
        let mut stream = TcpStream::connect(operator.address).await.unwrap();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {token}\r\n\
             Expect: 100-continue\r\nConnection: close\r\n{fields}\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        Self(stream)
    }

    async fn post(operator: &Operator, token: &str, octets: usize) -> Self {
        let length = format!("Content-Length: {octets}\r\n");
        Self::begin(operator, "/messages", token, &length).await
    }

    /// Waits until the node reads the body: it says so before it does.
    async fn is_read(&mut self) {
        let mut line = [0; 25];
        let read = self.0.read_exact(&mut line);
        timeout(PATIENCE, read).await.unwrap().unwrap();
        assert_eq!(&line, b"HTTP/1.1 100 Continue\r\n\r\n");
    }

    async fn send(&mut self, octets: &str) {
        self.0.write_all(octets.as_bytes()).await.unwrap();
    }

    /// The answer to its end.
    async fn answer(mut self) -> String {
        let mut answer = String::new();
        let read = self.0.read_to_string(&mut answer);
        timeout(PATIENCE, read).await.unwrap().unwrap();
        answer
    }
}

#[tokio::test]
async fn slow_bodies_take_no_place_from_other_requests() {
    let operator = Operator::start_with(|config| {
        // One for the bearer of a body that waits, and one for the others.
        config.limits.requests = 2;
        config.limits.caller_bodies = 4;
    })
    .await;
    let (slow, other) = (
        operator.open("@acme.slow").await,
        operator.open("@beta.other").await,
    );
    let envelope = text(&[&slow]).to_string();
    let mut held = Vec::new();
    for _ in 0..4 {
        let mut one = Slow::post(&operator, &slow.client.token, envelope.len()).await;
        one.is_read().await;
        one.send("{").await;
        held.push(one);
    }
    let mut waiting = Slow::post(&operator, &slow.client.token, envelope.len()).await;
    for _ in 0..3 {
        other.send(&[&other]).await;
        slow.get("/mailbox").await.ok(200);
    }
    // The next one is read when one of the four is done.
    let mut first = held.remove(0);
    first.send(&envelope[1..]).await;
    let answer = first.answer().await;
    assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
    waiting.is_read().await;
    waiting.send(&envelope).await;
    let answer = waiting.answer().await;
    assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
}

#[tokio::test]
async fn bodies_of_strangers_take_no_place_at_all() {
    let operator = Operator::start_with(|config| {
        config.limits.requests = 1;
        config.limits.bodies = 1;
    })
    .await;
    let a = operator.open("@acme.a").await;
    let mut strangers = Vec::new();
    for _ in 0..5 {
        let mut stranger = Slow::post(&operator, "nobody", 1 << 20).await;
        // What is thrown away is asked for too, so that the answer is seen.
        stranger.is_read().await;
        strangers.push(stranger);
    }
    a.send(&[&a]).await;
    for stranger in strangers {
        let answer = stranger.answer().await;
        assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    }
}

#[tokio::test]
async fn a_body_whose_turn_does_not_come_is_answered() {
    let operator = Operator::start_with(|config| {
        config.limits.bodies = 2;
        config.limits.caller_bodies = 1;
        config.limits.body_patience = Duration::from_millis(300);
    })
    .await;
    let (a, b, c) = (
        operator.open("@acme.a").await,
        operator.open("@beta.b").await,
        operator.open("@beta.c").await,
    );
    // Uploads have more time than posts.
    let kind = "Content-Type: multipart/form-data; boundary=edge\r\nContent-Length: 99\r\n";
    let mut first = Slow::begin(&operator, "/files", &a.client.token, kind).await;
    first.is_read().await;
    let refused = a.post(&text(&[&a])).await;
    refused.refused(429, "RATE_LIMITED");
    assert!(refused.headers.contains_key("retry-after"));
    let mut second = Slow::begin(&operator, "/files", &b.client.token, kind).await;
    second.is_read().await;
    let refused = c.post(&text(&[&c])).await;
    refused.refused(503, "UNAVAILABLE");
    assert!(refused.headers.contains_key("retry-after"));
    c.get("/mailbox").await.ok(200);
    drop(first);
    // The node has to see that the connection is gone.
    while c.post(&text(&[&c])).await.status != 202 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_body_that_takes_too_long_is_answered_408() {
    let operator = Operator::start_with(|config| {
        config.limits.body_patience = Duration::from_millis(300);
        config.limits.upload_patience = Duration::from_millis(300);
    })
    .await;
    let token = operator.open("@acme.a").await.client.token;
    let kind = "Content-Type: multipart/form-data; boundary=edge\r\nContent-Length: 99\r\n";
    for slow in [
        Slow::post(&operator, &token, 100).await,
        Slow::begin(&operator, "/files", &token, kind).await,
    ] {
        let answer = slow.answer().await;
        let answer = answer
            .strip_prefix("HTTP/1.1 100 Continue\r\n\r\n")
            .unwrap();
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
        assert!(answer.contains("connection: close\r\n"), "{answer}");
        assert!(answer.contains("REQUEST_TIMEOUT"), "{answer}");
    }
}
