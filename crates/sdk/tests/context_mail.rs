//! Snapshots that travel with mail, over the embedded store.
#![cfg(all(feature = "context", feature = "local"))]
#![allow(clippy::unwrap_used)] // a test fails by panicking

use mailmesh::context::ContextSnapshot;
use mailmesh::transport::local::LocalTransport;
use mailmesh::{AgentMailbox, Draft, Filter, Mail, Page};
use serde_json::{Value, json};
use tempfile::TempDir;

const BEN: &str = "ben@example.test";

async fn mailboxes() -> (AgentMailbox, AgentMailbox, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let open = async |address| {
        let transport = LocalTransport::open(dir.path(), address).await;
        AgentMailbox::new(transport.unwrap())
    };
    (open("ann@example.test").await, open(BEN).await, dir)
}

async fn newest(mailbox: &AgentMailbox) -> Mail {
    let listed = mailbox.list(&Filter::default(), Page::default()).await;
    mailbox.peek(&listed.unwrap()[0].id).await.unwrap()
}

fn snapshot(value: &Value) -> ContextSnapshot {
    ContextSnapshot::new(value).unwrap()
}

/// The mail that Ben gets with this data beside its text.
async fn carried(items: &[Value]) -> Mail {
    let (ann, ben, _dir) = mailboxes().await;
    let draft = Draft::new().to(BEN).text("x");
    let draft = items
        .iter()
        .fold(draft, |draft, item| draft.data_apart(item.to_string()));
    ann.send(draft).await.unwrap();
    newest(&ben).await
}

fn item(snapshot: &Value) -> Value {
    let name = |name: &str| format!("https://github.com/mailmesh/mailmesh#{name}");
    json!({
        "@context": {
            "ContextSnapshot": name("ContextSnapshot"),
            "snapshot": {"@id": name("snapshot"), "@type": "@json"},
            "threadId": name("threadId"),
        },
        "@type": "ContextSnapshot",
        "snapshot": snapshot,
    })
}

#[tokio::test]
async fn a_late_reader_syncs_with_what_the_sender_says() {
    let (ann, ben, _dir) = mailboxes().await;
    let say = async |text: &str| {
        let draft = Draft::new().to(BEN).subject("Parser").text(text);
        let knew = snapshot(&json!({"text": text, "big": 9_007_199_254_740_993_u64}));
        let thread = "0b5c3a52-7d0e-4b53-9d3e-0d3b1f0e7c11".parse().unwrap();
        ann.attach_context(draft, &knew.with_thread(thread))
    };
    ann.send(say("one").await).await.unwrap();
    let first = newest(&ben).await;
    ben.reply(&first, Draft::new().text("two")).await.unwrap();
    // Somebody else's thread.
    ann.send(Draft::new().to(BEN).text("weather"))
        .await
        .unwrap();
    let second = newest(&ann).await;
    let draft = ann.attach_context(Draft::new().text("three"), &snapshot(&json!({"step": 3})));
    ann.reply(&second, draft).await.unwrap();

    let third = newest(&ben).await;
    let context = ben.sync(&third, 10).await.unwrap();
    let texts = |messages: &[Mail]| -> Vec<_> {
        let texts = messages.iter().filter_map(Mail::text);
        texts.map(|text| text.trim_end().to_owned()).collect()
    };
    assert_eq!(texts(&context.messages), ["one", "two", "three"]);
    let said = context.snapshot().unwrap();
    assert_eq!(said.json().as_str(), r#"{"step":3}"#, "replaced");
    assert_eq!(
        (said.said_by(), said.thread()),
        (Some("ann@example.test"), None)
    );
    assert_eq!(
        texts(&ben.sync(&third, 2).await.unwrap().messages),
        ["two", "three"]
    );
    assert_eq!(
        texts(&ben.sync(&third, 0).await.unwrap().messages),
        ["three"]
    );

    let whole = first.context_snapshot().unwrap();
    assert_eq!(
        whole.json().as_str(),
        r#"{"big":9007199254740993,"text":"one"}"#
    );
    assert!(whole.thread().is_some());
    #[derive(serde::Deserialize)]
    struct Knew {
        text: String,
    }
    assert_eq!(whole.read::<Knew>().unwrap().text, "one");
    assert!(whole.read::<Vec<u8>>().is_err());
    let unread = Filter {
        unread: Some(true),
        ..Filter::default()
    };
    let unread = ben.list(&unread, Page::default()).await.unwrap();
    assert_eq!(unread.len(), 3, "nothing was marked");
}

#[tokio::test]
async fn a_snapshot_alone_is_mail_for_machines() {
    let (ann, ben, _dir) = mailboxes().await;
    let draft = ann.attach_context(Draft::new().to(BEN), &snapshot(&json!({"step": 1})));
    ann.send(draft).await.unwrap();
    let mail = newest(&ben).await;
    assert!(mail.summary.is_mrm);
    assert_eq!(mail.context_snapshot().unwrap().value()["step"], 1);
    assert_eq!(mail.data(), [item(&json!({"step": 1}))]);
}

#[tokio::test]
async fn mail_without_one_has_none() {
    let (ann, ben, _dir) = mailboxes().await;
    ann.send(Draft::new().to(BEN).text("x")).await.unwrap();
    let context = ben.sync(&newest(&ben).await, 10).await.unwrap();
    assert!(context.snapshot().is_none());
    assert_eq!(context.messages.len(), 1);
}

#[tokio::test]
async fn two_snapshots_are_none() {
    let one = item(&json!({"step": 1}));
    assert!(
        carried(std::slice::from_ref(&one))
            .await
            .context_snapshot()
            .is_some()
    );
    let two = item(&json!({"step": 2}));
    assert!(carried(&[one, two]).await.context_snapshot().is_none());
}

#[tokio::test]
async fn a_snapshot_of_another_vocabulary_is_none() {
    let mut foreign = item(&json!({"step": 1}));
    foreign["@context"]["ContextSnapshot"] = json!("https://evil.test/#ContextSnapshot");
    let mut missing = item(&json!({"step": 1}));
    missing.as_object_mut().unwrap().remove("snapshot");
    for wrong in [foreign, missing, item(&json!([1])), item(&json!(null))] {
        let mail = carried(std::slice::from_ref(&wrong)).await;
        assert!(mail.context_snapshot().is_none(), "{wrong}");
    }
}

#[tokio::test]
async fn the_bound_holds_at_its_edge() {
    let of = |octets: usize| json!({"k": "x".repeat(octets - r#"{"k":""}"#.len())});
    let (fits, too_long) = (of(ContextSnapshot::MAX), of(ContextSnapshot::MAX + 1));
    assert!(ContextSnapshot::new(&fits).is_ok());
    assert!(ContextSnapshot::new(&too_long).is_err());
    let read = carried(&[item(&fits)]).await.context_snapshot().unwrap();
    assert_eq!(read.value(), fits);
    assert!(
        carried(&[item(&too_long)])
            .await
            .context_snapshot()
            .is_none()
    );
}
