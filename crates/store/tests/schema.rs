//! Which databases are opened, which are refused, and that nothing refused is changed.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use std::fs;
use std::path::Path;

use futures_util::future::join_all;
use mailmesh_store::{ErrorKind, MailStore as _, SqliteStore};
use rusqlite::Connection;

fn database(folder: &Path) -> Connection {
    Connection::open(folder.join("mailmesh.db")).unwrap()
}

#[tokio::test]
async fn refuses_a_newer_schema_and_leaves_it_alone() {
    let folder = tempfile::tempdir().unwrap();
    let newer = database(folder.path());
    newer
        .execute_batch("CREATE TABLE from_the_future (x)")
        .unwrap();
    newer
        .pragma_update(None, "application_id", i32::from_be_bytes(*b"MMsh"))
        .unwrap();
    newer.pragma_update(None, "user_version", 4_711).unwrap();
    drop(newer);
    let before = fs::read(folder.path().join("mailmesh.db")).unwrap();
    let error = SqliteStore::open(folder.path()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NewerSchema);
    let told = error.to_string();
    assert!(
        told.contains("4711") && told.contains("newer version"),
        "{told}"
    );
    assert_eq!(fs::read(folder.path().join("mailmesh.db")).unwrap(), before);
}

#[tokio::test]
async fn refuses_a_database_of_another_program() {
    let folder = tempfile::tempdir().unwrap();
    database(folder.path())
        .execute_batch("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)")
        .unwrap();
    let error = SqliteStore::open(folder.path()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    let mode: String = database(folder.path())
        .pragma_query_value(None, "journal_mode", |row| row.get(0))
        .unwrap();
    assert_eq!(mode, "delete", "the file of another program was changed");
}

#[tokio::test]
async fn refuses_what_is_no_database() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("mailmesh.db"),
        "Dear diary, ".repeat(1_000),
    )
    .unwrap();
    let error = SqliteStore::open(folder.path()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
}

#[tokio::test]
async fn takes_over_an_empty_file() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("mailmesh.db"), "").unwrap();
    let store = SqliteStore::open(folder.path()).await.unwrap();
    store.ensure_agent(&"a@x".parse().unwrap()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn migrates_once_when_many_open_at_once() {
    for _ in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let stores = join_all((0..8).map(|_| SqliteStore::open(folder.path()))).await;
        for store in stores {
            store
                .unwrap()
                .ensure_agent(&"a@x".parse().unwrap())
                .await
                .unwrap();
        }
    }
}
