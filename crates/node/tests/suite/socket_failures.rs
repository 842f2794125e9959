//! The same on the push channel: a socket that cannot be served is refused or closed, and what it has
//! not been pushed comes with the next one.

use std::collections::BTreeSet;

use asmtp_envelope::{Decision, EnvelopePost, Timestamp};
use futures_util::future::join_all;
use mailmesh_store::{AcceptOptions, Acceptance, ErrorKind, TokenHash};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite;

use crate::suite::failing_store::{FailingStore, Fault, Moment, faulty};
use crate::suite::operator::{Agent, Operator, text, with};

/// The query of a cursor in front of everything.
const START: &str = "?after_created_at=0&after_envelope_id=01000000000000000000000000";

#[tokio::test]
async fn a_handshake_that_fails_is_answered_and_holds_no_place() {
    let fault = Fault::default();
    let around = |store| FailingStore::around(store, fault.clone());
    let operator = Operator::start_on(around, |config| config.limits.sockets = 1).await;
    let a = operator.open("@acme.a").await;
    for (query, calls) in [("", 3), (START, 2)] {
        for n in 1..=calls {
            fault.strike(n, ErrorKind::Unavailable);
            match a.client.try_connect(query).await {
                Err(tungstenite::Error::Http(answer)) => {
                    assert_eq!(answer.status(), 503);
                    assert!(answer.headers().contains_key("retry-after"));
                    let body = answer.body().as_deref().unwrap();
                    let body: Value = serde_json::from_slice(body).unwrap();
                    assert_eq!(body["error"]["code"], "UNAVAILABLE");
                }
                other => panic!("call {n}: {:?}", other.map(|_| "connected")),
            }
            assert!(fault.rest().is_some(), "call {n}");
        }
    }
    let mut socket = a.client.connect("").await;
    let id = a.send(&[&a]).await;
    assert_eq!(socket.id().await, id);
}

#[tokio::test]
async fn a_replay_that_fails_is_taken_up_where_it_ended() {
    let (operator, fault) = faulty().await;
    let (a, b) = (
        operator.open("@acme.a").await,
        operator.open("@beta.b").await,
    );
    // Two pages of the replay.
    for _ in 0..10 {
        let to = [&b];
        join_all((0..30).map(|_| a.send(&to))).await;
    }
    let mut sent = b.listed("?limit=1000").await;
    let mut closes = 0;
    // Two pages and the empty one; then where live frames begin, and the look at the seam.
    let pages = (1..=3).map(|n| ("list_envelopes", n));
    for (call, n) in pages.chain([("last_keys", 1), ("list_envelopes", 4)]) {
        fault.strike_only(call, n, ErrorKind::Unavailable, Moment::Before);
        let mut seen: Vec<String> = Vec::new();
        let mut query = START.to_owned();
        let mut socket = b.client.connect(&query).await;
        while seen.len() < sent.len() {
            match socket.frame_or_close().await {
                Ok(frame) => {
                    let id = frame["id"].as_str().unwrap();
                    let time = &frame["created_at"];
                    query = format!("?after_created_at={time}&after_envelope_id={id}");
                    seen.push(id.to_owned());
                }
                Err(code) => {
                    assert_eq!(code, 1013);
                    closes += 1;
                    socket = b.client.connect(&query).await;
                }
            }
        }
        // Live frames follow whether or not the end of the replay has failed.
        let live = a.send(&[&b]).await;
        let next = match socket.frame_or_close().await {
            Ok(frame) => frame,
            Err(_) => b.client.connect(&query).await.frame().await,
        };
        assert_eq!(
            (&seen, &next["id"]),
            (&sent, &json!(live)),
            "{call} {n} failed"
        );
        sent.push(live);
    }
    assert!(closes > 0);
}

#[tokio::test]
async fn an_agent_that_is_removed_during_its_replay_is_told_so() {
    let (operator, fault) = faulty().await;
    let a = operator.open("@acme.a").await;
    for (call, n) in [
        ("list_envelopes", 1),
        ("last_keys", 1),
        ("list_envelopes", 2),
    ] {
        fault.strike_only(call, n, ErrorKind::NotFound, Moment::Before);
        let mut socket = a.client.connect(START).await;
        assert_eq!(socket.closed().await, (1008, 0), "{call} {n}");
        assert_eq!(fault.rest(), Some(call));
    }
}

#[tokio::test]
async fn what_cannot_be_pushed_now_is_pushed_once_the_store_is_back() {
    let (operator, fault) = faulty().await;
    let a = operator.open("@acme.a").await;
    let mut socket = a.client.connect("").await;
    let mut struck = BTreeSet::new();
    for n in 1..=4 {
        let post = with(text(&[&a]), json!({"monitor": "mon_1"}));
        fault.strike(n, ErrorKind::Unavailable);
        slip_in(&operator, &a, &post).await;
        assert_eq!(socket.frame().await["id"], post["id"]);
        assert_eq!(socket.frame().await["envelope_id"], post["id"], "the fact");
        struck.extend(fault.rest());
    }
    assert!(struck.len() > 1, "{struck:?}");
}

#[tokio::test]
async fn a_bearer_that_cannot_be_looked_up_gets_nothing_until_it_is() {
    let (operator, fault) = faulty().await;
    let (a, b) = (
        operator.open("@acme.a").await,
        operator.open("@beta.b").await,
    );
    let mut socket = b.client.connect("").await;
    let first = a.send(&[&b]).await;
    assert_eq!(socket.id().await, first);
    fault.strike(1, ErrorKind::Unavailable);
    let now = Timestamp::new(7).unwrap();
    let handle = b.handle.parse().unwrap();
    let rotated = operator
        .store
        .rotate_token(&handle, TokenHash::of("another"), now);
    rotated.await.unwrap();
    slip_in(&operator, &a, &text(&[&b])).await;
    assert_eq!(socket.closed().await, (1008, 0));
}

/// Has an envelope accepted behind the back of the node, past the fault.
async fn slip_in(operator: &Operator, from: &Agent, envelope: &Value) {
    let limits = asmtp_envelope::Limits::default();
    let post = EnvelopePost::parse(envelope.to_string().as_bytes(), &limits).unwrap();
    let base = "https://mail.example".parse().unwrap();
    let options = AcceptOptions::new(Timestamp::new(7).unwrap(), base);
    let sender = from.handle.parse().unwrap();
    let accepted = operator.store.accept(&sender, post, options).await.unwrap();
    assert!(matches!(
        accepted,
        Acceptance::Decided(Decision::Accepted(_))
    ));
}
