//! Messages of threads that are in mailboxes as well.

use std::collections::BTreeSet;

use asmtp_envelope::{ContentPart, Envelope, EnvelopeId, EnvelopePost, Handle, Policy};
use context_sync::{AgentId, BodyDigest, Decision, Post, StoredMessage, Title};
use futures_util::future::{join, join_all};
use mailmesh_store::{
    AcceptOptions, ContextClaim, ContextEnvelope, ContextPost, Limits, MakeEnvelope, Posted, Rate,
    Rates, Store,
};

use super::contexts::{claim, decide, message, unread};
use super::{
    Engine, address, handle, inbox, listed, ms, new_agent, open_agents, options, post, send,
};
use crate::fresh;

/// Names in the envelope whom a message names by a handle and openly.
#[derive(Clone, Debug)]
struct Maker {
    sender: Handle,
    id: EnvelopeId,
    rates: Option<Rates>,
}

impl MakeEnvelope for Maker {
    fn envelope(&self, message: &StoredMessage) -> Option<ContextEnvelope> {
        let handle = |id: &AgentId| id.as_str().parse::<Handle>().ok();
        let visible = [&message.to].into_iter().chain(&message.cc);
        let everybody = visible.clone().chain(&message.bcc);
        let recipients = everybody
            .filter(|id| **id != message.from)
            .filter_map(|id| Some((id.clone(), handle(id)?)));
        let parts = vec![ContentPart::text("between us").unwrap()];
        let to = visible.filter_map(handle).collect();
        Some(ContextEnvelope {
            sender: self.sender.clone(),
            post: EnvelopePost::new(self.id, to, ms(0), parts).ok()?,
            recipients: recipients.collect(),
            options: AcceptOptions {
                rates: self.rates,
                ..options(ms(1))
            },
        })
    }
}

