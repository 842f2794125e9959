use asmtp_envelope::{Code, Decision, EnvelopePost, Handle, Receipt};
use mailmesh_store::{FactKey, Store};

use super::{
    Engine, code, decide, decide_at, handle, listed, ms, open_agents, post, send, send_again,
    with_id,
};

async fn receipt(store: &dyn Store, from: &Handle, post: EnvelopePost, at: u64) -> Receipt {
    match decide_at(store, from, post, ms(at)).await {
        Decision::Accepted(accepted) => accepted.receipt(),
        Decision::Replayed(receipt) => receipt,
        Decision::Refused(refused) => panic!("{refused:?}"),
    }
}

pub(crate) async fn get_the_first_answer(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben] = open_agents(&*store, ["@acme.ann", "@beta.ben"]).await;
    let posted = post(&[&ben], "hello");
    let first = receipt(&*store, &ann, posted.clone(), 1).await;
    send(&*store, &ann, post(&[&ben], "between")).await;
    let again = receipt(&*store, &ann, posted, 9_000).await;
    assert_eq!(again, first);
    assert_eq!(first.received_ms, ms(1));
}

pub(crate) async fn do_nothing_else(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben] = open_agents(&*store, ["@acme.ann", "@beta.ben"]).await;
    let posted = post(&[&ben], "hello").with_monitor("mon_a".parse().unwrap());
    send(&*store, &ann, posted.clone()).await;
    for _ in 0..3 {
        send_again(&*store, &ann, posted.clone()).await;
    }
    assert_eq!(listed(&*store, &ben, "").await, [posted.id()]);
    let facts = store.facts_after(&ann, FactKey::START, 10).await.unwrap();
    assert_eq!(facts.len(), 1);
}

pub(crate) async fn another_body_is_a_mismatch(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben] = open_agents(&*store, ["@acme.ann", "@beta.ben"]).await;
    let id = send(&*store, &ann, post(&[&ben], "hello")).await;
    let other = with_id(&post(&[&ben], "other"), id.as_str());
    assert_eq!(
        code(&decide(&*store, &ann, other).await),
        Some(Code::RetryMismatch)
    );
}

pub(crate) async fn another_sender_is_a_collision(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben, cid] = open_agents(&*store, ["@acme.ann", "@beta.ben", "@beta.cid"]).await;
    let posted = post(&[&ben], "hello");
    send(&*store, &ann, posted.clone()).await;
    assert_eq!(
        code(&decide(&*store, &cid, posted.clone()).await),
        Some(Code::IdCollision)
    );
    store.remove_agent(&ann, ms(2)).await.unwrap();
    assert_eq!(
        code(&decide(&*store, &cid, posted).await),
        Some(Code::IdCollision)
    );
}

pub(crate) async fn a_refused_recipient_comes_before_the_id(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben] = open_agents(&*store, ["@acme.ann", "@beta.ben"]).await;
    let posted = post(&[&ben], "hello");
    let id = send(&*store, &ann, posted.clone()).await;
    let to_nobody = with_id(&post(&[&handle("@no.body")], "hello"), id.as_str());
    assert_eq!(
        code(&decide(&*store, &ben, to_nobody).await),
        Some(Code::NotFound)
    );
    store.block(&ben, &ann, ms(2)).await.unwrap();
    assert_eq!(
        code(&decide(&*store, &ann, posted).await),
        Some(Code::NotFound)
    );
}

pub(crate) async fn ids_outlive_their_envelopes(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben] = open_agents(&*store, ["@acme.ann", "@beta.ben"]).await;
    let posted = post(&[&ben], "hello");
    let first = receipt(&*store, &ann, posted.clone(), 1).await;
    let address = super::address("acme.ann@x");
    let everything = mailmesh_store::Window::newest(10);
    let sent = store
        .list(&address, &mailmesh_store::Filter::default(), everything)
        .await
        .unwrap();
    store.remove(&address, sent[0].id).await.unwrap();
    store.remove_entry(&ben, posted.id()).await.unwrap();
    assert!(store.fetch(&ann, &[posted.id()]).await.unwrap().is_empty());
    let again = receipt(&*store, &ann, posted.clone(), 9_000).await;
    assert_eq!(again, first);
    let other = with_id(&post(&[&ben], "other"), posted.id().as_str());
    assert_eq!(
        code(&decide(&*store, &ann, other.clone()).await),
        Some(Code::RetryMismatch)
    );
    assert_eq!(
        code(&decide(&*store, &ben, other).await),
        Some(Code::IdCollision)
    );
}

pub(crate) async fn bring_no_entry_back(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben] = open_agents(&*store, ["@acme.ann", "@beta.ben"]).await;
    let posted = post(&[&ben], "hello");
    send(&*store, &ann, posted.clone()).await;
    store.remove_entry(&ben, posted.id()).await.unwrap();
    send_again(&*store, &ann, posted).await;
    assert!(listed(&*store, &ben, "").await.is_empty());
}
