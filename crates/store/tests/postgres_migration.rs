//! A store that moves from a folder to PostgreSQL answers as before, however often it was stopped.
#![cfg(feature = "postgres")]
#![allow(clippy::unwrap_used, dead_code)] // a test fails by panicking; the helpers serve several files

mod child;
mod fresh;
mod postgresql;
mod random_store;

use std::path::Path;
use std::thread;
use std::time::Duration;

use mailmesh_store::{
    ErrorKind, Migrated, Migration, MigrationOptions, PostgresStore, PostgresUrl, SqliteStore,
};
use postgresql::Database;
use random_store::{Filled, fill};
use tempfile::TempDir;

const SEEDS: u64 = 12;
const STEPS: usize = 120;

/// So small that even little content takes many transactions.
const SMALL: MigrationOptions = MigrationOptions {
    batch_rows: 3,
    batch_octets: 4_096,
};

async fn migrate(
    folder: &Path,
    target: &PostgresUrl,
    options: MigrationOptions,
) -> Result<Migrated, ErrorKind> {
    let migration = Migration::begin(folder, target, options).await;
    let migration = migration.map_err(|error| error.kind())?;
    migration.run(|_| {}).await.map_err(|error| error.kind())
}

/// A folder with a store that is not open any more, as it stands on disk.
async fn filled(seed: u64) -> (TempDir, Filled) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path()).await.unwrap();
    let filled = fill(&store, seed, STEPS).await;
    (folder, filled)
}

