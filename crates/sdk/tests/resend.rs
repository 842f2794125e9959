//! The transport over Resend against a stand-in of the service, which goes wrong when it is told to.
#![cfg(feature = "resend")]
#![allow(clippy::unwrap_used)] // a test fails by panicking

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use mailmesh::transport::resend::{Config, ResendTransport};
use mailmesh::{
    AgentMailbox, Arrangement, Attachment, Draft, Error, ErrorKind, Filter, Folder, MailId, Mark,
    Outgoing, Page, Position, Summary, Transport,
};
use mailmesh_testkit::http::Fault;
use mailmesh_testkit::proxy::Proxy;
use mailmesh_testkit::resend::{DOMAINS, KEYS, ResendService};
use mailmesh_testkit::transport::faults::{DEADLINE, Exposed};
use mailmesh_testkit::transport::{Harness, large_folder};
use serde_json::{Value, json};
use structured_email::Stamp;
use tempfile::TempDir;
use tokio::time::timeout;

/// What hangs would take longer.
const PATIENCE: Duration = Duration::from_secs(30);

const TEXT: &[u8] = b"Subject: text\r\nFrom: x@mail.test\r\n\r\nx\r\n";

struct StandIn {
    service: ResendService,
    proxy: Proxy,
    state: TempDir,
    a: Arc<ResendTransport>,
    b: Arc<ResendTransport>,
}

impl StandIn {
    async fn start() -> Self {
        let service = ResendService::start().await;
        let state = tempfile::tempdir().unwrap();
        Self {
            a: Arc::new(open(&service, &state, 0).await),
            b: Arc::new(open(&service, &state, 1).await),
            service,
            state,
            proxy: Proxy::default(),
        }
    }

    fn deliver(&self, subject: &str) {
        let raw = format!("Subject: {subject}\r\n\r\nx\r\n");
        self.service.deliver(1, raw.as_bytes());
    }

    async fn list(&self) -> Result<Vec<Summary>, Error> {
        let filter = Filter::default();
        let listed = self.b.list(&filter, Page::default());
        timeout(PATIENCE, listed).await.expect("in time")
    }

    /// A transport of another process: nothing is in its memory.
    async fn another(&self) -> ResendTransport {
        open(&self.service, &self.state, 1).await
    }

    async fn send(&self, draft: Draft) -> Result<mailmesh::Receipt, Error> {
        let sent = self.a.send(outgoing(draft));
        timeout(PATIENCE, sent).await.expect("in time")
    }

    async fn only_mail(&self) -> mailmesh::Mail {
        let listed = self.list().await.unwrap();
        assert_eq!(listed.len(), 1);
        self.b.read(&listed[0].id, true).await.unwrap()
    }
}

fn config(service: &ResendService, state: &TempDir, account: usize) -> Config {
    let domain = DOMAINS[account];
    let folder = state.path().join(domain);
    let from = format!("agent@{domain}");
    let mut config = Config::new(domain, from, KEYS[account].into(), folder);
    config.api.clone_from(&service.http.url);
    config.limits.answer = 256 << 10;
    config.timeouts.request = Duration::from_secs(5);
    config.timeouts.poll = Duration::from_millis(50);
    config
}

async fn open(service: &ResendService, state: &TempDir, account: usize) -> ResendTransport {
    ResendTransport::open(config(service, state, account))
        .await
        .unwrap()
}

fn outgoing(draft: Draft) -> Outgoing {
    let draft = draft.from(format!("agent@{}", DOMAINS[0]));
    let stamp = Stamp {
        date: 0,
        message_id: "draft-1@a.resend.test".into(),
        boundary: "x".into(),
    };
    Outgoing::compose(draft, &stamp).unwrap()
}

fn to_b() -> Draft {
    Draft::new().to(format!("agent@{}", DOMAINS[1]))
}

fn answer(status: u16, field: &'static str, body: &str) -> Fault {
    Fault::Answer(status, field, body.to_owned())
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
        let id = id.as_str().strip_prefix("in-");
        self.service.destroy(id.unwrap());
    }

    async fn deliver(&self, raw: &[u8]) -> bool {
        self.service.deliver(1, raw);
        true
    }

    fn refused_address(&self) -> Option<String> {
        None
    }
}

#[async_trait]
impl Exposed for StandIn {
    fn proxy(&self) -> &Proxy {
        &self.proxy
    }

