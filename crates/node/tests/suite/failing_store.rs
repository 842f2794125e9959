//! A store that fails when it is told to, around one that works.

use std::sync::{Arc, Mutex};

use asmtp_envelope::{
    AllowlistEntry, EnvelopeId, EnvelopePost, FileId, Handle, Listing, MonitorFact, MonitorHandle,
    Timestamp,
};
use async_trait::async_trait;
use context_sync::{
    AgentId, Context, Graph, GraphQuery, IndexEntries, IndexEntry, IndexSearch, Mailbox, Page,
    Participants, Refusal, Registration, Thread, ThreadId, Unread,
};
use mailmesh_store::{
    AcceptOptions, Acceptance, Address, Agent, AgentChange, AgentKey, AgentStore, Block, Changes,
    ContextAgent, ContextClaim, ContextNote, ContextOptions, ContextPost, ContextStore, Delivery,
    Entry, EntryId, EnvelopeStore, Error, ErrorKind, FactKey, Fetched, FileHead, FileMeta,
    FileSink, FileSource, FileStore, Filter, FolderName, FolderStatus, FoundEnvelope, LastKeys,
    ListedRow, MailStore, Mark, NewAgent, OrderKey, Posted, Principal, Retention, Store, Stored,
    Swept, TokenHash, Upkeep, Wakes, Window,
};

use crate::suite::operator::Operator;

/// The store with a fault in it.
#[derive(Debug)]
pub(crate) struct FailingStore {
    inner: Arc<dyn Store>,
    fault: Fault,
}

/// When a store fails, and how. Clones are the same fault.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fault(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    plan: Option<Plan>,
    /// The call that failed.
    struck: Option<&'static str>,
    /// Every file whose upload was begun.
    files: Vec<(Handle, FileId)>,
}

#[derive(Clone, Copy, Debug)]
struct Plan {
    /// Which calls count; all without a name.
    only: Option<&'static str>,
    calls_left: u32,
    kind: ErrorKind,
    moment: Moment,
}

/// Whether a call that fails has done its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// It has not, as all errors but lost answers promise.
    Before,
    /// It has, and the answer got lost, as when a database dies between commit and answer.
    After,
}

impl Fault {
    /// Makes the `n`-th call from now on fail, once. The first is 1.
    pub(crate) fn strike(&self, n: u32, kind: ErrorKind) {
        self.plan(Plan {
            only: None,
            calls_left: n,
            kind,
            moment: Moment::Before,
        });
    }

    /// Makes the `n`-th call of this name fail, once.
    pub(crate) fn strike_only(&self, call: &'static str, n: u32, kind: ErrorKind, moment: Moment) {
        self.plan(Plan {
            only: Some(call),
            calls_left: n,
            kind,
            moment,
        });
    }

    fn plan(&self, plan: Plan) {
        let mut state = self.0.lock().unwrap();
        state.struck = None;
        state.plan = Some(plan);
    }

    /// Which call failed, if there were as many. From here on none fails.
    pub(crate) fn rest(&self) -> Option<&'static str> {
        let mut state = self.0.lock().unwrap();
        state.plan = None;
        state.struck.take()
    }

    /// Every file whose upload was begun, and by whom, whatever became of it.
    pub(crate) fn files(&self) -> Vec<(Handle, FileId)> {
        self.0.lock().unwrap().files.clone()
    }

    /// What becomes of a call that begins now.
    fn begins(&self, call: &'static str) -> Option<(Error, Moment)> {
        let mut state = self.0.lock().unwrap();
        let counts = |plan: &&mut Plan| plan.only.is_none_or(|only| only == call);
        let plan = state.plan.as_mut().filter(counts)?;
        plan.calls_left -= 1;
        if plan.calls_left > 0 {
            return None;
        }
        let Plan { kind, moment, .. } = *plan;
        state.plan = None;
        state.struck = Some(call);
        Some((Error::new(kind, "expected no fault"), moment))
    }

    async fn through<T>(
        &self,
        name: &'static str,
        call: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        match self.begins(name) {
            None => call.await,
            Some((error, Moment::Before)) => Err(error),
            Some((error, Moment::After)) => call.await.and(Err(error)),
        }
    }
}

