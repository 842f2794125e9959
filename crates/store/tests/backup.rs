//! A backup is a store of its own, with all that was there at one moment.
#![allow(clippy::unwrap_used)] // a test fails by panicking

mod fresh;
mod some_store;

use asmtp_envelope::Listing;
use mailmesh_store::{AgentStore as _, EnvelopeStore as _, ErrorKind, FileStore as _, SqliteStore};
use tempfile::TempDir;

#[tokio::test]
async fn a_backup_can_be_opened_and_used() {
    let (folder, elsewhere) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let store = SqliteStore::open(folder.path()).await.unwrap();
    some_store::fill(&store).await;
    let to = elsewhere.path().join("deep/backup");
    store.backup(&to).await.unwrap();
    let [ann, ben] = some_store::agents();
    let listing = Listing::parse("direction=both").unwrap();
    let before = store.list_envelopes(&ben, &listing).await.unwrap();
    some_store::send(&store, &ann, &ben, "after the backup").await;

    let copy = SqliteStore::open(&to).await.unwrap();
    assert_eq!(copy.check().await.unwrap().problems, Vec::<String>::new());
    assert_eq!(copy.list_envelopes(&ben, &listing).await.unwrap(), before);
    assert_eq!(copy.agents().await.unwrap(), store.agents().await.unwrap());
    let (_, mut file) = copy
        .read_file(&ben, &"file_a".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(file.chunk().await.unwrap().unwrap(), b"octets");
    let found = copy.search_envelopes(&ben, "widgets", 9).await.unwrap();
    assert_eq!(found.len(), 1, "its index is made anew");
    some_store::send(&copy, &ann, &ben, "to the copy").await;
}

#[tokio::test]
async fn no_store_is_overwritten() {
    let (folder, elsewhere) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let store = SqliteStore::open(folder.path()).await.unwrap();
    store.backup(elsewhere.path()).await.unwrap();
    for to in [elsewhere.path(), folder.path()] {
        let error = store.backup(to).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Exists);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_load_is_whole() {
    let (folder, elsewhere) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let store = SqliteStore::open(folder.path()).await.unwrap();
    some_store::fill(&store).await;
    let [ann, ben] = some_store::agents();
    let load = async {
        for n in 0..60 {
            some_store::send(&store, &ann, &ben, &format!("number {n}")).await;
        }
    };
    let (backup, ()) = tokio::join!(store.backup(elsewhere.path()), load);
    backup.unwrap();
    let copy = SqliteStore::open(elsewhere.path()).await.unwrap();
    assert_eq!(copy.check().await.unwrap().problems, Vec::<String>::new());
}
