//! Operators that fail, lie or never end: typed errors in time, bounded memory, nothing lost.
#![cfg(feature = "asmtp")]
#![allow(clippy::unwrap_used)] // a test fails by panicking

mod asmtp_operator;

use std::time::Duration;

use asmtp_operator::{Fault, Server};
use mailmesh::transport::asmtp::{AsmtpTransport, Config};
use mailmesh::{
    AgentMailbox, Attachment, Draft, ErrorKind, Filter, Folder, Page, Transport, Watch,
};
use tempfile::TempDir;
use tokio::time::timeout;

const B: &str = "acme.b@agents.test";

/// What hangs would take longer.
const PATIENCE: Duration = Duration::from_secs(30);

async fn mailbox(config: Config) -> AgentMailbox {
    AgentMailbox::new(AsmtpTransport::open(config).await.unwrap())
}

/// The mailboxes `a` and `b` of a server, and where they keep their state.
async fn two(server: &Server) -> (AgentMailbox, AgentMailbox, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let a = mailbox(server.config("a", folder.path())).await;
    let b = mailbox(server.config("b", folder.path())).await;
    (a, b, folder)
}

async fn kind_of_list(mailbox: &AgentMailbox) -> ErrorKind {
    let filter = Filter::default();
    let listed = mailbox.list(&filter, Page::default());
    let listed = timeout(PATIENCE, listed).await.expect("in time");
    listed.unwrap_err().kind()
}

async fn next_subject(watch: &mut Watch) -> String {
    let arrival = timeout(PATIENCE, watch.next()).await.expect("in time");
    arrival.unwrap().unwrap().summary.subject
}

#[tokio::test]
async fn answers_that_are_none_have_typed_errors() {
    let server = Server::start().await;
    let (a, _, _folder) = two(&server).await;
    let answer = |status, body: &str| Fault::Answer(status, body.to_owned());
    for (fault, kind) in [
        (answer(200, "no JSON"), ErrorKind::Protocol),
        (answer(200, "{}"), ErrorKind::Protocol),
        (answer(302, ""), ErrorKind::Protocol),
        (answer(401, ""), ErrorKind::Unauthorized),
        (answer(429, ""), ErrorKind::Busy),
        (answer(500, "<html>"), ErrorKind::Busy),
        (answer(503, ""), ErrorKind::Busy),
        (
            answer(400, r#"{"error":{"code":"INVALID_QUERY"}}"#),
            ErrorKind::Refused,
        ),
        (Fault::Endless, ErrorKind::Protocol),
    ] {
        server.fail("GET /mailbox", [fault.clone()]);
        assert_eq!(kind_of_list(&a).await, kind, "{fault:?}");
    }
    server.fail("GET /mailbox", vec![Fault::Drop; 20]);
    assert_eq!(kind_of_list(&a).await, ErrorKind::Unreachable);
}

#[tokio::test]
async fn a_silent_operator_is_given_up() {
    let server = Server::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut config = server.config("a", folder.path());
    config.timeouts.request = Duration::from_millis(100);
    let a = mailbox(config).await;
    server.fail("GET /mailbox", [Fault::Silence]);
    assert_eq!(kind_of_list(&a).await, ErrorKind::Timeout);
}

#[tokio::test]
async fn nobody_listens() {
    let server = Server::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut config = server.config("a", folder.path());
    // The discard port, where nothing is.
    config.operator = "http://127.0.0.1:9".to_owned();
    let a = mailbox(config).await;
    assert_eq!(kind_of_list(&a).await, ErrorKind::Unreachable);
}

#[tokio::test]
async fn a_wrong_token_is_told() {
    let server = Server::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut config = server.config("a", folder.path());
    config.token = "token-nobody".into();
    let a = mailbox(config).await;
    assert_eq!(kind_of_list(&a).await, ErrorKind::Unauthorized);
    let error = a.send(Draft::new().to(B).text("x")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert!(!format!("{error} {error:?}").contains("token-nobody"));
}

#[tokio::test]
async fn a_listing_that_turns_round_ends() {
    let server = Server::start().await;
    let (a, b, _folder) = two(&server).await;
    a.send(Draft::new().to(B).text("x")).await.unwrap();
    let page = |created_at: u64| {
        let id = "01M7XK89PHAZENM5WE3MBS1TF1";
        let cursor = format!(r#"{{"created_at":{created_at},"envelope_id":"{id}"}}"#);
        let page = format!(r#"{{"envelope_headers":[],"next_cursor":{cursor}}}"#);
        Fault::Answer(200, page)
    };
    server.fail("GET /mailbox", [page(9), page(8), page(8), page(8)]);
    assert_eq!(kind_of_list(&b).await, ErrorKind::Protocol);
}

#[tokio::test]
async fn another_envelope_than_was_asked_for_is_refused() {
    let server = Server::start().await;
    let (a, b, _folder) = two(&server).await;
    a.send(Draft::new().to(B).text("x")).await.unwrap();
    let listed = b.list(&Filter::default(), Page::default()).await.unwrap();
    let other = r#"{"id":"01M7XK89PHAZENM5WE3MBS1TF1","from":"@acme.a","to":["@acme.b"],"date_ms":1,
                    "content_parts":[{"type":"text","text":"not yours"}]}"#;
    server.fail("GET /messages/", [Fault::Answer(200, other.to_owned())]);
    let error = b.read(&listed[0].id).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
    assert_eq!(b.read(&listed[0].id).await.unwrap().text().unwrap(), "x");
}

/// Whatever becomes of the answers, there is one envelope.
#[tokio::test]
async fn lost_answers_repeat_nothing() {
    let server = Server::start().await;
    let (a, _, _folder) = two(&server).await;
    server.fail(
        "POST /messages",
        [Fault::Drop, Fault::Swallow, Fault::Swallow],
    );
    let sent = a.send(Draft::new().to(B).text("x"));
    timeout(PATIENCE, sent).await.expect("in time").unwrap();
    assert_eq!(server.received("b"), 1);
    assert!(server.requests("POST /messages") >= 4);
}

#[tokio::test]
async fn a_file_that_is_not_taken_keeps_the_message_back() {
    let server = Server::start().await;
    let (a, _, _folder) = two(&server).await;
    let empty = Attachment {
        filename: "empty.txt".to_owned(),
        media_type: "text/plain".to_owned(),
        content: Vec::new(),
    };
    let error = a
        .send(Draft::new().to(B).text("x").attachment(empty))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert_eq!(server.requests("POST /messages"), 0);
}

/// A file elsewhere stays a link, and is never asked for; one that is gone as well.
#[tokio::test]
async fn files_elsewhere_stay_links() {
    let server = Server::start().await;
    let (a, b, _folder) = two(&server).await;
    a.send(Draft::new().to(B).text("x")).await.unwrap();
    let id = b
        .list(&Filter::default(), Page::default())
        .await
        .unwrap()
        .remove(0);
    let envelope = id
        .message_id
        .clone()
        .unwrap()
        .split('@')
        .next()
        .unwrap()
        .to_owned();
    let body = format!(
        r#"{{"id":"{envelope}","from":"@acme.a","to":["@acme.b"],"date_ms":1000,"content_parts":[
           {{"type":"file","url":"http://127.0.0.1:9/files/file_0"}},
           {{"type":"file","url":"{}/files/file_77","name":"gone"}}]}}"#,
        server.url
    );
    server.fail("GET /messages/", [Fault::Answer(200, body)]);
    let text = b.read(&id.id).await.unwrap().text().unwrap();
    assert!(text.contains("http://127.0.0.1:9/files/file_0"), "{text}");
    assert!(text.contains("gone: "), "{text}");
    assert_eq!(server.requests("GET /files/"), 1);
}

