//! A full disk, a busy store and a damaged file end in errors that say so; nothing panics, nothing
//! hangs, and the store goes on as soon as it can.
#![allow(clippy::unwrap_used)] // a test fails by panicking

mod fresh;

use std::fs::OpenOptions;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::time::{Duration, SystemTime};

use futures_util::future::join_all;
use mailmesh_store::{
    Address, Delivery, Entry, EntryId, Error, ErrorKind, Filter, Index, Limits, MailStore, Mark,
    Options, Posting, SqliteStore, Window,
};
use rusqlite::Connection;
use tokio::time::timeout;

fn address() -> Address {
    "a@x".parse().unwrap()
}

fn mail(subject: &str, octets: usize) -> Delivery {
    Delivery {
        id: fresh::id(),
        frame: None,
        raw: vec![b'x'; octets],
        index: Index {
            subject: subject.to_owned(),
            ..Index::default()
        },
        text: String::new(),
        received: SystemTime::now(),
        postings: vec![Posting::received(address())],
    }
}

async fn list(store: &SqliteStore) -> Result<Vec<Entry>, Error> {
    store
        .list(&address(), &Filter::default(), Window::newest(10_000))
        .await
}

#[tokio::test]
async fn a_full_store_keeps_what_it_has_and_takes_what_fits() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits {
        store_octets: Some(1 << 20),
        ..Limits::default()
    };
    let store = SqliteStore::open_with(
        folder.path(),
        Options {
            limits,
            ..Options::default()
        },
    )
    .await
    .unwrap();
    let mut accepted = Vec::new();
    let error = loop {
        match store.deliver(mail("large", 100_000)).await {
            Ok(key) => accepted.push(EntryId::received(key)),
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::Full);
    assert!(accepted.len() > 3);
    assert_eq!(list(&store).await.unwrap().len(), accepted.len());

    // In one group, the large fail and the small stay.
    let mixed = (0..20).map(|n| {
        store.deliver(if n % 2 == 0 {
            mail("large", 300_000)
        } else {
            mail("small", 10)
        })
    });
    for (n, outcome) in join_all(mixed).await.into_iter().enumerate() {
        assert_eq!(
            outcome.map_err(|error| error.kind()).err(),
            (n % 2 == 0).then_some(ErrorKind::Full),
            "{n}"
        );
    }
    // Room that is given back is used again.
    for id in &accepted {
        store.remove(&address(), *id).await.unwrap();
    }
    store.deliver(mail("large", 300_000)).await.unwrap();
    assert_eq!(list(&store).await.unwrap().len(), 11);
}

#[tokio::test]
async fn a_store_held_by_another_process_is_busy_for_a_while() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        busy_timeout: Duration::from_millis(50),
        ..Options::default()
    };
    let store = SqliteStore::open_with(folder.path(), options)
        .await
        .unwrap();
    store.deliver(mail("before", 1)).await.unwrap();
    let other = Connection::open(folder.path().join("mailmesh.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(
        store.deliver(mail("during", 1)).await.unwrap_err().kind(),
        ErrorKind::Busy
    );
    assert_eq!(list(&store).await.unwrap().len(), 1, "readers do not wait");
    other.execute_batch("ROLLBACK").unwrap();
    store.deliver(mail("after", 1)).await.unwrap();
    assert_eq!(list(&store).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_short_hold_by_another_process_is_waited_out() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path()).await.unwrap();
    let other = Connection::open(folder.path().join("mailmesh.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (delivered, ()) = tokio::join!(store.deliver(mail("patient", 1)), async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        other.execute_batch("COMMIT").unwrap();
    });
    delivered.unwrap();
}

#[tokio::test]
async fn damage_is_an_error_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path()).await.unwrap();
    let mut last = None;
    for n in 0..50 {
        last = Some(EntryId::received(
            store.deliver(mail(&n.to_string(), 2_000)).await.unwrap(),
        ));
    }
    drop(store);
    scribble(folder.path());

    // Whichever page a call meets first, it answers; and one of them has to see the damage.
    let deadline = Duration::from_secs(30);
    let store = timeout(deadline, SqliteStore::open(folder.path()))
        .await
        .unwrap();
    let outcomes = match store {
        Err(error) => vec![error],
        Ok(store) => {
            let calls = async {
                [
                    list(&store).await.err(),
                    store.read(&address(), last.unwrap()).await.err(),
                    store
                        .mark(&address(), last.unwrap(), &Mark::Read)
                        .await
                        .err(),
                    store.deliver(mail("more", 1)).await.err(),
                ]
            };
            timeout(deadline, calls)
                .await
                .unwrap()
                .into_iter()
                .flatten()
                .collect()
        }
    };
    assert!(!outcomes.is_empty());
    assert!(
        outcomes
            .iter()
            .all(|error| error.kind() == ErrorKind::Corrupt),
        "{outcomes:?}"
    );
}

/// Overwrites every page behind the first.
fn scribble(folder: &Path) {
    // The log may still be there while the last connection closes.
    let database = Connection::open(folder.join("mailmesh.db")).unwrap();
    database.busy_timeout(Duration::from_secs(10)).unwrap();
    database
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .unwrap();
    drop(database);
    let mut file = OpenOptions::new()
        .write(true)
        .open(folder.join("mailmesh.db"))
        .unwrap();
    let octets = file.metadata().unwrap().len() - 4_096;
    file.seek(SeekFrom::Start(4_096)).unwrap();
    file.write_all(&vec![0xa5; usize::try_from(octets).unwrap()])
        .unwrap();
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = SqliteStore::open(file.join("store")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
}

#[tokio::test]
async fn a_full_queue_makes_writers_wait() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits {
        queue_octets: 8 << 10,
        ..Limits::default()
    };
    let store = SqliteStore::open_with(
        folder.path(),
        Options {
            limits,
            ..Options::default()
        },
    )
    .await
    .unwrap();
    // Each of the last ones is larger than the whole queue, and still gets through alone.
    let sizes = (0..40).map(|n| if n < 20 { 3_000 } else { 30_000 });
    let outcomes = join_all(sizes.map(|octets| store.deliver(mail("waits", octets)))).await;
    assert!(outcomes.into_iter().all(|outcome| outcome.is_ok()));
    assert_eq!(list(&store).await.unwrap().len(), 40);
}
