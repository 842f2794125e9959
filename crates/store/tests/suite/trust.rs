use asmtp_envelope::{AllowlistEntry, Code, Decision, Handle, Policy};
use mailmesh_store::{AgentChange, ErrorKind, Limits, Store};

use super::{Engine, code, decide, handle, listed, ms, open_agents, post, send};

fn entry(text: &str) -> AllowlistEntry {
    text.parse().unwrap()
}

async fn close(store: &dyn Store, agent: &Handle) {
    let change = AgentChange {
        policy: Some(Policy::Allowlist),
        ..AgentChange::default()
    };
    store.update_agent(agent, change, ms(1)).await.unwrap();
}

async fn passes(store: &dyn Store, from: &Handle, to: &Handle) -> bool {
    match decide(store, from, post(&[to], "hello")).await {
        Decision::Accepted(_) => true,
        refused => {
            assert_eq!(code(&refused), Some(Code::NotFound));
            false
        }
    }
}

pub(crate) async fn three_causes_look_the_same(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben, cid] = open_agents(&*store, ["@acme.ann", "@beta.ben", "@beta.cid"]).await;
    close(&*store, &ben).await;
    store.block(&cid, &ann, ms(1)).await.unwrap();
    let [dan] = open_agents(&*store, ["@beta.dan"]).await;
    store.remove_agent(&dan, ms(2)).await.unwrap();
    let mut refusals = Vec::new();
    for to in [&handle("@no.body"), &ben, &cid, &dan] {
        refusals.push(decide(&*store, &ann, post(&[to], "hello")).await);
    }
    assert!(
        refusals.iter().all(|refusal| *refusal == refusals[0]),
        "{refusals:?}"
    );
    assert_eq!(code(&refusals[0]), Some(Code::NotFound));
}

pub(crate) async fn both_gates_have_to_pass(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben] = open_agents(&*store, ["@acme.ann", "@beta.ben"]).await;
    close(&*store, &ann).await;
    assert!(!passes(&*store, &ann, &ben).await, "its own gate");
    store.allow(&ann, &[entry("@beta.ben")]).await.unwrap();
    assert!(passes(&*store, &ann, &ben).await);
    close(&*store, &ben).await;
    assert!(!passes(&*store, &ann, &ben).await, "the other's gate");
    store.allow(&ben, &[entry("@acme.ann")]).await.unwrap();
    assert!(passes(&*store, &ann, &ben).await);
    store.disallow(&ann, &entry("@beta.ben")).await.unwrap();
    assert!(!passes(&*store, &ann, &ben).await);
}

pub(crate) async fn a_glob_covers_an_owner(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben, cid] = open_agents(&*store, ["@acme.ann", "@beta.ben", "@acmes.cid"]).await;
    close(&*store, &ben).await;
    store.allow(&ben, &[entry("@acme.*")]).await.unwrap();
    assert!(passes(&*store, &ann, &ben).await);
    assert!(passes(&*store, &ben, &ann).await);
    assert!(!passes(&*store, &cid, &ben).await);
}

pub(crate) async fn blocks_win_and_are_one_way(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben] = open_agents(&*store, ["@acme.ann", "@beta.ben"]).await;
    store.allow(&ben, &[entry("@acme.ann")]).await.unwrap();
    let before = send(&*store, &ann, post(&[&ben], "before")).await;
    store.block(&ben, &ann, ms(1)).await.unwrap();
    assert!(!passes(&*store, &ann, &ben).await);
    assert!(passes(&*store, &ben, &ann).await);
    assert_eq!(listed(&*store, &ben, "").await, [before], "past mail stays");
    store.unblock(&ben, &ann).await.unwrap();
    assert!(passes(&*store, &ann, &ben).await);
}

pub(crate) async fn one_refused_recipient_refuses_all(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben] = open_agents(&*store, ["@acme.ann", "@beta.ben"]).await;
    let to_both = post(&[&ben, &handle("@no.body")], "hello");
    assert_eq!(
        code(&decide(&*store, &ann, to_both).await),
        Some(Code::NotFound)
    );
    assert!(listed(&*store, &ben, "").await.is_empty());
    assert!(listed(&*store, &ann, "direction=out").await.is_empty());
}

pub(crate) async fn lists_are_sorted_and_limited(engine: &impl Engine) {
    let limits = Limits {
        trust_entries: 2,
        ..Limits::default()
    };
    let store = engine.open_with(limits).await;
    let [ann] = open_agents(&*store, ["@acme.ann"]).await;
    store
        .allow(&ann, &[entry("@z.z"), entry("@a.*")])
        .await
        .unwrap();
    let all = store.allow(&ann, &[entry("@a.*")]).await.unwrap();
    assert_eq!(all, [entry("@a.*"), entry("@z.z")]);
    let more = store.allow(&ann, &[entry("@m.m")]).await.unwrap_err();
    assert_eq!(more.kind(), ErrorKind::Invalid);
    assert_eq!(store.allowlist(&ann).await.unwrap(), all);
    let absent = store.disallow(&ann, &entry("@m.m")).await.unwrap_err();
    assert_eq!(absent.kind(), ErrorKind::NotFound);
    assert_eq!(
        store.disallow(&ann, &entry("@a.*")).await.unwrap(),
        [entry("@z.z")]
    );

    for name in ["@no.body", "@some.one", "@no.body"] {
        store.block(&ann, &handle(name), ms(1)).await.unwrap();
    }
    let more = store
        .block(&ann, &handle("@third.one"), ms(1))
        .await
        .unwrap_err();
    assert_eq!(more.kind(), ErrorKind::Invalid);
}

pub(crate) async fn blocks_are_listed_newest_first(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann] = open_agents(&*store, ["@acme.ann"]).await;
    let mut made = Vec::new();
    for name in ["@b.c", "@b.a", "@b.b"] {
        made.push(store.block(&ann, &handle(name), ms(7)).await.unwrap());
    }
    let again = store.block(&ann, &handle("@b.c"), ms(8)).await.unwrap();
    assert_eq!(again, made[0], "it stays as it was");
    made.reverse();
    assert_eq!(store.blocks(&ann, None, 100).await.unwrap(), made);
    assert_eq!(store.blocks(&ann, None, 1).await.unwrap(), made[..1]);
    let behind = Some(made[0].number);
    assert_eq!(store.blocks(&ann, behind, 100).await.unwrap(), made[1..]);
    let absent = store.unblock(&ann, &handle("@b.d")).await.unwrap_err();
    assert_eq!(absent.kind(), ErrorKind::NotFound);
}

pub(crate) async fn everyone_writes_to_itself(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann] = open_agents(&*store, ["@acme.ann"]).await;
    close(&*store, &ann).await;
    assert!(passes(&*store, &ann, &ann).await);
}
