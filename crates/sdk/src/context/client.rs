use std::fmt;
use std::sync::Arc;

use context_sync::{
    AgentId, Content, Context, ContextFrame, Graph, GraphEdge, GraphNode, GraphQuery,
    IdempotencyKey, IndexEntries, IndexEntry, IndexSearch, Limits as ContentLimits, Mailbox,
    MarkReadRequest, Page, Participants, Receipt, RegisterRequest, Registered, ReplyAllRequest,
    Route, SendRequest, Thread, ThreadId, Unread, Window,
};

use super::config::Config;
use super::link::{Ask, Link};
use crate::{Error, ErrorKind};

/// One agent at a server of context sync.
///
/// A clone is the same client: all share one pool of connections, and the pauses that the server asks
/// for. Of a [`Window`] the protocol tells the number of messages, and no budget. Every call can be
/// made from many tasks at once, and fails so:
///
/// * [`Invalid`](ErrorKind::Invalid), [`Unauthorized`](ErrorKind::Unauthorized),
///   [`Forbidden`](ErrorKind::Forbidden), [`NotFound`](ErrorKind::NotFound),
///   [`Conflict`](ErrorKind::Conflict) and [`Refused`](ErrorKind::Refused) for the answers 400, 401,
///   403, 404, 409 and the others up to 499, with [`http_status`](Error::http_status). A thread in
///   which the agent has no part is not found.
/// * [`Busy`](ErrorKind::Busy) for 429 and 5xx, with [`retry_after`](Error::retry_after). Too many
///   requests are made again after the pause that the server asks for, within
///   [`Timeouts`](super::Timeouts).
/// * [`Unreachable`](ErrorKind::Unreachable) and [`Timeout`](ErrorKind::Timeout) when there is no
///   answer. A message may have been taken all the same; [`send_once`](Self::send_once) tells.
/// * [`Protocol`](ErrorKind::Protocol) when the answer is not of this protocol, or too long.
#[derive(Clone)]
pub struct ContextClient {
    agent: AgentId,
    link: Arc<Link>,
    limits: ContentLimits,
}

/// What was received: messages, and what they stand in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Received {
    /// The unread messages, oldest first.
    pub messages: Vec<ContextFrame>,
    /// The context of the last of them; the empty one without any. Messages of other threads bring
    /// their own.
    pub context: Context,
    /// Whether more is unread than one answer has room for. It comes when the threads of these
    /// messages are marked read.
    pub has_more: bool,
}

impl ContextClient {
    /// A client. The server is reached on the first call.
    ///
    /// # Errors
    ///
    /// [`Invalid`](ErrorKind::Invalid) when the configuration cannot be used: the server's URL, the
    /// trust roots, a token with a line break.
    pub fn new(config: Config) -> Result<Self, Error> {
        let link = Arc::new(Link::new(&config)?);
        let limits = ContentLimits {
            answer: config.limits.answer,
            ..ContentLimits::default()
        };
        let agent = config.agent;
        Ok(Self {
            agent,
            link,
            limits,
        })
    }

    /// Who the caller is.
    #[must_use]
    pub fn agent(&self) -> &AgentId {
        &self.agent
    }

    /// Makes the agent known, and in keyed mode the token's own. It may be repeated.
    pub async fn connect(&self) -> Result<Registered, Error> {
        let request = RegisterRequest {
            agent: self.agent.clone(),
        };
        let body = self.post(Route::Register, None, |out| request.write(out));
        Registered::parse(&body.await?, &self.limits).map_err(unreadable)
    }

    /// A message from this agent, to be completed and [sent](Self::send).
    #[must_use]
    pub fn message(&self, to: AgentId, content: Content) -> SendRequest {
        SendRequest::new(self.agent.clone(), to, content)
    }

    /// Sends a message and returns once it is durably accepted. Without a thread it goes to that of
    /// its visible participants, which is made when there is none.
    ///
    /// # Errors
    ///
    /// [`Invalid`](ErrorKind::Invalid) when it is from another agent.
    pub async fn send(&self, message: SendRequest) -> Result<Receipt, Error> {
        self.send_with(message, None).await
    }

