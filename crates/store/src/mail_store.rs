use std::fmt::Debug;

use async_trait::async_trait;

use crate::{
    Address, Changes, Delivery, Entry, EntryId, Error, Filter, FolderName, FolderStatus, Mark,
    OrderKey, Stored, Window,
};

/// Durable mailboxes, one for each address.
///
/// # The rules every engine keeps
///
/// * `Ok` of a writing call means durable: what it did survives `kill -9` and power loss.
/// * Each call happens whole or not at all. A call whose future is dropped may still happen.
/// * The order of entries is the order of their commits. An entry never appears behind an id that
///   a listing has already given out.
/// * An id names one entry for ever. When the entry is gone it names nothing.
/// * Several processes, or several values of an engine, may share one store.
///
/// # Errors
///
/// Every call may fail with [`Busy`](crate::ErrorKind::Busy), [`Corrupt`](crate::ErrorKind::Corrupt)
/// and [`Io`](crate::ErrorKind::Io), writing ones with [`Full`](crate::ErrorKind::Full) as well.
/// What else a call fails with stands at the call.
#[async_trait]
pub trait MailStore: Debug + Send + Sync {
    /// Makes a mailbox with its inbox, unless it is there.
    async fn ensure_agent(&self, address: &Address) -> Result<(), Error>;

    /// Makes a folder, and its mailbox, unless they are there.
    async fn ensure_folder(&self, mailbox: &Address, folder: &FolderName) -> Result<(), Error>;

    /// Stores a message in all its mailboxes and returns its key.
    ///
    /// # Errors
    ///
    /// [`Invalid`](crate::ErrorKind::Invalid) when the delivery goes over the store's
    /// [`Limits`](crate::Limits), names no mailbox, or names one twice in the same direction.
    async fn deliver(&self, delivery: Delivery) -> Result<OrderKey, Error>;

    /// The entries that match, in the order of the window.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) when there is no such mailbox or folder.
    async fn list(
        &self,
        mailbox: &Address,
        filter: &Filter,
        window: Window,
    ) -> Result<Vec<Entry>, Error>;

    /// One entry with its message. It marks nothing.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn read(&self, mailbox: &Address, id: EntryId) -> Result<Stored, Error>;

    /// Changes what is remembered about an entry.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound), and [`Invalid`](crate::ErrorKind::Invalid) when
    /// the entry has as many keywords as the limits allow.
    async fn mark(&self, mailbox: &Address, id: EntryId, mark: &Mark) -> Result<(), Error>;

    /// Moves an entry to a folder, which is made when it does not exist. The entry keeps its id
    /// and its place in the order.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn move_to(
        &self,
        mailbox: &Address,
        id: EntryId,
        folder: &FolderName,
    ) -> Result<(), Error>;

    /// Removes an entry, and its message when no mailbox has another entry of it.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn remove(&self, mailbox: &Address, id: EntryId) -> Result<(), Error>;

    /// The folders of a mailbox by name.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn folders(&self, mailbox: &Address) -> Result<Vec<FolderStatus>, Error>;

    /// Tells when the store may have changed from now on.
    fn changes(&self) -> Changes;
}
