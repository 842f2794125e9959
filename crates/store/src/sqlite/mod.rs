//! The embedded engine.

mod accept;
mod agents;
mod backup;
mod batch;
mod check;
mod connection;
mod context_envelope;
mod deliver;
mod envelopes;
mod error;
mod files;
mod folder;
mod notes;
#[cfg(feature = "postgres")]
mod outgoing;
mod posts;
mod query;
mod readers;
mod row;
mod schema;
mod search;
mod search_index;
mod threads;
mod unread;
mod upkeep;
mod walk;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::Connection;
use tokio::task;

pub use self::check::Checked;
#[cfg(feature = "postgres")]
pub(crate) use self::outgoing::Outgoing;

use self::batch::Batch;
use self::readers::Readers;
use self::search_index::SearchIndex;
use self::writer::Writer;
use crate::{
    Address, Changes, Delivery, Entry, EntryId, Error, ErrorKind, Filter, FolderName, FolderStatus,
    Limits, MailStore, Mark, OrderKey, Stored, Window,
};

/// A store in a folder on this machine: one SQLite database in WAL mode.
///
/// Writes go to one thread, which commits everything that waits in one transaction; reads have
/// connections of their own. Any number of processes may open the same folder, and clones share
/// what one `open` made. It must be used inside a Tokio runtime.
#[derive(Clone, Debug)]
pub struct SqliteStore(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    writer: Writer,
    readers: Readers,
    index: SearchIndex,
    limits: Limits,
    files: PathBuf,
}

/// How a [`SqliteStore`] is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // configuration, built with `..Options::default()`
pub struct Options {
    /// What the store takes at most.
    pub limits: Limits,
    /// Connections for reading, 4 by default, opened when they are needed.
    pub readers: usize,
    /// How long to wait for another process, 10 seconds by default.
    pub busy_timeout: Duration,
}

impl SqliteStore {
    /// Opens the store in a folder with the default [`Options`]. The folder (mode 700) and the
    /// database (mode 600) are made when they do not exist.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NewerSchema`] when a newer version has written the store,
    /// [`ErrorKind::Corrupt`] when the folder holds something else under the database's name,
    /// [`ErrorKind::Busy`], [`ErrorKind::Full`] and [`ErrorKind::Io`].
    pub async fn open(folder: impl AsRef<Path>) -> Result<Self, Error> {
        Self::open_with(folder, Options::default()).await
    }

    /// Opens the store in a folder.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub async fn open_with(folder: impl AsRef<Path>, options: Options) -> Result<Self, Error> {
        let folder = folder.as_ref().to_owned();
        task::spawn_blocking(move || {
            let database = folder::prepare(&folder)?;
            let connection = connection::open_writer(&database, &options)?;
            let limits = options.limits;
            let files = folder::files(&folder);
            files::remove_remainders(&connection, &files)?;
            let index = SearchIndex::start(&folder, &database, &options)?;
            let writer = Writer::start(
                connection,
                limits.queue_octets,
                files.clone(),
                index.signaller(),
            )?;
            Ok(Self(Arc::new(Inner {
                writer,
                readers: Readers::new(database, index.database().to_owned(), options),
                index,
                limits,
                files,
            })))
        })
        .await
        .map_err(|_| Error::new(ErrorKind::Io, "expected the opening to end, it was stopped"))?
    }
}

impl SqliteStore {
    /// Has something small written.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut Batch<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.0.writer.write(0, work).await
    }

    /// Has something of so many octets written.
    async fn write_heavy<T: Send + 'static>(
        &self,
        weight: usize,
        work: impl FnMut(&mut Batch<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.0.writer.write(weight, work).await
    }

    /// Has something read.
    async fn query<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.0.readers.read(work).await
    }

    /// Has a few rows read that lie side by side.
    async fn glance<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.0.readers.glance(work).await
    }

    /// Waits until everything that is committed can be searched.
    async fn await_index(&self) -> Result<(), Error> {
        let last: u64 = self
            .query(|view| Ok(view.query_one("SELECT last_key FROM store", [], |row| row.get(0))?))
            .await?;
        self.0.index.reaches(OrderKey::from_micros(last)?).await
    }

    fn limits(&self) -> &Limits {
        &self.0.limits
    }
}

#[async_trait]
impl MailStore for SqliteStore {
    async fn ensure_agent(&self, address: &Address) -> Result<(), Error> {
        let address = address.clone();
        self.write(move |batch| batch.ensure_agent(&address).map(drop))
            .await
    }

    async fn ensure_folder(&self, mailbox: &Address, folder: &FolderName) -> Result<(), Error> {
        let (mailbox, folder) = (mailbox.clone(), folder.clone());
        self.write(move |batch| {
            let agent = batch.ensure_agent(&mailbox)?;
            batch.ensure_folder(agent, &folder).map(drop)
        })
        .await
    }

    async fn deliver(&self, delivery: Delivery) -> Result<OrderKey, Error> {
        let limits = *self.limits();
        delivery.check(&limits)?;
        self.write_heavy(delivery.weight(), move |batch| {
            batch.deliver(&delivery, &limits)
        })
        .await
    }

    async fn list(
        &self,
        mailbox: &Address,
        filter: &Filter,
        window: Window,
    ) -> Result<Vec<Entry>, Error> {
        if filter.words.is_some() {
            self.await_index().await?;
        }
        let (mailbox, filter) = (mailbox.clone(), filter.clone());
        self.query(move |view| query::list(view, &mailbox, &filter, window))
            .await
    }

    async fn read(&self, mailbox: &Address, id: EntryId) -> Result<Stored, Error> {
        let mailbox = mailbox.clone();
        self.query(move |view| query::read(view, &mailbox, id))
            .await
    }

    async fn mark(&self, mailbox: &Address, id: EntryId, mark: &Mark) -> Result<(), Error> {
        let (mailbox, mark, most) = (mailbox.clone(), mark.clone(), self.limits().keywords);
        self.write(move |batch| batch.mark(&mailbox, id, &mark, most))
            .await
    }

    async fn move_to(
        &self,
        mailbox: &Address,
        id: EntryId,
        folder: &FolderName,
    ) -> Result<(), Error> {
        let (mailbox, folder) = (mailbox.clone(), folder.clone());
        self.write(move |batch| batch.move_to(&mailbox, id, &folder))
            .await
    }

    async fn remove(&self, mailbox: &Address, id: EntryId) -> Result<(), Error> {
        let mailbox = mailbox.clone();
        self.write(move |batch| batch.remove(&mailbox, id)).await
    }

    async fn folders(&self, mailbox: &Address) -> Result<Vec<FolderStatus>, Error> {
        let mailbox = mailbox.clone();
        self.query(move |view| query::folders(view, &mailbox)).await
    }

    fn changes(&self) -> Changes {
        Changes::new(self.0.writer.commits())
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            readers: 4,
            busy_timeout: Duration::from_secs(10),
        }
    }
}
