//! Answers that nobody takes cost a bounded amount of memory, for a bounded time.

use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::suite::operator::{Agent, Client, Operator, PATIENCE, text};

/// Envelopes of 900 kB, so many that no buffer of the system takes in their bodies.
const ENVELOPES: usize = 10;

/// Fills a mailbox and gives the path of all bodies in it.
async fn fill(agent: &Agent) -> String {
    let mut ids = Vec::new();
    for _ in 0..ENVELOPES {
        let mut envelope = text(&[agent]);
        envelope["content_parts"] = json!([{"type": "text", "text": "x".repeat(900_000)}]);
        ids.push(agent.post(&envelope).await.ok(202)["id"].clone());
    }
    let ids: Vec<_> = ids.iter().filter_map(|id| id.as_str()).collect();
    format!("/messages?ids={}", ids.join(","))
}

/// Asks and takes nothing of the answer but its first line.
pub(crate) async fn ask(operator: &Operator, client: &Client, path: &str) -> (TcpStream, String) {
    let mut stream = TcpStream::connect(operator.address).await.unwrap();
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {}\r\n\r\n",
        client.token
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut status = [0; 12];
    let read = stream.read_exact(&mut status);
    timeout(PATIENCE, read).await.unwrap().unwrap();
    (stream, String::from_utf8_lossy(&status).into_owned())
}

#[tokio::test]
async fn an_answer_that_nobody_takes_is_given_up() {
    let operator = Operator::start_with(|config| {
        config.limits.write_patience = Duration::from_millis(300);
    })
    .await;
    let agent = operator.open("@acme.a").await;
    let path = fill(&agent).await;
    let (mut stream, status) = ask(&operator, &agent.client, &path).await;
    assert_eq!(status, "HTTP/1.1 200");
    tokio::time::sleep(Duration::from_millis(900)).await;
    // What is left are the buffers between the two.
    let mut rest = Vec::new();
    let ended = timeout(PATIENCE, stream.read_to_end(&mut rest)).await;
    let _ = ended.unwrap(); // a reset says as much as an end
    assert!(rest.len() < ENVELOPES * 900_000, "{}", rest.len());
    // Whoever takes it slowly gets all of it.
    agent.get(&path).await.ok(200);
}

#[tokio::test]
async fn answers_that_wait_have_so_much_room_and_no_more() {
    let operator = Operator::start_with(|config| {
        config.limits.answers = 16 << 20;
        config.limits.body_patience = Duration::from_millis(300);
    })
    .await;
    let agent = operator.open("@acme.a").await;
    let path = fill(&agent).await;
    // One has the room of answers that are ready, one what was reserved before it was read.
    let (ready, status) = ask(&operator, &agent.client, &path).await;
    assert_eq!(status, "HTTP/1.1 200");
    let (reserved, status) = ask(&operator, &agent.client, &path).await;
    assert_eq!(status, "HTTP/1.1 200");
    let refused = agent.get(&path).await;
    refused.refused(503, "UNAVAILABLE");
    assert!(refused.headers.contains_key("retry-after"));
    // Short answers go on.
    agent.get("/mailbox").await.ok(200);
    drop((ready, reserved));
    // The node has to see that the connection is gone.
    while agent.get(&path).await.status != 200 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
