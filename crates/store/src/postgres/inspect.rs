//! Looking at a database without changing it.

use std::time::{SystemTime, UNIX_EPOCH};

use deadpool_postgres::Object;

use super::connector::Connector;
use super::row::{damaged, value};
use super::statement::query_opt;
use super::{PostgresOptions, PostgresStore, PostgresUrl, incoming, schema};
use crate::{Error, ErrorKind};

/// What a look at a database found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Inspected {
    /// The version of PostgreSQL, as it tells it.
    pub server_version: String,
    /// The first number of that.
    pub major_version: u32,
    /// Whether this connection was encrypted.
    pub is_encrypted: bool,
    /// Whether it only follows another database, and takes no writes.
    pub is_standby: bool,
    /// Whether a commit is on disk before it is answered.
    pub is_durable: bool,
    /// Whether this user may make the tables of a store.
    pub may_create: bool,
    /// The version of the schema, none where there is no store yet. An older one than
    /// [`newest_schema`](Self::newest_schema) is brought up to date when the store is opened.
    pub schema: Option<usize>,
    /// The version of the schema that this crate writes.
    pub newest_schema: usize,
    /// Whether a [`Migration`](crate::Migration) into it has begun and not ended.
    pub is_unfinished: bool,
    /// How far its clock is ahead of the one here, in milliseconds, half of the way there and back
    /// taken off.
    pub clock_ahead_ms: i64,
    /// Octets of the database.
    pub octets: u64,
    /// Connections that it has now, those of others included.
    pub connections: u64,
    /// Connections that it takes.
    pub most_connections: u64,
}

const LOOK: &str = "
    SELECT current_setting('server_version') AS version,
           current_setting('server_version_num')::bigint / 10000 AS major,
           coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS encrypted,
           pg_is_in_recovery() AS standby,
           current_setting('fsync')::boolean AND current_setting('full_page_writes')::boolean AS durable,
           has_database_privilege(current_database(), 'CREATE') AS may_create,
           (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS clock,
           pg_database_size(current_database()) AS octets,
           (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS connections,
           current_setting('max_connections')::bigint AS most_connections";

impl PostgresStore {
    /// Looks at a database: what it is, and which store is in it. It changes nothing.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NewerSchema`] when a newer version has written the store,
    /// [`ErrorKind::Unavailable`] when the database cannot be reached, [`ErrorKind::Io`] when it
    /// does not let this user in, and [`ErrorKind::Invalid`] when a file that the URL names holds
    /// no certificates.
    pub async fn inspect(url: &PostgresUrl) -> Result<Inspected, Error> {
        let options = PostgresOptions {
            connections: 1,
            ..PostgresOptions::default()
        };
        let connection = Connector::new(url, &options)?.get().await?;
        inspect(&connection).await
    }
}

async fn inspect(connection: &Object) -> Result<Inspected, Error> {
    // The first statement of a connection is slower than the look should be.
    query_opt(connection, "SELECT 1", &[]).await?;
    let statement = connection.prepare_cached(LOOK).await?;
    let before = now()?;
    let row = connection.query_one(&statement, &[]).await?;
    let middle = i64::midpoint(before, now()?);
    let count = |column| u64::try_from(value::<i64>(&row, column)?).map_err(|_| damaged());
    let schema = schema::version(connection).await?;
    let has_migrations = schema.is_some_and(|version| version >= incoming::SCHEMA);
    let unfinished = match has_migrations {
        true => incoming::refuse_unfinished(connection).await.err(),
        false => None,
    };
    if let Some(error) = unfinished
        .as_ref()
        .filter(|error| error.kind() != ErrorKind::Busy)
    {
        return Err(error.clone());
    }
    Ok(Inspected {
        server_version: value(&row, "version")?,
        major_version: u32::try_from(count("major")?).map_err(|_| damaged())?,
        is_encrypted: value(&row, "encrypted")?,
        is_standby: value(&row, "standby")?,
        is_durable: value(&row, "durable")?,
        may_create: value(&row, "may_create")?,
        schema,
        newest_schema: schema::newest(),
        is_unfinished: unfinished.is_some(),
        clock_ahead_ms: value::<i64>(&row, "clock")?.saturating_sub(middle),
        octets: count("octets")?,
        connections: count("connections")?,
        most_connections: count("most_connections")?,
    })
}

fn now() -> Result<i64, Error> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let millis = since
        .ok()
        .and_then(|since| i64::try_from(since.as_millis()).ok());
    millis.ok_or_else(|| Error::new(ErrorKind::Io, "expected a clock behind 1970"))
}