impl FailingStore {
    pub(crate) fn around(inner: Arc<dyn Store>, fault: Fault) -> Arc<dyn Store> {
        Arc::new(Self { inner, fault })
    }
}

/// A node on a store with a fault.
pub(crate) async fn faulty() -> (Operator, Fault) {
    let fault = Fault::default();
    let around = |store| FailingStore::around(store, fault.clone());
    let operator = Operator::start_on(around, |_| {}).await;
    // The sweep at the start is no part of any request.
    operator.admin.get("/readyz").await.ok(200);
    (operator, fault)
}

/// Passes the calls of a part of the store on, through the fault.
macro_rules! pass_on {
    ($part:ident {
        $(fn $name:ident($($argument:ident: $kind:ty),*) -> $output:ty;)*
    } $($rest:tt)*) => {
        #[async_trait]
        impl $part for FailingStore {
            $(async fn $name(&self, $($argument: $kind),*) -> Result<$output, Error> {
                let call = self.inner.$name($($argument),*);
                self.fault.through(stringify!($name), call).await
            })*
            $($rest)*
        }
    };
}

pass_on! { MailStore {
    fn ensure_agent(address: &Address) -> ();
    fn ensure_folder(mailbox: &Address, folder: &FolderName) -> ();
    fn deliver(delivery: Delivery) -> OrderKey;
    fn list(mailbox: &Address, filter: &Filter, window: Window) -> Vec<Entry>;
    fn read(mailbox: &Address, id: EntryId) -> Stored;
    fn mark(mailbox: &Address, id: EntryId, mark: &Mark) -> ();
    fn move_to(mailbox: &Address, id: EntryId, folder: &FolderName) -> ();
    fn remove(mailbox: &Address, id: EntryId) -> ();
    fn folders(mailbox: &Address) -> Vec<FolderStatus>;
}
    fn changes(&self) -> Changes {
        self.inner.changes()
    }
}

pass_on! { AgentStore {
    fn create_agent(agent: NewAgent, now: Timestamp) -> Agent;
    fn agents() -> Vec<Agent>;
    fn agent(handle: &Handle) -> Agent;
    fn update_agent(handle: &Handle, change: AgentChange, now: Timestamp) -> Agent;
    fn rotate_token(handle: &Handle, token: TokenHash, now: Timestamp) -> Agent;
    fn remove_agent(handle: &Handle, now: Timestamp) -> ();
    fn authenticate(token: &TokenHash) -> Option<Principal>;
    fn agents_at(addresses: &[Address]) -> Vec<Principal>;
    fn allowlist(handle: &Handle) -> Vec<AllowlistEntry>;
    fn allow(handle: &Handle, entries: &[AllowlistEntry]) -> Vec<AllowlistEntry>;
    fn disallow(handle: &Handle, entry: &AllowlistEntry) -> Vec<AllowlistEntry>;
    fn block(handle: &Handle, target: &Handle, now: Timestamp) -> Block;
    fn unblock(handle: &Handle, target: &Handle) -> ();
    fn blocks(handle: &Handle, after: Option<u64>, limit: u32) -> Vec<Block>;
    fn search_agents(viewer: &Handle, text: &str, after: Option<&Handle>, limit: u32) -> Vec<Agent>;
} }

pass_on! { EnvelopeStore {
    fn accept(sender: &Handle, post: EnvelopePost, options: AcceptOptions) -> Acceptance;
    fn list_envelopes(agent: &Handle, listing: &Listing) -> Vec<ListedRow>;
    fn peek(agent: &Handle, ids: &[EnvelopeId]) -> Vec<Fetched>;
    fn fetch(agent: &Handle, ids: &[EnvelopeId]) -> Vec<Fetched>;
    fn mark_read(agent: &Handle, ids: &[EnvelopeId]) -> Vec<EnvelopeId>;
    fn remove_entry(agent: &Handle, id: EnvelopeId) -> ();
    fn facts(sender: &Handle, monitor: &MonitorHandle, after: FactKey, limit: u32) -> Vec<(FactKey, MonitorFact)>;
    fn facts_after(sender: &Handle, after: FactKey, limit: u32) -> Vec<(FactKey, MonitorFact)>;
    fn last_keys(agent: &Handle) -> LastKeys;
    fn search_envelopes(agent: &Handle, text: &str, limit: u32) -> Vec<FoundEnvelope>;
} }

