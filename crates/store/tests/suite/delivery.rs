use std::time::{Duration, UNIX_EPOCH};

use mailmesh_store::{EntryId, ErrorKind, Posting};

use super::{Engine, address, at, ids, inbox, mail, subjects};

pub(crate) async fn stores_a_message_once_for_all_mailboxes(engine: &impl Engine) {
    let store = engine.open().await;
    let key = store
        .deliver(mail("hello", &["a@x", "b@x", "c@y"]))
        .await
        .unwrap();
    for mailbox in ["a@x", "b@x", "c@y"] {
        let entries = inbox(&*store, mailbox).await;
        assert_eq!(ids(&entries), [EntryId::received(key)]);
        assert!(entries[0].unread);
    }
}

pub(crate) async fn makes_mailboxes_that_do_not_exist(engine: &impl Engine) {
    let store = engine.open().await;
    store
        .deliver(mail("waits for its owner", &["later@x"]))
        .await
        .unwrap();
    store.ensure_agent(&address("Later@X")).await.unwrap();
    store.ensure_agent(&address("later@x")).await.unwrap();
    assert_eq!(
        subjects(&inbox(&*store, "later@x").await),
        ["waits for its owner"]
    );
    assert_eq!(store.folders(&address("later@x")).await.unwrap().len(), 1);
}

pub(crate) async fn keeps_the_sent_copy_apart(engine: &impl Engine) {
    let store = engine.open().await;
    let mut note = mail("note to self", &["a@x"]);
    note.postings.push(Posting::sent(address("a@x")));
    let key = store.deliver(note).await.unwrap();
    let sent = store
        .read(&address("a@x"), EntryId::sent(key))
        .await
        .unwrap();
    let received = store
        .read(&address("a@x"), EntryId::received(key))
        .await
        .unwrap();
    assert_eq!(
        (sent.entry.folder.as_str(), sent.entry.unread),
        ("Sent", false)
    );
    assert_eq!(
        (received.entry.folder.as_str(), received.entry.unread),
        ("INBOX", true)
    );
    assert_eq!(sent.raw, received.raw);
}

pub(crate) async fn refuses_what_goes_over_the_limits(engine: &impl Engine) {
    let store = engine.open().await;
    let mut nobody = mail("to nobody", &[]);
    nobody.postings.clear();
    let twice = mail("twice", &["a@x", "A@X"]);
    let mut crowd = mail("crowd", &[]);
    crowd.postings = (0..1_001)
        .map(|n| Posting::received(address(&format!("a{n}@x"))))
        .collect();
    let mut labelled = mail("labelled", &["a@x"]);
    labelled.postings[0].keywords = (0..65).map(|n| format!("k{n}").parse().unwrap()).collect();
    let mut large = mail("large", &["a@x"]);
    large.raw = vec![b'x'; (64 << 20) + 1];
    for refused in [nobody, twice, crowd, labelled, large] {
        let subject = refused.index.subject.clone();
        assert_eq!(
            store.deliver(refused).await.unwrap_err().kind(),
            ErrorKind::Invalid,
            "{subject}"
        );
    }
    let none = store.folders(&address("a@x")).await.unwrap_err();
    assert_eq!(
        none.kind(),
        ErrorKind::NotFound,
        "a refused delivery leaves no trace"
    );
}

pub(crate) async fn keeps_every_octet(engine: &impl Engine) {
    let store = engine.open().await;
    let mut odd = mail("odd", &["a@x"]);
    odd.raw = (0..=255).cycle().take(100_000).collect();
    let raw = odd.raw.clone();
    let mut empty = mail("empty", &["a@x"]);
    empty.raw.clear();
    let odd = store.deliver(odd).await.unwrap();
    let empty = store.deliver(empty).await.unwrap();
    let read = store
        .read(&address("a@x"), EntryId::received(odd))
        .await
        .unwrap();
    assert_eq!((read.entry.size, read.raw), (100_000, raw));
    let read = store
        .read(&address("a@x"), EntryId::received(empty))
        .await
        .unwrap();
    assert_eq!((read.entry.size, read.raw), (0, Vec::new()));
}

pub(crate) async fn keys_rise_when_the_clock_steps_back(engine: &impl Engine) {
    let store = engine.open().await;
    let mut last = None;
    for (n, received) in [at(500), at(500), at(20), UNIX_EPOCH, at(500)]
        .into_iter()
        .enumerate()
    {
        let key = store.deliver(mail(&n.to_string(), &["a@x"])).await;
        let key = key
            .and(
                store
                    .deliver({
                        let mut again = mail(&format!("{n} again"), &["a@x"]);
                        again.received = received;
                        again
                    })
                    .await,
            )
            .unwrap();
        assert!(Some(key) > last);
        last = Some(key);
    }
    let entries = inbox(&*store, "a@x").await;
    assert_eq!(entries.len(), 10);
    assert!(entries.is_sorted_by(|newer, older| newer.id > older.id));
    assert_eq!(entries[0].index.subject, "4 again");
}

pub(crate) async fn key_follows_the_clock(engine: &impl Engine) {
    let store = engine.open().await;
    for micros in [1_000, 2_000] {
        let mut later = mail("on time", &["a@x"]);
        later.received = at(micros);
        let key = store.deliver(later).await.unwrap();
        assert_eq!(
            UNIX_EPOCH + Duration::from_micros(key.as_micros()),
            at(micros)
        );
    }
}

pub(crate) async fn keys_are_not_given_again(engine: &impl Engine) {
    let store = engine.open().await;
    let first = store.deliver(mail("first", &["a@x"])).await.unwrap();
    store
        .remove(&address("a@x"), EntryId::received(first))
        .await
        .unwrap();
    drop(store);
    let store = engine.open().await;
    let second = store.deliver(mail("second", &["a@x"])).await.unwrap();
    assert!(second > first);
    let gone = store
        .read(&address("a@x"), EntryId::received(first))
        .await
        .unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::NotFound);
}
