use mailmesh_store::{
    EntryId, ErrorKind, Filter, FolderName, Index, OrderKey, Posting, Store, Window,
};

use super::{Engine, address, folder, ids, inbox, mail, subjects};

async fn deliver_numbered(store: &dyn Store, numbers: std::ops::Range<u32>) {
    for n in numbers {
        store.deliver(mail(&n.to_string(), &["a@x"])).await.unwrap();
    }
}

pub(crate) async fn pages_do_not_overlap(engine: &impl Engine) {
    let store = engine.open().await;
    deliver_numbered(&*store, 0..10).await;
    let (owner, everything) = (address("a@x"), Filter::default());
    let list = |window| store.list(&owner, &everything, window);
    let all = inbox(&*store, "a@x").await;
    assert_eq!(
        subjects(&all),
        ["9", "8", "7", "6", "5", "4", "3", "2", "1", "0"]
    );

    let mut skipped = Vec::new();
    let mut before = Vec::new();
    for page in 0..4 {
        skipped.extend(list(Window::newest(3).skip(page * 3)).await.unwrap());
        let window = before.last().map_or_else(
            || Window::newest(3),
            |last: &mailmesh_store::Entry| Window::before(last.id, 3),
        );
        before.extend(list(window).await.unwrap());
    }
    assert_eq!(skipped, all);
    assert_eq!(before, all);
    assert_eq!(list(Window::newest(0)).await.unwrap(), []);
    assert_eq!(list(Window::newest(5).skip(10)).await.unwrap(), []);
}

pub(crate) async fn filters_by_folder_unread_and_mrm(engine: &impl Engine) {
    let store = engine.open().await;
    for n in 0_u32..8 {
        let mut delivery = mail(&n.to_string(), &[]);
        delivery.index.is_mrm = n & 1 != 0;
        delivery.postings = vec![Posting {
            unread: n & 2 != 0,
            folder: if n & 4 != 0 {
                folder("Archive")
            } else {
                FolderName::inbox()
            },
            ..Posting::received(address("a@x"))
        }];
        store.deliver(delivery).await.unwrap();
    }
    for mrm in [None, Some(false), Some(true)] {
        for unread in [None, Some(false), Some(true)] {
            for name in [None, Some("INBOX"), Some("Archive")] {
                let filter = Filter {
                    folder: name.map(folder),
                    unread,
                    mrm,
                    words: None,
                };
                let listed = store
                    .list(&address("a@x"), &filter, Window::newest(9))
                    .await
                    .unwrap();
                let expected: Vec<String> = (0_u32..8)
                    .rev()
                    .filter(|n| mrm.is_none_or(|mrm| mrm == (n & 1 != 0)))
                    .filter(|n| unread.is_none_or(|unread| unread == (n & 2 != 0)))
                    .filter(|n| name.is_none_or(|name| (name == "Archive") == (n & 4 != 0)))
                    .map(|n| n.to_string())
                    .collect();
                assert_eq!(subjects(&listed), expected, "{filter:?}");
            }
        }
    }
}

pub(crate) async fn lists_oldest_first_after_an_entry(engine: &impl Engine) {
    let store = engine.open().await;
    deliver_numbered(&*store, 0..5).await;
    let (owner, everything) = (address("a@x"), Filter::default());
    let list = |window| store.list(&owner, &everything, window);
    let all = list(Window::after(EntryId::START, 9)).await.unwrap();
    assert_eq!(subjects(&all), ["0", "1", "2", "3", "4"]);
    assert_eq!(
        subjects(&list(Window::after(all[1].id, 2)).await.unwrap()),
        ["2", "3"]
    );
    assert_eq!(list(Window::after(all[4].id, 9)).await.unwrap(), []);
    store.remove(&address("a@x"), all[1].id).await.unwrap();
    assert_eq!(
        subjects(&list(Window::after(all[1].id, 1)).await.unwrap()),
        ["2"]
    );
}

