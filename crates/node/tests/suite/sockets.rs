//! The push channel.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{self, Message};

use crate::operator::{Agent, Answer, Operator, Socket, text, with};

/// The query of a cursor in front of everything.
const START: &str = "?after_created_at=0&after_envelope_id=01000000000000000000000000";

fn key_of(row: &Value) -> (u64, String) {
    let id = row["id"].as_str().unwrap().to_owned();
    (row["created_at"].as_u64().unwrap(), id)
}

#[tokio::test]
async fn v18_every_socket_gets_every_frame() {
    let operator = Operator::start().await;
    let (a, b) = (
        operator.open("@acme.a").await,
        operator.open("@beta.b").await,
    );
    let (mut one, mut two) = (b.client.connect("").await, b.client.connect("").await);
    let id = a.send(&[&b]).await;
    let frame = one.frame().await;
    assert_eq!(two.frame().await, frame);
    assert_eq!(frame["id"], json!(id));
    assert_eq!(
        b.get("/mailbox").await.ok(200)["envelope_headers"][0],
        frame
    );
    assert_eq!(
        b.listed("?unread=true").await,
        [id],
        "a frame marks nothing read"
    );
}

#[tokio::test]
async fn a_socket_without_a_cursor_gets_live_frames_only() {
    let operator = Operator::start().await;
    let (a, b) = (
        operator.open("@acme.a").await,
        operator.open("@beta.b").await,
    );
    a.send(&[&b]).await;
    let mut socket = b.client.connect("").await;
    let id = a.send(&[&b]).await;
    assert_eq!(socket.id().await, id);
}