    /// As [`send`](Self::send), under a key: with the same key and message it can be repeated after a
    /// lost answer, and is taken once.
    ///
    /// Servers of another make may not know of keys.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send); [`Conflict`](ErrorKind::Conflict) when the key came with another
    /// message before.
    pub async fn send_once(
        &self,
        message: SendRequest,
        key: &IdempotencyKey,
    ) -> Result<Receipt, Error> {
        self.send_with(message, Some(key)).await
    }

    /// Answers all visible participants of a thread.
    ///
    /// # Errors
    ///
    /// [`Invalid`](ErrorKind::Invalid) when there is nobody else.
    pub async fn reply_all(&self, thread: &ThreadId, content: Content) -> Result<Receipt, Error> {
        self.reply_all_with(thread, content, None).await
    }

    /// As [`reply_all`](Self::reply_all), under a key as [`send_once`](Self::send_once) has it.
    ///
    /// # Errors
    ///
    /// As [`reply_all`](Self::reply_all) and [`send_once`](Self::send_once).
    pub async fn reply_all_once(
        &self,
        thread: &ThreadId,
        content: Content,
        key: &IdempotencyKey,
    ) -> Result<Receipt, Error> {
        self.reply_all_with(thread, content, Some(key)).await
    }

    /// What is unread, oldest first, each with the context of its thread as it is now. It stays
    /// unread. Of much, one answer shows a part ([`Unread::has_more`]): mark its threads read and ask
    /// again.
    pub async fn unread(&self, window: Window) -> Result<Unread, Error> {
        let agent = self.agent.clone();
        let body = self.ask(Route::Unread { agent, window }).await?;
        Unread::parse(&body, &self.limits).map_err(unreadable)
    }

    /// What is unread, of one sender or of all, and the context of the last such message.
    pub async fn receive(&self, from: Option<&AgentId>, window: Window) -> Result<Received, Error> {
        let unread = self.unread(window).await?;
        let (messages, context) = unread.receive(from);
        Ok(Received {
            messages: messages.into_iter().cloned().collect(),
            context,
            has_more: unread.has_more(),
        })
    }

    /// The threads of the agent, newest updated first: a page of them, or all that the server has
    /// room for. [`Mailbox::total`] tells when there are more, and [`Thread::omitted`] which of them
    /// lack older messages.
    pub async fn threads(&self, page: Option<Page>) -> Result<Mailbox, Error> {
        let agent = self.agent.clone();
        let body = self.ask(Route::Mailbox { agent, page }).await?;
        Mailbox::parse(&body, &self.limits).map_err(unreadable)
    }

    /// A thread: its newest messages that the server has room for, or a page of them, oldest first.
    ///
    /// [`Thread::omitted`] tells how many older messages are missing. To read all, ask for pages, each
    /// behind the last message of the one before, until [`Thread::page`] tells that there are no more.
    /// Servers of another make may not know of pages; their answer has none.
    pub async fn thread(&self, thread: &ThreadId, page: Option<Page>) -> Result<Thread, Error> {
        let route = Route::Thread {
            thread: thread.clone(),
            viewer: Some(self.agent.clone()),
            page,
        };
        Thread::parse(&self.ask(route).await?, &self.limits).map_err(unreadable)
    }

    /// The context of a thread, for who starts cold.
    pub async fn sync(&self, thread: &ThreadId, window: Window) -> Result<Context, Error> {
        let route = Route::Sync {
            thread: thread.clone(),
            viewer: Some(self.agent.clone()),
            window,
        };
        Context::parse(&self.ask(route).await?, &self.limits).map_err(unreadable)
    }

    /// Who takes part in a thread, as far as the agent may know.
    pub async fn participants(&self, thread: &ThreadId) -> Result<Participants, Error> {
        let route = Route::Participants {
            thread: thread.clone(),
            viewer: Some(self.agent.clone()),
        };
        Participants::parse(&self.ask(route).await?, &self.limits).map_err(unreadable)
    }

    /// Marks a thread as read up to now. One that is not there has nothing to mark, and that is no
    /// error.
    pub async fn mark_read(&self, thread: &ThreadId) -> Result<(), Error> {
        let agent = self.agent.clone();
        let request = MarkReadRequest {
            thread_id: thread.clone(),
        };
        let body = self.post(Route::MarkRead { agent }, None, |out| request.write(out));
        body.await.map(drop)
    }

