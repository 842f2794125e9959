//! The transport over JMAP against a stand-in that pushes, and that goes wrong when it is told to.
#![cfg(feature = "jmap")]
#![allow(clippy::unwrap_used)] // a test fails by panicking

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use mailmesh::transport::jmap::{Config, JmapTransport};
use mailmesh::{
    AgentMailbox, Draft, ErrorKind, Filter, Folder, MailId, Outgoing, Page, Position, Transport,
    Watch,
};
use mailmesh_testkit::jmap::{JmapServer, PASSWORD, USERS};
use mailmesh_testkit::proxy::Proxy;
use mailmesh_testkit::transport::faults::{DEADLINE, Exposed};
use mailmesh_testkit::transport::{Harness, large_folder, moving};
use structured_email::Stamp;
use tokio::time::timeout;

/// What hangs would take longer.
const PATIENCE: Duration = Duration::from_secs(30);

struct StandIn {
    server: JmapServer,
    proxy: Proxy,
    a: Arc<JmapTransport>,
    b: Arc<JmapTransport>,
}

impl StandIn {
    async fn start() -> Self {
        let server = JmapServer::start().await;
        let open = |user| Arc::new(JmapTransport::new(config(&server, user)).unwrap());
        Self {
            a: open(USERS[0]),
            b: open(USERS[1]),
            server,
            proxy: Proxy::default(),
        }
    }

    /// One that pushes on a WebSocket too.
    async fn with_socket() -> Self {
        let server = Self::start().await;
        server.server.offer_socket();
        server
    }

    /// The mailbox of the second user.
    fn mailbox(&self) -> AgentMailbox {
        AgentMailbox::new(Arc::clone(&self.b))
    }

    fn deliver(&self, subject: &str) {
        let raw = format!("Subject: {subject}\r\n\r\nx\r\n");
        self.server.deliver(USERS[1], raw.as_bytes());
    }

    async fn subjects(&self) -> Vec<String> {
        let filter = Filter::default();
        let listed = self.b.list(&filter, Page::default());
        let listed = timeout(PATIENCE, listed).await.expect("in time").unwrap();
        listed.into_iter().map(|summary| summary.subject).collect()
    }

    /// Asks the server so many times.
    fn asked(&self, piece: &str) -> usize {
        let requests = self.server.http.requests();
        let is_meant = |request: &&mailmesh_testkit::http::Request| {
            request.target.contains(piece) || String::from_utf8_lossy(&request.body).contains(piece)
        };
        requests.iter().filter(is_meant).count()
    }
}

fn config(server: &JmapServer, user: &str) -> Config {
    let user = user.to_owned();
    let mut config = Config::new(&server.http.url, Some(user.clone()), user, PASSWORD.into());
    config.timeouts.request = PATIENCE;
    config.timeouts.poll = Duration::from_millis(50);
    config
}

#[async_trait]
impl Harness for StandIn {
    fn a(&self) -> Arc<dyn Transport> {
        self.a.clone()
    }

    fn b(&self) -> Arc<dyn Transport> {
        self.b.clone()
    }

    async fn expunge(&self, id: &MailId) {
        self.server.destroy(id.as_str());
    }

    async fn deliver(&self, raw: &[u8]) -> bool {
        self.server.deliver(USERS[1], raw);
        true
    }

    fn refused_address(&self) -> Option<String> {
        Some("unknown@jmap.test".to_owned())
    }
}

#[async_trait]
impl Exposed for StandIn {
    fn proxy(&self) -> &Proxy {
        &self.proxy
    }

    async fn by_proxy(&self) -> Arc<dyn Transport> {
        let server = self.server.http.url.strip_prefix("http://").unwrap();
        let mut config = config(&self.server, USERS[1]);
        config.server = format!("http://{}", self.proxy.door(server).await);
        config.timeouts.connect = DEADLINE;
        config.timeouts.request = DEADLINE;
        config.timeouts.silence = DEADLINE;
        config.timeouts.idle = DEADLINE;
        Arc::new(JmapTransport::new(config).unwrap())
    }
}

mod suite {
    use super::StandIn;

    mailmesh_testkit::transport_suite!(StandIn::start().await);
    mailmesh_testkit::fault_suite!(StandIn::start().await);
}

mod faults_with_a_socket {
    use super::StandIn;

    mailmesh_testkit::fault_suite!(StandIn::with_socket().await);
}

#[tokio::test]
async fn a_folder_of_ten_thousand_is_paged() {
    large_folder::a_folder_of_ten_thousand_is_paged(&StandIn::start().await).await;
}

#[tokio::test]
async fn messages_move_between_folders() {
    moving::a_moved_message_is_in_the_other_folder(&StandIn::start().await, "Drafts").await;
    moving::what_cannot_be_moved_stays(&StandIn::start().await).await;
}