#[tokio::test]
async fn a_watch_survives_what_happens_to_sockets() {
    let server = Server::start().await;
    let (a, b, _folder) = two(&server).await;
    server.fail(
        "GET /connect",
        [Fault::Drop, Fault::Answer(503, String::new())],
    );
    let mut watch = b.watch(Folder::inbox(), None).await.unwrap();
    a.send(Draft::new().to(B).subject("1").text("x"))
        .await
        .unwrap();
    assert_eq!(next_subject(&mut watch).await, "1");

    server.push_text("no JSON");
    a.send(Draft::new().to(B).subject("2").text("x"))
        .await
        .unwrap();
    assert_eq!(next_subject(&mut watch).await, "2");

    server.push_text(&" ".repeat(300 << 10));
    server.close_sockets(1001);
    a.send(Draft::new().to(B).subject("3").text("x"))
        .await
        .unwrap();
    assert_eq!(next_subject(&mut watch).await, "3");
}

#[tokio::test]
async fn a_revoked_token_ends_a_watch() {
    let server = Server::start().await;
    let (_, b, _folder) = two(&server).await;
    let mut watch = b.watch(Folder::inbox(), None).await.unwrap();
    let revoke = async {
        while server.sockets() == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        server.close_sockets(1008);
        std::future::pending::<()>().await;
    };
    let ended = tokio::select! {
        ended = timeout(PATIENCE, watch.next()) => ended.expect("in time"),
        () = revoke => None,
    };
    assert_eq!(ended.unwrap().unwrap_err().kind(), ErrorKind::Unauthorized);
    assert!(watch.next().await.is_none());
}

/// What belongs to another machine than this one does not go there without TLS.
#[tokio::test]
async fn no_token_leaves_this_machine_in_plain_text() {
    let server = Server::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut config = server.config("a", folder.path());
    config.operator = "http://192.0.2.1".to_owned();
    let error = AsmtpTransport::open(config).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    let transport = server.open("b", folder.path()).await;
    assert!(!format!("{transport:?}").contains("token-b"));
    assert_eq!(transport.address(), B);
}
