//! The cases of section 10 that need no server, under their numbers.
#![allow(clippy::unwrap_used)] // a test fails by panicking

mod blind_copies;
mod callers;
mod context;
mod delivery;
mod requests;
mod threads;

use context_sync::Timestamp;
use context_sync::conformance::Server;
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
