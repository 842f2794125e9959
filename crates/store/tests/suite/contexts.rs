//! Threads of context-sync: what is committed with a message, and who finds it.

use std::collections::BTreeSet;

use context_sync::{
    AgentId, BodyDigest, Decision, GraphEdge, GraphNode, GraphQuery, IndexEntry, IndexSearch,
    Limits, MarkReadRequest, MessageId, Post, Receipt, Refusal, RegisterRequest, Registration,
    Stamp, ThreadId, Timestamp, Title, Window,
};
use futures_util::future::join_all;
use mailmesh_store::{
    AgentKey, ContextClaim, ContextNote, ContextOptions, ContextPost, ErrorKind, Posted, Rate,
    Rates, Retention, Store,
};

use super::{Engine, ms, open_agents};
use crate::fresh;

pub(super) fn agent(name: &str) -> AgentId {
    name.parse().unwrap()
}

fn now(millis: u64) -> Timestamp {
    Timestamp::new(ms(millis).as_millis()).unwrap()
}

pub(super) fn options() -> ContextOptions {
    ContextOptions {
        window: Window::default(),
        now: now(0),
        limits: Limits::default(),
    }
}

/// A message in open mode, with ids of its own.
pub(super) fn message(body: &str) -> ContextPost {
    let octets = || {
        let mut octets = [0; 16];
        octets.copy_from_slice(&fresh::id().as_str().as_bytes()[10..]);
        octets
    };
    ContextPost {
        owner: None,
        post: Post::parse_send(body.as_bytes(), &Limits::default()).unwrap(),
        retry: None,
        stamp: Stamp {
            now: now(0),
            message_id: MessageId::mint(octets()),
            thread_id: ThreadId::mint(octets()),
        },
        rates: None,
        limits: Limits::default(),
        envelope: None,
    }
}

