//! The transport over the embedded store: the suite of all transports, and what it alone promises.
#![cfg(feature = "local")]
#![allow(clippy::unwrap_used)] // a test fails by panicking

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use mailmesh::transport::local::LocalTransport;
use mailmesh::{
    AgentMailbox, ErrorKind, Filter, Folder, MailId, Outgoing, Page, Position, Summary, Transport,
};
use mailmesh_store::{MailStore as _, SqliteStore};
use mailmesh_testkit::transport::{Harness, moving};
use serde_json::json;
use structured_email::{Draft, Stamp};
use tempfile::TempDir;
use tokio::time::timeout;

/// What hangs would take longer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Two mailboxes in one folder, each with a store of its own, as two processes have.
struct Local {
    folder: TempDir,
    a: Arc<LocalTransport>,
    b: Arc<LocalTransport>,
}

impl Local {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let a = Arc::new(open(folder.path(), "a@agents.test").await);
        let b = Arc::new(open(folder.path(), "b@agents.test").await);
        Self { folder, a, b }
    }
}

#[async_trait]
impl Harness for Local {
    fn a(&self) -> Arc<dyn Transport> {
        self.a.clone()
    }

    fn b(&self) -> Arc<dyn Transport> {
        self.b.clone()
    }

    async fn expunge(&self, id: &MailId) {
        let store = SqliteStore::open(self.folder.path()).await.unwrap();
        let id = id.as_str().parse().unwrap();
        store
            .remove(&"b@agents.test".parse().unwrap(), id)
            .await
            .unwrap();
    }

    fn refused_address(&self) -> Option<String> {
        Some("c@[192.0.2.1]".to_owned())
    }
}

mod suite {
    use super::Local;

    mailmesh_testkit::transport_suite!(Local::new().await);
}

async fn open(folder: &Path, address: &str) -> LocalTransport {
    LocalTransport::open(folder, address).await.unwrap()
}

async fn list(mailbox: &impl Transport, folder: &str) -> Vec<Summary> {
    let filter = Filter {
        folder: Folder::new(folder),
        ..Filter::default()
    };
    mailbox.list(&filter, Page::default()).await.unwrap()
}

/// A message with exactly these octets and recipients.
fn outgoing(raw: &str, recipients: &[&str]) -> Outgoing {
    let stamp = Stamp {
        date: 0,
        message_id: "1@agents.test".into(),
        boundary: "b".into(),
    };
    let draft = Draft::new()
        .from("a@agents.test")
        .to("b@agents.test")
        .text("x");
    let mut outgoing = Outgoing::compose(draft, &stamp).unwrap();
    outgoing.message = raw.as_bytes().to_vec();
    outgoing.recipients = recipients
        .iter()
        .map(|&recipient| recipient.to_owned())
        .collect();
    outgoing
}

#[tokio::test]
async fn the_sender_keeps_a_copy_that_is_read() {
    let Local { a, b, .. } = &Local::new().await;
    assert_eq!(list(&**a, "Sent").await, []);
    let order = Draft::new()
        .to("b@agents.test")
        .subject("Order")
        .data(&json!({"@type": "Order"}));
    AgentMailbox::new(a.clone()).send(order).await.unwrap();
    let (sent, received) = (
        list(&**a, "Sent").await.remove(0),
        list(&**b, "INBOX").await.remove(0),
    );
    assert!(!sent.unread && received.unread);
    assert_eq!(list(&**a, "INBOX").await, []);
    assert_ne!(sent.id, received.id);
    for summary in [sent, received] {
        assert_eq!(summary.keywords, ["$hasStructuredData", "$MRM"]);
        assert!(summary.is_mrm && summary.has_structured_data);
        assert_eq!(
            (summary.class.as_str(), summary.types),
            ("mrm", vec!["Order".to_owned()])
        );
    }
}

#[tokio::test]
async fn a_note_to_oneself_is_sent_and_received() {
    let Local { a, .. } = &Local::new().await;
    a.send(outgoing("Subject: note\r\n\r\nme\r\n", &["A@agents.test"]))
        .await
        .unwrap();
    let (sent, received) = (
        list(&**a, "Sent").await.remove(0),
        list(&**a, "INBOX").await.remove(0),
    );
    assert_ne!(sent.id, received.id);
    a.read(&received.id, false).await.unwrap();
    assert!(!list(&**a, "INBOX").await[0].unread);
}

#[tokio::test]
async fn mail_waits_for_its_owner() {
    let Local { folder, a, .. } = &Local::new().await;
    let receipt = a
        .send(outgoing("Subject: early\r\n\r\n", &["Later@Agents.Test"]))
        .await
        .unwrap();
    assert_eq!(receipt.accepted, ["Later@Agents.Test"]);
    let later = open(folder.path(), "later@agents.test").await;
    assert_eq!(list(&later, "INBOX").await[0].subject, "early");
}

#[tokio::test]
async fn each_recipient_gets_one_message() {
    let Local { folder, a, b } = &Local::new().await;
    let recipients = [
        "b@agents.test",
        "B@AGENTS.test",
        "b+tag@agents.test",
        "no address",
        "x@",
        "b@agents.test",
    ];
    let receipt = a
        .send(outgoing("Subject: once\r\n\r\n", &recipients))
        .await
        .unwrap();
    let refused: Vec<_> = receipt
        .refused
        .iter()
        .map(|refusal| refusal.recipient.as_str())
        .collect();
    assert_eq!(refused, ["no address", "x@"]);
    assert_eq!(receipt.accepted.len(), 4);
    assert_eq!(list(&**b, "INBOX").await.len(), 1);
    let tagged = open(folder.path(), "b+tag@agents.test").await;
    assert_eq!(list(&tagged, "INBOX").await.len(), 1);

    let error = a
        .send(outgoing("Subject: none\r\n\r\n", &["no address"]))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert_eq!(
        list(&**a, "Sent").await.len(),
        1,
        "what nobody got is not in Sent"
    );
}