fn outgoing(from: &str, to: &str) -> Outgoing {
    let draft = Draft::new().from(from).to(to).subject("s").text("t");
    let stamp = Stamp {
        date: 0,
        message_id: "x@jmap.test".into(),
        boundary: "x".into(),
    };
    Outgoing::compose(draft, &stamp).unwrap()
}

async fn next_subject(watch: &mut Watch) -> String {
    let arrival = timeout(PATIENCE, watch.next()).await.expect("in time");
    arrival.unwrap().unwrap().summary.subject
}

#[tokio::test]
async fn a_listing_is_one_round_trip() {
    let server = StandIn::start().await;
    for number in 0..60 {
        server.deliver(&number.to_string());
    }
    server.subjects().await;
    let before = server.server.http.requests().len();
    assert_eq!(server.subjects().await.len(), 50);
    assert_eq!(server.server.http.requests().len(), before + 1);
}

#[tokio::test]
async fn what_arrives_is_pushed_over_one_stream() {
    let server = StandIn::start().await;
    let mut watch = server.mailbox().watch(Folder::inbox(), None).await.unwrap();
    for subject in ["1", "2", "3"] {
        let (seen, ()) = tokio::join!(next_subject(&mut watch), async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            server.deliver(subject);
        });
        assert_eq!(seen, subject);
    }
    assert_eq!(server.asked("/jmap/events"), 1);
}

#[tokio::test]
async fn what_arrives_is_pushed_on_one_socket_where_there_is_one() {
    let server = StandIn::with_socket().await;
    let mut watch = server.mailbox().watch(Folder::inbox(), None).await.unwrap();
    for subject in ["1", "2", "3"] {
        let (seen, ()) = tokio::join!(next_subject(&mut watch), async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            server.deliver(subject);
        });
        assert_eq!(seen, subject);
    }
    assert_eq!(server.asked("/jmap/socket"), 1);
    assert_eq!(server.asked("/jmap/events"), 0);
    assert_eq!(server.server.sockets(), 1);
}

#[tokio::test]
async fn a_quiet_socket_stays_open() {
    let server = StandIn::with_socket().await;
    let mut config = config(&server.server, USERS[1]);
    config.timeouts.silence = Duration::from_millis(300);
    let mailbox = AgentMailbox::new(JmapTransport::new(config).unwrap());
    let mut watch = mailbox.watch(Folder::inbox(), None).await.unwrap();
    let (seen, ()) = tokio::join!(next_subject(&mut watch), async {
        tokio::time::sleep(Duration::from_millis(1500)).await;
        server.deliver("1");
    });
    assert_eq!((seen.as_str(), server.asked("/jmap/socket")), ("1", 1));
}

/// What is no message of the protocol, or too long for one, is not asked for again.
#[tokio::test]
async fn where_a_socket_fails_the_event_source_is_left() {
    for fault in [
        "",
        "[]",
        "{",
        &"x".repeat(100_000),
        r#"{"@type":"RequestError"}"#,
    ] {
        let server = StandIn::with_socket().await;
        if fault.is_empty() {
            server.server.refuse_sockets();
        }
        let mut watch = server.mailbox().watch(Folder::inbox(), None).await.unwrap();
        for subject in ["1", "2"] {
            let (seen, ()) = tokio::join!(next_subject(&mut watch), async {
                tokio::time::sleep(Duration::from_millis(50)).await;
                if subject == "1" && !fault.is_empty() {
                    server.server.push(fault.as_bytes());
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
                server.deliver(subject);
            });
            assert_eq!(seen, subject, "{fault:.20}");
        }
        let asked = (server.asked("/jmap/socket"), server.asked("/jmap/events"));
        assert_eq!(asked, (1, 1), "{fault:.20}");
    }
}

#[tokio::test]
async fn a_socket_that_closed_is_opened_anew() {
    let server = StandIn::with_socket().await;
    let mut watch = server.mailbox().watch(Folder::inbox(), None).await.unwrap();
    for subject in ["1", "2"] {
        let (seen, ()) = tokio::join!(next_subject(&mut watch), async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            server.server.close_streams();
            tokio::time::sleep(Duration::from_millis(200)).await;
            server.deliver(subject);
        });
        assert_eq!(seen, subject);
    }
    assert_eq!(server.asked("/jmap/events"), 0);
}

#[tokio::test]
async fn a_watch_outlives_its_streams() {
    let server = StandIn::start().await;
    let mut watch = server.mailbox().watch(Folder::inbox(), None).await.unwrap();
    for (subject, fault) in [
        ("1", &b""[..]),
        ("2", &[b'x'; 100_000]),
        ("3", b"data: {\n\n"),
    ] {
        let (seen, ()) = tokio::join!(next_subject(&mut watch), async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            match fault {
                [] => server.server.close_streams(),
                octets => server.server.push(octets),
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
            server.deliver(subject);
        });
        assert_eq!(seen, subject);
    }
    // A server that pushes nothing any more is asked from time to time.
    server.server.stop_pushing();
    server.server.close_streams();
    let (seen, ()) = tokio::join!(next_subject(&mut watch), async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        server.deliver("4");
    });
    assert_eq!(seen, "4");
}