pub(crate) async fn pages_hold_while_mail_arrives(engine: &impl Engine) {
    let store = engine.open().await;
    deliver_numbered(&*store, 0..6).await;
    let filter = Filter::default();
    let first = store
        .list(&address("a@x"), &filter, Window::newest(3))
        .await
        .unwrap();
    deliver_numbered(&*store, 6..9).await;
    let second = store
        .list(&address("a@x"), &filter, Window::before(first[2].id, 3))
        .await
        .unwrap();
    assert_eq!(subjects(&second), ["2", "1", "0"]);
}

pub(crate) async fn unknown_mailboxes_and_folders_are_errors(engine: &impl Engine) {
    let store = engine.open().await;
    let everything = Filter::default();
    let error = store
        .list(&address("a@x"), &everything, Window::newest(1))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    store.ensure_agent(&address("a@x")).await.unwrap();
    assert_eq!(
        store
            .list(&address("a@x"), &everything, Window::newest(1))
            .await
            .unwrap(),
        []
    );
    let elsewhere = Filter {
        folder: Some(folder("Nowhere")),
        ..Filter::default()
    };
    let error = store
        .list(&address("a@x"), &elsewhere, Window::newest(1))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    store
        .ensure_folder(&address("a@x"), &folder("Nowhere"))
        .await
        .unwrap();
    assert_eq!(
        store
            .list(&address("a@x"), &elsewhere, Window::newest(1))
            .await
            .unwrap(),
        []
    );
}

pub(crate) async fn two_directions_of_one_key_are_two_entries(engine: &impl Engine) {
    let store = engine.open().await;
    let mut note = mail("note to self", &["a@x"]);
    note.postings.push(Posting {
        folder: FolderName::inbox(),
        ..Posting::sent(address("a@x"))
    });
    let key = store.deliver(note).await.unwrap();
    let expected = [EntryId::received(key), EntryId::sent(key)];
    assert_eq!(ids(&inbox(&*store, "a@x").await), expected);
    let filter = Filter::default();
    let before = store
        .list(&address("a@x"), &filter, Window::before(expected[0], 9))
        .await
        .unwrap();
    assert_eq!(ids(&before), expected[1..]);
    let after = store
        .list(&address("a@x"), &filter, Window::after(expected[1], 9))
        .await
        .unwrap();
    assert_eq!(ids(&after), expected[..1]);
    let end = EntryId::received(OrderKey::MAX);
    assert_eq!(
        ids(&store
            .list(&address("a@x"), &filter, Window::before(end, 9))
            .await
            .unwrap()),
        expected
    );
}

pub(crate) async fn shows_what_the_index_said(engine: &impl Engine) {
    let store = engine.open().await;
    let mut delivery = mail("", &["a@x"]);
    delivery.index = Index {
        message_id: Some("one@x".to_owned()),
        in_reply_to: Some("zero@x".to_owned()),
        from: Some("\"B, \n\0é\" <b@x>".to_owned()),
        to: vec!["a@x".to_owned(), "c, \"d\"\n@x".to_owned()],
        cc: vec![String::new()],
        subject: "Größe 📨".to_owned(),
        date: Some("2026-11-21T15:00:00Z".to_owned()),
        class: "full".to_owned(),
        has_structured_data: true,
        is_mrm: true,
        types: vec!["Order".to_owned(), "https://schema.org/Offer".to_owned()],
    };
    delivery.postings[0].keywords = vec![
        "$HasStructuredData".parse().unwrap(),
        "$MRM".parse().unwrap(),
    ];
    let index = delivery.index.clone();
    let keywords = delivery.postings[0].keywords.clone();
    store.deliver(delivery).await.unwrap();
    let entries = inbox(&*store, "a@x").await;
    assert_eq!(entries[0].index, index);
    assert_eq!(entries[0].keywords, keywords);

    store.deliver(mail("plain", &["a@x"])).await.unwrap();
    let plain = Index {
        subject: "plain".to_owned(),
        ..Index::default()
    };
    assert_eq!(inbox(&*store, "a@x").await[0].index, plain);
}
