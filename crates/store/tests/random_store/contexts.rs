//! Threads of context-sync with random content, and everything that they answer.

use context_sync::{
    AgentId, BodyDigest, GraphEdge, GraphNode, GraphQuery, IndexEntry, IndexSearch, Limits,
    MessageId, Page, Post, RegisterRequest, Stamp, ThreadId, Timestamp, Title, Window,
};
use mailmesh_store::{ContextClaim, ContextNote, ContextOptions, ContextPost, Posted, Store};

use crate::fresh;

const NAMES: [&str; 5] = ["ann@x", "ben@x", "cy@x", "spy@x", "zoë"];

fn agent(name: &str) -> AgentId {
    name.parse().unwrap()
}

fn now() -> Timestamp {
    Timestamp::new(1_795_215_861_457).unwrap()
}

fn octets() -> [u8; 16] {
    let id = fresh::id();
    let mut octets = [0; 16];
    octets.copy_from_slice(&id.as_str().as_bytes()[10..]);
    octets
}

/// A message of the number `n`: who sends it to whom, and whether it has copies or a key, hangs on it.
fn message(n: usize) -> ContextPost {
    let name = |shift: usize| NAMES[(n * 7 + shift) % NAMES.len()];
    let (from, to, copy) = (name(0), name(1 + n % 3), name(2));
    let copies = match n % 4 {
        0 => format!(r#","cc":["{copy}"]"#),
        1 => format!(r#","bcc":["{copy}"]"#),
        _ => String::new(),
    };
    let body = format!(
        r#"{{"from":"{from}","to":"{to}","payload":"{n} \u0000 ü","contextSnapshot":{{"n":{n}}}{copies}}}"#
    );
    let retry = (
        "k".repeat(1 + n % 9).parse().unwrap(),
        BodyDigest::of(body.as_bytes()),
    );
    ContextPost {
        owner: None,
        post: Post::parse_send(body.as_bytes(), &Limits::default()).unwrap(),
        retry: n.is_multiple_of(5).then_some(retry),
        stamp: Stamp {
            now: now(),
            message_id: MessageId::mint(octets()),
            thread_id: ThreadId::mint(octets()),
        },
        rates: None,
        limits: Limits::default(),
        envelope: None,
    }
}

pub(super) async fn fill(store: &dyn Store, seed: u64) {
    let limits = Limits::default();
    let owner = store.agents().await.unwrap().first().map(|agent| agent.key);
    let start = usize::try_from(seed % 1_000).unwrap();
    for n in start..start + 60 {
        let posted = store.post_message(message(n)).await.unwrap();
        // A key may stand for another message already.
        let Posted::Decided(_) = posted else {
            panic!("{posted:?}")
        };
        if n % 6 == 0 {
            let reader = agent(NAMES[n % NAMES.len()]);
            // Now and then an answer leaves something out, and the mark goes no further.
            let options = ContextOptions {
                window: Window::of(3),
                now: now(),
                limits: Limits {
                    portion: 1000 * (n % 12),
                    ..limits
                },
            };
            store.unread(&reader, options).await.unwrap();
            let mailbox = store.threads(&reader, None, limits).await.unwrap();
            if let Some(thread) = mailbox.threads().first() {
                store.mark_thread_read(&reader, thread.id()).await.unwrap();
            }
        }
    }
    for name in &NAMES[..3] {
        let claim = ContextClaim {
            owner,
            request: RegisterRequest { agent: agent(name) },
            title: Title::Nobody,
            now: now(),
            limits,
        };
        let _ = store.register(claim).await.unwrap();
        let node = format!(r#"{{"id":"{name}","type":"task","name":"n","description":"d"}}"#);
        let edge = format!(r#"{{"sourceId":"{name}","targetId":"b","type":"t"}}"#);
        let entry = format!(r#"{{"key":"{name}","category":"api","summary":"s"}}"#);
        for note in [
            ContextNote::Node(GraphNode::parse(node.as_bytes(), now(), &limits).unwrap()),
            ContextNote::Edge(GraphEdge::parse(edge.as_bytes(), &limits).unwrap()),
            ContextNote::Entry(IndexEntry::parse(entry.as_bytes(), now(), &limits).unwrap()),
        ] {
            store
                .put_note(&agent(name), note, limits)
                .await
                .unwrap()
                .unwrap();
        }
    }
}

pub(super) async fn answers(store: &dyn Store, tell: &mut impl FnMut(&str, String)) {
    let options = ContextOptions {
        window: Window::of(3),
        now: now(),
        limits: Limits::default(),
    };
    for known in store.agents().await.unwrap() {
        let owned = store.context_agents(known.key).await;
        tell("owned", format!("{:?}", owned.unwrap()));
    }
    for (at, name) in NAMES.into_iter().enumerate() {
        let agent = agent(name);
        tell(
            "agent of threads",
            format!("{:?}", store.context_agent(&agent).await.unwrap()),
        );
        let mailbox = store.threads(&agent, None, options.limits).await.unwrap();
        tell("threads", format!("{mailbox:?}"));
        let small = Limits {
            portion: 9_000,
            ..Limits::default()
        };
        let part = store.threads(&agent, None, small).await.unwrap();
        tell("threads in part", format!("{part:?}"));
        let page = store.threads(&agent, Page::new(3, 1), small).await;
        tell("a page of threads", format!("{:?}", page.unwrap()));
        for thread in mailbox.threads() {
            for page in [None, Page::new(20, 1)] {
                let part = store.thread(thread.id(), &agent, page, small).await;
                tell("thread in part", format!("{:?}", part.unwrap()));
            }
            let known = store.participants(thread.id(), &agent).await.unwrap();
            tell("participants", format!("{known:?}"));
            let context = store.sync(thread.id(), &agent, options).await.unwrap();
            tell("context", format!("{context:?}"));
        }
        if at % 2 == 0 {
            // As far as they were shown before.
            for thread in mailbox.threads() {
                store.mark_thread_read(&agent, thread.id()).await.unwrap();
            }
        }
        tell(
            "unread",
            format!("{:?}", store.unread(&agent, options).await.unwrap()),
        );
        let query = GraphQuery {
            text: "n".to_owned(),
            limit: 30,
        };
        tell(
            "graph",
            format!("{:?}", store.query_graph(&agent, &query).await.unwrap()),
        );
        let search = IndexSearch {
            text: String::new(),
            category: None,
            limit: 20,
        };
        tell(
            "index",
            format!("{:?}", store.search_index(&agent, &search).await.unwrap()),
        );
    }
}