    async fn by_proxy(&self) -> Arc<dyn Transport> {
        let service = self.service.http.url.strip_prefix("http://").unwrap();
        let mut config = config(&self.service, &self.state, 1);
        config.api = format!("http://{}", self.proxy.door(service).await);
        config.timeouts.request = DEADLINE;
        config.timeouts.idle = DEADLINE;
        Arc::new(ResendTransport::open(config).await.unwrap())
    }
}

mod suite {
    use super::StandIn;

    mailmesh_testkit::transport_suite!(StandIn::start().await);
    mailmesh_testkit::fault_suite!(StandIn::start().await);
}

#[tokio::test]
async fn a_folder_of_ten_thousand_is_paged() {
    large_folder::a_folder_of_ten_thousand_is_paged(&StandIn::start().await).await;
}

#[tokio::test]
async fn a_message_is_taken_apart_without_loss_of_what_the_api_can_carry() {
    let server = StandIn::start().await;
    let file = |name: &str, content: &[u8]| Attachment {
        filename: name.to_owned(),
        media_type: "application/x-test".to_owned(),
        content: content.to_vec(),
    };
    let every_octet: Vec<u8> = (0..=u8::MAX).collect();
    let draft = Draft::new()
        .to(mailmesh::Mailbox {
            name: Some("Łuk, \"B\"".to_owned()),
            address: format!("agent@{}", DOMAINS[1]),
        })
        .cc("c@mail.test")
        .bcc("d@mail.test")
        .reply_to("e@mail.test")
        .subject("Grüße")
        .text("Text é")
        .html("<p>HTML <img src=\"cid:logo@x\"></p>")
        .in_reply_to("before@mail.test")
        .attachment(file("Übersicht.bin", &every_octet))
        .attachment_with_id("logo@x", file("logo.png", b"png"));
    let receipt = server.send(draft).await.unwrap();
    assert_eq!(receipt.losses, [""; 0]);
    assert_eq!(receipt.accepted.len(), 3);

    let submission = server.service.submissions().remove(0);
    assert_eq!(submission["bcc"], json!(["d@mail.test"]));
    assert_eq!(submission["cc"], json!(["c@mail.test"]));
    assert_eq!(submission["reply_to"], json!(["e@mail.test"]));
    assert_eq!(submission["headers"]["In-Reply-To"], "<before@mail.test>");
    assert_eq!(
        submission["to"],
        json!(["\"Łuk, \\\"B\\\"\" <agent@b.resend.test>"])
    );
    assert_eq!(submission["attachments"][1]["content_id"], "logo@x");

    let mail = server.only_mail().await;
    assert_eq!(mail.summary.subject, "Grüße");
    assert_eq!(mail.summary.message_id, Some(receipt.message_id));
    assert_eq!(mail.text().unwrap().trim_end(), "Text é");
    assert!(mail.html().unwrap().contains("cid:logo@x"));
    assert_eq!(mail.attachments().len(), 2);
    assert_eq!(
        mail.attachments()[0].filename.as_deref(),
        Some("Übersicht.bin")
    );
    assert_eq!(mail.attachment(0).unwrap(), every_octet);
}

#[tokio::test]
async fn data_arrives_in_the_html_and_the_losses_are_named() {
    let order = json!({"@context": "https://schema.org", "@type": "Order", "note": "</script> é"});
    let text = || Draft::new().text("a < b & c\nd");
    for (draft, losses) in [
        (Draft::new(), 2),
        (text(), 1),
        (text().html("<html><body><p>x</p></body></html>"), 1),
        (text().html("<p>x</p>").html_fallback(true), 1),
        (text().arrangement(Arrangement::Partial), 1),
        (text().arrangement(Arrangement::NonRepresentation), 1),
    ] {
        let server = StandIn::start().await;
        let draft = draft.to(format!("agent@{}", DOMAINS[1])).data(&order);
        let receipt = server.send(draft).await.unwrap();
        assert_eq!(receipt.losses.len(), losses, "{:?}", receipt.losses);
        let mail = server.only_mail().await;
        assert_eq!(mail.data(), std::slice::from_ref(&order));
        assert_eq!(mail.summary.class, "html-embedded");
        assert!(!mail.summary.is_mrm);
    }
}

