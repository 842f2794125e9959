use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;
use tokio::sync::Semaphore;
use tokio::task;

use super::{Options, connection};
use crate::{Error, ErrorKind};

/// Connections for reading. In WAL mode they see the last commit and never wait for the writer.
#[derive(Debug)]
pub(super) struct Readers {
    database: PathBuf,
    index: PathBuf,
    options: Options,
    free: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Readers {
    pub(super) fn new(database: PathBuf, index: PathBuf, options: Options) -> Self {
        let free = Arc::new(Semaphore::new(options.readers.max(1)));
        Self {
            database,
            index,
            options,
            free,
            idle: Arc::default(),
        }
    }

    /// The database they read.
    pub(super) fn database(&self) -> &Path {
        &self.database
    }

    /// How it was opened.
    pub(super) fn options(&self) -> &Options {
        &self.options
    }

    /// Runs a query of a few pages right here: when a connection is idle, it costs less than the way
    /// to another thread and back. Otherwise as [`read`](Self::read).
    pub(super) async fn glance<F, T>(&self, query: F) -> Result<T, Error>
    where
        F: FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
        T: Send + 'static,
    {
        if let Ok(_permit) = self.free.try_acquire() {
            let taken = self.idle().pop();
            if let Some(connection) = taken {
                let answer = query(&connection);
                self.idle().push(connection);
                return answer;
            }
        }
        self.read(query).await
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a query on a thread where it may block, when a connection is free.
    pub(super) async fn read<F, T>(&self, query: F) -> Result<T, Error>
    where
        F: FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
        T: Send + 'static,
    {
        let stopped = || Error::new(ErrorKind::Io, "expected a query to end, it was stopped");
        let permit = Arc::clone(&self.free)
            .acquire_owned()
            .await
            .map_err(|_| stopped())?;
        let idle = Arc::clone(&self.idle);
        let (database, index) = (self.database.clone(), self.index.clone());
        let options = self.options.clone();
        task::spawn_blocking(move || {
            // Held until the query ends, even when nobody waits for it any more.
            let _permit = permit;
            let taken = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let connection = match taken {
                Some(connection) => connection,
                None => connection::open_reader(&database, Some(&index), &options)?,
            };
            let answer = query(&connection);
            idle.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(connection);
            answer
        })
        .await
        .map_err(|_| stopped())?
    }
}
