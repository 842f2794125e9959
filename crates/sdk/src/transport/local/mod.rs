//! The embedded store as a transport: agents on one machine, no server.

mod delivery;
mod envelope;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::SystemTime;

use async_trait::async_trait;
use mail_bridge::Domain;
use mailmesh_store::{
    Address, Entry, EntryId, FolderName, Format, Keyword, MailStore, SqliteStore, Window, Words,
};

use super::Transport;
use crate::{
    Error, ErrorKind, Filter, Folder, FolderStatus, Mail, MailId, Mark, Outgoing, Page, Position,
    Receipt, Refusal, Summary,
};

/// The most messages one wait returns.
const WAIT_PAGE: u32 = 100;

/// An agent's mailbox in a store on this machine.
///
/// Mail goes to every address that is one: an agent that does not exist yet finds its mail when it
/// comes. The sender keeps a copy, read, in the folder `Sent`. A message is parsed once, when it is
/// sent; listings and searches read what was remembered then, and a search also looks through the
/// JSON-LD of the message. Any number of agents and processes may use one folder.
///
/// The folder may be that of a node: what is sent here is also an envelope there, and envelopes
/// are read here as the mail that [`mail_bridge`] makes of them.
#[derive(Clone, Debug)]
pub struct LocalTransport {
    store: SqliteStore,
    address: Address,
}

impl LocalTransport {
    /// Opens the store in a folder, made when it does not exist, as the agent of this address.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] when this is no address, [`ErrorKind::Busy`] when another process
    /// holds the store for seconds, [`ErrorKind::Store`] when it cannot be opened: the cause
    /// below says why.
    pub async fn open(folder: impl AsRef<Path>, address: &str) -> Result<Self, Error> {
        let address = address.parse()?;
        Self::over(SqliteStore::open(folder).await?, address).await
    }

    /// The mailbox of this address in an open store.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub async fn over(store: SqliteStore, address: Address) -> Result<Self, Error> {
        store.ensure_folder(&address, &FolderName::sent()).await?;
        Ok(Self { store, address })
    }

    /// The domain of its address, whose message ids name envelopes. One that is not ASCII has none.
    fn domain(&self) -> Domain {
        let domain = self.address.domain().parse();
        domain.unwrap_or_else(|_| "invalid".parse().expect("a domain")) // RFC 6761 6.4
    }

    async fn entries(
        &self,
        filter: &Filter,
        words: Option<Words>,
        page: Page,
    ) -> Result<Vec<Summary>, Error> {
        let filter = mailmesh_store::Filter {
            folder: Some(folder_name(&filter.folder)?),
            unread: filter.unread,
            mrm: filter.mrm,
            words,
        };
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let window = Window::newest(count(page.limit)).skip(count(page.offset));
        let entries = self.store.list(&self.address, &filter, window).await?;
        Ok(entries.into_iter().map(summary).collect())
    }
}

#[async_trait]
impl Transport for LocalTransport {
    fn address(&self) -> &str {
        self.address.as_str()
    }

    async fn send(&self, outgoing: Outgoing) -> Result<Receipt, Error> {
        let mut accepted = Vec::new();
        let mut refused = Vec::new();
        let mut mailboxes = BTreeSet::new();
        for recipient in outgoing.recipients {
            match recipient.parse::<Address>() {
                Ok(address) => {
                    mailboxes.insert(address);
                    accepted.push(recipient);
                }
                Err(error) => refused.push(Refusal::new(recipient, &error.to_string())),
            }
        }
        if mailboxes.is_empty() {
            return Err(Error::new(
                ErrorKind::Refused,
                "expected a recipient that is an address, local@domain",
            ));
        }
        let now = SystemTime::now();
        let delivery = self.delivery(outgoing.message, mailboxes, now).await?;
        self.store.deliver(delivery).await?;
        Ok(Receipt::new(outgoing.message_id, accepted, refused))
    }

    async fn list(&self, filter: &Filter, page: Page) -> Result<Vec<Summary>, Error> {
        self.entries(filter, None, page).await
    }

    async fn search(
        &self,
        query: &str,
        filter: &Filter,
        page: Page,
    ) -> Result<Vec<Summary>, Error> {
        self.entries(filter, Some(Words::parse(query)?), page).await
    }