pass_on! { ContextStore {
    fn context_agents(owner: AgentKey) -> Vec<AgentId>;
    fn context_owner(agent: &AgentId) -> Option<AgentKey>;
    fn register(claim: ContextClaim) -> Registration;
    fn post_message(post: ContextPost) -> Posted;
    fn mark_thread_read(agent: &AgentId, thread: &ThreadId) -> ();
    fn unread(agent: &AgentId, options: ContextOptions) -> Unread;
    fn threads(agent: &AgentId, page: Option<Page>, limits: context_sync::Limits) -> Mailbox;
    fn thread(id: &ThreadId, viewer: &AgentId, page: Option<Page>, limits: context_sync::Limits) -> Option<Thread>;
    fn sync(id: &ThreadId, viewer: &AgentId, options: ContextOptions) -> Option<Context>;
    fn participants(id: &ThreadId, viewer: &AgentId) -> Option<Participants>;
    fn context_agent(agent: &AgentId) -> Option<ContextAgent>;
    fn put_note(agent: &AgentId, note: ContextNote, limits: context_sync::Limits) -> Result<(), Refusal>;
    fn query_graph(agent: &AgentId, query: &GraphQuery) -> Graph;
    fn index_entry(agent: &AgentId, key: &str) -> Option<IndexEntry>;
    fn search_index(agent: &AgentId, search: &IndexSearch) -> IndexEntries;
    fn remove_index_entry(agent: &AgentId, key: &str) -> bool;
} }

pass_on! { Upkeep {
    fn sweep(now: Timestamp, retention: &Retention) -> Swept;
    fn ping() -> ();
}
    fn wakes(&self) -> Wakes {
        self.inner.wakes()
    }
}

#[async_trait]
impl FileStore for FailingStore {
    async fn begin_file(
        &self,
        uploader: &Handle,
        head: FileHead,
    ) -> Result<Box<dyn FileSink>, Error> {
        let file = (uploader.clone(), head.id.clone());
        self.fault.0.lock().unwrap().files.push(file);
        let call = self.inner.begin_file(uploader, head);
        let inner = self.fault.through("begin_file", call).await?;
        let fault = self.fault.clone();
        Ok(Box::new(FailingSink { inner, fault }))
    }

    async fn read_file(
        &self,
        reader: &Handle,
        id: &FileId,
    ) -> Result<(FileMeta, Box<dyn FileSource>), Error> {
        let call = self.inner.read_file(reader, id);
        let (meta, inner) = self.fault.through("read_file", call).await?;
        let fault = self.fault.clone();
        Ok((meta, Box::new(FailingSource { inner, fault })))
    }
}

#[derive(Debug)]
struct FailingSink {
    inner: Box<dyn FileSink>,
    fault: Fault,
}

#[async_trait]
impl FileSink for FailingSink {
    async fn write(&mut self, chunk: &[u8]) -> Result<(), Error> {
        self.fault.through("write", self.inner.write(chunk)).await
    }

    async fn finish(self: Box<Self>) -> Result<FileMeta, Error> {
        self.fault.through("finish", self.inner.finish()).await
    }
}

#[derive(Debug)]
struct FailingSource {
    inner: Box<dyn FileSource>,
    fault: Fault,
}

#[async_trait]
impl FileSource for FailingSource {
    async fn chunk(&mut self) -> Result<Option<Vec<u8>>, Error> {
        self.fault.through("chunk", self.inner.chunk()).await
    }
}
