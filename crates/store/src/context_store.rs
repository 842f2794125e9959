use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use context_sync::{
    AgentId, BodyDigest, Context, Decision, Graph, GraphEdge, GraphNode, GraphQuery,
    IdempotencyKey, IndexEntries, IndexEntry, IndexSearch, Limits, Mailbox, Page, Participants,
    Post, Refusal, RegisterRequest, Registration, Stamp, Thread, ThreadId, Timestamp, Title,
    Unread, Window,
};

use crate::{AgentKey, Error, MakeEnvelope, Rates};

/// Threads that agents can join cold (context-sync). What may be done and who sees what is decided
/// by `context-sync`, inside the transaction that looks it up.
///
/// The agents of this protocol have names of their own. Who has a bearer of the store claims them,
/// as many as it may; nobody ever loses one.
///
/// # Errors
///
/// Every call may fail as those of [`MailStore`](crate::MailStore) do.
#[async_trait]
pub trait ContextStore: Debug + Send + Sync {
    /// The agents that the owner of a bearer has claimed, by name.
    async fn context_agents(&self, owner: AgentKey) -> Result<Vec<AgentId>, Error>;

    /// Who has claimed an agent.
    async fn context_owner(&self, agent: &AgentId) -> Result<Option<AgentKey>, Error>;

    /// Decides on a registration and commits it. Two that claim one agent at once do not both get
    /// it.
    async fn register(&self, claim: ContextClaim) -> Result<Registration, Error>;

    /// Decides on a message and commits what is accepted: the thread, the message, its members, the
    /// mailboxes where it is unread, the agents that nobody knew, the idempotency key and the
    /// envelope of the message, in one transaction. Threads of the same participants are made one after the other, whoever writes
    /// to the store, so that first contact from both sides is one thread.
    async fn post_message(&self, post: ContextPost) -> Result<Posted, Error>;

    /// Marks a thread read up to its last message, or as far as the last answer of unread messages
    /// went that left some of it out. It does nothing where there is none to mark.
    async fn mark_thread_read(&self, agent: &AgentId, thread: &ThreadId) -> Result<(), Error>;

    /// What is unread by an agent, each message with the context of its thread: as much as there is
    /// room for ([`Limits::portion`](field@Limits::portion)). How far an answer goes that leaves
    /// something out is on disk before it is given.
    async fn unread(&self, agent: &AgentId, options: ContextOptions) -> Result<Unread, Error>;

    /// The threads of an agent, newest updated first: a page of them, or all that there is room for.
    /// It holds at most two [portions](field@Limits::portion) in memory, and one message.
    async fn threads(
        &self,
        agent: &AgentId,
        page: Option<Page>,
        limits: Limits,
    ) -> Result<Mailbox, Error>;

    /// A thread as one of its members sees it, and nothing to others: a page of its messages, or the
    /// newest. It holds at most one [portion](field@Limits::portion) of them in memory, and one message.
    async fn thread(
        &self,
        id: &ThreadId,
        viewer: &AgentId,
        page: Option<Page>,
        limits: Limits,
    ) -> Result<Option<Thread>, Error>;

    /// The context of a thread for one of its members, and nothing for others.
    async fn sync(
        &self,
        id: &ThreadId,
        viewer: &AgentId,
        options: ContextOptions,
    ) -> Result<Option<Context>, Error>;

    /// The participants of a thread as one of its members knows them, and nothing for others.
    async fn participants(
        &self,
        id: &ThreadId,
        viewer: &AgentId,
    ) -> Result<Option<Participants>, Error>;

    /// What is known of an agent, if it is known at all.
    async fn context_agent(&self, agent: &AgentId) -> Result<Option<ContextAgent>, Error>;

    /// Keeps a note of an agent, in the place of one that is there.
    async fn put_note(
        &self,
        agent: &AgentId,
        note: ContextNote,
        limits: Limits,
    ) -> Result<Result<(), Refusal>, Error>;

    /// What a query finds in the graph of an agent.
    async fn query_graph(&self, agent: &AgentId, query: &GraphQuery) -> Result<Graph, Error>;

    /// One entry of the index of an agent.
    async fn index_entry(&self, agent: &AgentId, key: &str) -> Result<Option<IndexEntry>, Error>;

    /// What a search finds in the index of an agent.
    async fn search_index(
        &self,
        agent: &AgentId,
        search: &IndexSearch,
    ) -> Result<IndexEntries, Error>;

    /// Removes an entry of the index of an agent, and says whether it was there.
    async fn remove_index_entry(&self, agent: &AgentId, key: &str) -> Result<bool, Error>;
}

/// Something that an agent notes of its work.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)] // section 8, and an engine must not forget one
pub enum ContextNote {
    /// A node of its graph.
    Node(GraphNode),
    /// An edge of its graph.
    Edge(GraphEdge),
    /// An entry of its index.
    Entry(IndexEntry),
}

/// A registration.
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_structs)] // an input
pub struct ContextClaim {
    /// Who claims. Nobody in open mode.
    pub owner: Option<AgentKey>,
    /// What it asks for.
    pub request: RegisterRequest,
    /// Whose the agent is by its name.
    pub title: Title,
    /// The time.
    pub now: Timestamp,
    /// What is taken in.
    pub limits: Limits,
}

/// A message to post, its sender checked.
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_structs)] // an input
pub struct ContextPost {
    /// Whose bearer it came with. Nobody's in open mode.
    pub owner: Option<AgentKey>,
    /// What it asks for.
    pub post: Post,
    /// Its idempotency key and the digest of its body, if it has a key.
    pub retry: Option<(IdempotencyKey, BodyDigest)>,
    /// The time, and the ids that it gets.
    pub stamp: Stamp,
    /// How much one bearer may send; in open mode all senders together. `None` for no limit. The
    /// counts are those of [`EnvelopeStore::accept`](crate::EnvelopeStore::accept).
    pub rates: Option<Rates>,
    /// What is taken in.
    pub limits: Limits,
    /// Makes the envelope in which it is in mailboxes as well. `None` where its sender is known in
    /// threads only, and then nothing more is looked up or written.
    pub envelope: Option<Arc<dyn MakeEnvelope>>,
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
#[allow(clippy::exhaustive_enums)] // a match must not forget one
pub enum Posted {
    /// It was decided by the rules of the protocol. An accepted message is on disk.
    Decided(Decision),
    /// Its sender sends too fast. Nothing was stored.
    Limited {
        /// After how long it will be taken, if nothing else is sent meanwhile.
        retry_after: Duration,
    },
}

/// How much of a thread to read, and when.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs)] // an input
pub struct ContextOptions {
    /// How much of its end.
    pub window: Window,
    /// The time, for a summary that is due.
    pub now: Timestamp,
    /// What is shown.
    pub limits: Limits,
}

/// What is known of an agent of context-sync.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ContextAgent {
    /// When it was first heard of.
    pub created_at: Timestamp,
    /// Its threads.
    pub threads: u64,
    /// Its unread messages.
    pub unread: u64,
}
