use std::sync::Arc;

use asmtp_envelope::{
    AllowlistEntry, EnvelopeId, EnvelopePost, FileId, Handle, Listing, MonitorFact, MonitorHandle,
    Timestamp,
};
use async_trait::async_trait;
use context_sync::{
    AgentId, Context, Graph, GraphQuery, IndexEntries, IndexEntry, IndexSearch, Mailbox, Page,
    Participants, Refusal, Registration, Thread, ThreadId, Unread,
};

use super::connector::Connector;
use super::listener::Listener;
use super::writer::{Message, Outcome, Writer};
use super::{
    PostgresOptions, PostgresUrl, agents, envelopes, files, group, incoming, mailbox, marks, notes,
    posts, schema, statement, sweep, threads, unread,
};
use crate::{
    AcceptOptions, Acceptance, Address, Agent, AgentChange, AgentKey, AgentStore, Block, Changes,
    ContextAgent, ContextClaim, ContextNote, ContextOptions, ContextPost, ContextStore, Delivery,
    Entry, EntryId, EnvelopeStore, Error, ErrorKind, FactKey, Fetched, FileHead, FileMeta,
    FileSink, FileSource, FileStore, Filter, FolderName, FolderStatus, FoundEnvelope, LastKeys,
    Limits, ListedRow, MailStore, Mark, NewAgent, OrderKey, Posted, Principal, Retention, Stored,
    Swept, TokenHash, Upkeep, Wakes, Window,
};

/// A store in a PostgreSQL database (15 or newer), which any number of replicas may share.
///
/// Clones share what one `open` made. It must be used inside a Tokio runtime.
///
/// # How it works
///
/// * Messages are committed in groups: whatever waits while one group commits is the next one, and
///   several groups commit side by side. A group locks the mailboxes of its senders and recipients
///   in one order, looks everything up, decides, and writes. A mailbox gives out its keys under its
///   lock, which is held until the commit, so nothing ever appears behind a key that was seen; and
///   mailboxes that have nothing to do with each other never wait for each other.
/// * Each commit is told to all replicas by one notice that names the mailboxes by their numbers
///   (`NOTIFY`). A replica hears them on a connection of its own; when that was lost,
///   [`Wake::All`](crate::Wake::All) is the first thing it says. A pooler between the store and the
///   database must keep sessions apart, or nothing is heard.
/// * Searches walk the mailbox from its newest entry, along an index, and compare the text of each
///   message until the page is full. They need no extension of PostgreSQL, and their cost grows
///   with the mailbox when few messages match.
/// * Files are rows of 256 KiB.
/// * Rate limits are kept in an unlogged table: a crash of the database refills the buckets.
///
/// # When the database is away
///
/// Every call fails with [`ErrorKind::Unavailable`], and works again when it is back. What was
/// answered before is there. A call that was under way may have done its work: an envelope is sent
/// again under its id.
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
    /// [`ErrorKind::NewerSchema`] when a newer version has written the store, [`ErrorKind::Busy`]
    /// while a [`Migration`](crate::Migration) into it has not ended,
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
        {
            let mut connection = connector.get().await?;
            schema::migrate(&mut connection).await?;
            incoming::refuse_unfinished(&connection).await?;
        }
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
            _ => Err(other_outcome()),
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

#[async_trait]
impl AgentStore for PostgresStore {
    async fn create_agent(&self, agent: NewAgent, now: Timestamp) -> Result<Agent, Error> {
        let mut connection = self.0.connector.get().await?;
        agents::create(&mut connection, &agent, now).await
    }

    async fn agents(&self) -> Result<Vec<Agent>, Error> {
        agents::all(&self.0.connector.get().await?).await
    }

    async fn agent(&self, handle: &Handle) -> Result<Agent, Error> {
        agents::one(&self.0.connector.get().await?, handle).await
    }

    async fn update_agent(
        &self,
        handle: &Handle,
        change: AgentChange,
        now: Timestamp,
    ) -> Result<Agent, Error> {
        agents::update(&self.0.connector.get().await?, handle, &change, now).await
    }

    async fn rotate_token(
        &self,
        handle: &Handle,
        token: TokenHash,
        now: Timestamp,
    ) -> Result<Agent, Error> {
        agents::rotate(&self.0.connector.get().await?, handle, &token, now).await
    }

    async fn remove_agent(&self, handle: &Handle, now: Timestamp) -> Result<(), Error> {
        let mut connection = self.0.connector.get().await?;
        agents::remove(&mut connection, handle, now).await
    }

    async fn authenticate(&self, token: &TokenHash) -> Result<Option<Principal>, Error> {
        agents::authenticate(&self.0.connector.get().await?, token).await
    }

    async fn agents_at(&self, addresses: &[Address]) -> Result<Vec<Principal>, Error> {
        agents::at(&self.0.connector.get().await?, addresses).await
    }

