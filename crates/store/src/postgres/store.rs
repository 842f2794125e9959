use std::sync::Arc;

use async_trait::async_trait;

use super::connector::Connector;
use super::listener::Listener;
use super::writer::{Message, Outcome, Writer};
use super::{PostgresOptions, PostgresUrl, group, mailbox, marks, schema};
use crate::{
    Address, Changes, Delivery, Entry, EntryId, Error, ErrorKind, Filter, FolderName, FolderStatus,
    Limits, MailStore, Mark, OrderKey, Stored, Window,
};

/// A store in a PostgreSQL database, which any number of replicas may share.
///
/// Messages are committed in groups, several groups side by side; a mailbox gives out its keys
/// under its lock, and mailboxes that have nothing to do with each other never wait for each other.
/// What one replica commits, all of them hear. Clones share what one `open` made. It must be used
/// inside a Tokio runtime.
///
/// While the database is away every call fails with [`ErrorKind::Unavailable`], and works again
/// when it is back. A call that was under way when it went away may have done its work.
#[derive(Clone, Debug)]
pub struct PostgresStore(pub(super) Arc<Inner>);

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) connector: Arc<Connector>,
    pub(super) writer: Writer,
    pub(super) listener: Listener,
    pub(super) limits: Limits,
}

impl PostgresStore {
    /// Opens the store in a database with the default [`PostgresOptions`], and brings its schema up
    /// to date. Its tables are in a schema `mailmesh`, made when it does not exist.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NewerSchema`] when a newer version has written the store,
    /// [`ErrorKind::Unavailable`] when the database cannot be reached, [`ErrorKind::Io`] when it
    /// lets this user not in or not make tables, and [`ErrorKind::Invalid`] when a file that the
    /// URL names holds no certificates.
    pub async fn open(url: &PostgresUrl) -> Result<Self, Error> {
        Self::open_with(url, PostgresOptions::default()).await
    }

    /// Opens the store in a database.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub async fn open_with(url: &PostgresUrl, options: PostgresOptions) -> Result<Self, Error> {
        let connector = Arc::new(Connector::new(url, &options)?);
        schema::migrate(&mut connector.get().await?).await?;
        let listener = Listener::start(Arc::clone(&connector)).await?;
        let writer = Writer::start(&connector, options.writers, options.limits);
        Ok(Self(Arc::new(Inner {
            connector,
            writer,
            listener,
            limits: options.limits,
        })))
    }
}

#[async_trait]
impl MailStore for PostgresStore {
    async fn ensure_agent(&self, address: &Address) -> Result<(), Error> {
        let mut connection = self.0.connector.get().await?;
        group::make(&mut connection, &[address.as_str()]).await
    }

    async fn ensure_folder(&self, mailbox: &Address, folder: &FolderName) -> Result<(), Error> {
        let mut connection = self.0.connector.get().await?;
        group::make(&mut connection, &[mailbox.as_str()]).await?;
        marks::make_folder(&mut connection, mailbox, folder).await
    }

    async fn deliver(&self, delivery: Delivery) -> Result<OrderKey, Error> {
        delivery.check(&self.0.limits)?;
        let weight = delivery.weight();
        let message = Message::Mail(Box::new(delivery));
        match self.0.writer.write(weight, message).await? {
            Outcome::Delivered(key) => Ok(key),
            Outcome::Decided(_) => Err(other_outcome()),
        }
    }

    async fn list(
        &self,
        mailbox: &Address,
        filter: &Filter,
        window: Window,
    ) -> Result<Vec<Entry>, Error> {
        let connection = self.0.connector.get().await?;
        mailbox::list(&connection, mailbox, filter, window).await
    }

    async fn read(&self, mailbox: &Address, id: EntryId) -> Result<Stored, Error> {
        mailbox::read(&self.0.connector.get().await?, mailbox, id).await
    }

    async fn mark(&self, mailbox: &Address, id: EntryId, mark: &Mark) -> Result<(), Error> {
        let mut connection = self.0.connector.get().await?;
        marks::mark(&mut connection, mailbox, id, mark, self.0.limits.keywords).await
    }

    async fn move_to(
        &self,
        mailbox: &Address,
        id: EntryId,
        folder: &FolderName,
    ) -> Result<(), Error> {
        let mut connection = self.0.connector.get().await?;
        marks::move_to(&mut connection, mailbox, id, folder).await
    }

    async fn remove(&self, mailbox: &Address, id: EntryId) -> Result<(), Error> {
        let mut connection = self.0.connector.get().await?;
        marks::remove(&mut connection, mailbox, id).await
    }

    async fn folders(&self, mailbox: &Address) -> Result<Vec<FolderStatus>, Error> {
        mailbox::folders(&self.0.connector.get().await?, mailbox).await
    }

    fn changes(&self) -> Changes {
        self.0.listener.changes()
    }
}

fn other_outcome() -> Error {
    Error::new(ErrorKind::Io, "expected the outcome of this message")
}
