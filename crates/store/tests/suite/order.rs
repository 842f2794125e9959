use asmtp_envelope::{Decision, Handle, Listing, Order, OrderKey, Timestamp};
use futures_util::future::join_all;
use mailmesh_store::Store;

use super::{Engine, decide_at, handle, listed, ms, open_agents, post, send_at, with_id};

const LOW: &str = "0100000000000000000000000A";
const HIGH: &str = "0100000000000000000000000B";

async fn key(store: &dyn Store, from: &Handle, to: &Handle, id: &str, now: Timestamp) -> OrderKey {
    let posted = with_id(&post(&[to], "hello"), id);
    match decide_at(store, from, posted, now).await {
        Decision::Accepted(accepted) => accepted.key(),
        other => panic!("{other:?}"),
    }
}

pub(crate) async fn keys_rise_when_ids_and_clock_do_not(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben] = open_agents(&*store, ["@acme.ann", "@beta.ben"]).await;
    let first = key(&*store, &ann, &ben, HIGH, ms(10)).await;
    assert_eq!(first.created_at, ms(10));
    let lower_id = key(&*store, &ann, &ben, LOW, ms(10)).await;
    assert_eq!(lower_id.created_at, ms(11));
    let stepped_back = key(&*store, &ann, &ben, "0100000000000000000000000C", ms(0)).await;
    assert!(stepped_back > lower_id);
    let later = key(&*store, &ann, &ben, "01000000000000000000000001", ms(500)).await;
    assert_eq!(later.created_at, ms(500));
    let rows = store
        .list_envelopes(&ben, &Listing::default())
        .await
        .unwrap();
    let keys: Vec<_> = rows.iter().map(|row| row.key).collect();
    assert_eq!(keys, [first, lower_id, stepped_back, later]);
}

/// Two mailboxes end in one millisecond, the one with the newer place with the smaller id.
pub(crate) async fn keys_rise_in_each_of_several_mailboxes(engine: &impl Engine) {
    let store = engine.open().await;
    let names = ["@a.one", "@a.two", "@a.three", "@b.ben", "@b.cal"];
    let [one, two, three, ben, cal] = open_agents(&*store, names).await;
    key(&*store, &one, &ben, HIGH, ms(10)).await;
    key(&*store, &two, &cal, "01000000000000000000000001", ms(10)).await;
    key(&*store, &two, &cal, "01000000000000000000000002", ms(10)).await;
    let both = with_id(&post(&[&ben, &cal], "hello"), LOW);
    let decided = decide_at(&*store, &three, both, ms(10)).await;
    assert!(matches!(decided, Decision::Accepted(_)), "{decided:?}");
    for mailbox in [ben, cal] {
        let all = Listing::default();
        let rows = store.list_envelopes(&mailbox, &all).await.unwrap();
        assert!(
            rows.is_sorted_by(|one, next| one.key < next.key),
            "{rows:?}"
        );
    }
}

/// Many send at once while one lists behind the last key it saw, as a client does.
pub(crate) async fn no_row_lands_behind_a_cursor(engine: &impl Engine) {
    const SENDERS: usize = 32;
    const EACH: usize = 12;
    let store = engine.open().await;
    let other = engine.open().await;
    let [ann, ben] = open_agents(&*store, ["@acme.ann", "@beta.ben"]).await;
    let sender = async |sender: usize| {
        let store = if sender.is_multiple_of(2) {
            &store
        } else {
            &other
        };
        for n in 0..EACH {
            // Clocks that differ, and ids of any order.
            let now = ms(((sender * 7 + n * 3) % 40) as u64);
            send_at(&**store, &ann, post(&[&ben], "hello"), now).await;
        }
    };
    let follow = async {
        let mut listing = Listing {
            limit: 7,
            ..Listing::default()
        };
        let mut seen = Vec::new();
        while seen.len() < SENDERS * EACH {
            let rows = store.list_envelopes(&ben, &listing).await.unwrap();
            seen.extend(rows.iter().map(|row| row.key));
            listing.after = seen.last().copied();
            tokio::task::yield_now().await;
        }
        seen
    };
    let (seen, _) = tokio::join!(follow, join_all((0..SENDERS).map(sender)));
    assert!(seen.is_sorted_by(|earlier, later| earlier < later));
    let all = listed(&*store, &ben, "limit=1000").await;
    assert_eq!(all.len(), SENDERS * EACH);
}

pub(crate) async fn cursors_need_not_exist(engine: &impl Engine) {
    let store = engine.open().await;
    let [ann, ben] = open_agents(&*store, ["@acme.ann", "@beta.ben"]).await;
    let mut keys = Vec::new();
    for (id, now) in [
        (LOW, 10),
        (HIGH, 10),
        ("0100000000000000000000000X", 10),
        (&LOW[..25], 20),
    ] {
        let id = if id.len() == 26 {
            id.to_owned()
        } else {
            format!("{id}Z")
        };
        keys.push(key(&*store, &ann, &ben, &id, ms(now)).await);
    }
    let removed = keys[1];
    store.remove_entry(&ben, removed.envelope_id).await.unwrap();
    let between = OrderKey {
        created_at: ms(10),
        envelope_id: "0100000000000000000000000M".parse().unwrap(),
    };
    let none_there = OrderKey {
        created_at: ms(15),
        envelope_id: LOW.parse().unwrap(),
    };
    for (cursor, ascending, descending) in [
        (removed, &keys[2..], &keys[..1]),
        (between, &keys[2..], &keys[..1]),
        (none_there, &keys[3..], &[keys[0], keys[2]][..]),
        (OrderKey::LEAST, &[keys[0], keys[2], keys[3]][..], &[][..]),
    ] {
        for (order, expected) in [
            (Order::Ascending, ascending),
            (Order::Descending, descending),
        ] {
            let listing = Listing {
                order,
                after: Some(cursor),
                ..Listing::default()
            };
            let rows = store
                .list_envelopes(&handle("@beta.ben"), &listing)
                .await
                .unwrap();
            let mut found: Vec<_> = rows.iter().map(|row| row.key).collect();
            found.sort_unstable();
            assert_eq!(found, expected, "{order:?} {cursor}");
        }
    }
}

pub(crate) async fn a_crowded_millisecond_overflows_into_the_next(engine: &impl Engine) {
    const CROWD: u32 = 1_005;
    let store = engine.open().await;
    let [ann, ben] = open_agents(&*store, ["@acme.ann", "@beta.ben"]).await;
    let posts = (0..CROWD).map(|n| {
        let id = format!("01{n:024}");
        let (store, ann, ben) = (&store, &ann, &ben);
        async move { key(&**store, ann, ben, &id, ms(1)).await }
    });
    let mut keys = Vec::new();
    for key in posts {
        keys.push(key.await);
    }
    assert!(keys.is_sorted_by(|earlier, later| earlier < later));
    assert_eq!(keys[0].created_at, ms(1));
    assert_eq!(keys[999].created_at, ms(1));
    assert_eq!(keys[1_000].created_at, ms(2));
}