#[tokio::test]
async fn v25_replay_from_a_cursor_then_live() {
    let operator = Operator::start().await;
    let (a, b) = (
        operator.open("@acme.a").await,
        operator.open("@beta.b").await,
    );
    for _ in 0..3 {
        a.send(&[&b]).await;
    }
    let page = b.get("/mailbox?order=desc&limit=1").await.ok(200);
    let (time, id) = key_of(&page["envelope_headers"][0]);
    let mut sent = Vec::new();
    for _ in 0..5 {
        sent.push(a.send(&[&b]).await);
    }
    let mut socket = b
        .client
        .connect(&format!("?after_created_at={time}&after_envelope_id={id}"))
        .await;
    sent.push(a.send(&[&b]).await);
    for id in sent {
        assert_eq!(socket.id().await, id);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_seam_between_replay_and_live_has_no_gap_and_keeps_the_order() {
    const ALL: usize = 900;
    let operator = Operator::start().await;
    let (a, b) = (
        operator.open("@acme.a").await,
        operator.open("@beta.b").await,
    );
    for _ in 0..300 {
        a.send(&[&b]).await;
    }
    let sender = {
        let (a, b) = (a.clone(), b.clone());
        tokio::spawn(async move {
            for _ in 300..ALL {
                a.send(&[&b]).await;
            }
        })
    };
    let (mut one, mut two) = (b.client.connect(START).await, b.client.connect(START).await);
    let mut last = (0, String::new());
    for _ in 0..ALL {
        let frame = one.frame().await;
        assert_eq!(two.frame().await, frame);
        let key = key_of(&frame);
        assert!(key > last, "{key:?} after {last:?}");
        last = key;
    }
    sender.await.unwrap();
}

#[tokio::test]
async fn h10_what_clients_send_means_nothing() {
    let operator = Operator::start().await;
    let (a, b) = (
        operator.open("@acme.a").await,
        operator.open("@beta.b").await,
    );
    let mut socket = b.client.connect("").await;
    socket.send(Message::text("garbage")).await;
    socket.send(Message::binary(vec![0xFF; 4096])).await;
    let id = a.send(&[&b]).await;
    assert_eq!(socket.id().await, id);
    socket.send(Message::text("x".repeat(1 << 20))).await;
    assert_eq!(socket.closed().await.0, 1009);
}

#[tokio::test]
async fn h11_a_socket_that_never_reads_is_closed_and_holds_little() {
    let operator = Operator::start().await;
    let (a, b) = (
        operator.open("@acme.a").await,
        operator.open("@beta.b").await,
    );
    let mut slow = b.client.connect("").await;
    let mut reads = b.client.connect("").await;
    // Long frames, more than the queue and the system's buffers take.
    let cc: Vec<_> = (0..99)
        .map(|n| format!("@beta.{}{n:02}", "x".repeat(60)))
        .collect();
    for handle in &cc {
        operator.open(handle).await;
    }
    let mut sent = 0;
    let closed = async {
        loop {
            a.post(&with(text(&[&b]), json!({"cc": cc}))).await.ok(202);
            sent += 1;
            reads.id().await;
            let metrics = a.get("/metrics").await;
            if String::from_utf8(metrics.octets)
                .unwrap()
                .contains("closes_total{code=\"1013\"} 1")
            {
                break;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(100), closed)
        .await
        .unwrap();
    let (code, frames) = slow.closed().await;
    assert_eq!(code, 1013);
    assert!(frames < sent);
    assert_eq!(
        b.listed("?limit=1000").await.len(),
        sent,
        "the mailbox is the truth"
    );
}

#[tokio::test]
async fn h12_revoked_bearers_lose_their_sockets() {
    let operator = Operator::start().await;
    let (a, b) = (
        operator.open("@acme.a").await,
        operator.open("@beta.b").await,
    );
    let mut old = b.client.connect("").await;
    let path = "/_admin/agents/@beta.b/rotate-token";
    let rotated = operator.admin.post(path, &json!({})).await.ok(200);
    a.send(&[&b]).await;
    assert_eq!(old.closed().await, (1008, 0));
    let b = Agent {
        client: operator.with_token(rotated["token"].as_str().unwrap()),
        ..b
    };
    let mut new = b.client.connect(START).await;
    new.id().await;
    assert_eq!(
        operator.admin.delete("/_admin/agents/@beta.b").await.status,
        204
    );
    assert_eq!(new.closed().await, (1008, 0));
}

#[tokio::test]
async fn h13_a_handle_is_never_somebody_elses() {
    let operator = Operator::start().await;
    let d = operator.open("@beta.d").await;
    let mut socket = d.client.connect("").await;
    assert_eq!(
        operator.admin.delete("/_admin/agents/@beta.d").await.status,
        204
    );
    assert_eq!(socket.closed().await, (1008, 0));
    let again = json!({"handle": "@beta.d", "policy": "open"});
    operator
        .admin
        .post("/_admin/agents", &again)
        .await
        .refused(409, "AGENT_EXISTS");
}

#[tokio::test]
async fn h20_the_handshake_is_refused_before_the_upgrade() {
    let operator = Operator::start().await;
    let a = operator.open("@acme.a").await;
    let refusal =
        async |client: &crate::operator::Client, query: &str| match client.try_connect(query).await
        {
            Err(tungstenite::Error::Http(answer)) => {
                let body: Value = serde_json::from_slice(answer.body().as_ref().unwrap()).unwrap();
                let code = body["error"]["code"].as_str().unwrap().to_owned();
                (answer.status().as_u16(), code)
            }
            other => panic!("{:?}", other.map(|_| "connected")),
        };
    let unknown = operator.with_token("nobody");
    let (unauthorized, token) = (
        (401, "UNAUTHORIZED".to_owned()),
        format!("?token={}", a.client.token),
    );
    assert_eq!(refusal(&unknown, "").await, unauthorized);
    assert_eq!(
        refusal(&unknown, &token).await,
        unauthorized,
        "no bearers in URLs"
    );
    assert_eq!(refusal(&unknown, "?after_created_at=1").await, unauthorized);
    assert_eq!(
        refusal(&a.client, "?after_created_at=1").await,
        (400, "INVALID_QUERY".to_owned())
    );
    a.get("/connect").await.refused(400, "BAD_REQUEST");
    let without = reqwest::Client::new().get(a.client.url("/connect"));
    Answer::of(without).await.refused(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn sixteen_sockets_and_no_more() {
    let operator = Operator::start().await;
    let a = operator.open("@acme.a").await;
    let mut sockets: Vec<Socket> = Vec::new();
    for _ in 0..16 {
        sockets.push(a.client.connect("").await);
    }
    match a.client.try_connect("").await {
        Err(tungstenite::Error::Http(answer)) => {
            assert_eq!(answer.status(), 429);
            assert!(answer.headers().contains_key("retry-after"));
        }
        other => panic!("{:?}", other.map(|_| "connected")),
    }
    let mut last = sockets.pop().unwrap();
    last.0.close(None).await.unwrap();
    // The place is free once the node has seen the close.
    while a.client.try_connect("").await.is_err() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn silent_sockets_are_pinged_and_dropped() {
    let operator = Operator::start_with(|config| {
        config.limits.ping_every = Duration::from_millis(50);
        config.limits.silence = Duration::from_millis(400);
    })
    .await;
    let a = operator.open("@acme.a").await;
    let mut socket = a.client.connect("").await;
    use futures_util::StreamExt as _;
    let first = socket.0.next().await.unwrap().unwrap();
    assert!(matches!(first, Message::Ping(_)), "{first:?}");
    // A client that answers stays; answering happens while it reads.
    for _ in 0..20 {
        assert!(matches!(socket.0.next().await, Some(Ok(Message::Ping(_)))));
    }
    let silent = a.client.connect("").await;
    let gauge = async || {
        let octets = a
            .client
            .request(Method::GET, "/metrics")
            .send()
            .await
            .unwrap()
            .bytes()
            .await
            .unwrap();
        let text = String::from_utf8(octets.to_vec()).unwrap();
        text.lines()
            .find(|line| line.starts_with("mailmesh_sockets "))
            .unwrap()
            .to_owned()
    };
    drop(socket);
    while gauge().await != "mailmesh_sockets 0" {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    drop(silent);
}
