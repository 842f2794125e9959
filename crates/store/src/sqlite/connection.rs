use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::{Options, schema};
use crate::{Error, ErrorKind};

/// Statements kept prepared on each connection: more than the code has.
const STATEMENTS: usize = 240;

/// Opens the database for writing and brings its schema up to date.
pub(super) fn open_writer(database: &Path, options: &Options) -> Result<Connection, Error> {
    let mut connection = open(database, options)?;
    schema::migrate(&mut connection, options.busy_timeout)?;
    // FULL syncs the log at every commit: without it the last commits die with the power.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // A checkpoint holds up the writer, and writes a page once however often it has changed: 32 MiB of
    // log make it rare enough to be seen by one commit in hundreds.
    connection.pragma_update(None, "wal_autocheckpoint", 8_192)?;
    // A burst leaves a long log behind; give its room back at the next checkpoint.
    connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
    if let Some(octets) = options.limits.store_octets {
        let page: u64 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
        let pages = (octets / page).clamp(1, u64::from(u32::MAX - 1));
        connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
    }
    Ok(connection)
}

/// Opens a migrated database for reading, with its search index beside it as `found`.
pub(super) fn open_reader(
    database: &Path,
    index: Option<&Path>,
    options: &Options,
) -> Result<Connection, Error> {
    let connection = open(database, options)?;
    if let Some(index) = index {
        let index = index
            .to_str()
            .ok_or_else(|| Error::new(ErrorKind::Io, "expected a folder with a name in UTF-8"))?;
        connection.execute("ATTACH DATABASE ?1 AS found", [index])?;
    }
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

/// Opens a database that is there.
pub(super) fn open(database: &Path, options: &Options) -> Result<Connection, Error> {
    // Not SQLITE_OPEN_CREATE: a folder that vanished shall not come back empty. Not
    // SQLITE_OPEN_URI: a folder name is no place for options.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(database, flags)?;
    connection.busy_timeout(options.busy_timeout)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // A plan does not hang on the values bound to it. Otherwise SQLite plans most statements anew for
    // each value, which takes longer than running them.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(connection)
}
