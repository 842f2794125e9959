//! What uploads leave in the folder of a store: whole files under their ids, and nothing else.
#![allow(clippy::unwrap_used)] // a test fails by panicking

mod fresh;
mod some_store;

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

use mailmesh_store::{EnvelopeStore as _, FileHead, FileStore as _, MailStore as _, SqliteStore};

fn head(id: &str) -> FileHead {
    FileHead {
        id: id.parse().unwrap(),
        name: "../../../etc/passwd".to_owned(),
        content_type: "text/plain".to_owned(),
        now: some_store::now(),
        expires: some_store::now().saturating_add(1_000),
    }
}

fn names(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder.join("files")).unwrap();
    let mut names: Vec<_> = files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn only_ids_name_files_and_only_whole_ones_stay() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path()).await.unwrap();
    some_store::fill(&store).await;
    let [ann, _] = some_store::agents();
    let mut dropped = store.begin_file(&ann, head("file_b")).await.unwrap();
    dropped.write(&[1; 1_000_000]).await.unwrap();
    assert_eq!(names(folder.path()), ["file_a", "file_b.part"]);
    drop(dropped);
    let mut finished = store.begin_file(&ann, head("file_c")).await.unwrap();
    finished.write(b"octets").await.unwrap();
    finished.finish().await.unwrap();
    assert_eq!(names(folder.path()), ["file_a", "file_c"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(folder.path().join("files/file_c"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[tokio::test]
async fn a_file_leaves_the_disk_with_its_envelope() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path()).await.unwrap();
    some_store::fill(&store).await;
    let [_, ben] = some_store::agents();
    let rows = store
        .list_envelopes(&ben, &asmtp_envelope::Listing::default())
        .await
        .unwrap();
    for row in rows {
        store.remove_entry(&ben, row.key.envelope_id).await.unwrap();
    }
    assert_eq!(names(folder.path()), ["file_a"], "its sender has it still");
    let address = "acme.ann@x".parse().unwrap();
    let window = mailmesh_store::Window::newest(10);
    let sent = store
        .list(&address, &mailmesh_store::Filter::default(), window)
        .await
        .unwrap();
    for entry in sent {
        store.remove(&address, entry.id).await.unwrap();
    }
    // It goes behind the answer, in the thread that the next write waits for.
    store.ensure_agent(&address).await.unwrap();
    assert!(names(folder.path()).is_empty());
}

#[tokio::test]
async fn remainders_of_a_crash_go_when_nobody_can_be_writing_them() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path()).await.unwrap();
    some_store::fill(&store).await;
    drop(store);
    let long_ago = SystemTime::now() - Duration::from_secs(2 * 60 * 60);
    for (name, is_old) in [
        ("file_x.part", true),
        ("file_y", true),
        ("file_z.part", false),
        ("file_a", true),
    ] {
        let path = folder.path().join("files").join(name);
        let file = File::options()
            .create(true)
            .append(true)
            .open(path)
            .unwrap();
        if is_old {
            file.set_modified(long_ago).unwrap();
        }
    }
    let store = SqliteStore::open(folder.path()).await.unwrap();
    assert_eq!(names(folder.path()), ["file_a", "file_z.part"]);
    assert_eq!(store.check().await.unwrap().problems, Vec::<String>::new());
}
