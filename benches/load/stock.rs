//! Agents and envelopes: what is posted, and what is in a store before the node starts.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use asmtp_envelope::{
    Decision, EnvelopeId, EnvelopePost, Handle, HttpUrl, Limits, Policy, Timestamp, Visibility,
};
use futures_util::{StreamExt as _, stream};
use mailmesh_store::{AcceptOptions, Acceptance, NewAgent, Profile, Store, TokenHash};

/// Octets of the text in an envelope, which then has about 2 KiB.
const TEXT: usize = 1_900;

/// How many calls wait for the store at a time while it is filled.
const AT_ONCE: usize = 1_024;

/// The handle of an agent.
pub(crate) fn handle(agent: usize) -> String {
    format!("@load.a{agent}")
}

/// The bearer of an agent.
pub(crate) fn token(agent: usize) -> String {
    format!("bearer-of-agent-{agent}")
}

/// A number that no other envelope of this run has.
pub(crate) fn next_number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// The id of the envelope with a number.
fn id(number: u64) -> String {
    format!("01{number:024}")
}

/// The number of the envelope that a frame announces.
pub(crate) fn number_of(frame: &str) -> u64 {
    let (_, rest) = frame.split_once("\"id\":\"01").unwrap();
    rest[..24].parse().unwrap()
}

/// An envelope of ordinary size. One in a thousand has a rare word.
pub(crate) fn envelope(number: u64, to: usize) -> String {
    let (id, to) = (id(number), handle(to));
    let rare = if number.is_multiple_of(1_000) {
        "zebrawood"
    } else {
        "oak"
    };
    let mut text = format!("Order {number} has been shipped, in {rare}.");
    while text.len() < TEXT {
        text += " Thank you for your order; it leaves our house today and is with you soon.";
    }
    format!(
        r#"{{"id":"{id}","to":["{to}"],"subject":"Order {number}","date_ms":{number},"content_parts":[{{"type":"text","text":"{text}"}}]}}"#
    )
}

/// Creates agents who exchange mail with everybody.
pub(crate) async fn create_agents(store: &Arc<dyn Store>, agents: std::ops::Range<usize>) {
    let made = agents.map(|agent| {
        let handle = handle(agent);
        let agent = NewAgent {
            address: format!("{}@agents.example", &handle[1..]).parse().unwrap(),
            handle: handle.parse().unwrap(),
            token: TokenHash::of(&token(agent)),
            policy: Policy::Open,
            visibility: Visibility::Private,
            profile: Profile::default(),
        };
        async { store.create_agent(agent, now()).await.unwrap() }
    });
    let made = stream::iter(made).buffer_unordered(AT_ONCE);
    made.for_each(|_| async {}).await;
}

/// Fills the mailbox of agent 0 with what it received from agent 1 and sent to it, in turns. Half of
/// what it received is read. Gives the entry in the middle.
pub(crate) async fn fill(store: &Arc<dyn Store>, entries: u64) -> asmtp_envelope::OrderKey {
    let base: HttpUrl = "https://mail.example".parse().unwrap();
    let base = &base;
    let accepted = (0..entries).map(|turn| async move {
        let to = usize::from(turn % 2 == 1);
        let sender: Handle = handle(1 - to).parse().unwrap();
        let post = envelope(next_number(), to);
        let post = EnvelopePost::parse(post.as_bytes(), &Limits::default()).unwrap();
        let options = AcceptOptions::new(now(), base.clone());
        match store.accept(&sender, post, options).await.unwrap() {
            Acceptance::Decided(Decision::Accepted(accepted)) => (turn, accepted.key()),
            other => panic!("{other:?}"),
        }
    });
    let mut accepted = stream::iter(accepted).buffered(AT_ONCE);
    let mut middle = None;
    let mut read: Vec<EnvelopeId> = Vec::new();
    while let Some((turn, key)) = accepted.next().await {
        if turn <= entries / 2 {
            middle = Some(key);
        }
        if turn % 4 == 0 {
            read.push(key.envelope_id);
        }
    }
    let reader: Handle = handle(0).parse().unwrap();
    for ids in read.chunks(1_000) {
        store.mark_read(&reader, ids).await.unwrap();
    }
    middle.unwrap()
}

fn now() -> Timestamp {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp::new(u64::try_from(now.as_millis()).unwrap()).unwrap()
}
