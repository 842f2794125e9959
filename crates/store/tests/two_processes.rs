//! Two processes deliver to one folder while a third follows it.
#![allow(clippy::unwrap_used)] // a test fails by panicking

mod child;
mod fresh;

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use mailmesh_store::{
    Address, Delivery, EntryId, Filter, Index, MailStore, Posting, SqliteStore, Window,
};
use tokio::time::timeout;

const MESSAGES: usize = 120;
const SENDERS: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_share_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    // Both find an empty folder and make the store at once.
    let children =
        ["first", "second"].map(|name| child::spawn("deliver_some", folder.path(), name));
    let store = SqliteStore::open(folder.path()).await.unwrap();
    store.ensure_agent(&address("a@x")).await.unwrap();

    let mut changes = store.changes();
    let mut followed = Vec::new();
    let mut last = EntryId::START;
    while followed.len() < 2 * MESSAGES {
        let page = store
            .list(&address("a@x"), &Filter::default(), Window::after(last, 50))
            .await
            .unwrap();
        if page.is_empty() {
            timeout(Duration::from_secs(60), changes.changed())
                .await
                .expect("more mail")
                .unwrap();
        }
        for entry in page {
            assert!(entry.id > last);
            last = entry.id;
            followed.push(entry.index.subject);
        }
    }
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let expected: BTreeSet<String> = ["first", "second"]
        .iter()
        .flat_map(|name| (0..MESSAGES).map(move |n| format!("{name}-{n}")))
        .collect();
    assert_eq!(followed.len(), expected.len());
    assert_eq!(followed.into_iter().collect::<BTreeSet<_>>(), expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deliver_some() {
    let Some((folder, name)) = child::role() else {
        return;
    };
    let store = SqliteStore::open(folder).await.unwrap();
    let sender = |sender: usize| {
        let (store, name) = (&store, &name);
        async move {
            for n in (sender..MESSAGES).step_by(SENDERS) {
                store.deliver(mail(&format!("{name}-{n}"))).await.unwrap();
            }
        }
    };
    futures_util::future::join_all((0..SENDERS).map(sender)).await;
}

fn mail(subject: &str) -> Delivery {
    Delivery {
        id: fresh::id(),
        frame: None,
        raw: subject.into(),
        index: Index {
            subject: subject.to_owned(),
            ..Index::default()
        },
        text: String::new(),
        received: SystemTime::now(),
        postings: vec![Posting::received(address("a@x"))],
    }
}

fn address(text: &str) -> Address {
    text.parse().unwrap()
}
