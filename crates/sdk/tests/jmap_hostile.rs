//! JMAP servers that fail, lie or never end: typed errors in time, bounded memory, no password that
//! goes astray.
#![cfg(feature = "jmap")]
#![allow(clippy::unwrap_used)] // a test fails by panicking

use std::sync::{Arc, Mutex};
use std::time::Duration;

use mailmesh::transport::jmap::{Config, JmapTransport};
use mailmesh::{
    Draft, Error, ErrorKind, Filter, Folder, MailId, Mark, Outgoing, Page, Summary, Transport,
};
use mailmesh_testkit::http::{Fault, Reply, Server};
use mailmesh_testkit::jmap::{JmapServer, PASSWORD, USERS};
use serde_json::{Value, json};
use structured_email::Stamp;
use tokio::time::timeout;

/// What hangs would take longer.
const PATIENCE: Duration = Duration::from_secs(30);

const ORDER: &[u8] =
    b"Subject: order\r\nMIME-Version: 1.0\r\nContent-Type: application/ld+json\r\n\
    Content-Purpose: Machine-readable\r\n\r\n{\"@type\":\"Order\"}\r\n";
const TEXT: &[u8] = b"Subject: text\r\n\r\nx\r\n";

fn config(url: &str) -> Config {
    let user = USERS[1].to_owned();
    let mut config = Config::new(url, Some(user.clone()), user, PASSWORD.into());
    config.limits.answer = 64 << 10;
    config.limits.message = 64 << 10;
    config.timeouts.request = Duration::from_secs(2);
    config.timeouts.poll = Duration::from_millis(50);
    config.timeouts.idle = Duration::from_millis(300);
    config
}

async fn server() -> (JmapServer, JmapTransport) {
    let server = JmapServer::start().await;
    server.deliver(USERS[1], TEXT);
    server.deliver(USERS[1], ORDER);
    let transport = JmapTransport::new(config(&server.http.url)).unwrap();
    (server, transport)
}

fn outgoing() -> Outgoing {
    let draft = Draft::new().from(USERS[1]).to(USERS[0]).text("t");
    let stamp = Stamp {
        date: 0,
        message_id: "x@jmap.test".into(),
        boundary: "x".into(),
    };
    Outgoing::compose(draft, &stamp).unwrap()
}

async fn list(transport: &JmapTransport) -> Result<Vec<Summary>, Error> {
    let filter = Filter::default();
    let listed = transport.list(&filter, Page::default());
    timeout(PATIENCE, listed).await.expect("in time")
}

/// What each call of a transport does, one after the other.
async fn every_call(transport: &JmapTransport) -> Vec<Result<(), Error>> {
    let id = MailId::new("M1");
    let only_mrm = Filter {
        mrm: Some(true),
        ..Filter::default()
    };
    let calls = async {
        let position = transport.position(&Folder::inbox()).await;
        let behind = mailmesh::Position::new("0..");
        vec![
            list(transport).await.map(drop),
            transport.list(&only_mrm, Page::default()).await.map(drop),
            transport
                .search("text", &only_mrm, Page::default())
                .await
                .map(drop),
            transport.read(&id, false).await.map(drop),
            transport.mark(&id, &Mark::Keyword("$k".into())).await,
            transport.send(outgoing()).await.map(drop),
            transport.wait(&Folder::inbox(), &behind).await.map(drop),
            position.map(drop),
        ]
    };
    timeout(PATIENCE, calls).await.expect("in time")
}