#[tokio::test]
async fn what_the_service_cannot_send_is_refused_before_it_is_asked() {
    let server = StandIn::start().await;
    let many = (0..51).fold(Draft::new(), |draft, n| draft.to(format!("{n}@mail.test")));
    for draft in [Draft::new().bcc("x@mail.test").text("x"), many.text("x")] {
        let error = server.send(draft).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
    }
    let mut fewer = outgoing(to_b().cc("x@mail.test").text("x"));
    fewer.recipients.truncate(1);
    let error = server.a.send(fewer).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert_eq!(server.service.submissions(), [Value::Null; 0]);
}

#[tokio::test]
async fn a_message_sent_twice_arrives_once() {
    let server = StandIn::start().await;
    // The answer is lost, and so is the second.
    server
        .service
        .http
        .fail("POST /emails", [Fault::Cut(0), Fault::Cut(10)]);
    for _ in 0..2 {
        let error = server.send(to_b().text("once")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unreachable, "{error}");
    }
    server.send(to_b().text("once")).await.unwrap();
    assert_eq!(server.list().await.unwrap().len(), 1);
    // Another message under the same id is none of the same.
    let error = server.send(to_b().text("other")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
}

#[tokio::test]
async fn tags_are_sent_with_each_message() {
    let server = StandIn::start().await;
    let mut config = config(&server.service, &server.state, 0);
    config.tags = vec![("team".to_owned(), "orders".to_owned())];
    let tagging = ResendTransport::open(config).await.unwrap();
    tagging.send(outgoing(to_b().text("x"))).await.unwrap();
    let submission = server.service.submissions().remove(0);
    assert_eq!(
        submission["tags"],
        json!([{"name": "team", "value": "orders"}])
    );
}

#[tokio::test]
async fn what_was_sent_is_in_a_folder_of_its_own() {
    let server = StandIn::start().await;
    let receipt = server
        .send(to_b().subject("out").text("Hello.").html("<p>Hello.</p>"))
        .await
        .unwrap();
    let sent = Filter {
        folder: Folder::new("Sent"),
        ..Filter::default()
    };
    let listed = server.a.list(&sent, Page::default()).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].message_id, Some(receipt.message_id));
    assert_eq!(
        (listed[0].subject.as_str(), listed[0].unread),
        ("out", false)
    );
    assert_eq!(listed[0].date.as_deref(), Some("2026-01-02T03:00:00Z"));
    let mail = server.a.read(&listed[0].id, false).await.unwrap();
    assert_eq!(mail.text().unwrap().trim_end(), "Hello.");
    server.a.mark(&listed[0].id, &Mark::Unread).await.unwrap();
    assert!(server.a.list(&sent, Page::default()).await.unwrap()[0].unread);
    let found = server.a.search("hello", &sent, Page::default()).await;
    assert_eq!(found.unwrap().len(), 1);
    let inbox = server.a.list(&Filter::default(), Page::default()).await;
    assert_eq!(inbox.unwrap(), []);
    assert_eq!(server.a.folders().await.unwrap().len(), 2);
}

#[tokio::test]
async fn the_mail_of_other_domains_is_not_shown() {
    let server = StandIn::start().await;
    for to in ["x@other.test", "any@B.resend.test"] {
        let raw = format!("To: {to}\r\nSubject: {to}\r\n\r\nx\r\n");
        server.service.deliver_to(1, to, raw.as_bytes());
    }
    let listed = server.list().await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].subject, "any@B.resend.test");
}

#[tokio::test]
async fn marks_outlive_the_process() {
    let server = StandIn::start().await;
    for subject in ["1", "2"] {
        server.deliver(subject);
    }
    let listed = server.list().await.unwrap();
    server.b.read(&listed[0].id, false).await.unwrap();
    let keyword = Mark::Keyword("$Handled".to_owned());
    server.b.mark(&listed[1].id, &keyword).await.unwrap();
    let another = server.another().await;
    let listed = another.list(&Filter::default(), Page::default()).await;
    let listed = listed.unwrap();
    assert_eq!((listed[0].unread, listed[1].unread), (false, true));
    assert_eq!(listed[1].keywords, ["$Handled"]);
}