/// A message of a handle, with an envelope of its own.
fn with_envelope(from: &str, body: &str) -> (ContextPost, EnvelopeId) {
    let id = fresh::id();
    let maker = Maker {
        sender: handle(from),
        id,
        rates: None,
    };
    let post = ContextPost {
        envelope: Some(std::sync::Arc::new(maker)),
        ..message(&format!(r#"{{"from":"{from}",{body}}}"#))
    };
    (post, id)
}

/// Posts what has to be accepted, and gives the id of its envelope.
async fn tell(store: &dyn Store, from: &str, body: &str) -> EnvelopeId {
    let (post, id) = with_envelope(from, body);
    let decision = decide(store, post).await;
    assert!(matches!(decision, Decision::Accepted(_)), "{decision:?}");
    id
}

async fn closed(store: &dyn Store, name: &str) -> Handle {
    let agent = new_agent(name, Policy::Allowlist);
    store.create_agent(agent, ms(0)).await.unwrap();
    handle(name)
}

/// What an agent reads under an id.
async fn body(store: &dyn Store, agent: &Handle, id: EnvelopeId) -> Option<Envelope> {
    let fetched = store.peek(agent, &[id]).await.unwrap();
    let read = |octets: &[u8]| Envelope::parse(octets, &Default::default()).unwrap();
    fetched.first().map(|found| read(&found.body))
}

pub(crate) async fn are_delivered_to_those_who_take_them(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben, dora, eve] = open_agents(
        &*store,
        ["@acme.ann", "@beta.ben", "@beta.dora", "@beta.eve"],
    )
    .await;
    let cy = closed(&*store, "@beta.cy").await;
    store.block(&dora, &ann, ms(0)).await.unwrap();
    let id = tell(
        &*store,
        "@acme.ann",
        r#""to":"@beta.ben","cc":["@beta.cy","@beta.dora","@no.body","gus"],"bcc":["@beta.eve"]"#,
    )
    .await;
    for taker in [&ben, &eve] {
        assert_eq!(listed(&*store, taker, "unread=true").await, [id]);
        assert_eq!(listed(&*store, taker, "direction=out").await, []);
    }
    for other in [&cy, &dora] {
        assert_eq!(listed(&*store, other, "").await, []);
        assert_eq!(body(&*store, other, id).await, None);
    }
    assert_eq!(listed(&*store, &ann, "direction=both").await, [id]);
    // All who may know of each other stand in it, whoever took it; a blind copy does not.
    for reader in [&ann, &ben, &eve] {
        let envelope = body(&*store, reader, id).await.unwrap();
        assert_eq!(envelope.from(), &ann);
        let named = ["@beta.ben", "@beta.cy", "@beta.dora", "@no.body"].map(handle);
        assert_eq!(envelope.to(), named);
    }
    for name in [
        "@beta.ben",
        "@beta.cy",
        "@beta.dora",
        "@no.body",
        "gus",
        "@beta.eve",
    ] {
        assert_eq!(unread(&*store, name).await, 1, "{name}");
    }
    // It is mail of the recipient like any other, and its thread stays as it is.
    let entries = inbox(&*store, "beta.ben@x").await;
    assert_eq!((entries.len(), entries[0].message), (1, id));
    let found = store.search_envelopes(&ben, "between", 9).await.unwrap();
    assert_eq!(found.len(), 1);
    store.fetch(&ben, &[id]).await.unwrap();
    assert!(listed(&*store, &ben, "unread=true").await.is_empty());
    assert_eq!(unread(&*store, "@beta.ben").await, 1);
    store.remove_entry(&ben, id).await.unwrap();
    assert_eq!(unread(&*store, "@beta.ben").await, 1);
    // Nobody gets it later.
    let everybody = "@acme.*".parse().unwrap();
    store.allow(&cy, &[everybody]).await.unwrap();
    assert_eq!(listed(&*store, &cy, "").await, []);
    let later = tell(&*store, "@acme.ann", r#""to":"@beta.cy""#).await;
    assert_eq!(listed(&*store, &cy, "").await, [later]);
}

pub(crate) async fn look_the_same_to_their_sender(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben] = open_agents(&*store, ["@acme.ann", "@beta.ben"]).await;
    closed(&*store, "@beta.cy").await;
    let mut sent = Vec::new();
    for to in ["@beta.ben", "@beta.cy", "@no.body"] {
        sent.push(tell(&*store, "@acme.ann", &format!(r#""to":"{to}""#)).await);
        assert_eq!(listed(&*store, &ann, "direction=out").await, sent);
    }
    assert_eq!(listed(&*store, &ann, "").await, []);
    assert_eq!(listed(&*store, &ben, "").await, sent[..1]);
    // Its own gate counts too, and says as little.
    let cy = tell(&*store, "@beta.cy", r#""to":"@beta.ben""#).await;
    assert_eq!(
        listed(&*store, &handle("@beta.cy"), "direction=out").await,
        [cy]
    );
    assert_eq!(listed(&*store, &ben, "").await, sent[..1]);
}

pub(crate) async fn come_with_what_is_accepted_only(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben] = open_agents(&*store, ["@acme.ann", "@beta.ben"]).await;
    let owner = Some(store.agent(&ann).await.unwrap().key);
    let digest = BodyDigest::of(b"1");
    let keyed = |digest: BodyDigest| {
        let (post, id) = with_envelope("@acme.ann", r#""to":"@beta.ben""#);
        let retry = Some(("k".parse().unwrap(), digest));
        (
            ContextPost {
                owner,
                retry,
                ..post
            },
            id,
        )
    };
    let (first, id) = keyed(digest);
    let accepted = decide(&*store, first).await;
    assert!(matches!(accepted, Decision::Accepted(_)));
    let replayed = decide(&*store, keyed(digest).0).await;
    assert!(matches!(replayed, Decision::Replayed(_)));
    let conflict = decide(&*store, keyed(BodyDigest::of(b"2")).0).await;
    assert!(matches!(conflict, Decision::Refused(_)));
    let (lost, _) = with_envelope("@acme.ann", r#""to":"@beta.ben","threadId":"unknown""#);
    assert!(matches!(decide(&*store, lost).await, Decision::Refused(_)));
    assert_eq!(listed(&*store, &ben, "").await, [id]);
    assert_eq!(listed(&*store, &ann, "direction=out").await, [id]);
}

pub(crate) async fn are_for_all_of_a_reply(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben, eve] = open_agents(&*store, ["@acme.ann", "@beta.ben", "@beta.eve"]).await;
    let body = r#""to":"@beta.ben","cc":["gus"],"bcc":["@beta.eve"]"#;
    let (first, id) = with_envelope("@acme.ann", body);
    let Decision::Accepted(accepted) = decide(&*store, first).await else {
        panic!()
    };
    let thread = accepted.receipt().thread_id;
    let (post, answer) = with_envelope("@beta.ben", r#""to":"x""#);
    let body = format!(r#"{{"from":"@beta.ben","threadId":"{thread}","payload":1}}"#);
    let post = ContextPost {
        post: Post::parse_reply_all(body.as_bytes(), &post.limits).unwrap(),
        ..post
    };
    assert!(matches!(decide(&*store, post).await, Decision::Accepted(_)));
    assert_eq!(listed(&*store, &ann, "").await, [answer]);
    assert_eq!(listed(&*store, &eve, "").await, [id]);
    assert_eq!(listed(&*store, &ben, "direction=both").await, [id, answer]);
}

pub(crate) async fn find_no_room_or_no_token(engine: &impl Engine) {
    let limits = Limits {
        mailbox_entries: Some(2),
        ..Limits::default()
    };
    let store = engine.open_with(limits).await;
    let [_, ben] = open_agents(&*store, ["@acme.ann", "@beta.ben"]).await;
    let rate = |burst| Rate {
        per_second: 1,
        burst,
    };
    for expected in [1, 1, 2, 2] {
        let (post, id) = with_envelope("@acme.ann", r#""to":"@beta.ben""#);
        // The second has no token, the fourth no room.
        let rates = Rates {
            sender: rate(9),
            pair: rate(1),
        };
        let is_early = expected == 1;
        let maker = Maker {
            sender: handle("@acme.ann"),
            id,
            rates: is_early.then_some(rates),
        };
        let post = ContextPost {
            envelope: Some(std::sync::Arc::new(maker)),
            ..post
        };
        assert!(matches!(decide(&*store, post).await, Decision::Accepted(_)));
        assert_eq!(listed(&*store, &ben, "").await.len(), expected);
    }
    assert_eq!(unread(&*store, "@beta.ben").await, 4);
}

pub(crate) async fn are_not_for_namesakes(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben] = open_agents(&*store, ["@acme.ann", "@beta.ben"]).await;
    let [ann_key, ben_key] = [
        store.agent(&ann).await.unwrap().key,
        store.agent(&ben).await.unwrap().key,
    ];
    // As it could be done before handles were their agents'.
    let squatted = ContextClaim {
        title: Title::Nobody,
        ..claim(Some(ann_key), "@beta.ben")
    };
    let _ = store.register(squatted).await.unwrap();
    let name = "@beta.ben".parse().unwrap();
    assert_eq!(store.context_owner(&name).await.unwrap(), Some(ann_key));
    tell(&*store, "@acme.ann", r#""to":"@beta.ben""#).await;
    assert!(listed(&*store, &ben, "").await.is_empty());
    // Who has claimed its own name is meant by it.
    let own = ContextClaim {
        title: Title::Caller,
        ..claim(Some(ben_key), "beta.ben@x")
    };
    let _ = store.register(own).await.unwrap();
    let unknown = "nobody".parse().unwrap();
    assert_eq!(store.context_owner(&unknown).await.unwrap(), None);
    let removed = with_envelope("@acme.ann", r#""to":"@beta.ben""#);
    store.remove_agent(&ann, ms(1)).await.unwrap();
    let posted = store.post_message(removed.0).await.unwrap();
    assert!(matches!(posted, Posted::Decided(Decision::Accepted(_))));
}

pub(crate) async fn keep_the_order_of_envelopes(engine: &impl Engine) {
    const EACH: usize = 12;
    let stores = [engine.open().await, engine.open().await];
    let names = ["@acme.ann", "@beta.ben", "@beta.cy"];
    let agents = open_agents(&*stores[0], names).await;
    let one = async |n: usize| {
        let (from, to, copy) = (names[n % 3], names[(n + 1) % 3], names[(n + 2) % 3]);
        let body = format!(r#""to":"{to}","cc":["{copy}"]"#);
        let store = &*stores[n % 2];
        let posted = post(&[&agents[(n + 1) % 3], &agents[(n + 2) % 3]], "hello");
        let (told, sent) = join(
            tell(store, from, &body),
            send(store, &agents[n % 3], posted),
        )
        .await;
        [told, sent]
    };
    let ids = join_all((0..EACH).map(one)).await;
    let ids: BTreeSet<_> = ids.into_iter().flatten().collect();
    for agent in &agents {
        let seen = listed(&*stores[0], agent, "direction=both").await;
        assert_eq!(seen.len(), 2 * EACH);
        assert_eq!(seen.iter().copied().collect::<BTreeSet<_>>(), ids);
        let listing = asmtp_envelope::Listing::parse("direction=both").unwrap();
        let rows = stores[1].list_envelopes(agent, &listing).await.unwrap();
        assert!(rows.is_sorted_by(|one, next| one.key < next.key));
        let mailbox = address(&format!("{}@x", &agent.as_str()[1..]));
        let folders = stores[0].folders(&mailbox).await.unwrap();
        assert_eq!(folders.len(), 2, "an inbox, and what was sent");
    }
}