fn pair(from: &str, to: &str) -> ContextPost {
    message(&format!(r#"{{"from":"{from}","to":"{to}","payload":1}}"#))
}

pub(super) async fn decide(store: &dyn Store, post: ContextPost) -> Decision {
    match store.post_message(post).await.unwrap() {
        Posted::Decided(decision) => decision,
        limited => panic!("{limited:?}"),
    }
}

pub(super) async fn send(store: &dyn Store, post: ContextPost) -> Receipt {
    match decide(store, post).await {
        Decision::Accepted(accepted) => accepted.receipt(),
        other => panic!("{other:?}"),
    }
}

pub(super) async fn unread(store: &dyn Store, name: &str) -> usize {
    let unread = store.unread(&agent(name), options()).await.unwrap();
    unread.frames().len()
}

pub(super) fn claim(owner: Option<AgentKey>, name: &str) -> ContextClaim {
    ContextClaim {
        owner,
        request: RegisterRequest { agent: agent(name) },
        title: Title::Nobody,
        now: now(0),
        limits: Limits::default(),
    }
}

/// The owners of two bearers.
async fn owners(store: &dyn Store) -> [AgentKey; 2] {
    let handles = open_agents(store, ["@acme.a", "@beta.b"]).await;
    let mut keys = Vec::new();
    for handle in &handles {
        keys.push(store.agent(handle).await.unwrap().key);
    }
    keys.try_into().unwrap()
}

fn created(registration: Registration) -> Option<bool> {
    match registration {
        Registration::Registered(registered) => Some(registered.created),
        Registration::Refused(_) => None,
    }
}

pub(crate) async fn agents_are_claimed_once(engine: &impl Engine) {
    let store = engine.open().await;
    let [a, b] = owners(&*store).await;
    send(&*store, pair("ann", "ben")).await;
    for (owner, name, expected) in [
        (Some(a), "ben", Some(false)),
        (Some(a), "new", Some(true)),
        (Some(a), "new", Some(false)),
        (Some(b), "new", None),
        (Some(b), "ann", Some(false)),
        (None, "ben", Some(false)),
        (None, "other", Some(true)),
        (Some(b), "other", Some(false)),
    ] {
        let decided = store.register(claim(owner, name)).await.unwrap();
        assert_eq!(created(decided), expected, "{name}");
    }
    assert_eq!(
        store.context_agents(a).await.unwrap(),
        [agent("ben"), agent("new")]
    );
    assert_eq!(
        store.context_agents(b).await.unwrap(),
        [agent("ann"), agent("other")]
    );
    let mut most = claim(Some(a), "third");
    most.limits.agents = 2;
    assert_eq!(created(store.register(most).await.unwrap()), None);
    assert!(
        store
            .context_agent(&agent("third"))
            .await
            .unwrap()
            .is_none()
    );
}

pub(crate) async fn first_contact_from_both_sides_is_one_thread(engine: &impl Engine) {
    // Two opens stand for two processes: each has a writer of its own.
    let stores = [engine.open().await, engine.open().await];
    let sent = join_all((0..60).map(|n| {
        let store = &stores[n % 2];
        let (from, to) = [("ann", "ben"), ("ben", "ann")][n / 2 % 2];
        send(&**store, pair(from, to))
    }))
    .await;
    let threads: BTreeSet<_> = sent.iter().map(|receipt| &receipt.thread_id).collect();
    assert_eq!(threads.len(), 1);
    let messages: BTreeSet<_> = sent.iter().map(|receipt| &receipt.message_id).collect();
    assert_eq!(messages.len(), 60);
    let mailbox = stores[0]
        .threads(&agent("ann"), None, Limits::default())
        .await
        .unwrap();
    assert_eq!(mailbox.threads()[0].messages().len(), 60);
    assert_eq!(unread(&*stores[0], "ann").await, 30);
}

pub(crate) async fn read_marks_cover_what_was_there(engine: &impl Engine) {
    let store = engine.open().await;
    let thread = send(&*store, pair("ann", "ben")).await.thread_id;
    let other = send(&*store, pair("cy", "ben")).await.thread_id;
    assert_eq!(unread(&*store, "ben").await, 2);
    store
        .mark_thread_read(&agent("ben"), &thread)
        .await
        .unwrap();
    store
        .mark_thread_read(&agent("ben"), &thread)
        .await
        .unwrap();
    assert_eq!(unread(&*store, "ben").await, 1);
    // Of a stranger, and of a thread that is not there.
    store.mark_thread_read(&agent("eve"), &other).await.unwrap();
    let none = MarkReadRequest::parse(br#"{"threadId":"none"}"#, &Limits::default());
    store
        .mark_thread_read(&agent("ben"), &none.unwrap().thread_id)
        .await
        .unwrap();
    assert_eq!(unread(&*store, "ben").await, 1);
    send(&*store, pair("ann", "ben")).await;
    assert_eq!(unread(&*store, "ben").await, 2);
    let mailbox = store
        .threads(&agent("ben"), None, Limits::default())
        .await
        .unwrap();
    assert_eq!((mailbox.threads().len(), mailbox.unread_count()), (2, 2));
}

pub(crate) async fn strangers_find_nothing(engine: &impl Engine) {
    let store = engine.open().await;
    let thread = send(&*store, pair("ann", "ben")).await.thread_id;
    let eve = agent("eve");
    assert!(
        store
            .thread(&thread, &eve, None, Limits::default())
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        store
            .sync(&thread, &eve, options())
            .await
            .unwrap()
            .is_none()
    );
    assert!(store.participants(&thread, &eve).await.unwrap().is_none());
    let body = format!(r#"{{"from":"eve","to":"mallory","threadId":"{thread}"}}"#);
    let refused = decide(&*store, message(&body)).await;
    assert_eq!(refused, Decision::Refused(Refusal::no_thread()));
    for name in ["eve", "mallory"] {
        assert!(
            store.context_agent(&agent(name)).await.unwrap().is_none(),
            "{name}"
        );
    }
}

pub(crate) async fn blind_copies_are_read_by_viewer(engine: &impl Engine) {
    let store = engine.open().await;
    let body = r#"{"from":"ann","to":"ben","cc":["cy"],"bcc":["spy","log"],"payload":"p","contextSnapshot":{"s":1}}"#;
    let thread = send(&*store, message(body)).await.thread_id;
    for (viewer, silent) in [("ann", 2), ("ben", 0), ("spy", 1)] {
        let viewer = agent(viewer);
        let shown = store
            .thread(&thread, &viewer, None, Limits::default())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(shown.silent_participants().len(), silent);
        let known = store.participants(&thread, &viewer).await.unwrap().unwrap();
        assert_eq!(known.as_slice().len(), 3 + silent);
        let context = store
            .sync(&thread, &viewer, options())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(context.snapshot().as_str(), r#"{"s":1}"#);
        assert_eq!(context.recent_messages()[0].payload.as_str(), r#""p""#);
    }
}

pub(crate) async fn threads_are_chosen_by_who_is_in_them_now(engine: &impl Engine) {
    let store = engine.open().await;
    let first = send(&*store, pair("ann", "ben")).await.thread_id;
    let grown = format!(r#"{{"from":"ann","to":"cy","threadId":"{first}"}}"#);
    send(&*store, message(&grown)).await;
    let second = send(&*store, pair("ben", "ann")).await.thread_id;
    assert_ne!(first, second);
    let three = send(&*store, message(r#"{"from":"cy","to":"ben","cc":["ann"]}"#)).await;
    assert_eq!(three.thread_id, first);
}

pub(crate) async fn coverage_is_kept_for_every_reader(engine: &impl Engine) {
    let store = engine.open().await;
    let mut thread = None;
    for _ in 0..31 {
        thread = Some(send(&*store, pair("ann", "ben")).await.thread_id);
    }
    let thread = thread.unwrap();
    let covered = async |name: &str| {
        let context = store.sync(&thread, &agent(name), options()).await.unwrap();
        let context = context.unwrap();
        context
            .summary()
            .map(|summary| summary.covers_message_ids.len())
    };
    assert_eq!(covered("ann").await, Some(21));
    for _ in 0..19 {
        send(&*store, pair("ann", "ben")).await;
    }
    assert_eq!(
        covered("ben").await,
        Some(21),
        "what was stored stays until it is due"
    );
    send(&*store, pair("ann", "ben")).await;
    assert_eq!(covered("ben").await, Some(41));
    assert_eq!(unread(&*store, "ben").await, 51);
}

pub(crate) async fn a_key_sends_once(engine: &impl Engine) {
    let stores = [engine.open().await, engine.open().await];
    let [a, b] = owners(&*stores[0]).await;
    let body = r#"{"from":"ann","to":"ben","payload":1}"#;
    let with = |owner: Option<AgentKey>, body: &str| ContextPost {
        owner,
        retry: Some(("k".parse().unwrap(), BodyDigest::of(body.as_bytes()))),
        ..message(body)
    };
    let decisions = join_all((0..20).map(|n| decide(&*stores[n % 2], with(Some(a), body)))).await;
    let mut receipts = BTreeSet::new();
    let mut accepted = 0;
    for decision in decisions {
        receipts.insert(match decision {
            Decision::Accepted(first) => {
                accepted += 1;
                first.receipt().message_id
            }
            Decision::Replayed(receipt) => receipt.message_id,
            Decision::Refused(refusal) => panic!("{refusal:?}"),
        });
    }
    assert_eq!((accepted, receipts.len()), (1, 1));
    let other = decide(&*stores[0], with(Some(a), r#"{"from":"ann","to":"cy"}"#)).await;
    assert!(matches!(other, Decision::Refused(_)), "{other:?}");
    for owner in [Some(b), None] {
        let theirs = decide(&*stores[0], with(owner, body)).await;
        assert!(matches!(theirs, Decision::Accepted(_)), "{theirs:?}");
    }
    // After its time it is free again.
    let day = Retention::LEAST_TOMBSTONES.as_millis() as u64;
    stores[0]
        .sweep(ms(day - 1), &Retention::default())
        .await
        .unwrap();
    let replayed = decide(&*stores[0], with(Some(a), body)).await;
    assert!(matches!(replayed, Decision::Replayed(_)), "{replayed:?}");
    stores[0]
        .sweep(ms(day + 1), &Retention::default())
        .await
        .unwrap();
    let again = decide(&*stores[0], with(Some(a), body)).await;
    assert!(matches!(again, Decision::Accepted(_)), "{again:?}");
}

pub(crate) async fn rates_hold_for_an_owner(engine: &impl Engine) {
    let store = engine.open().await;
    let [a, b] = owners(&*store).await;
    let rate = Rate {
        per_second: 1,
        burst: 2,
    };
    let rates = Some(Rates {
        sender: rate,
        pair: rate,
    });
    let taken = async |owner: Option<AgentKey>| {
        let paid = ContextPost {
            owner,
            rates,
            ..pair("ann", "ben")
        };
        matches!(store.post_message(paid).await.unwrap(), Posted::Decided(_))
    };
    for owner in [Some(a), Some(b), None] {
        assert!(taken(owner).await && taken(owner).await && !taken(owner).await);
    }
    assert_eq!(unread(&*store, "ben").await, 6);
}

pub(crate) async fn notes_belong_to_their_agent(engine: &impl Engine) {
    let store = engine.open().await;
    let limits = Limits::default();
    let (ann, eve) = (agent("ann"), agent("eve"));
    let node = |id: &str, name: &str| {
        let body = format!(r#"{{"id":"{id}","type":"file","name":"{name}"}}"#);
        ContextNote::Node(GraphNode::parse(body.as_bytes(), now(0), &limits).unwrap())
    };
    let edge = br#"{"sourceId":"a","targetId":"b","type":"t","weight":0.50}"#;
    let entry = br#"{"key":"K%","category":"api","summary":"lists_x"}"#;
    for note in [
        node("a", "Apple"),
        node("b", "banana"),
        node("b", "Bean"),
        ContextNote::Edge(GraphEdge::parse(edge, &limits).unwrap()),
        ContextNote::Entry(IndexEntry::parse(entry, now(0), &limits).unwrap()),
    ] {
        store.put_note(&ann, note, limits).await.unwrap().unwrap();
    }
    let query = |text: &str| GraphQuery {
        text: text.to_owned(),
        limit: 30,
    };
    let graph = store.query_graph(&ann, &query("aPP")).await.unwrap();
    let names: Vec<_> = graph
        .nodes()
        .iter()
        .map(|node| node.name.as_str())
        .collect();
    assert_eq!(names, ["Apple", "Bean"]);
    assert_eq!(graph.edges()[0].weight.as_str(), "0.50");
    for text in ["%", "_", "banana"] {
        assert!(
            store
                .query_graph(&ann, &query(text))
                .await
                .unwrap()
                .nodes()
                .is_empty()
        );
    }
    assert!(
        store
            .query_graph(&eve, &query("a"))
            .await
            .unwrap()
            .nodes()
            .is_empty()
    );
    let search = |text: &str| IndexSearch {
        text: text.to_owned(),
        category: None,
        limit: 20,
    };
    for (who, text, found) in [
        (&ann, "k%", 1),
        (&ann, "LISTS_", 1),
        (&ann, "", 1),
        (&ann, "%x", 0),
        (&eve, "", 0),
    ] {
        let entries = store.search_index(who, &search(text)).await.unwrap();
        assert_eq!(entries.0.len(), found, "{text}");
    }
    assert!(store.index_entry(&eve, "K%").await.unwrap().is_none());
    assert!(!store.remove_index_entry(&eve, "K%").await.unwrap());
    assert!(store.index_entry(&ann, "K%").await.unwrap().is_some());
    assert!(store.remove_index_entry(&ann, "K%").await.unwrap());
    assert!(!store.remove_index_entry(&ann, "K%").await.unwrap());
    let few = Limits { notes: 2, ..limits };
    assert!(
        store
            .put_note(&ann, node("c", "c"), few)
            .await
            .unwrap()
            .is_err()
    );
    assert!(
        store
            .put_note(&ann, node("a", "again"), few)
            .await
            .unwrap()
            .is_ok()
    );
}

pub(crate) async fn what_a_removed_owner_had_stays_its_own(engine: &impl Engine) {
    let store = engine.open().await;
    let [a, b] = owners(&*store).await;
    assert_eq!(
        created(store.register(claim(Some(a), "ann")).await.unwrap()),
        Some(true)
    );
    store
        .remove_agent(&super::handle("@acme.a"), ms(1))
        .await
        .unwrap();
    assert_eq!(
        created(store.register(claim(Some(b), "ann")).await.unwrap()),
        None
    );
    let gone = store.agent(&super::handle("@acme.a")).await.unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::NotFound);
}