    /// Notes a node in the agent's graph, in place of what the graph had under its id.
    pub async fn note_node(&self, node: &GraphNode) -> Result<(), Error> {
        let agent = self.agent.clone();
        let body = self.post(Route::PutNode { agent }, None, |out| {
            node.write_request(out);
        });
        body.await.map(drop)
    }

    /// Notes how two nodes belong together, in place of what the graph had of that kind between them.
    /// They need not be there.
    pub async fn note_edge(&self, edge: &GraphEdge) -> Result<(), Error> {
        let agent = self.agent.clone();
        let body = self.post(Route::PutEdge { agent }, None, |out| edge.write(out));
        body.await.map(drop)
    }

    /// What the agent's graph holds about a text: the nodes with it, and those up to two edges away.
    pub async fn query_graph(&self, query: GraphQuery) -> Result<Graph, Error> {
        let agent = self.agent.clone();
        let body = self.ask(Route::QueryGraph { agent, query }).await?;
        Graph::parse(&body, &self.limits).map_err(unreadable)
    }

    /// Notes an entry of the agent's index, in place of the one with its key.
    pub async fn note_index_entry(&self, entry: &IndexEntry) -> Result<(), Error> {
        let agent = self.agent.clone();
        let body = self.post(Route::PutIndexEntry { agent }, None, |out| {
            entry.write_request(out);
        });
        body.await.map(drop)
    }

    /// The entry of the agent's index with a key, if there is one.
    pub async fn index_entry(&self, key: &str) -> Result<Option<IndexEntry>, Error> {
        let (agent, key) = (self.agent.clone(), key.to_owned());
        match self.ask(Route::IndexEntry { agent, key }).await {
            Ok(body) => {
                let entry = IndexEntry::parse_answer(&body, &self.limits);
                entry.map(Some).map_err(unreadable)
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What the agent's index holds about a text, by key.
    pub async fn search_index(&self, search: IndexSearch) -> Result<IndexEntries, Error> {
        let agent = self.agent.clone();
        let body = self.ask(Route::SearchIndex { agent, search }).await?;
        IndexEntries::parse(&body, &self.limits).map_err(unreadable)
    }

    /// Takes the entry with a key out of the agent's index. `false` when there is none.
    pub async fn remove_index_entry(&self, key: &str) -> Result<bool, Error> {
        let (agent, key) = (self.agent.clone(), key.to_owned());
        match self.ask(Route::RemoveIndexEntry { agent, key }).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn send_with(
        &self,
        message: SendRequest,
        key: Option<&IdempotencyKey>,
    ) -> Result<Receipt, Error> {
        if message.from != self.agent {
            let expected = "expected a message from the agent of this client";
            return Err(Error::new(ErrorKind::Invalid, expected));
        }
        let body = self.post(Route::Send, key, |out| message.write(out));
        Receipt::parse(&body.await?, &self.limits).map_err(unreadable)
    }

    async fn reply_all_with(
        &self,
        thread: &ThreadId,
        content: Content,
        key: Option<&IdempotencyKey>,
    ) -> Result<Receipt, Error> {
        let request = ReplyAllRequest::new(self.agent.clone(), thread.clone(), content);
        let body = self.post(Route::ReplyAll, key, |out| request.write(out));
        Receipt::parse(&body.await?, &self.limits).map_err(unreadable)
    }

    async fn ask(&self, route: Route) -> Result<Vec<u8>, Error> {
        let (body, key) = (None, None);
        self.link.ask(&Ask { route, body, key }).await
    }

    async fn post(
        &self,
        route: Route,
        key: Option<&IdempotencyKey>,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> Result<Vec<u8>, Error> {
        let mut body = Vec::new();
        write(&mut body);
        let body = Some(body);
        self.link.ask(&Ask { route, body, key }).await
    }
}

impl fmt::Debug for ContextClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContextClient")
            .field("agent", &self.agent)
            .finish_non_exhaustive()
    }
}

fn unreadable(error: context_sync::Error) -> Error {
    let message = format!("the answer of the server cannot be read: {error}");
    Error::new(ErrorKind::Protocol, message).with_source(error)
}
