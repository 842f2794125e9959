//! The transport over an ASMTP operator that does what the protocol asks and no more. The suite of all
//! transports is run against a node of ours, in `asmtp_node.rs`.
#![cfg(feature = "asmtp")]
#![allow(clippy::unwrap_used)] // a test fails by panicking

mod asmtp_operator;

use std::sync::Arc;
use std::time::Duration;

use asmtp_operator::Server;
use mailmesh::transport::asmtp::AsmtpTransport;
use mailmesh::{
    AgentMailbox, Attachment, Draft, ErrorKind, Filter, Folder, MailId, Mark, Outgoing, Page,
    Summary, Transport,
};
use serde_json::json;
use structured_email::Stamp;
use tempfile::TempDir;
use tokio::time::timeout;

const A: &str = "acme.a@agents.test";
const B: &str = "acme.b@agents.test";

/// What hangs would take longer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Two mailboxes at one operator.
struct Two {
    server: Server,
    folder: TempDir,
    a: Arc<AsmtpTransport>,
    b: Arc<AsmtpTransport>,
}

impl Two {
    async fn new() -> Self {
        let server = Server::start().await;
        let folder = tempfile::tempdir().unwrap();
        let a = Arc::new(server.open("a", folder.path()).await);
        let b = Arc::new(server.open("b", folder.path()).await);
        Self {
            server,
            folder,
            a,
            b,
        }
    }

    fn mailboxes(&self) -> (AgentMailbox, AgentMailbox) {
        (
            AgentMailbox::new(self.a.clone()),
            AgentMailbox::new(self.b.clone()),
        )
    }
}

async fn inbox(mailbox: &AgentMailbox) -> Vec<Summary> {
    mailbox
        .list(&Filter::default(), Page::default())
        .await
        .unwrap()
}

#[tokio::test]
async fn text_data_and_files_arrive() {
    let two = Two::new().await;
    let (a, b) = two.mailboxes();
    let file = Attachment {
        filename: "Übersicht.bin".to_owned(),
        media_type: "image/png".to_owned(),
        content: (0..=u8::MAX).collect(),
    };
    let order = json!({"@context": "https://schema.org", "@type": "Order", "orderNumber": "é 7"});
    let draft = Draft::new().to(B).subject("Order").text("One chair.");
    let receipt = a
        .send(draft.data(&order).attachment(file.clone()))
        .await
        .unwrap();
    assert_eq!(receipt.accepted, [B]);

    let listed = inbox(&b).await.remove(0);
    assert_eq!(
        listed.message_id.as_deref(),
        Some(receipt.message_id.as_str())
    );
    assert_eq!(listed.from.as_deref(), Some(A));
    assert!(listed.unread);
    let mail = b.read(&listed.id).await.unwrap();
    assert_eq!(mail.summary.message_id, listed.message_id);
    assert_eq!(mail.text().unwrap(), "One chair.");
    assert_eq!(mail.data(), [order]);
    let attached = mail.attachments().remove(0);
    assert_eq!(attached.filename.as_deref(), Some("Übersicht.bin"));
    assert_eq!(attached.media_type, "image/png");
    assert_eq!(mail.attachment(0).unwrap(), file.content);
    assert!(!inbox(&b).await[0].unread);
}

#[tokio::test]
async fn what_does_not_fit_is_told() {
    let two = Two::new().await;
    let (a, b) = two.mailboxes();
    let plain = a.send(Draft::new().to(B).text("x")).await.unwrap();
    assert_eq!(plain.losses, [""; 0]);

    let draft = Draft::new().to(B).bcc("acme.c@agents.test");
    let draft = draft.text("x").html("<p>x</p>").reply_to(A);
    let receipt = a.send(draft).await.unwrap();
    assert_eq!(receipt.refused[0].recipient, "acme.c@agents.test");
    let told = |piece: &str| receipt.losses.iter().any(|loss| loss.contains(piece));
    assert!(told("reply-to") && told("HTML"), "{:?}", receipt.losses);
    assert_eq!(inbox(&b).await.len(), 2);
    assert_eq!(two.server.received("c"), 0);
}

#[tokio::test]
async fn nobody_gets_what_one_refuses() {
    let two = Two::new().await;
    let (a, b) = two.mailboxes();
    let draft = Draft::new().to(B).cc("acme.nobody@agents.test").text("x");
    let error = a.send(draft).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert_eq!(inbox(&b).await, []);
}