#[tokio::test]
async fn a_long_list_is_paged_and_a_long_backlog_told_once_and_in_order() {
    let server = StandIn::start().await;
    let mailbox = AgentMailbox::new(Arc::clone(&server.b));
    let start = mailbox.watch(Folder::inbox(), None).await.unwrap();
    for number in 0..250 {
        server.deliver(&number.to_string());
    }
    let page = Page {
        limit: 3,
        offset: 149,
    };
    let listed = server.b.list(&Filter::default(), page).await.unwrap();
    let subjects: Vec<&str> = listed.iter().map(|it| it.subject.as_str()).collect();
    assert_eq!(subjects, ["100", "99", "98"]);

    let start = Position::new(start.position().as_str());
    let mut watch = mailbox.watch(Folder::inbox(), Some(start)).await.unwrap();
    for number in 0..250 {
        let arrival = timeout(PATIENCE, watch.next()).await.expect("in time");
        let arrival = arrival.unwrap().unwrap();
        assert_eq!(arrival.summary.subject, number.to_string());
        if number == 120 {
            // Another process goes on from here.
            let position = Position::new(arrival.position.as_str());
            watch = mailbox
                .watch(Folder::inbox(), Some(position))
                .await
                .unwrap();
        }
    }
}

#[tokio::test]
async fn the_pace_of_the_service_is_kept() {
    let server = StandIn::start().await;
    for number in 0..5 {
        server.deliver(&number.to_string());
    }
    server.service.limit_rate(3);
    let started = Instant::now();
    assert_eq!(server.list().await.unwrap().len(), 5);
    assert!(
        started.elapsed() >= Duration::from_secs(1),
        "6 requests, 3 a second"
    );
}

