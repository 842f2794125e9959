use std::time::Duration;

use futures_util::FutureExt as _;
use mailmesh_store::{EntryId, Filter, Window};
use tokio::time::timeout;

use super::{Engine, address, ids, inbox, mail};

/// Far longer than any wake-up takes.
const LONG: Duration = Duration::from_secs(20);

pub(crate) async fn a_commit_wakes(engine: &impl Engine) {
    let store = engine.open().await;
    let mut changes = store.changes();
    store.deliver(mail("hello", &["a@x"])).await.unwrap();
    timeout(LONG, changes.changed())
        .await
        .expect("a change")
        .unwrap();
    let mut since_then = store.changes();
    assert!(since_then.changed().now_or_never().is_none());
}

pub(crate) async fn a_commit_elsewhere_wakes(engine: &impl Engine) {
    let (here, there) = (engine.open().await, engine.open().await);
    here.ensure_agent(&address("a@x")).await.unwrap();
    let mut changes = here.changes();
    there.deliver(mail("hello", &["a@x"])).await.unwrap();
    while inbox(&*here, "a@x").await.is_empty() {
        timeout(LONG, changes.changed())
            .await
            .expect("a change")
            .unwrap();
    }
}

pub(crate) async fn no_commit_is_missed(engine: &impl Engine) {
    const MAILS: usize = 60;
    let (here, there) = (engine.open().await, engine.open().await);
    here.ensure_agent(&address("a@x")).await.unwrap();
    let follow = async {
        let mut changes = here.changes();
        let mut seen = vec![EntryId::START];
        while seen.len() <= MAILS {
            let window = Window::after(seen[seen.len() - 1], 7);
            let page = here
                .list(&address("a@x"), &Filter::default(), window)
                .await
                .unwrap();
            if page.is_empty() {
                timeout(LONG, changes.changed())
                    .await
                    .expect("a change")
                    .unwrap();
            }
            seen.extend(ids(&page));
        }
        seen.split_off(1)
    };
    let deliver = async {
        for n in 0..MAILS {
            let store = if n % 2 == 0 { &here } else { &there };
            store.deliver(mail(&n.to_string(), &["a@x"])).await.unwrap();
        }
    };
    let (seen, ()) = tokio::join!(follow, deliver);
    let mut all = ids(&inbox(&*here, "a@x").await);
    all.reverse();
    assert_eq!(seen, all);
}

pub(crate) async fn a_dropped_write_leaves_no_half(engine: &impl Engine) {
    let store = engine.open().await;
    for _ in 0..50 {
        // Polled once, then dropped: handed over or not, never half done.
        assert!(
            store
                .deliver(mail("both or none", &["a@x", "b@x"]))
                .now_or_never()
                .is_none()
        );
    }
    let last = store.deliver(mail("last", &["a@x", "b@x"])).await.unwrap();
    let entries = inbox(&*store, "a@x").await;
    assert_eq!(entries[0].id, EntryId::received(last));
    assert_eq!(ids(&entries), ids(&inbox(&*store, "b@x").await));
}
