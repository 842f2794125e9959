use asmtp_envelope::{Code, Decision};
use mailmesh_store::{Acceptance, ErrorKind, Limits, Store};

use super::{Engine, code, decide, listed, mail, ms, open_agents, options, post, send};

const LIMITS: fn() -> Limits = || Limits {
    mailbox_entries: Some(2),
    ..Limits::default()
};

async fn is_full(store: &dyn Store, to: &[&asmtp_envelope::Handle]) -> bool {
    let from = super::handle("@acme.ann");
    let answer = store.accept(&from, post(to, "hello"), options(ms(1))).await;
    answer.unwrap() == Acceptance::Full
}

pub(crate) async fn a_full_mailbox_takes_nothing(engine: &impl Engine) {
    let store = engine.open_with(LIMITS()).await;
    let [ann, ben, cid] = open_agents(&*store, ["@acme.ann", "@beta.ben", "@beta.cid"]).await;
    let posted = post(&[&ben], "first");
    send(&*store, &ann, posted.clone()).await;
    store
        .deliver(mail("second", &["beta.ben@x"]))
        .await
        .unwrap();
    assert!(is_full(&*store, &[&ben]).await);
    assert!(is_full(&*store, &[&cid, &ben]).await, "all or none");
    assert!(listed(&*store, &cid, "").await.is_empty());
    let third = store
        .deliver(mail("third", &["beta.cid@x", "beta.ben@x"]))
        .await;
    assert_eq!(third.unwrap_err().kind(), ErrorKind::Full);
    assert!(matches!(
        decide(&*store, &ann, posted).await,
        Decision::Replayed(_)
    ));
    for _ in 0..3 {
        send(
            &*store,
            &ben,
            post(&[&cid, &ann], "what it sends does not count"),
        )
        .await;
        let received = listed(&*store, &cid, "").await;
        store.remove_entry(&cid, received[0]).await.unwrap();
        store.remove_entry(&ann, received[0]).await.unwrap();
    }
}

pub(crate) async fn removal_makes_room(engine: &impl Engine) {
    let limits = Limits {
        mailbox_entries: None,
        mailbox_octets: Some(1_000),
        ..Limits::default()
    };
    let store = engine.open_with(limits).await;
    let [ann, ben] = open_agents(&*store, ["@acme.ann", "@beta.ben"]).await;
    let large = "x".repeat(600);
    let first = send(&*store, &ann, post(&[&ben], &large)).await;
    let second = post(&[&ben], &large);
    let answer = store
        .accept(&ann, second.clone(), options(ms(1)))
        .await
        .unwrap();
    assert_eq!(answer, Acceptance::Full);
    store.remove_entry(&ben, first).await.unwrap();
    send(&*store, &ann, second).await;
}

pub(crate) async fn strangers_do_not_learn_of_it(engine: &impl Engine) {
    let store = engine.open_with(LIMITS()).await;
    let [ann, ben] = open_agents(&*store, ["@acme.ann", "@beta.ben"]).await;
    for _ in 0..2 {
        send(&*store, &ben, post(&[&ben], "hello")).await;
    }
    store.block(&ben, &ann, ms(1)).await.unwrap();
    let refused = decide(&*store, &ann, post(&[&ben], "hello")).await;
    assert_eq!(code(&refused), Some(Code::NotFound));
}
