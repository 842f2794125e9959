use std::collections::BTreeSet;
use std::time::Duration;

use mailmesh_store::{AgentKey, TokenHash, Wake, Wakes};
use tokio::time::timeout;

use super::{Engine, ms, open_agents, post, send};

/// Far longer than any wake takes.
const LONG: Duration = Duration::from_secs(20);

/// Waits until these mailboxes were told, or everything was.
async fn told(wakes: &mut Wakes, mut expected: BTreeSet<AgentKey>) {
    while !expected.is_empty() {
        match timeout(LONG, wakes.next()).await.expect("a wake").unwrap() {
            Wake::Mailboxes(mailboxes) => expected.retain(|agent| !mailboxes.contains(agent)),
            Wake::Revoked(agent) => panic!("{agent} was revoked"),
            Wake::All => return,
        }
    }
}

pub(crate) async fn a_commit_names_its_mailboxes(engine: &impl Engine) {
    let store = engine.open().await;
    let agents = open_agents(&*store, ["@acme.ann", "@beta.ben", "@beta.cid"]).await;
    let [ann, ben, cid] = &agents;
    let mut keys = Vec::new();
    for agent in &agents {
        keys.push(store.agent(agent).await.unwrap().key);
    }
    let mut wakes = store.wakes();
    send(&*store, ann, post(&[ben, cid], "hello")).await;
    told(&mut wakes, BTreeSet::from([keys[1], keys[2]])).await;
    let watched = post(&[ben], "hello").with_monitor("mon_a".parse().unwrap());
    send(&*store, ann, watched).await;
    told(&mut wakes, BTreeSet::from([keys[0], keys[1]])).await;
    store
        .deliver(super::mail("hello", &["beta.cid@x"]))
        .await
        .unwrap();
    told(&mut wakes, BTreeSet::from([keys[2]])).await;
}

pub(crate) async fn a_rotation_is_told_everywhere(engine: &impl Engine) {
    let (here, there) = (engine.open().await, engine.open().await);
    let [ann, ben] = open_agents(&*here, ["@acme.ann", "@beta.ben"]).await;
    let keys = [
        here.agent(&ann).await.unwrap().key,
        here.agent(&ben).await.unwrap().key,
    ];
    let mut listeners = [here.wakes(), there.wakes()];
    here.rotate_token(&ann, TokenHash::of("new"), ms(1))
        .await
        .unwrap();
    here.remove_agent(&ben, ms(1)).await.unwrap();
    for wakes in &mut listeners {
        let mut expected = BTreeSet::from(keys);
        while !expected.is_empty() {
            match timeout(LONG, wakes.next()).await.expect("a wake").unwrap() {
                Wake::Revoked(agent) => assert!(expected.remove(&agent)),
                Wake::Mailboxes(_) => {}
                Wake::All => break,
            }
        }
    }
}

pub(crate) async fn a_commit_elsewhere_is_told(engine: &impl Engine) {
    let (here, there) = (engine.open().await, engine.open().await);
    let [ann, ben] = open_agents(&*here, ["@acme.ann", "@beta.ben"]).await;
    let key = here.agent(&ben).await.unwrap().key;
    let mut wakes = there.wakes();
    for _ in 0..3 {
        send(&*here, &ann, post(&[&ben], "hello")).await;
        told(&mut wakes, BTreeSet::from([key])).await;
    }
}