#[tokio::test]
async fn a_short_pause_is_waited_for_and_a_long_one_is_an_error() {
    let server = StandIn::start().await;
    server.deliver("1");
    let slow = |pause| answer(429, pause, r#"{"name":"rate_limit_exceeded"}"#);
    let once = "retry-after: 1";
    server.service.http.fail("/emails/receiving", [slow(once)]);
    assert_eq!(server.list().await.unwrap().len(), 1);

    let started = Instant::now();
    for fault in [
        slow("retry-after: 3600"),
        answer(429, "", r#"{"name":"daily_quota_exceeded"}"#),
    ] {
        server.service.http.fail("/emails/receiving", [fault]);
        let error = server.list().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Busy);
        server.service.http.heal();
    }
    assert!(started.elapsed() < PATIENCE);
}

#[tokio::test]
async fn answers_that_are_none_have_typed_errors() {
    let server = StandIn::start().await;
    server.deliver("1");
    server.list().await.unwrap();
    let deep = "[".repeat(50_000);
    let many = format!(r#"{{"data":[{}1]}}"#, "1,".repeat(100));
    for (fault, kind) in [
        (answer(200, "", "no JSON"), ErrorKind::Protocol),
        (answer(200, "", "{}"), ErrorKind::Protocol),
        (answer(200, "", r#"{"data":{}}"#), ErrorKind::Protocol),
        (answer(200, "", &deep), ErrorKind::Protocol),
        (answer(200, "", &many), ErrorKind::Protocol),
        (
            answer(302, "location: http://127.0.0.1:1/", ""),
            ErrorKind::Protocol,
        ),
        (
            answer(401, "", r#"{"name":"missing_api_key"}"#),
            ErrorKind::Unauthorized,
        ),
        (
            answer(403, "", r#"{"name":"validation_error"}"#),
            ErrorKind::Refused,
        ),
        (answer(500, "", "<html>"), ErrorKind::Busy),
        (Fault::Endless, ErrorKind::Protocol),
        (Fault::Silence, ErrorKind::Timeout),
        (Fault::Drop, ErrorKind::Unreachable),
    ] {
        let twice = [fault.clone(), fault.clone()];
        server.service.http.fail("/emails/receiving?", twice);
        let error = server.list().await.unwrap_err();
        assert_eq!(error.kind(), kind, "{fault:?}: {error}");
        assert!(!format!("{error} {error:?}").contains(KEYS[1]));
        server.service.http.heal();
        assert_eq!(server.list().await.unwrap().len(), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a_connection_cut_at_each_step_fails_that_call_only() {
    for piece in ["/emails/receiving?", "/emails/receiving/", "/inbound/"] {
        for octets in [0, 10, 60, 150] {
            let server = StandIn::start().await;
            server.service.deliver(1, TEXT);
            let twice = [Fault::Cut(octets), Fault::Cut(octets)];
            server.service.http.fail(piece, twice);
            if let Err(error) = server.list().await {
                let kind = error.kind();
                let is_typed = matches!(kind, ErrorKind::Unreachable | ErrorKind::Protocol);
                assert!(is_typed, "{piece} {octets}: {error}");
            }
            server.service.http.heal();
            let listed = server.list().await.unwrap();
            assert_eq!(listed[0].subject, "text", "{piece} {octets}");
        }
    }
}

#[tokio::test]
async fn one_message_that_cannot_be_had_hides_no_other() {
    for (name, lie) in [
        ("raw", json!({ "download_url": "http://mail.test/x" })),
        ("raw", json!({ "download_url": "file:///etc/passwd" })),
        ("raw", json!({ "download_url": "nonsense" })),
        ("raw", json!(7)),
        ("raw", Value::Null),
        ("id", json!("00000000-0000-4000-8000-00000000ffff")),
        ("id", json!(7)),
    ] {
        let server = StandIn::start().await;
        for subject in ["1", "2", "3"] {
            server.deliver(subject);
        }
        let told = lie.clone();
        server.service.twist(move |path, answer| {
            if path.ends_with("000000000002") {
                answer[name] = told.clone();
            }
        });
        let listed = server.list().await.unwrap();
        let subjects: Vec<&str> = listed.iter().map(|it| it.subject.as_str()).collect();
        assert_eq!(subjects, ["3", "2", "1"], "{name}: {lie}");
    }
}

#[tokio::test]
async fn lists_that_lie_end_and_show_nothing_twice() {
    let server = StandIn::start().await;
    for subject in ["1", "2"] {
        server.deliver(subject);
    }
    server.service.twist(|_, answer| {
        answer["has_more"] = true.into();
        if let Some(data) = answer["data"].as_array_mut() {
            let first = data.first().cloned();
            data.extend(first);
            data.push(json!({ "id": "../../domains" }));
            data.push(json!(null));
        }
    });
    assert_eq!(server.list().await.unwrap().len(), 2);
    server.service.twist(|_, answer| {
        for row in answer["data"].as_array_mut().into_iter().flatten() {
            row["created_at"] = json!("whenever");
            row["to"] = json!([7, null, format!("x@{}", DOMAINS[1])]);
        }
    });
    assert_eq!(server.list().await.unwrap().len(), 2);
    let position = server.b.position(&Folder::inbox()).await.unwrap();
    server.service.untwist();
    let arrived = server.b.wait(&Folder::inbox(), &position).await.unwrap();
    assert_eq!(arrived.len(), 2);
}

#[tokio::test]
async fn a_message_over_the_limit_is_listed_and_not_read() {
    let server = StandIn::start().await;
    let mut config = config(&server.service, &server.state, 1);
    config.limits.message = 2000;
    let small = ResendTransport::open(config).await.unwrap();
    let raw = format!("Subject: large\r\n\r\n{}\r\n", "word ".repeat(1000));
    server.service.deliver(1, raw.as_bytes());
    let listed = small.list(&Filter::default(), Page::default()).await;
    let listed = listed.unwrap();
    assert_eq!(listed[0].subject, "large");
    let error = small.read(&listed[0].id, true).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
}

#[tokio::test]
async fn a_wrong_key_is_unauthorized_and_not_shown() {
    let server = StandIn::start().await;
    let mut config = config(&server.service, &server.state, 1);
    config.key = "re_wrong".into();
    let wrong = ResendTransport::open(config).await.unwrap();
    let listed = wrong.list(&Filter::default(), Page::default()).await;
    let error = listed.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert!(!format!("{wrong:?} {error} {error:?}").contains("re_wrong"));
}

#[tokio::test]
async fn a_url_opens_the_mailbox() {
    let server = StandIn::start().await;
    server.deliver("1");
    let api = server.service.http.url.replace(':', "%3A");
    let domain = DOMAINS[1];
    let url = format!("resend://{domain}?from=agent@{domain}&api={api}");
    let credentials = mailmesh::Credentials {
        password: Some(KEYS[1].into()),
        data_dir: Some(server.state.path().join("data")),
        ..mailmesh::Credentials::default()
    };
    let mailbox = AgentMailbox::connect(&url.parse().unwrap(), credentials).await;
    let (mailbox, filter) = (mailbox.unwrap(), Filter::default());
    let listed = mailbox.list(&filter, Page::default()).await;
    assert_eq!(listed.unwrap().len(), 1);
}
