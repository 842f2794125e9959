//! A check finds damage that SQLite itself does not see, and names it.
#![allow(clippy::unwrap_used)] // a test fails by panicking

mod fresh;
mod some_store;

use mailmesh_store::SqliteStore;
use rusqlite::Connection;

#[tokio::test]
async fn a_sound_store_has_no_problems() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path()).await.unwrap();
    some_store::fill(&store).await;
    let checked = store.check().await.unwrap();
    assert_eq!(checked.problems, Vec::<String>::new());
    assert_eq!((checked.agents, checked.messages), (2, 3));
    assert_eq!((checked.entries, checked.files), (5, 1));
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    for (damage, told) in [
        (
            "DELETE FROM messages WHERE format = 0",
            "entries without a message",
        ),
        ("UPDATE messages SET entries = 9", "wrong count of entries"),
        ("DELETE FROM bodies", "without a body"),
        ("UPDATE bodies SET raw = x'00'", "of another size"),
        (
            "UPDATE entries SET folder = 99",
            "folder of another mailbox",
        ),
        (
            "UPDATE messages SET digest = NULL WHERE format = 1",
            "a digest",
        ),
        ("UPDATE store SET last_key = 1", "behind the last key"),
        (
            "UPDATE mailboxes SET octets = octets + 1",
            "what they received",
        ),
        ("UPDATE files SET message = 5", "files of a message"),
        (
            "UPDATE files SET size = size + 1",
            "missing or of another size",
        ),
        (
            "UPDATE agents SET removed_at = 1",
            "removed agents with a bearer",
        ),
        (
            "DELETE FROM context_messages WHERE seq = 2",
            "threads with messages missing",
        ),
        (
            "UPDATE context_messages SET sent_at = 1 WHERE seq = 2",
            "times run backwards",
        ),
        (
            "UPDATE context_messages SET thread = 'none'",
            "without a thread",
        ),
        (
            "UPDATE context_members SET role = 0",
            "without anybody who is visible",
        ),
        ("UPDATE context_members SET read = 9", "or were read"),
        (
            "UPDATE context_members SET shown = 99",
            "shown more than there is",
        ),
        (
            "DELETE FROM context_agents",
            "members of context-sync threads that nobody knows",
        ),
        (
            "UPDATE context_threads SET participants = x'00'",
            "threads of other participants",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path()).await.unwrap();
        some_store::fill(&store).await;
        let database = Connection::open(folder.path().join("mailmesh.db")).unwrap();
        database.pragma_update(None, "foreign_keys", false).unwrap();
        database.execute_batch(damage).unwrap();
        let problems = store.check().await.unwrap().problems;
        assert!(
            problems.iter().any(|problem| problem.contains(told)),
            "{damage}: {problems:?}"
        );
    }
}
