use asmtp_envelope::{Fact, MonitorHandle};
use mailmesh_store::{ErrorKind, FactKey};

use super::{Engine, ms, open_agents, post, send};

fn monitor(name: &str) -> MonitorHandle {
    name.parse().unwrap()
}

pub(crate) async fn facts_are_kept_in_order(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben, cid] = open_agents(&*store, ["@acme.ann", "@beta.ben", "@beta.cid"]).await;
    let watched = |to: &[_], name| post(to, "hello").with_monitor(monitor(name));
    let first = send(&*store, &ann, watched(&[&cid, &ben], "mon_a")).await;
    let second = send(&*store, &ann, watched(&[&ben], "mon_b")).await;
    send(&*store, &ann, post(&[&ben], "unwatched")).await;
    let third = send(&*store, &ann, watched(&[&ann], "mon_a")).await;
    let all = store.facts_after(&ann, FactKey::START, 100).await.unwrap();
    let told: Vec<_> = all
        .iter()
        .map(|(_, fact)| (fact.envelope_id, fact.recipient.as_str(), fact.fact.clone()))
        .collect();
    let stored = Fact::Stored;
    assert_eq!(
        told,
        [
            (first, "@beta.cid", stored.clone()),
            (first, "@beta.ben", stored.clone()),
            (second, "@beta.ben", stored.clone()),
            (third, "@acme.ann", stored),
        ]
    );
    assert_eq!(all[0].1.at_ms, ms(1));
    assert!(all.is_sorted_by(|(earlier, _), (later, _)| earlier < later));
    let paged = store.facts_after(&ann, all[0].0, 2).await.unwrap();
    assert_eq!(paged, all[1..3]);
    let of_a = store
        .facts(&ann, &monitor("mon_a"), FactKey::START, 100)
        .await
        .unwrap();
    assert_eq!(of_a, [&all[..2], &all[3..]].concat());
    let rest = store
        .facts(&ann, &monitor("mon_a"), all[1].0, 100)
        .await
        .unwrap();
    assert_eq!(rest, all[3..]);
    let end = store
        .facts(&ann, &monitor("mon_a"), all[3].0, 100)
        .await
        .unwrap();
    assert!(end.is_empty(), "known, and at its end");
}

pub(crate) async fn belong_to_their_sender(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben] = open_agents(&*store, ["@acme.ann", "@beta.ben"]).await;
    let watched = |to| post(&[to], "hello").with_monitor(monitor("mon_a"));
    send(&*store, &ann, watched(&ben)).await;
    let stranger = store
        .facts(&ben, &monitor("mon_a"), FactKey::START, 9)
        .await;
    assert_eq!(stranger.unwrap_err().kind(), ErrorKind::NotFound);
    assert!(
        store
            .facts_after(&ben, FactKey::START, 9)
            .await
            .unwrap()
            .is_empty()
    );
    send(&*store, &ben, watched(&ann)).await;
    for agent in [&ann, &ben] {
        let own = store
            .facts(agent, &monitor("mon_a"), FactKey::START, 9)
            .await
            .unwrap();
        assert_eq!(own.len(), 1, "one name, two senders");
    }
    let unknown = store
        .facts(&ann, &monitor("mon_b"), FactKey::START, 9)
        .await;
    assert_eq!(unknown.unwrap_err().kind(), ErrorKind::NotFound);
}

pub(crate) async fn tell_where_they_end(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben] = open_agents(&*store, ["@acme.ann", "@beta.ben"]).await;
    let none = store.last_keys(&ann).await.unwrap();
    assert_eq!((none.entry, none.fact), (None, FactKey::START));
    let watched = post(&[&ben, &ann], "hello").with_monitor(monitor("mon_a"));
    let id = send(&*store, &ann, watched).await;
    let last = store.last_keys(&ann).await.unwrap();
    assert_eq!(last.entry.map(|key| key.envelope_id), Some(id));
    let facts = store.facts_after(&ann, FactKey::START, 9).await.unwrap();
    assert_eq!(last.fact, facts[1].0);
    assert_eq!(store.last_keys(&ben).await.unwrap().fact, FactKey::START);
}
