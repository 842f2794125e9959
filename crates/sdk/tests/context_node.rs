//! The client of context sync against a node of ours, in open and in keyed mode.
#![cfg(feature = "context")]
#![allow(clippy::unwrap_used)] // a test fails by panicking

use std::sync::Arc;

use asmtp_envelope::{Policy, Timestamp, Visibility};
use context_sync::{
    AgentId, Category, Content, GraphEdge, GraphNode, GraphQuery, IndexEntry, IndexSearch,
    JsonObject, Limits, NodeKind, Page, Role, ThreadId, Window,
};
use mailmesh::ErrorKind;
use mailmesh::context::{Config, ContextClient, content};
use mailmesh_node::{Bearer, Node};
use mailmesh_store::{AgentStore as _, NewAgent, Profile, SqliteStore, TokenHash};
use serde_json::json;
use tempfile::TempDir;

/// A node that has context sync below its URL.
struct Server {
    node: Node,
    store: Arc<SqliteStore>,
    is_open: bool,
    _folder: TempDir,
}

impl Server {
    async fn start(is_open: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(SqliteStore::open(folder.path()).await.unwrap());
        let admin = Bearer::from_random([7; 32]);
        let config = mailmesh_node::Config {
            context_sync_open: is_open,
            rates: None,
            ..mailmesh_node::Config::new("127.0.0.1:0".parse().unwrap(), admin)
        };
        let node = Node::start(config, store.clone()).await.unwrap();
        Self {
            node,
            store,
            is_open,
            _folder: folder,
        }
    }

    fn config(&self, agent: &str) -> Config {
        Config::new(format!("{}/context-sync", self.node.url()), id(agent))
    }

    /// A client that has connected. In keyed mode it has a token of its own.
    async fn client(&self, name: &str) -> ContextClient {
        let mut config = self.config(&format!("{name}@demo"));
        if !self.is_open {
            let agent = NewAgent {
                handle: format!("@acme.{name}").parse().unwrap(),
                address: format!("acme.{name}@agents.test").parse().unwrap(),
                token: TokenHash::of(&token(name)),
                policy: Policy::Open,
                visibility: Visibility::Private,
                profile: Profile::default(),
            };
            let now = Timestamp::new(1_795_215_000_000).unwrap();
            self.store.create_agent(agent, now).await.unwrap();
            config.token = Some(token(name).into());
        }
        let client = ContextClient::new(config).unwrap();
        client.connect().await.unwrap();
        client
    }
}

fn id(agent: &str) -> AgentId {
    agent.parse().unwrap()
}

/// 43 characters, as an operator mints them.
fn token(name: &str) -> String {
    name.repeat(43)[..43].to_owned()
}

fn say(payload: &str) -> Content {
    content(&payload, &()).unwrap()
}

