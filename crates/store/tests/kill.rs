//! What was acknowledged survives `kill -9`, exactly once.
#![allow(clippy::unwrap_used)] // a test fails by panicking

mod child;
mod fresh;

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, SystemTime};

use mailmesh_store::{
    Address, Delivery, EntryId, Filter, FolderName, Index, MailStore, Posting, SqliteStore, Window,
};

const ROUNDS: u32 = 12;
const SENDERS: usize = 6;

#[tokio::test]
async fn acknowledged_mail_survives_kill() {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = BTreeSet::new();
    for round in 0..ROUNDS {
        let mut child = child::spawn("deliver_until_killed", folder.path(), &round.to_string());
        let (lines, heard) = mpsc::channel();
        let output = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .map_while(Result::ok);
        let mut accepted =
            output.filter_map(|line| Some(line.strip_prefix("accepted ")?.to_owned()));
        thread::spawn(move || accepted.all(|subject| lines.send(subject).is_ok()));
        let first = heard.recv_timeout(Duration::from_secs(60)).unwrap();
        // Some rounds die in their first commits, some in the middle of many.
        thread::sleep(Duration::from_millis(u64::from(round * 37 % 150)));
        child.kill().unwrap();
        child.wait().unwrap();
        acknowledged.extend(std::iter::once(first).chain(heard));
        check(folder.path(), &acknowledged).await;
    }
    assert!(
        acknowledged.len() > ROUNDS as usize,
        "only {} messages were accepted",
        acknowledged.len()
    );
    let database = rusqlite::Connection::open(folder.path().join("mailmesh.db")).unwrap();
    let verdict: String = database
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(verdict, "ok");
}

/// Every accepted message is in both mailboxes once; what was not answered is in both or none.
async fn check(folder: &std::path::Path, acknowledged: &BTreeSet<String>) {
    let store = SqliteStore::open(folder).await.unwrap();
    let everything = Window::after(EntryId::START, u32::MAX);
    let inbox = Filter {
        folder: Some(FolderName::inbox()),
        ..Filter::default()
    };
    let received = store
        .list(&address("b@x"), &inbox, everything)
        .await
        .unwrap();
    let sent = store
        .list(&address("a@x"), &Filter::default(), everything)
        .await
        .unwrap();
    let subjects: BTreeSet<String> = received
        .iter()
        .map(|entry| entry.index.subject.clone())
        .collect();
    assert_eq!(subjects.len(), received.len(), "a message is there twice");
    assert!(
        acknowledged.is_subset(&subjects),
        "an accepted message is lost"
    );
    let keys =
        |entries: &[mailmesh_store::Entry]| entries.iter().map(|e| e.id.key).collect::<Vec<_>>();
    assert_eq!(keys(&received), keys(&sent));
    let newest = received.last().unwrap();
    let stored = store.read(&address("b@x"), newest.id).await.unwrap();
    assert_eq!(stored.raw, newest.index.subject.repeat(100).into_bytes());
}

#[tokio::test(flavor = "multi_thread")]
async fn deliver_until_killed() {
    let Some((folder, round)) = child::role() else {
        return;
    };
    let store = SqliteStore::open(folder).await.unwrap();
    let sender = |sender: usize| {
        let (store, round) = (&store, &round);
        async move {
            for n in 0.. {
                let subject = format!("{round}-{sender}-{n}");
                store.deliver(mail(&subject)).await.unwrap();
                println!("accepted {subject}");
            }
        }
    };
    futures_util::future::join_all((0..SENDERS).map(sender)).await;
}

fn mail(subject: &str) -> Delivery {
    Delivery {
        id: fresh::id(),
        frame: None,
        raw: subject.repeat(100).into_bytes(),
        index: Index {
            subject: subject.to_owned(),
            ..Index::default()
        },
        text: String::new(),
        received: SystemTime::now(),
        postings: vec![
            Posting::sent(address("a@x")),
            Posting::received(address("b@x")),
        ],
    }
}

fn address(text: &str) -> Address {
    text.parse().unwrap()
}
