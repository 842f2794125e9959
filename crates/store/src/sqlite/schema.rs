//! The schema and its forward-only migrations.

use std::time::{Duration, Instant};

use rusqlite::{Connection, TransactionBehavior};

use crate::{Error, ErrorKind};

/// Tells our files from those of other programs (SQLite file format, 1.3.17).
const APPLICATION_ID: i32 = i32::from_be_bytes(*b"MMsh");

/// One script per version, oldest first. Scripts that were released are never changed.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_initial.sql"),
    include_str!("migrations/0002_context.sql"),
    include_str!("migrations/0003_shown.sql"),
];

/// Brings a database to the present schema: all missing migrations in one transaction, so that of
/// two processes that open at once one migrates and the other finds it done. A newer schema and a
/// file of another program are refused before anything is written.
pub(super) fn migrate(connection: &mut Connection, patience: Duration) -> Result<(), Error> {
    // In one view: another process may be migrating.
    let found = version(&*connection.unchecked_transaction()?)?;
    use_wal(connection, patience)?;
    if found == MIGRATIONS.len() {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = version(&transaction)?;
    for script in &MIGRATIONS[found..] {
        transaction.execute_batch(script)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", MIGRATIONS.len())?;
    transaction.commit()?;
    Ok(())
}

/// Takes a database of the present schema as it is, and refuses every other.
#[cfg(feature = "postgres")]
pub(super) fn require(connection: &Connection) -> Result<(), Error> {
    match version(connection)? {
        version if version == MIGRATIONS.len() => Ok(()),
        version => Err(Error::new(
            ErrorKind::Invalid,
            format!(
                "expected a store of schema {}, found schema {version}: `mailmesh store check` brings it up to date",
                MIGRATIONS.len(),
            ),
        )),
    }
}

/// How many migrations the database has had.
fn version(connection: &Connection) -> Result<usize, Error> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let application: i32 =
        connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let objects: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let fresh = application == 0 && version == 0 && objects == 0;
    if application != APPLICATION_ID && !fresh {
        return Err(Error::new(
            ErrorKind::Corrupt,
            "expected a mailmesh store, the database is another program's",
        ));
    }
    match usize::try_from(version) {
        Ok(version) if version <= MIGRATIONS.len() => Ok(version),
        _ => Err(Error::new(
            ErrorKind::NewerSchema,
            format!(
                "expected a store of schema {} or older, found schema {version}: use a newer version of mailmesh",
                MIGRATIONS.len(),
            ),
        )),
    }
}

/// Switches to a write-ahead log. SQLite does not wait for other processes in this one statement,
/// so we do.
pub(super) fn use_wal(connection: &Connection, patience: Duration) -> Result<(), Error> {
    let deadline = Instant::now() + patience;
    loop {
        let switched = connection
            .pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0));
        match switched.map_err(Error::from) {
            Ok(mode) if mode.eq_ignore_ascii_case("wal") => return Ok(()),
            Ok(_) => {
                return Err(Error::new(
                    ErrorKind::Io,
                    "expected a disk that takes a write-ahead log",
                ));
            }
            Err(error) if error.kind() == ErrorKind::Busy && Instant::now() < deadline => {
                std::thread::sleep(Duration::from_millis(5));
            }
            Err(error) => return Err(error),
        }
    }
}
