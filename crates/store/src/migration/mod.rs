//! Moving a store from a folder to PostgreSQL.

mod batch;
mod table;

use std::path::Path;

use tokio::sync::mpsc;
use tokio::task;

pub(crate) use self::batch::{Batch, Content, File, Message, Place, Position, Row, Value};
pub(crate) use self::table::{ContentKind, TABLES, Table};

use crate::postgres::Incoming;
use crate::sqlite::Outgoing;
use crate::{Error, ErrorKind, PostgresUrl};

/// A store on its way from a folder to a PostgreSQL database.
///
/// Everything goes over as it is: keys and ids, read marks and keywords, hashes of bearers, lists,
/// rate limits, quotas, monitor facts, ids that are gone, files. Nothing in the folder changes; its
/// store cannot be written to until this value is dropped.
///
/// The database has to be empty, or hold what an earlier run left of the same migration. Rows go
/// over in batches. The batch and the place behind it are one transaction, so that a run that ends
/// in any way, a power cut included, is taken up by the next one. While a migration has not ended,
/// [`PostgresStore::open`](crate::PostgresStore::open) refuses the database. A migration that has
/// ended does nothing when it is run again.
///
/// An index in the folder that is not needed any more, `search.db`, stays behind. The words of mail
/// are sorted into the order of messages on the way, in a temporary file about as large as the text
/// of all mail.
#[derive(Debug)]
pub struct Migration {
    source: Outgoing,
    target: Incoming,
    position: Option<Position>,
    migrated: u64,
    options: MigrationOptions,
}

/// How a [`Migration`] works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // configuration, built with `..MigrationOptions::default()`
pub struct MigrationOptions {
    /// Rows of one transaction at most, 1,000 by default.
    pub batch_rows: usize,
    /// Octets after which a transaction ends, 8 MiB by default. Four batches are in memory at a
    /// time, each with one message more at most. Files take 256 KiB each, whatever their size.
    pub batch_octets: usize,
}

/// What a [`Migration`] brought over, this run and those before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Migrated {
    /// Agents and mailboxes without one, removed ones included.
    pub agents: u64,
    /// Messages, each counted once.
    pub messages: u64,
    /// Entries in mailboxes.
    pub entries: u64,
    /// Uploaded files.
    pub files: u64,
}

impl Migration {
    /// Opens the folder and the database, and finds out where to begin. It takes the write lock of
    /// the store in the folder, and reads all its small tables to know it again.
    ///
    /// # Errors
    ///
    /// * [`ErrorKind::Exists`] when the database holds something else than an unfinished migration
    ///   of this store, as it is now;
    /// * [`ErrorKind::Busy`] when another process writes to the folder, or migrates to the database;
    /// * [`ErrorKind::NewerSchema`] when a newer version has written either of them, and
    ///   [`ErrorKind::Invalid`] when the folder's is an older one;
    /// * [`ErrorKind::Unavailable`], [`ErrorKind::Corrupt`], [`ErrorKind::Io`].
    pub async fn begin(
        source: impl AsRef<Path>,
        target: &PostgresUrl,
        options: MigrationOptions,
    ) -> Result<Self, Error> {
        let folder = source.as_ref().to_owned();
        let source = task::spawn_blocking(move || Outgoing::open(&folder));
        let source = source.await.map_err(|_| stopped())??;
        let mut target = Incoming::open(target).await?;
        let start = target.begin(source.fingerprint()).await?;
        Ok(Self {
            source,
            target,
            position: start.position,
            migrated: start.migrated,
            options,
        })
    }

    /// How many rows there are to bring over.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.source.counts().iter().sum()
    }

    /// How many of them an earlier run has brought over.
    #[must_use]
    pub fn migrated(&self) -> u64 {
        self.migrated
    }

    /// Brings everything over that is not there yet, then counts the rows of every table on both
    /// sides. `progress` is told how many rows are there, after each batch.
    ///
    /// Dropped halfway, it leaves whole batches.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Corrupt`] when the counts differ: somebody else wrote to the database, or
    /// something in the folder is damaged, as `mailmesh store check` tells. [`ErrorKind::Full`],
    /// [`ErrorKind::Unavailable`], [`ErrorKind::Io`]. Whatever it was, the next run goes on.
    pub async fn run(self, mut progress: impl FnMut(u64)) -> Result<Migrated, Error> {
        let Self {
            source,
            mut target,
            position,
            mut migrated,
            options,
        } = self;
        let counts = source.counts().to_vec();
        let count = |name| {
            let place = TABLES.iter().position(|table| table.name == name);
            place.and_then(|place| counts.get(place)).copied()
        };
        let all = Migrated {
            agents: count("agents").unwrap_or_default(),
            messages: count("messages").unwrap_or_default(),
            entries: count("entries").unwrap_or_default(),
            files: count("files").unwrap_or_default(),
        };
        let Some(position) = position else {
            return Ok(all);
        };
        let last_block = source.last_block();
        let (batches, mut next) = mpsc::channel(1);
        let reader = task::spawn_blocking(move || source.read(&position, options, &batches));
        while let Some(batch) = next.recv().await {
            migrated += batch.content.len() as u64;
            target.write(batch).await?;
            progress(migrated);
        }
        reader.await.map_err(|_| stopped())??;
        target.finish(&counts, last_block).await?;
        Ok(all)
    }
}

impl Default for MigrationOptions {
    fn default() -> Self {
        Self {
            batch_rows: 1_000,
            batch_octets: 8 << 20,
        }
    }
}

fn stopped() -> Error {
    Error::new(
        ErrorKind::Io,
        "expected the migration to end, it was stopped",
    )
}