    async fn allowlist(&self, handle: &Handle) -> Result<Vec<AllowlistEntry>, Error> {
        agents::allowlist(&self.0.connector.get().await?, handle).await
    }

    async fn allow(
        &self,
        handle: &Handle,
        entries: &[AllowlistEntry],
    ) -> Result<Vec<AllowlistEntry>, Error> {
        let mut connection = self.0.connector.get().await?;
        let most = self.0.limits.trust_entries;
        agents::allow(&mut connection, handle, entries, most).await
    }

    async fn disallow(
        &self,
        handle: &Handle,
        entry: &AllowlistEntry,
    ) -> Result<Vec<AllowlistEntry>, Error> {
        let mut connection = self.0.connector.get().await?;
        agents::disallow(&mut connection, handle, entry).await
    }

    async fn block(
        &self,
        handle: &Handle,
        target: &Handle,
        now: Timestamp,
    ) -> Result<Block, Error> {
        let mut connection = self.0.connector.get().await?;
        let most = self.0.limits.trust_entries;
        agents::block(&mut connection, handle, target, now, most).await
    }

    async fn unblock(&self, handle: &Handle, target: &Handle) -> Result<(), Error> {
        agents::unblock(&self.0.connector.get().await?, handle, target).await
    }

    async fn blocks(
        &self,
        handle: &Handle,
        after: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Block>, Error> {
        agents::blocks(&self.0.connector.get().await?, handle, after, limit).await
    }

    async fn search_agents(
        &self,
        viewer: &Handle,
        text: &str,
        after: Option<&Handle>,
        limit: u32,
    ) -> Result<Vec<Agent>, Error> {
        let connection = self.0.connector.get().await?;
        agents::search(&connection, viewer, text, after, limit).await
    }
}

#[async_trait]
impl EnvelopeStore for PostgresStore {
    async fn accept(
        &self,
        sender: &Handle,
        post: EnvelopePost,
        options: AcceptOptions,
    ) -> Result<Acceptance, Error> {
        // About the octets that a post takes while it waits.
        let weight = usize::try_from(post.size_hint().saturating_mul(4)).unwrap_or(usize::MAX);
        let message = Message::Envelope {
            sender: sender.clone(),
            post: Box::new(post),
            options: Box::new(options),
        };
        match self.0.writer.write(weight, message).await? {
            Outcome::Decided(acceptance) => Ok(acceptance),
            _ => Err(other_outcome()),
        }
    }

    async fn list_envelopes(
        &self,
        agent: &Handle,
        listing: &Listing,
    ) -> Result<Vec<ListedRow>, Error> {
        envelopes::list(&self.0.connector.get().await?, agent, listing).await
    }

    async fn peek(&self, agent: &Handle, ids: &[EnvelopeId]) -> Result<Vec<Fetched>, Error> {
        let peeked = envelopes::peek(&self.0.connector.get().await?, agent, ids).await?;
        Ok(peeked.0)
    }

    async fn fetch(&self, agent: &Handle, ids: &[EnvelopeId]) -> Result<Vec<Fetched>, Error> {
        envelopes::fetch(&self.0.connector.get().await?, agent, ids).await
    }

    async fn mark_read(
        &self,
        agent: &Handle,
        ids: &[EnvelopeId],
    ) -> Result<Vec<EnvelopeId>, Error> {
        envelopes::mark_read(&self.0.connector.get().await?, agent, ids).await
    }

    async fn remove_entry(&self, agent: &Handle, id: EnvelopeId) -> Result<(), Error> {
        let mut connection = self.0.connector.get().await?;
        envelopes::remove_entry(&mut connection, agent, id).await
    }

    async fn facts(
        &self,
        sender: &Handle,
        monitor: &MonitorHandle,
        after: FactKey,
        limit: u32,
    ) -> Result<Vec<(FactKey, MonitorFact)>, Error> {
        let connection = self.0.connector.get().await?;
        envelopes::facts(&connection, sender, Some(monitor), after, limit).await
    }

    async fn facts_after(
        &self,
        sender: &Handle,
        after: FactKey,
        limit: u32,
    ) -> Result<Vec<(FactKey, MonitorFact)>, Error> {
        let connection = self.0.connector.get().await?;
        envelopes::facts(&connection, sender, None, after, limit).await
    }

    async fn last_keys(&self, agent: &Handle) -> Result<LastKeys, Error> {
        envelopes::last_keys(&self.0.connector.get().await?, agent).await
    }

    async fn search_envelopes(
        &self,
        agent: &Handle,
        text: &str,
        limit: u32,
    ) -> Result<Vec<FoundEnvelope>, Error> {
        let connection = self.0.connector.get().await?;
        envelopes::search(&connection, agent, text, limit).await
    }
}

#[async_trait]
impl ContextStore for PostgresStore {
    async fn context_agents(&self, owner: AgentKey) -> Result<Vec<AgentId>, Error> {
        threads::owned(&self.0.connector.get().await?, owner).await
    }