#[tokio::test]
async fn ids_of_one_mailbox_mean_nothing_in_another() {
    let Local { folder, a, b } = &Local::new().await;
    a.send(outgoing("Subject: secret\r\n\r\n", &["b@agents.test"]))
        .await
        .unwrap();
    let id = list(&**b, "INBOX").await.remove(0).id;
    let stranger = open(folder.path(), "stranger@agents.test").await;
    for id in [
        &id,
        &MailId::new(""),
        &MailId::new("1' OR '1'='1"),
        &MailId::new("9".repeat(40)),
    ] {
        assert_eq!(
            stranger.read(id, true).await.unwrap_err().kind(),
            ErrorKind::NotFound,
            "{id}"
        );
    }
}

#[tokio::test]
async fn searches_look_through_data_and_between_tags() {
    let Local { a, b, .. } = &Local::new().await;
    let html = "Content-Type: text/html\r\nSubject: html\r\n\r\n<div class=marker>two<b>words</b></div>\r\n";
    let data = "Content-Purpose: Machine-readable\r\nContent-Type: application/ld+json\r\nSubject: data\r\n\r\n\
                {\"@context\":\"https://schema.org\",\"@type\":\"Order\",\"orderNumber\":\"PO-4711\"}\r\n";
    for raw in [html, data] {
        a.send(outgoing(raw, &["b@agents.test"])).await.unwrap();
    }
    for (query, found) in [
        ("words two", vec!["html"]),
        ("div", vec![]),
        ("marker", vec![]),
        ("po-4711", vec!["data"]),
    ] {
        let hits = b
            .search(query, &Filter::default(), Page::default())
            .await
            .unwrap();
        let subjects: Vec<_> = hits
            .iter()
            .map(|summary| summary.subject.as_str())
            .collect();
        assert_eq!(subjects, found, "{query}");
    }
}

#[tokio::test]
async fn a_wait_ends_soon_after_another_process_sends() {
    let Local { a, b, .. } = &Local::new().await;
    let inbox = Folder::inbox();
    let before = b.position(&inbox).await.unwrap();
    let exchange = async {
        tokio::join!(
            b.wait(&inbox, &before),
            a.send(outgoing("Subject: soon\r\n\r\n", &["b@agents.test"])),
        )
    };
    let (arrived, sent) = timeout(PATIENCE, exchange)
        .await
        .expect("the wait should end");
    sent.unwrap();
    let arrived = arrived.unwrap();
    assert_eq!(arrived[0].1.subject, "soon");
    assert_eq!(b.position(&inbox).await.unwrap(), arrived[0].0);
}

#[tokio::test]
async fn what_is_no_position_folder_or_address_is_refused() {
    let Local { folder, b, .. } = &Local::new().await;
    let error = b
        .wait(&Folder::inbox(), &Position::new("yesterday"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    let nowhere = Filter {
        folder: Folder::new("Nowhere"),
        ..Filter::default()
    };
    assert_eq!(
        b.list(&nowhere, Page::default()).await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
    let odd = Filter {
        folder: Folder::new("a\0b"),
        ..Filter::default()
    };
    assert_eq!(
        b.list(&odd, Page::default()).await.unwrap_err().kind(),
        ErrorKind::Invalid
    );
    let error = LocalTransport::open(folder.path(), "nobody")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
}

#[tokio::test]
async fn a_store_that_cannot_be_opened_says_why() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("mailmesh.db"),
        "Dear diary, ".repeat(1_000),
    )
    .unwrap();
    let error = LocalTransport::open(folder.path(), "a@agents.test")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Store);
    assert!(error.to_string().contains("damaged"), "{error}");
}

#[tokio::test]
async fn messages_move_between_folders() {
    moving::a_moved_message_is_in_the_other_folder(&Local::new().await, "Archive").await;
    moving::what_cannot_be_moved_stays(&Local::new().await).await;
}

#[tokio::test]
async fn a_forwarded_message_comes_as_it_was() {
    let local = Local::new().await;
    let (a, b) = (
        AgentMailbox::new(local.a.clone()),
        AgentMailbox::new(local.b.clone()),
    );
    let order = json!({"@type": "Order", "orderNumber": "7"});
    let draft = Draft::new().to("b@agents.test").subject("Order 7");
    b.send(draft.clone().text("One chair.").data(&order))
        .await
        .unwrap();
    let original = b.list(&Filter::default(), Page::default()).await.unwrap();
    let original = b.peek(&original[0].id).await.unwrap();
    let to_a = Draft::new().to("a@agents.test").text("See below.");
    b.forward(&original, to_a).await.unwrap();

    let inbox = a.list(&Filter::default(), Page::default()).await.unwrap();
    assert_eq!(inbox[0].subject, "Fwd: Order 7");
    let forwarded = a.read(&inbox[0].id).await.unwrap();
    assert_eq!(forwarded.message().unwrap().embedded_messages(), 1);
    assert!(forwarded.references().is_empty());
    let carried = forwarded.raw.windows(original.raw.len());
    assert_eq!(carried.filter(|octets| *octets == original.raw).count(), 1);
}
