//! What leaves a mailbox: the envelope, the stamp, and what stays out of the message.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use mailmesh::{
    AgentMailbox, Draft, Error, ErrorKind, Filter, Mail, MailId, Outgoing, Page, Receipt, Summary,
    Transport,
};
use mailmesh_testkit::SimulatedEnvironment;
use structured_email::Message;

/// Keeps what it is given. The four methods that every transport has to have.
#[derive(Debug, Default)]
struct Outbox(Mutex<Vec<Outgoing>>);

#[async_trait]
impl Transport for Outbox {
    fn address(&self) -> &str {
        "alice@example.test"
    }

    async fn send(&self, outgoing: Outgoing) -> Result<Receipt, Error> {
        self.0.lock().unwrap().push(outgoing.clone());
        Ok(Receipt::new(
            outgoing.message_id,
            outgoing.recipients,
            Vec::new(),
        ))
    }

    async fn list(&self, _: &Filter, _: Page) -> Result<Vec<Summary>, Error> {
        Ok(Vec::new())
    }

    async fn read(&self, _: &MailId, _: bool) -> Result<Mail, Error> {
        Err(Error::new(ErrorKind::NotFound, "nothing is kept"))
    }
}

fn mailbox(seed: u64) -> (AgentMailbox, Arc<Outbox>) {
    let outbox = Arc::new(Outbox::default());
    let mailbox = AgentMailbox::new(Arc::clone(&outbox));
    (
        mailbox.with_environment(SimulatedEnvironment::new(seed)),
        outbox,
    )
}

fn draft() -> Draft {
    Draft::new()
        .to("bob@example.test")
        .text("Hello.")
        .html("<p>Hello.</p>")
}

#[tokio::test]
async fn one_environment_gives_the_same_octets() {
    let mut sent = Vec::new();
    for seed in [1, 1, 2] {
        let (mailbox, outbox) = mailbox(seed);
        mailbox.send(draft()).await.unwrap();
        sent.push(outbox.0.lock().unwrap().remove(0).message);
    }
    assert_eq!(sent[0], sent[1]);
    assert_ne!(sent[0], sent[2]);
}

#[tokio::test]
async fn two_messages_never_share_an_id() {
    let (mailbox, _) = mailbox(1);
    let first = mailbox.send(draft()).await.unwrap();
    let second = mailbox.send(draft()).await.unwrap();
    assert_ne!(first.message_id, second.message_id);
    assert!(first.message_id.ends_with("@example.test"));
}

#[tokio::test]
async fn the_date_is_that_of_the_environment() {
    let outbox = Arc::new(Outbox::default());
    let environment = Arc::new(SimulatedEnvironment::new(1));
    let mailbox = AgentMailbox::new(Arc::clone(&outbox)).with_environment(Arc::clone(&environment));
    mailbox.send(draft()).await.unwrap();
    environment.advance(60);
    mailbox.send(draft()).await.unwrap();
    let sent = outbox.0.lock().unwrap();
    let dates = sent
        .iter()
        .map(|sent| Message::parse(&sent.message).unwrap().date().unwrap());
    let start = SimulatedEnvironment::START;
    assert_eq!(dates.collect::<Vec<_>>(), [start, start + 60]);
}

#[tokio::test]
async fn the_envelope_names_everybody_once_and_the_message_no_blind_copy() {
    let (mailbox, outbox) = mailbox(1);
    let draft = draft()
        .cc("carol@example.test")
        .bcc("dave@example.test")
        .bcc("bob@example.test");
    mailbox.send(draft.keep_bcc(true)).await.unwrap();
    let sent = outbox.0.lock().unwrap().remove(0);
    assert_eq!(sent.from.address, "alice@example.test");
    assert_eq!(
        sent.recipients,
        [
            "bob@example.test",
            "carol@example.test",
            "dave@example.test"
        ]
    );
    assert!(!String::from_utf8(sent.message).unwrap().contains("dave"));
}

#[tokio::test]
async fn an_author_in_the_draft_stays() {
    let (mailbox, outbox) = mailbox(1);
    mailbox
        .send(draft().from("Alice A. <alice@example.test>"))
        .await
        .unwrap();
    let sent = outbox.0.lock().unwrap().remove(0);
    assert_eq!(sent.from.name.as_deref(), Some("Alice A."));
}

#[tokio::test]
async fn what_cannot_be_written_is_not_sent() {
    let (mailbox, outbox) = mailbox(1);
    for draft in [
        Draft::new().text("To nobody."),
        draft().subject("One\r\nBcc: eve@example.test"),
        draft().to("no address"),
    ] {
        let error = mailbox.send(draft).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    }
    assert!(outbox.0.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_transport_without_marks_or_watching_says_so() {
    let (mailbox, _) = mailbox(1);
    let id = MailId::new("1");
    let marked = mailbox.mark(&id, &mailmesh::Mark::Read).await.unwrap_err();
    let watched = mailbox
        .watch(mailmesh::Folder::inbox(), None)
        .await
        .unwrap_err();
    assert_eq!(
        (marked.kind(), watched.kind()),
        (ErrorKind::Unsupported, ErrorKind::Unsupported)
    );
}