    async fn context_owner(&self, agent: &AgentId) -> Result<Option<AgentKey>, Error> {
        threads::owner(&self.0.connector.get().await?, agent).await
    }

    async fn register(&self, claim: ContextClaim) -> Result<Registration, Error> {
        posts::claim(&mut self.0.connector.get().await?, &claim).await
    }

    async fn post_message(&self, post: ContextPost) -> Result<Posted, Error> {
        let mut connection = self.0.connector.get().await?;
        posts::post(&mut connection, &post, &self.0.limits).await
    }

    async fn mark_thread_read(&self, agent: &AgentId, thread: &ThreadId) -> Result<(), Error> {
        let mut connection = self.0.connector.get().await?;
        posts::mark_thread_read(&mut connection, agent, thread).await
    }

    async fn unread(&self, agent: &AgentId, options: ContextOptions) -> Result<Unread, Error> {
        unread::unread(&mut self.0.connector.get().await?, agent, &options).await
    }

    async fn threads(
        &self,
        agent: &AgentId,
        page: Option<Page>,
        limits: context_sync::Limits,
    ) -> Result<Mailbox, Error> {
        threads::threads(&mut self.0.connector.get().await?, agent, page, &limits).await
    }

    async fn thread(
        &self,
        id: &ThreadId,
        viewer: &AgentId,
        page: Option<Page>,
        limits: context_sync::Limits,
    ) -> Result<Option<Thread>, Error> {
        let mut connection = self.0.connector.get().await?;
        threads::thread(&mut connection, id, viewer, page, &limits).await
    }

    async fn sync(
        &self,
        id: &ThreadId,
        viewer: &AgentId,
        options: ContextOptions,
    ) -> Result<Option<Context>, Error> {
        threads::sync(&mut self.0.connector.get().await?, id, viewer, &options).await
    }

    async fn participants(
        &self,
        id: &ThreadId,
        viewer: &AgentId,
    ) -> Result<Option<Participants>, Error> {
        threads::participants(&mut self.0.connector.get().await?, id, viewer).await
    }

    async fn context_agent(&self, agent: &AgentId) -> Result<Option<ContextAgent>, Error> {
        threads::agent(&self.0.connector.get().await?, agent).await
    }

    async fn put_note(
        &self,
        agent: &AgentId,
        note: ContextNote,
        limits: context_sync::Limits,
    ) -> Result<Result<(), Refusal>, Error> {
        notes::put(&self.0.connector.get().await?, agent, &note, &limits).await
    }

    async fn query_graph(&self, agent: &AgentId, query: &GraphQuery) -> Result<Graph, Error> {
        notes::query_graph(&self.0.connector.get().await?, agent, query).await
    }

    async fn index_entry(&self, agent: &AgentId, key: &str) -> Result<Option<IndexEntry>, Error> {
        notes::index_entry(&self.0.connector.get().await?, agent, key).await
    }

    async fn search_index(
        &self,
        agent: &AgentId,
        search: &IndexSearch,
    ) -> Result<IndexEntries, Error> {
        notes::search_index(&self.0.connector.get().await?, agent, search).await
    }

    async fn remove_index_entry(&self, agent: &AgentId, key: &str) -> Result<bool, Error> {
        notes::remove_index_entry(&self.0.connector.get().await?, agent, key).await
    }
}

#[async_trait]
impl FileStore for PostgresStore {
    async fn begin_file(
        &self,
        uploader: &Handle,
        head: FileHead,
    ) -> Result<Box<dyn FileSink>, Error> {
        files::begin(
            &self.0.connector,
            uploader,
            head,
            self.0.limits.pending_files,
        )
        .await
    }

    async fn read_file(
        &self,
        reader: &Handle,
        id: &FileId,
    ) -> Result<(FileMeta, Box<dyn FileSource>), Error> {
        files::read(&self.0.connector, reader, id).await
    }
}

#[async_trait]
impl Upkeep for PostgresStore {
    async fn sweep(&self, now: Timestamp, retention: &Retention) -> Result<Swept, Error> {
        let mut connection = self.0.connector.get().await?;
        sweep::sweep(&mut connection, now, retention).await
    }

    fn wakes(&self) -> Wakes {
        self.0.listener.wakes()
    }

    async fn ping(&self) -> Result<(), Error> {
        let connection = self.0.connector.get().await?;
        statement::execute(&connection, "SELECT 1", &[])
            .await
            .map(drop)
    }
}

fn other_outcome() -> Error {
    Error::new(ErrorKind::Io, "expected the outcome of this message")
}
