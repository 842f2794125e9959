//! The schema and its forward-only migrations.

use deadpool_postgres::{Object, Transaction};

use super::row::value;
use crate::{Error, ErrorKind};

/// One script per version, oldest first. Scripts that were released are never changed.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_mail.sql"),
    include_str!("migrations/0002_migration.sql"),
    include_str!("migrations/0003_context.sql"),
    include_str!("migrations/0004_shown.sql"),
];

/// What replicas that migrate at once queue behind: an advisory lock, which no table row can be
/// before there are tables.
const LOCK: i64 = i64::from_be_bytes(*b"mailmesh");

/// Brings a database to the present schema, all missing migrations in one transaction, so that of
/// several replicas that open at once one migrates and the others find it done. Everything is in a
/// schema of its own, `mailmesh`. A newer one is refused before anything is written.
pub(super) async fn migrate(connection: &mut Object) -> Result<(), Error> {
    if version(connection).await? == Some(MIGRATIONS.len()) {
        return Ok(());
    }
    let transaction = connection.transaction().await?;
    // Another replica's migration may take longer than a statement usually may.
    transaction
        .batch_execute("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0")
        .await?;
    transaction
        .execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK])
        .await?;
    let found = version(transaction.client()).await?;
    for script in &MIGRATIONS[found.unwrap_or(0)..] {
        transaction.batch_execute(script).await?;
    }
    record(&transaction).await?;
    transaction.commit().await?;
    Ok(())
}

/// The version that this crate writes.
pub(super) fn newest() -> usize {
    MIGRATIONS.len()
}

/// How many migrations the database has had, if it is a store.
pub(super) async fn version(connection: &tokio_postgres::Client) -> Result<Option<usize>, Error> {
    // Read from the table of tables: a look-up by name may be answered from this session's memory of
    // before the lock.
    let known = "SELECT EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = 'mailmesh' AND tablename = 'store') AS known";
    if !value::<bool>(&connection.query_one(known, &[]).await?, "known")? {
        return Ok(None);
    }
    let row = connection
        .query_one("SELECT version FROM mailmesh.store", &[])
        .await?;
    let version: i32 = value(&row, "version")?;
    match usize::try_from(version) {
        Ok(version) if version <= MIGRATIONS.len() => Ok(Some(version)),
        _ => Err(Error::new(
            ErrorKind::NewerSchema,
            format!(
                "expected a store of schema {} or older, found schema {version}: use a newer version of mailmesh",
                MIGRATIONS.len(),
            ),
        )),
    }
}

async fn record(transaction: &Transaction<'_>) -> Result<(), Error> {
    let version = i32::try_from(MIGRATIONS.len()).unwrap_or(i32::MAX);
    transaction
        .execute("UPDATE mailmesh.store SET version = $1", &[&version])
        .await?;
    Ok(())
}
