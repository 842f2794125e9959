//! A store is for the eyes of its owner.
#![cfg(unix)]
#![allow(clippy::unwrap_used)] // a test fails by panicking

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use mailmesh_store::{MailStore as _, SqliteStore};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn nobody_else_may_look_into_a_new_store() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("deep/store");
    let store = SqliteStore::open(&folder).await.unwrap();
    store.ensure_agent(&"a@x".parse().unwrap()).await.unwrap();
    assert_eq!(mode(&folder), 0o700);
    let files: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    let (folders, files): (Vec<_>, Vec<_>) = files.iter().partition(|path| path.is_dir());
    assert_eq!(
        (folders.len(), files.len()),
        (1, 6),
        "{folders:?} {files:?}"
    );
    assert!(folders.iter().all(|folder| mode(folder) == 0o700));
    assert!(files.iter().all(|file| mode(file) == 0o600), "{files:?}");
}

#[tokio::test]
async fn a_folder_that_is_there_keeps_its_permissions() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o750)).unwrap();
    SqliteStore::open(folder.path()).await.unwrap();
    assert_eq!(mode(folder.path()), 0o750);
}