async fn every_call_does_what_it_says(server: &Server) {
    let [ann, ben, cat, dan] = [
        server.client("ann").await,
        server.client("ben").await,
        server.client("cat").await,
        server.client("dan").await,
    ];
    let again = ann.connect().await.unwrap();
    assert_eq!((again.agent, again.created), (id("ann@demo"), false));

    let first = content(&json!({"job": "parser"}), &json!({"grammar": "ABNF"})).unwrap();
    let mut message = ann.message(id("ben@demo"), first);
    message.cc = vec![id("cat@demo")];
    message.bcc = vec![id("dan@demo")];
    message.reply_to = Some(id("ops/ü@demo"));
    let sent = ann.send(message).await.unwrap();
    let names: Vec<_> = sent.delivered_to.iter().map(AgentId::as_str).collect();
    assert_eq!(names, ["ben@demo", "cat@demo", "dan@demo"]);
    let thread = &sent.thread_id;

    let unread = ben.unread(Window::default()).await.unwrap();
    let [frame] = unread.frames() else {
        panic!("{unread:?}");
    };
    assert_eq!(frame.message().id, sent.message_id);
    assert_eq!(frame.message().reply_to, Some(id("ops/ü@demo")));
    assert!(frame.message().bcc.is_empty());

    let reply = ben.reply_all(thread, say("done")).await.unwrap();
    assert_eq!(&reply.thread_id, thread);
    let received = ann.receive(None, Window::default()).await.unwrap();
    assert_eq!(received.messages.len(), 1);
    assert_eq!(received.context.snapshot().as_str(), "{}", "replaced");
    assert_eq!(received.context.recent_messages().len(), 2);
    let from_cat = Some(id("cat@demo"));
    let none = ann.receive(from_cat.as_ref(), Window::default()).await;
    assert_eq!(none.unwrap(), mailmesh::context::Received::default());

    let context = cat.sync(thread, Window::of(1)).await.unwrap();
    assert_eq!(context.recent_messages().len(), 1);
    assert_eq!(context.recent_messages()[0].id, reply.message_id);

    let roles = |of: &context_sync::Participants| -> Vec<_> {
        let participants = of.as_slice().iter();
        participants
            .map(|one| (one.agent.to_string(), one.role))
            .collect()
    };
    let known = roles(&ann.participants(thread).await.unwrap());
    assert!(known.contains(&("dan@demo".to_owned(), Some(Role::Bcc))));
    let known = roles(&ben.participants(thread).await.unwrap());
    assert!(known.iter().all(|(name, _)| name != "dan@demo"));

    let mailbox = cat.threads(None).await.unwrap();
    assert_eq!((mailbox.threads().len(), mailbox.unread_count()), (1, 2));
    cat.mark_read(thread).await.unwrap();
    assert_eq!(cat.threads(None).await.unwrap().unread_count(), 0);
    let page = cat.threads(Page::new(1, 1)).await.unwrap();
    assert_eq!((page.threads().len(), page.page().unwrap().1), (0, 1));
    let whole = cat.thread(thread, None).await.unwrap();
    assert_eq!(
        (whole.id(), whole.omitted(), whole.page()),
        (thread, 0, None)
    );
    assert_eq!(mailbox.threads(), std::slice::from_ref(&whole));
    let last = Page::new(5, whole.messages().len() as u64 - 1).unwrap();
    let page = cat.thread(thread, Some(last)).await.unwrap();
    assert_eq!(page.messages(), whole.messages().last_chunk::<1>().unwrap());
    assert_eq!(page.page(), Some((last, whole.messages().len() as u64)));
    assert_eq!(
        dan.unread(Window::default()).await.unwrap().frames().len(),
        1
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_open_server_takes_callers_at_their_word() {
    every_call_does_what_it_says(&Server::start(true).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_keyed_server_knows_each_agent_by_its_token() {
    let server = Server::start(false).await;
    every_call_does_what_it_says(&server).await;

    let status = |error: mailmesh::Error| (error.kind(), error.http_status());
    let nobody = ContextClient::new(server.config("ann@demo")).unwrap();
    let error = nobody.threads(None).await.unwrap_err();
    assert_eq!(status(error), (ErrorKind::Unauthorized, Some(401)));

    let mut config = server.config("ann@demo");
    config.token = Some(token("ben").into());
    let false_ann = ContextClient::new(config).unwrap();
    let error = false_ann.unread(Window::default()).await.unwrap_err();
    assert_eq!(status(error), (ErrorKind::Forbidden, Some(403)));
    let error = false_ann.connect().await.unwrap_err();
    assert_eq!(status(error), (ErrorKind::Forbidden, Some(403)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_strangers_thread_and_none_are_the_same() {
    let server = Server::start(true).await;
    let (ann, eve) = (server.client("ann").await, server.client("eve").await);
    let sent = ann
        .send(ann.message(id("ben@demo"), say("x")))
        .await
        .unwrap();
    let none: ThreadId = "0b5c3a52-7d0e-4b53-9d3e-0d3b1f0e7c11".parse().unwrap();
    for thread in [&sent.thread_id, &none] {
        let errors = [
            eve.sync(thread, Window::default()).await.unwrap_err(),
            eve.participants(thread).await.unwrap_err(),
            eve.reply_all(thread, say("let me in")).await.unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.kind(), ErrorKind::NotFound);
            assert_eq!(error.http_status(), Some(404));
        }
        eve.mark_read(thread).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_a_key_a_message_is_taken_once() {
    let server = Server::start(true).await;
    let ann = server.client("ann").await;
    let key = "7f3a".parse().unwrap();
    let message = ann.message(id("ben@demo"), say("once"));
    let first = ann.send_once(message.clone(), &key).await.unwrap();
    assert_eq!(ann.send_once(message, &key).await.unwrap(), first);
    let other = ann.message(id("ben@demo"), say("twice"));
    let error = ann.send_once(other, &key).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(error.http_status(), Some(409));
    let thread = &first.thread_id;
    let reply = ann.reply_all_once(thread, say("all"), &key).await.unwrap();
    let again = ann.reply_all_once(thread, say("all"), &key).await.unwrap();
    assert_eq!(reply, again);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_sent_is_told_here_or_there() {
    let server = Server::start(true).await;
    let ann = server.client("ann").await;
    let mut foreign = ann.message(id("ben@demo"), say("x"));
    foreign.from = id("eve@demo");
    let error = ann.send(foreign).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.http_status()),
        (ErrorKind::Invalid, None)
    );
    let alone = ann.send(ann.message(id("ann@demo"), say("note"))).await;
    let error = ann.reply_all(&alone.unwrap().thread_id, say("x")).await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert_eq!(error.http_status(), Some(400));
    assert!(content(&1, &json!([1])).is_err(), "a snapshot is an object");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn notes_are_an_agents_own() {
    let server = Server::start(false).await;
    let (ann, ben) = (server.client("ann").await, server.client("ben").await);
    let mut file = GraphNode::new("file:a/b.rs", NodeKind::File, "b.rs");
    file.description = Some("the parser".to_owned());
    file.metadata =
        JsonObject::parse(r#"{"lines":12345678901234567890}"#, &Limits::default()).unwrap();
    ann.note_node(&file).await.unwrap();
    let symbol = GraphNode::new("parse", NodeKind::Symbol, "parse");
    ann.note_node(&symbol).await.unwrap();
    let edge = GraphEdge::new("file:a/b.rs", "parse", "contains");
    ann.note_edge(&edge).await.unwrap();
    let query = |text: &str| GraphQuery {
        text: text.to_owned(),
        limit: 10,
    };
    let graph = ann.query_graph(query("PARSER")).await.unwrap();
    let ids: Vec<_> = graph.nodes().iter().map(|node| node.id.as_str()).collect();
    assert_eq!(ids, ["file:a/b.rs", "parse"]);
    assert_eq!(graph.nodes()[0].metadata, file.metadata);
    assert!(graph.nodes()[0].updated_at > context_sync::Timestamp::default());
    assert_eq!(graph.edges(), [edge]);
    assert_eq!(ben.query_graph(query("parser")).await.unwrap().nodes(), []);

    let key = "file:a/b.rs?x=ü";
    let entry = IndexEntry::new(key, Category::Overview, "Reads tokens.");
    ann.note_index_entry(&entry).await.unwrap();
    let kept = ann.index_entry(key).await.unwrap().unwrap();
    assert_eq!(
        (kept.category, kept.summary.as_str()),
        (Category::Overview, "Reads tokens.")
    );
    let search = |category| IndexSearch {
        text: "tokens".to_owned(),
        category,
        limit: 10,
    };
    assert_eq!(ann.search_index(search(None)).await.unwrap().0, [kept]);
    let none = ann.search_index(search(Some(Category::File))).await;
    assert_eq!(none.unwrap().0, []);
    assert_eq!(ben.index_entry(key).await.unwrap(), None);
    assert!(!ben.remove_index_entry(key).await.unwrap());
    assert!(ann.remove_index_entry(key).await.unwrap());
    assert_eq!(ann.index_entry(key).await.unwrap(), None);

    let long = GraphNode::new("n".repeat(256), NodeKind::Task, "n");
    let error = ann.note_node(&long).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
}