#[tokio::test]
async fn another_author_is_refused() {
    let (a, _) = Two::new().await.mailboxes();
    let error = a
        .send(Draft::new().from(B).to(B).text("x"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
}

#[tokio::test]
async fn peeking_never_marks_as_read() {
    let two = Two::new().await;
    let (a, b) = two.mailboxes();
    a.send(Draft::new().to(B).text("x")).await.unwrap();
    let id = inbox(&b).await.remove(0).id;
    let error = b.peek(&id).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(inbox(&b).await[0].unread);
    b.mark(&id, &Mark::Read).await.unwrap();
    assert!(!inbox(&b).await[0].unread);
    assert_eq!(b.peek(&id).await.unwrap().text().unwrap(), "x");
}

/// What the operator has no place for is in the state folder.
#[tokio::test]
async fn marks_outlive_the_process() {
    let two = Two::new().await;
    let (a, b) = two.mailboxes();
    a.send(Draft::new().to(B).text("x")).await.unwrap();
    let id = inbox(&b).await.remove(0).id;
    b.read(&id).await.unwrap();
    b.mark(&id, &Mark::Unread).await.unwrap();
    b.mark(&id, &Mark::Keyword("$k".to_owned())).await.unwrap();
    let b = AgentMailbox::new(two.server.open("b", two.folder.path()).await);
    let listed = inbox(&b).await.remove(0);
    assert!(listed.unread);
    assert_eq!(listed.keywords, ["$k"]);
    assert_eq!(b.peek(&id).await.unwrap().summary.keywords, ["$k"]);
    assert!(!b.read(&id).await.unwrap().summary.unread);
    assert!(!inbox(&b).await[0].unread);
}

#[tokio::test]
async fn ids_that_no_listing_gave_name_nothing() {
    let (_, b) = Two::new().await.mailboxes();
    let unknown = format!("7.{}", asmtp_operator::unknown_id());
    for id in ["", "x", "7", unknown.as_str()].map(MailId::new) {
        assert_eq!(b.read(&id).await.unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(b.peek(&id).await.unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(
            b.mark(&id, &Mark::Read).await.unwrap_err().kind(),
            ErrorKind::NotFound
        );
    }
}

#[tokio::test]
async fn what_was_sent_is_in_sent() {
    let two = Two::new().await;
    let (a, _) = two.mailboxes();
    a.send(Draft::new().to(B).subject("out").text("x"))
        .await
        .unwrap();
    a.send(Draft::new().to(A).subject("self").text("x"))
        .await
        .unwrap();
    let sent = Filter {
        folder: Folder::new("Sent"),
        ..Filter::default()
    };
    let listed = a.list(&sent, Page::default()).await.unwrap();
    let subjects: Vec<_> = listed
        .iter()
        .map(|summary| summary.subject.as_str())
        .collect();
    assert_eq!(subjects, ["self", "out"]);
    assert!(!listed[1].unread);
    assert_eq!(a.peek(&listed[1].id).await.unwrap().summary.to, [B]);
    assert_eq!(inbox(&a).await.len(), 1);
    let found = a.search("out", &sent, Page::default()).await.unwrap();
    assert_eq!(found, listed[1..]);
    let error = a.watch(Folder::new("Sent"), None).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

/// The same octets and id, as a caller sends that does not know what became of the first try.
#[tokio::test]
async fn a_message_sent_twice_arrives_once() {
    let two = Two::new().await;
    let stamp = Stamp {
        date: 1_795_215_000,
        message_id: "once@agents.test".into(),
        boundary: "b".into(),
    };
    let draft = Draft::new().from(A).to(B).text("x");
    let outgoing = Outgoing::compose(draft, &stamp).unwrap();
    let first = two.a.send(outgoing.clone()).await.unwrap();
    let second = two.a.send(outgoing).await.unwrap();
    assert_eq!(first, second);
    assert_eq!(two.server.received("b"), 1);
}

#[tokio::test]
async fn what_was_not_sent_goes_out_from_the_next_process() {
    let Two {
        server,
        folder,
        a,
        b,
        ..
    } = Two::new().await;
    drop(a);
    let mut config = server.config("a", folder.path());
    config.timeouts.delivery = Duration::from_millis(400);
    server.fail("POST /messages", vec![asmtp_operator::Fault::Drop; 1000]);
    let a = AsmtpTransport::open(config).await.unwrap();
    let draft = Draft::new().to(B).text("kept");
    let error = AgentMailbox::new(a).send(draft).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(server.received("b"), 0);

    server.heal();
    let _next = server.open("a", folder.path()).await;
    let b = AgentMailbox::new(b);
    let arrived = async {
        while inbox(&b).await.is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, arrived).await.unwrap();
    assert_eq!(server.received("b"), 1);
}

#[tokio::test]
async fn a_folder_of_ten_thousand_is_paged() {
    const ALL: usize = 10_000;
    let two = Two::new().await;
    two.server.fill(ALL);
    for (offset, count) in [(0, 5), (ALL / 2, 5), (ALL - 2, 2), (ALL, 0)] {
        let page = Page { limit: 5, offset };
        let listed = two.b.list(&Filter::default(), page).await.unwrap();
        let subjects: Vec<String> = listed.into_iter().map(|it| it.subject).collect();
        let newest = ALL - offset;
        let expected: Vec<String> = (0..count)
            .map(|behind| format!("number {}", newest - behind))
            .collect();
        assert_eq!(subjects, expected, "{offset}");
    }
}