async fn assert_same(folder: &Path, filled: &Filled, database: &Database) {
    let before = SqliteStore::open(folder).await.unwrap();
    let after = database.open().await;
    let expected = filled.answers(&before).await;
    let found = filled.answers(&after).await;
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!(found, expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_stays_the_same() {
    for seed in 0..SEEDS {
        let (folder, filled) = filled(seed).await;
        let database = Database::new().await;
        let options = [SMALL, MigrationOptions::default()][usize::from(seed % 3 == 0)];
        let migration = Migration::begin(folder.path(), &database.url(), options).await;
        let migration = migration.unwrap();
        let (total, mut told) = (migration.total(), vec![migration.migrated()]);
        let migrated = migration.run(|rows| told.push(rows)).await.unwrap();
        assert!(told.is_sorted(), "{told:?}");
        assert_eq!((told[0], told.last()), (0, Some(&total)));
        let checked = SqliteStore::open(folder.path())
            .await
            .unwrap()
            .check()
            .await;
        let checked = checked.unwrap();
        assert_eq!(checked.problems, Vec::<String>::new());
        assert_eq!(
            (
                migrated.agents,
                migrated.messages,
                migrated.entries,
                migrated.files
            ),
            (
                checked.agents,
                checked.messages,
                checked.entries,
                checked.files
            )
        );
        assert_same(folder.path(), &filled, &database).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_migration_that_is_killed_goes_on() {
    for seed in [100, 101] {
        let (folder, filled) = filled(seed).await;
        let database = Database::new().await;
        let url = database.text();
        let mut kills = 0;
        // Each child has a little more time than the one before, so that some die while they look,
        // some between two batches and some within one.
        for patience in 0.. {
            let mut child = child::spawn("migrate_until_killed", folder.path(), &url);
            thread::sleep(Duration::from_millis(20 + 7 * patience));
            let has_ended = child.try_wait().unwrap().is_some();
            child.kill().unwrap();
            let output = child.wait_with_output().unwrap();
            if has_ended {
                assert!(output.status.success(), "{output:?}");
                break;
            }
            kills += 1;
            let error = PostgresStore::open(&database.url()).await.err();
            let is_begun = error.is_some_and(|error| error.kind() == ErrorKind::Busy);
            assert!(is_begun || kills < 40, "a half of a store must not open");
        }
        assert!(kills > 5, "only {kills} children were killed");
        let again = migrate(folder.path(), &database.url(), SMALL).await;
        assert!(again.is_ok(), "what has ended has ended: {again:?}");
        assert_same(folder.path(), &filled, &database).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn migrate_until_killed() {
    let Some((folder, url)) = child::role() else {
        return;
    };
    migrate(&folder, &url.parse().unwrap(), SMALL)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_migration_goes_on_behind_every_batch() {
    let (folder, filled) = filled(200).await;
    let database = Database::new().await;
    let mut furthest = 0;
    // Each run is dropped as soon as it is further than those before it.
    loop {
        let migration = Migration::begin(folder.path(), &database.url(), SMALL).await;
        let migration = migration.unwrap();
        assert!(migration.migrated() <= furthest);
        let (tell, told) = tokio::sync::oneshot::channel::<()>();
        let mut tell = Some(tell);
        let run = migration.run(|rows| {
            if rows > furthest {
                furthest = rows;
                drop(tell.take());
            }
        });
        let has_ended = tokio::select! {
            biased;
            _ = told => false,
            ended = run => ended.is_ok(),
        };
        if has_ended {
            break;
        }
    }
    assert_same(folder.path(), &filled, &database).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_fails_costs_nothing() {
    let (folder, filled) = filled(300).await;
    let database = Database::new().await;
    let mut failures = 0;
    loop {
        let migration = Migration::begin(folder.path(), &database.url(), SMALL).await;
        let migration = migration.unwrap();
        let cut = async {
            tokio::time::sleep(Duration::from_millis(3 + failures * 5)).await;
            database
                .execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                     WHERE datname = current_database() AND pid <> pg_backend_pid()",
                )
                .await;
        };
        let (ended, ()) = tokio::join!(migration.run(|_| {}), cut);
        match ended {
            Ok(_) => break,
            Err(error) => assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}"),
        }
        failures += 1;
    }
    assert!(failures > 3, "only {failures} connections failed");
    assert_same(folder.path(), &filled, &database).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_in_use_is_refused_untouched() {
    let (folder, filled) = filled(400).await;
    let database = Database::new().await;
    let store = database.open().await;
    let here = fill(&store, 401, 40).await;
    let refused = migrate(folder.path(), &database.url(), SMALL).await;
    assert_eq!(refused, Err(ErrorKind::Exists));
    drop((here, filled));
    assert!(
        PostgresStore::open(&database.url()).await.is_ok(),
        "as before"
    );

    // Nor is one that holds a half of another store, or of this one before it changed.
    let database = Database::new().await;
    let migration = Migration::begin(folder.path(), &database.url(), SMALL).await;
    drop(migration.unwrap());
    let error = PostgresStore::open(&database.url()).await.unwrap_err();
    assert_eq!(
        error.kind(),
        ErrorKind::Busy,
        "a half of a store must not open"
    );
    let (other, _) = self::filled(402).await;
    let refused = migrate(other.path(), &database.url(), SMALL).await;
    assert_eq!(refused, Err(ErrorKind::Exists));
    let changed = SqliteStore::open(folder.path()).await.unwrap();
    fill(&changed, 403, 10).await;
    let refused = migrate(folder.path(), &database.url(), SMALL).await;
    assert_eq!(refused, Err(ErrorKind::Exists));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_is_written_to_or_newer_is_refused() {
    let (folder, _) = filled(500).await;
    let database = Database::new().await;
    let writer = rusqlite::Connection::open(folder.path().join("mailmesh.db")).unwrap();
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = migrate(folder.path(), &database.url(), SMALL).await;
    assert_eq!(refused, Err(ErrorKind::Busy));
    writer.execute_batch("ROLLBACK").unwrap();

    // The other way round: while it is moved, nobody writes to it.
    let migration = Migration::begin(folder.path(), &database.url(), SMALL).await;
    let second = writer.busy_timeout(Duration::ZERO);
    second.unwrap();
    assert!(writer.execute_batch("BEGIN IMMEDIATE").is_err());
    drop(migration.unwrap());

    writer.pragma_update(None, "user_version", 999).unwrap();
    let refused = migrate(folder.path(), &database.url(), SMALL).await;
    assert_eq!(refused, Err(ErrorKind::NewerSchema));
    let nothing = tempfile::tempdir().unwrap();
    let refused = migrate(nothing.path(), &database.url(), SMALL).await;
    assert_eq!(refused, Err(ErrorKind::Io));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_newer_database_is_refused() {
    let (folder, _) = filled(600).await;
    let database = Database::new().await;
    drop(database.open().await);
    database
        .execute("UPDATE mailmesh.store SET version = 999")
        .await;
    let refused = migrate(folder.path(), &database.url(), SMALL).await;
    assert_eq!(refused, Err(ErrorKind::NewerSchema));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_too_many_is_told() {
    let (folder, _) = filled(700).await;
    let database = Database::new().await;
    let migration = Migration::begin(folder.path(), &database.url(), SMALL).await;
    database
        .execute("INSERT INTO mailmesh.agents (id, address) OVERRIDING SYSTEM VALUE VALUES (99999, 'late@x')")
        .await;
    let error = migration.unwrap().run(|_| {}).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(error.to_string().contains("the table agents"), "{error}");
}