#[tokio::test]
async fn a_forgotten_state_loses_and_repeats_nothing() {
    let server = StandIn::start().await;
    for subject in ["1", "2"] {
        server.deliver(subject);
    }
    let mailbox = server.mailbox();
    let mut watch = mailbox.watch(Folder::inbox(), None).await.unwrap();
    for number in 3..=200 {
        server.deliver(&number.to_string());
    }
    let mut position = watch.position().clone();
    server.server.forget_states();
    for number in 3..=200 {
        assert_eq!(next_subject(&mut watch).await, number.to_string());
        if number == 100 {
            position = watch.position().clone();
        }
    }
    let mut watch = mailbox
        .watch(Folder::inbox(), Some(position))
        .await
        .unwrap();
    assert_eq!(next_subject(&mut watch).await, "101");
}

#[tokio::test]
async fn a_long_backlog_is_told_once_and_in_order() {
    let server = StandIn::start().await;
    let mailbox = server.mailbox();
    let start = mailbox.watch(Folder::inbox(), None).await.unwrap();
    for number in 0..700 {
        server.deliver(&number.to_string());
    }
    let start = start.position().clone();
    let mut watch = mailbox.watch(Folder::inbox(), Some(start)).await.unwrap();
    for number in 0..700 {
        assert_eq!(next_subject(&mut watch).await, number.to_string());
        if number % 97 == 0 {
            // Another process goes on from here.
            let position = Position::new(watch.position().as_str());
            watch = mailbox
                .watch(Folder::inbox(), Some(position))
                .await
                .unwrap();
        }
    }
    let quiet = timeout(Duration::from_millis(300), watch.next()).await;
    assert!(quiet.is_err(), "{quiet:?}");
}

#[tokio::test]
async fn limits_of_the_server_are_obeyed() {
    let server = StandIn::start().await;
    server.server.limit("maxObjectsInGet", 3);
    server.server.limit("maxConcurrentRequests", 1);
    server.server.limit("maxSizeUpload", 2000);
    for number in 0..10 {
        server.deliver(&number.to_string());
    }
    let (everything, not_mrm) = (
        Filter::default(),
        Filter {
            mrm: Some(false),
            ..Filter::default()
        },
    );
    let (first, second) = tokio::join!(
        server.b.list(&everything, Page::default()),
        server.b.list(&not_mrm, Page::default())
    );
    assert_eq!((first.unwrap().len(), second.unwrap().len()), (10, 10));
    let large = Draft::new().to(USERS[1]).text("x".repeat(3000));
    let sent = AgentMailbox::new(Arc::clone(&server.a)).send(large).await;
    assert_eq!(sent.unwrap_err().kind(), ErrorKind::Refused);
    assert_eq!(server.asked("/jmap/upload"), 0);
    assert_eq!(server.server.http.most_at_once(), 1);
}

#[tokio::test]
async fn a_folder_that_comes_later_is_found() {
    let server = StandIn::start().await;
    let nowhere = Filter {
        folder: Folder::new("Later"),
        ..Filter::default()
    };
    let error = server.b.list(&nowhere, Page::default()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    server.server.twist(|name, answer| {
        if name == "Mailbox/get" {
            answer["list"][0]["name"] = "Later".into();
        }
    });
    assert_eq!(server.b.list(&nowhere, Page::default()).await.unwrap(), []);
}

#[tokio::test]
async fn a_message_that_is_there_already_is_sent_from_where_it_is() {
    let server = StandIn::start().await;
    let raw = outgoing(USERS[0], USERS[1]).message;
    server.server.deliver(USERS[0], &raw);
    server.server.twist(|name, answer| {
        if name == "Email/import" {
            let refusal = serde_json::json!({ "type": "alreadyExists", "existingId": "M1" });
            *answer = serde_json::json!({ "created": null, "notCreated": { "draft": refusal } });
        }
        if name == "EmailSubmission/set" && answer["created"]["submission"]["id"] != "SM1" {
            *answer = serde_json::json!({ "notCreated": { "submission": { "type": "x" } } });
        }
    });
    let receipt = server.a.send(outgoing(USERS[0], USERS[1])).await.unwrap();
    assert_eq!(receipt.accepted, [USERS[1]]);
    server.server.untwist();
    // It was not ours to remove.
    let kept = server.a.list(&Filter::default(), Page::default()).await;
    assert_eq!(kept.unwrap().len(), 1);
}
