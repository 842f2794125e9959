use std::sync::{Mutex as SyncMutex, PoisonError};

use tokio::sync::{MappedMutexGuard, Mutex, MutexGuard};

use super::config::Config;
use super::connection::Connection;
use super::smtp;
use super::stream::Trust;
use crate::{Error, Outgoing, Receipt};

/// The connections of a transport.
#[derive(Debug)]
pub(super) struct Pool {
    trust: Trust,
    /// For all calls but waiting; they take turns.
    commands: Mutex<Option<Connection>>,
    sending: Mutex<Option<smtp::Connection>>,
    /// For waiting, one each. A few are kept when nobody waits.
    waiting: SyncMutex<Vec<Connection>>,
}

/// The turn to use the connection for calls.
pub(super) type Lease<'a> = MappedMutexGuard<'a, Connection>;

/// Connections kept for the next to wait.
const KEPT: usize = 2;

impl Pool {
    pub(super) fn new(config: &Config) -> Result<Self, Error> {
        Ok(Self {
            trust: Trust::new(&config.extra_roots)?,
            commands: Mutex::new(None),
            sending: Mutex::new(None),
            waiting: SyncMutex::new(Vec::new()),
        })
    }

    /// A connection with the folder open and its news heard.
    pub(super) async fn open(&self, config: &Config, folder: &str) -> Result<Lease<'_>, Error> {
        let mut slot = self.commands.lock().await;
        // What a dropped call left behind is of no use, nor is a connection that went stale.
        let kept = match slot.as_mut().filter(|connection| connection.is_usable()) {
            Some(connection) => match connection.select(folder).await.map(drop) {
                Err(error) if connection.is_usable() => return Err(error),
                opened => opened.is_ok(),
            },
            None => false,
        };
        if !kept {
            *slot = None;
            let mut connection = self.connect(config).await?;
            let opened = connection.select(folder).await.map(drop);
            *slot = Some(connection);
            opened?;
        }
        MutexGuard::try_map(slot, Option::as_mut).map_err(|_| super::id::no_message())
    }

    /// A connection to wait on. Dropped instead of given back, it is closed.
    pub(super) async fn waiting(&self, config: &Config) -> Result<Connection, Error> {
        let kept = self
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        match kept {
            Some(connection) => Ok(connection),
            None => self.connect(config).await,
        }
    }

    /// A new connection.
    pub(super) async fn connect(&self, config: &Config) -> Result<Connection, Error> {
        Connection::open(config, &self.trust).await
    }

    /// Keeps a connection for the next to wait.
    pub(super) fn give_back(&self, connection: Connection) {
        let mut kept = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if connection.is_usable() && kept.len() < KEPT {
            kept.push(connection);
        }
    }

    /// Sends a message over the kept connection or a new one. It is said once: a connection is
    /// tried before, and never changed for another after the message went out.
    pub(super) async fn send(
        &self,
        config: &Config,
        outgoing: &Outgoing,
    ) -> Result<Receipt, Error> {
        let mut slot = self.sending.lock().await;
        let mut kept = slot.take().filter(smtp::Connection::is_usable);
        if let Some(connection) = &mut kept
            && connection.reset().await.is_err()
        {
            kept = None;
        }
        let mut connection = match kept {
            Some(connection) => connection,
            None => smtp::Connection::open(config, &self.trust).await?,
        };
        let receipt = connection.send(outgoing).await;
        *slot = Some(connection);
        receipt
    }
}
