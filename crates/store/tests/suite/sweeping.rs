use std::time::Duration;

use asmtp_envelope::{Code, Decision, Fact};
use mailmesh_store::{FactKey, Retention};

use super::files::{attaching, upload};
use super::{
    Engine, address, code, decide, decide_at, listed, ms, open_agents, post, send, send_at, with_id,
};

const DAY: u64 = 86_400_000;

pub(crate) async fn drops_pending_files_in_time(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben] = open_agents(&*store, ["@acme.ann", "@beta.ben"]).await;
    upload(&*store, &ann, "file_a", b"pending").await;
    upload(&*store, &ann, "file_b", b"claimed").await;
    send(&*store, &ann, attaching(&[&ben], &["file_b"])).await;
    let retention = Retention::default();
    assert_eq!(store.sweep(ms(DAY - 1), &retention).await.unwrap().files, 0);
    assert!(
        store
            .read_file(&ann, &"file_a".parse().unwrap())
            .await
            .is_ok()
    );
    let too_late = decide_at(&*store, &ann, attaching(&[&ben], &["file_a"]), ms(DAY)).await;
    assert_eq!(code(&too_late), Some(Code::InvalidFile), "swept or not");
    assert_eq!(store.sweep(ms(DAY), &retention).await.unwrap().files, 1);
    assert!(
        store
            .read_file(&ann, &"file_a".parse().unwrap())
            .await
            .is_err()
    );
    assert!(
        store
            .read_file(&ben, &"file_b".parse().unwrap())
            .await
            .is_ok()
    );
}

pub(crate) async fn keeps_everything_by_default(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben] = open_agents(&*store, ["@acme.ann", "@beta.ben"]).await;
    let id = send(&*store, &ann, post(&[&ben], "hello")).await;
    let swept = store
        .sweep(ms(10_000 * DAY), &Retention::default())
        .await
        .unwrap();
    assert_eq!((swept.entries, swept.tombstones), (0, 0));
    assert_eq!(listed(&*store, &ben, "").await, [id]);
}

pub(crate) async fn removes_old_entries_and_tells_when_asked(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben] = open_agents(&*store, ["@acme.ann", "@beta.ben"]).await;
    let watched = || post(&[&ben], "hello").with_monitor("mon_a".parse().unwrap());
    let read = send(&*store, &ann, watched()).await;
    store.mark_read(&ben, &[read]).await.unwrap();
    let unread = send(&*store, &ann, watched()).await;
    let silent = Retention {
        entries: Some(Duration::from_millis(2 * DAY)),
        ..Retention::default()
    };
    let telling = Retention {
        expired_facts: true,
        ..silent
    };
    send_at(&*store, &ann, post(&[&ben], "young"), ms(2 * DAY)).await;
    assert_eq!(store.sweep(ms(2 * DAY), &telling).await.unwrap().entries, 0);
    let swept = store.sweep(ms(3 * DAY), &telling).await.unwrap();
    assert_eq!(swept.entries, 4, "of both sides");
    assert_eq!(listed(&*store, &ben, "").await.len(), 1);
    let facts = store.facts_after(&ann, FactKey::START, 100).await.unwrap();
    let told: Vec<_> = facts
        .iter()
        .map(|(_, fact)| (fact.envelope_id, &fact.fact))
        .collect();
    assert_eq!(
        told,
        [(unread, &Fact::Expired)],
        "only what was never fetched"
    );
    assert_eq!(store.last_keys(&ann).await.unwrap().fact, facts[0].0);
    let swept = store.sweep(ms(9 * DAY), &silent).await.unwrap();
    assert_eq!(swept.entries, 2);
    assert!(
        store
            .facts_after(&ann, FactKey::START, 100)
            .await
            .unwrap()
            .is_empty()
    );
}

pub(crate) async fn forgets_ids_after_a_day(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann] = open_agents(&*store, ["@acme.ann"]).await;
    let posted = post(&[&ann], "note");
    let id = send(&*store, &ann, posted.clone()).await;
    let own = address("acme.ann@x");
    let entries = store
        .list(
            &own,
            &mailmesh_store::Filter::default(),
            mailmesh_store::Window::newest(9),
        )
        .await
        .unwrap();
    for entry in entries {
        store.remove(&own, entry.id).await.unwrap();
    }
    let hasty = Retention {
        tombstones: Duration::ZERO,
        ..Retention::default()
    };
    for now in [10 * DAY, 11 * DAY - 1] {
        store.sweep(ms(now), &hasty).await.unwrap();
        assert!(matches!(
            decide(&*store, &ann, posted.clone()).await,
            Decision::Replayed(_)
        ));
    }
    assert_eq!(
        store.sweep(ms(11 * DAY), &hasty).await.unwrap().tombstones,
        1
    );
    let other = with_id(&post(&[&ann], "other"), id.as_str());
    assert!(matches!(
        decide(&*store, &ann, other).await,
        Decision::Accepted(_)
    ));
}

pub(crate) async fn empties_the_mailboxes_of_removed_agents(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben] = open_agents(&*store, ["@acme.ann", "@beta.ben"]).await;
    let kept = send(&*store, &ann, post(&[&ben], "to ben")).await;
    send(&*store, &ann, post(&[&ann], "note")).await;
    store.remove_agent(&ann, ms(5)).await.unwrap();
    let swept = store.sweep(ms(6), &Retention::default()).await.unwrap();
    assert_eq!(swept.entries, 3);
    assert_eq!(listed(&*store, &ben, "").await, [kept]);
    assert_eq!(
        store
            .sweep(ms(7), &Retention::default())
            .await
            .unwrap()
            .entries,
        0
    );
}