    async fn read(&self, id: &MailId, peek: bool) -> Result<Mail, Error> {
        let id = entry_id(id)?;
        let mut stored = self.store.read(&self.address, id).await?;
        if stored.entry.unread && !peek {
            self.store
                .mark(&self.address, id, &mailmesh_store::Mark::Read)
                .await?;
            stored.entry.unread = false;
        }
        let raw = match stored.entry.format {
            Format::Mail => stored.raw,
            Format::Envelope => self.mail_of(&stored.raw).await?,
        };
        Ok(Mail {
            summary: summary(stored.entry),
            raw,
        })
    }

    async fn mark(&self, id: &MailId, mark: &Mark) -> Result<(), Error> {
        let mark = match mark {
            Mark::Read => mailmesh_store::Mark::Read,
            Mark::Unread => mailmesh_store::Mark::Unread,
            Mark::Keyword(keyword) => mailmesh_store::Mark::Keyword(keyword.parse()?),
            Mark::ClearKeyword(keyword) => mailmesh_store::Mark::ClearKeyword(keyword.parse()?),
        };
        Ok(self.store.mark(&self.address, entry_id(id)?, &mark).await?)
    }

    async fn move_to(&self, id: &MailId, folder: &Folder) -> Result<Option<MailId>, Error> {
        let folder = folder_name(folder)?;
        self.store
            .move_to(&self.address, entry_id(id)?, &folder)
            .await?;
        Ok(Some(id.clone()))
    }

    async fn folders(&self) -> Result<Vec<FolderStatus>, Error> {
        let folders = self.store.folders(&self.address).await?.into_iter();
        let status = |status: mailmesh_store::FolderStatus| FolderStatus {
            folder: Folder::new(status.name.as_str()),
            messages: Some(status.entries),
            unread: Some(status.unread),
        };
        Ok(folders.map(status).collect())
    }

    async fn position(&self, folder: &Folder) -> Result<Position, Error> {
        let filter = in_folder(folder)?;
        let newest = self
            .store
            .list(&self.address, &filter, Window::newest(1))
            .await?;
        let end = newest.first().map_or(EntryId::START, |entry| entry.id);
        Ok(Position::new(end.to_string()))
    }

    async fn wait(
        &self,
        folder: &Folder,
        after: &Position,
    ) -> Result<Vec<(Position, Summary)>, Error> {
        let filter = in_folder(folder)?;
        let after = after.as_str().parse()?;
        // Before the first look, so that nothing arrives unseen between a look and a wait.
        let mut changes = self.store.changes();
        loop {
            let window = Window::after(after, WAIT_PAGE);
            let arrived = self.store.list(&self.address, &filter, window).await?;
            if !arrived.is_empty() {
                let behind = |entry: Entry| (Position::new(entry.id.to_string()), summary(entry));
                return Ok(arrived.into_iter().map(behind).collect());
            }
            changes.changed().await?;
        }
    }
}

impl From<mailmesh_store::Error> for Error {
    fn from(source: mailmesh_store::Error) -> Self {
        let kind = match source.kind() {
            mailmesh_store::ErrorKind::Invalid => ErrorKind::Invalid,
            mailmesh_store::ErrorKind::NotFound => ErrorKind::NotFound,
            mailmesh_store::ErrorKind::Busy => ErrorKind::Busy,
            _ => ErrorKind::Store,
        };
        Self::new(kind, source.to_string()).with_source(source)
    }
}

/// What a listing shows of an entry.
fn summary(entry: Entry) -> Summary {
    let index = entry.index;
    Summary {
        id: MailId::new(entry.id.to_string()),
        message_id: index.message_id,
        from: index.from,
        to: index.to,
        cc: index.cc,
        subject: index.subject,
        date: index.date,
        size: entry.size,
        class: index.class,
        has_structured_data: index.has_structured_data,
        is_mrm: index.is_mrm,
        types: index.types,
        keywords: entry.keywords.iter().map(Keyword::to_string).collect(),
        unread: entry.unread,
        in_reply_to: index.in_reply_to,
    }
}

/// An id that no store gave out names nothing.
fn entry_id(id: &MailId) -> Result<EntryId, Error> {
    id.as_str()
        .parse()
        .map_err(|source: mailmesh_store::Error| {
            Error::new(ErrorKind::NotFound, source.to_string()).with_source(source)
        })
}

fn folder_name(folder: &Folder) -> Result<FolderName, Error> {
    Ok(folder.as_str().parse()?)
}

fn in_folder(folder: &Folder) -> Result<mailmesh_store::Filter, Error> {
    Ok(mailmesh_store::Filter {
        folder: Some(folder_name(folder)?),
        ..Default::default()
    })
}
