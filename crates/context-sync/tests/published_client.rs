//! What the published Python client sends, and what it makes of answers, as captured: our readers take
//! the same requests, and our clients the same answers.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use context_sync::{
    Context, ErrorBody, Limits, Mailbox, MarkReadRequest, Participants, Post, Receipt,
    RegisterRequest, Route, Unread,
};
use mailmesh_testkit::vectors;
use serde_json::Value;

fn read(file: &str) -> Value {
    let path = vectors::folder("context-sync").join("captured").join(file);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The requests were captured under a name with a blank, which is refused here (2). They are read
/// with a point in its place.
fn requests() -> Value {
    let captured = read("00-client-requests.json").to_string();
    let captured = captured.replace("ann/1 ", "ann/1·");
    serde_json::from_str(&captured.replace("ann%2F1%20", "ann%2F1%C2%B7")).unwrap()
}

#[test]
fn every_request_is_read_and_written_as_it_was() {
    let captured = requests();
    let limits = Limits::default();
    for call in captured["calls"].as_array().unwrap() {
        for sent in call["sends"].as_array().unwrap() {
            let target = sent["target"].as_str().unwrap();
            let target = target.strip_prefix("/base").unwrap();
            let (path, query) = target.split_once('?').unwrap_or((target, ""));
            let method = sent["method"].as_str().unwrap();
            let route = Route::parse(method, path, query).unwrap();
            assert_eq!(route.to_string(), target);
            assert_eq!(route.method(), method);
            route
                .check_media_type(sent["headers"]["content-type"].as_str())
                .unwrap();
            let body = sent["body"].to_string();
            let octets = body.as_bytes();
            let mut out = Vec::new();
            match route {
                Route::Register => RegisterRequest::parse(octets, &limits)
                    .unwrap()
                    .write(&mut out),
                Route::Send | Route::ReplyAll => {
                    let post = match route {
                        Route::Send => Post::parse_send(octets, &limits),
                        _ => Post::parse_reply_all(octets, &limits),
                    };
                    match post.unwrap() {
                        Post::Send(request) => request.write(&mut out),
                        Post::ReplyAll(request) => request.write(&mut out),
                    }
                }
                Route::MarkRead { .. } => MarkReadRequest::parse(octets, &limits)
                    .unwrap()
                    .write(&mut out),
                _ => {
                    assert_eq!(sent["body"], Value::Null);
                    continue;
                }
            }
            let written: Value = serde_json::from_slice(&out).unwrap();
            assert_eq!(written, without_empty(&sent["body"]), "{call}");
        }
    }
}

/// A body without what stands for nothing.
fn without_empty(body: &Value) -> Value {
    let members = body.as_object().unwrap().iter();
    let is_empty = |value: &Value| {
        value.as_array().is_some_and(Vec::is_empty)
            || value.as_object().is_some_and(serde_json::Map::is_empty)
    };
    members
        .filter(|(name, value)| *name == "payload" || !is_empty(value))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// What our readers are stricter or more lenient about than the client.
const OTHERWISE: [(&str, bool); 4] = [
    // Times are integers: a server that writes others is not of this protocol.
    ("frame minimal, string timestamp, null cc", false),
    ("float timestamp truncates", false),
    // The client sees no body, ours is given one that is no JSON.
    ("empty 204", false),
    // Null stands for absent.
    ("sync tokenCount null", true),
];

#[test]
fn answers_are_read_as_the_client_reads_them() {
    let captured = read("10-client-decoding.json");
    let limits = Limits::default();
    for case in captured["cases"].as_array().unwrap() {
        let name = case["case"].as_str().unwrap();
        let Some(status) = case["status"].as_u64() else {
            continue; // no answer at all
        };
        let octets = match (&case["body"], &case["raw_body"]) {
            (Value::Null, Value::String(raw)) => raw.clone(),
            (Value::Null, _) => String::new(),
            (body, _) => body.to_string(),
        };
        let octets = octets.as_bytes();
        if status >= 300 {
            assert_eq!(ErrorBody::parse(octets).text(), "e", "{name}");
            continue;
        }
        let is_read = match case["method"].as_str().unwrap() {
            "unread" => Unread::parse(octets, &limits).is_ok(),
            "sync" => Context::parse(octets, &limits).is_ok(),
            "threads" => Mailbox::parse(octets, &limits).is_ok(),
            "participants" => Participants::parse(octets, &limits).is_ok(),
            "send" => Receipt::parse(octets, &limits).is_ok(),
            other => panic!("{other}"),
        };
        let theirs = case["outcome"].get("returns").is_some();
        let otherwise = OTHERWISE.iter().find(|(case, _)| *case == name);
        let expected = otherwise.map_or(theirs, |(_, ours)| *ours);
        assert_eq!(is_read, expected, "{name}");
    }
}