#[tokio::test]
async fn answers_that_are_none_have_typed_errors() {
    let (server, transport) = server().await;
    list(&transport).await.unwrap();
    let answer = |status, body: &str| Fault::Answer(status, "", body.to_owned());
    let limit = r#"{"type":"urn:ietf:params:jmap:error:limit","limit":"maxConcurrentRequests"}"#;
    let deep = format!(r#"{{"methodResponses":{}"#, "[".repeat(50_000));
    for (fault, kind) in [
        (answer(200, "no JSON"), ErrorKind::Protocol),
        (answer(200, "{}"), ErrorKind::Protocol),
        (
            answer(200, r#"{"methodResponses":[]}"#),
            ErrorKind::Protocol,
        ),
        (answer(200, &deep), ErrorKind::Protocol),
        (answer(302, ""), ErrorKind::Protocol),
        (answer(401, ""), ErrorKind::Unauthorized),
        (answer(400, limit), ErrorKind::Busy),
        (
            answer(400, r#"{"type":"urn:ietf:params:jmap:error:notRequest"}"#),
            ErrorKind::Refused,
        ),
        (answer(404, ""), ErrorKind::NotFound),
        (answer(429, ""), ErrorKind::Busy),
        (answer(503, "<html>"), ErrorKind::Busy),
        (Fault::Endless, ErrorKind::Protocol),
        (Fault::Silence, ErrorKind::Timeout),
        (Fault::Drop, ErrorKind::Unreachable),
    ] {
        server
            .http
            .fail("/jmap/api", [fault.clone(), fault.clone()]);
        let error = list(&transport).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{fault:?}: {error}");
        server.http.heal();
        assert_eq!(list(&transport).await.unwrap().len(), 2, "{fault:?}");
    }
}

#[tokio::test]
async fn a_connection_cut_at_each_step_fails_that_call_only() {
    for piece in [
        "/.well-known",
        "/jmap/session",
        "/jmap/api",
        "/jmap/upload",
        "/jmap/download",
        "/jmap/events",
    ] {
        for octets in [0, 10, 60, 120] {
            let (server, transport) = server().await;
            // A first connection that breaks may be tried again; no call is.
            server
                .http
                .fail(piece, [Fault::Cut(octets), Fault::Cut(octets)]);
            for done in every_call(&transport).await {
                if let Err(error) = done {
                    let is_typed = matches!(
                        error.kind(),
                        ErrorKind::Unreachable | ErrorKind::Protocol | ErrorKind::NotFound
                    );
                    assert!(is_typed, "{piece} {octets}: {error}");
                }
            }
            server.http.heal();
            let done = every_call(&transport).await;
            assert!(done.iter().all(Result::is_ok), "{piece} {octets}: {done:?}");
        }
    }
}

/// Each value of each answer in turn is of another type, or not there: no panic, no hang, and no
/// message that another one hides.
#[tokio::test]
async fn values_of_other_types_cost_no_more_than_a_call() {
    let replacements = [
        json!(null),
        json!(7),
        json!("x"),
        json!([]),
        json!({}),
        json!([[["x"]]]),
    ];
    let (server, transport) = server().await;
    for replacement in replacements {
        for at in 0.. {
            let left = Arc::new(Mutex::new(at));
            let (counted, value) = (Arc::clone(&left), replacement.clone());
            server.twist(move |_, answer| replace(answer, &mut counted.lock().unwrap(), &value));
            list(&transport)
                .await
                .map_or_else(drop, |listed| assert!(listed.len() <= 2));
            let id = MailId::new("M1");
            let read = timeout(PATIENCE, transport.read(&id, true)).await;
            drop(read.expect("in time"));
            // Beyond the last value nothing was replaced.
            if *left.lock().unwrap() > 0 {
                break;
            }
        }
    }
    server.untwist();
    assert_eq!(list(&transport).await.unwrap().len(), 2);
}

/// Replaces the value that `left` others come before.
fn replace(value: &mut Value, left: &mut i32, with: &Value) {
    if *left == 0 {
        *value = with.clone();
    }
    *left -= 1;
    match value {
        Value::Array(values) => values
            .iter_mut()
            .for_each(|value| replace(value, left, with)),
        Value::Object(members) => members
            .values_mut()
            .for_each(|value| replace(value, left, with)),
        _ => {}
    }
}

#[tokio::test]
async fn one_message_hides_no_other() {
    let (server, transport) = server().await;
    let mut deep = json!({ "type": "multipart/mixed" });
    for _ in 0..100 {
        deep = json!({ "type": "multipart/mixed", "subParts": [deep] });
    }
    let odd = [
        json!({ "id": "M1", "bodyStructure": deep, "header:Subject:asRaw:all": [" text"] }),
        json!({ "id": "M1", "header:Subject:asRaw:all": 7 }),
        json!({ "id": "M1", "keywords": [1], "size": "many", "receivedAt": "yesterday" }),
        json!({ "id": 1 }),
        json!([]),
    ];
    for odd in odd {
        let shown = odd.to_string();
        server.twist(move |name, answer| {
            if name == "Email/get" {
                for email in answer["list"].as_array_mut().unwrap() {
                    if email["id"] == "M1" {
                        *email = odd.clone();
                    }
                }
            }
        });
        let listed = list(&transport).await.unwrap();
        assert_eq!(listed[0].subject, "order", "{shown:.80}");
        assert_eq!((listed[0].is_mrm, listed[0].types.len()), (true, 1));
    }
}

#[tokio::test]
async fn lies_are_found_out() {
    type Lie = fn(&str, &mut Value);
    let (server, transport) = server().await;
    let more_than_asked: Lie = |name, answer| {
        if name == "Email/query" {
            answer["ids"] = json!(vec!["M1"; 1000]);
        }
    };
    let changes_without_end: Lie = |name, answer| {
        if name == "Email/changes" {
            answer["hasMoreChanges"] = json!(true);
            answer["newState"] = answer["oldState"].clone();
        }
    };
    let another_blob: Lie = |name, answer| {
        if name == "Email/get" {
            answer["list"][0]["size"] = json!(1_u64 << 40);
        }
    };
    let nothing_became: Lie = |name, answer| {
        if name.ends_with("/set") || name.ends_with("/import") {
            *answer = json!({});
        }
    };
    let page = Page {
        limit: 5,
        offset: 0,
    };
    let (inbox, id) = (Filter::default(), MailId::new("M1"));

    server.twist(more_than_asked);
    let error = transport.list(&inbox, page).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
    server.twist(changes_without_end);
    let behind = mailmesh::Position::new("0..");
    let error = transport.wait(&Folder::inbox(), &behind).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
    server.twist(another_blob);
    let error = transport.read(&id, true).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
    server.twist(nothing_became);
    let error = transport.mark(&id, &Mark::Unread).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
    let error = transport.send(outgoing()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
    let another_state: Lie = |name, answer| {
        if name == "Email/changes" {
            answer["newState"] = json!(["7"]);
        }
    };
    server.twist(another_state);
    let error = transport.wait(&Folder::inbox(), &behind).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
    // A message that nobody asked for is not shown in the place of one that somebody did.
    let another_id: Lie = |name, answer| {
        if name == "Email/get" {
            for email in answer["list"].as_array_mut().unwrap() {
                if email["id"] == "M1" {
                    email["id"] = json!("M9");
                }
            }
        }
    };
    server.twist(another_id);
    let listed = list(&transport).await.unwrap();
    let subjects: Vec<&str> = listed.iter().map(|it| it.subject.as_str()).collect();
    assert_eq!(subjects, ["order"]);
    let error = transport.read(&id, true).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    server.untwist();

    server.http.fail(
        "/jmap/upload",
        [Fault::Answer(201, "", r#"{"blobId":"B","size":3}"#.into())],
    );
    let error = transport.send(outgoing()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
    server.http.fail("/jmap/download", [Fault::Endless]);
    let error = transport.read(&id, true).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
}

#[tokio::test]
async fn refusals_say_who_has_to_act() {
    let (server, transport) = server().await;
    for (refusal, kind) in [
        ("notFound", ErrorKind::NotFound),
        ("forbidden", ErrorKind::Refused),
        ("overQuota", ErrorKind::Refused),
        ("tooManyKeywords", ErrorKind::Refused),
        ("rateLimit", ErrorKind::Busy),
        ("invalidPatch", ErrorKind::Refused),
        ("something\r\nnew", ErrorKind::Refused),
    ] {
        server.twist(move |name, answer| {
            if name == "Email/set" {
                *answer =
                    json!({ "notUpdated": { "M1": { "type": refusal, "description": "x" } } });
            }
        });
        let error = transport
            .mark(&MailId::new("M1"), &Mark::Read)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), kind, "{refusal}: {error}");
        assert!(!error.to_string().contains('\n'));
    }
    for (refusal, kind) in [
        ("forbiddenFrom", ErrorKind::Refused),
        ("tooManyRecipients", ErrorKind::Refused),
        ("serverFail", ErrorKind::Busy),
    ] {
        server.twist(move |name, answer| {
            if name == "EmailSubmission/set" {
                *answer = json!({ "notCreated": { "submission": { "type": refusal } } });
            }
        });
        let error = transport.send(outgoing()).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{refusal}: {error}");
    }
}

/// A password goes to the server it is for, to no other in plain text, and to no proxy of a redirect.
#[tokio::test]
async fn no_password_goes_astray() {
    let thief = Server::start(|_| Reply::json(200, &json!({}))).await;
    let (server, _) = server().await;
    let location: &'static str =
        Box::leak(format!("location: {}/jmap", thief.url).into_boxed_str());
    let onward: &'static str = "location: /.well-known/jmap";
    for (fault, times) in [(location, 1), (onward, 9)] {
        let faults = std::iter::repeat_n(Fault::Answer(302, fault, String::new()), times);
        server.http.fail("/.well-known/jmap", faults);
        let transport = JmapTransport::new(config(&server.http.url)).unwrap();
        let error = list(&transport).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{fault}: {error}");
        server.http.heal();
    }
    let session = format!(
        r#"{{"capabilities":{{"urn:ietf:params:jmap:core":{{}},"urn:ietf:params:jmap:mail":{{}}}},
        "primaryAccounts":{{"urn:ietf:params:jmap:mail":"a"}},"apiUrl":"{0}/api",
        "downloadUrl":"{0}/d","uploadUrl":"{0}/u"}}"#,
        thief.url
    );
    server
        .http
        .fail("/jmap/session", [Fault::Answer(200, "", session)]);
    let transport = JmapTransport::new(config(&server.http.url)).unwrap();
    assert_eq!(
        list(&transport).await.unwrap_err().kind(),
        ErrorKind::Protocol
    );
    assert!(thief.requests().is_empty());

    let error = JmapTransport::new(config("http://192.0.2.1")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(!format!("{transport:?}").contains(PASSWORD));
}
