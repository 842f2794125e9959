use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

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
