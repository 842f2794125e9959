use mailmesh_store::{EntryId, ErrorKind, FolderName, Keyword, Mark, OrderKey, Store};

use super::{Engine, address, folder, inbox, mail, subjects};

fn keyword(text: &str) -> Keyword {
    text.parse().unwrap()
}

async fn keywords(store: &dyn Store, mailbox: &str) -> Vec<String> {
    inbox(store, mailbox).await[0]
        .keywords
        .iter()
        .map(Keyword::to_string)
        .collect()
}

pub(crate) async fn marks_read_and_unread(engine: &impl Engine) {
    let store = engine.open().await;
    let id = EntryId::received(store.deliver(mail("hello", &["a@x"])).await.unwrap());
    for (mark, unread) in [
        (Mark::Read, false),
        (Mark::Read, false),
        (Mark::Unread, true),
        (Mark::Unread, true),
    ] {
        store.mark(&address("a@x"), id, &mark).await.unwrap();
        assert_eq!(inbox(&*store, "a@x").await[0].unread, unread);
        assert_eq!(
            store.read(&address("a@x"), id).await.unwrap().entry.unread,
            unread,
            "reading marks nothing"
        );
    }
}

pub(crate) async fn keywords_are_set_once_and_cleared(engine: &impl Engine) {
    let store = engine.open().await;
    let id = EntryId::received(store.deliver(mail("hello", &["a@x"])).await.unwrap());
    for (mark, expected) in [
        (Mark::Keyword(keyword("$MRM")), vec!["$MRM"]),
        (Mark::Keyword(keyword("todo")), vec!["$MRM", "todo"]),
        (Mark::Keyword(keyword("$mrm")), vec!["$MRM", "todo"]),
        (Mark::ClearKeyword(keyword("$mrM")), vec!["todo"]),
        (Mark::ClearKeyword(keyword("other")), vec!["todo"]),
        (Mark::ClearKeyword(keyword("todo")), vec![]),
    ] {
        store.mark(&address("a@x"), id, &mark).await.unwrap();
        assert_eq!(keywords(&*store, "a@x").await, expected, "{mark:?}");
    }
}

pub(crate) async fn keywords_have_a_limit(engine: &impl Engine) {
    let store = engine.open().await;
    let id = EntryId::received(store.deliver(mail("hello", &["a@x"])).await.unwrap());
    for n in 0..64 {
        store
            .mark(
                &address("a@x"),
                id,
                &Mark::Keyword(keyword(&format!("k{n}"))),
            )
            .await
            .unwrap();
    }
    let error = store
        .mark(&address("a@x"), id, &Mark::Keyword(keyword("k64")))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    store
        .mark(&address("a@x"), id, &Mark::Keyword(keyword("K63")))
        .await
        .unwrap();
    assert_eq!(keywords(&*store, "a@x").await.len(), 64);
}

pub(crate) async fn marks_belong_to_one_mailbox(engine: &impl Engine) {
    let store = engine.open().await;
    let id = EntryId::received(store.deliver(mail("hello", &["a@x", "b@x"])).await.unwrap());
    store.mark(&address("a@x"), id, &Mark::Read).await.unwrap();
    store
        .mark(&address("a@x"), id, &Mark::Keyword(keyword("mine")))
        .await
        .unwrap();
    assert!(inbox(&*store, "b@x").await[0].unread);
    assert!(keywords(&*store, "b@x").await.is_empty());
}

pub(crate) async fn moves_keep_the_id(engine: &impl Engine) {
    let store = engine.open().await;
    let first = EntryId::received(store.deliver(mail("first", &["a@x"])).await.unwrap());
    store.deliver(mail("second", &["a@x"])).await.unwrap();
    store
        .move_to(&address("a@x"), first, &folder("Archive"))
        .await
        .unwrap();
    assert_eq!(subjects(&inbox(&*store, "a@x").await), ["second"]);
    assert_eq!(
        store
            .read(&address("a@x"), first)
            .await
            .unwrap()
            .entry
            .folder,
        folder("Archive")
    );
    store
        .move_to(&address("a@x"), first, &folder("inbox"))
        .await
        .unwrap();
    assert_eq!(subjects(&inbox(&*store, "a@x").await), ["second", "first"]);
}

pub(crate) async fn folders_are_counted(engine: &impl Engine) {
    let store = engine.open().await;
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(EntryId::received(
            store.deliver(mail(&n.to_string(), &["a@x"])).await.unwrap(),
        ));
    }
    store
        .move_to(&address("a@x"), ids[0], &folder("Archive"))
        .await
        .unwrap();
    store
        .mark(&address("a@x"), ids[0], &Mark::Read)
        .await
        .unwrap();
    store
        .mark(&address("a@x"), ids[1], &Mark::Read)
        .await
        .unwrap();
    store
        .ensure_folder(&address("a@x"), &folder("Empty"))
        .await
        .unwrap();
    store
        .ensure_folder(&address("a@x"), &folder("Empty"))
        .await
        .unwrap();
    let folders = store.folders(&address("a@x")).await.unwrap();
    let counted: Vec<_> = folders
        .iter()
        .map(|f| (f.name.as_str(), f.entries, f.unread))
        .collect();
    assert_eq!(
        counted,
        [("Archive", 1, 0), ("Empty", 0, 0), ("INBOX", 4, 3)]
    );
}

pub(crate) async fn removal_takes_the_message_with_its_last_entry(engine: &impl Engine) {
    let store = engine.open().await;
    let id = EntryId::received(store.deliver(mail("hello", &["a@x", "b@x"])).await.unwrap());
    store.remove(&address("a@x"), id).await.unwrap();
    assert_eq!(store.read(&address("b@x"), id).await.unwrap().entry.id, id);
    store.remove(&address("b@x"), id).await.unwrap();
    for mailbox in ["a@x", "b@x"] {
        assert_eq!(inbox(&*store, mailbox).await, []);
        assert_eq!(
            store.read(&address(mailbox), id).await.unwrap_err().kind(),
            ErrorKind::NotFound
        );
    }
}

pub(crate) async fn what_is_gone_is_not_found(engine: &impl Engine) {
    let store = engine.open().await;
    let gone = EntryId::received(store.deliver(mail("hello", &["a@x"])).await.unwrap());
    store.remove(&address("a@x"), gone).await.unwrap();
    let kept = EntryId::received(store.deliver(mail("kept", &["a@x"])).await.unwrap());
    store.ensure_agent(&address("b@x")).await.unwrap();
    let never = EntryId::received(OrderKey::MAX);
    for (mailbox, id) in [
        ("a@x", gone),
        ("a@x", EntryId::sent(kept.key)),
        ("a@x", never),
        ("b@x", kept),
        ("nobody@x", kept),
    ] {
        let mailbox = address(mailbox);
        let errors = [
            store.read(&mailbox, id).await.unwrap_err(),
            store.remove(&mailbox, id).await.unwrap_err(),
            store
                .move_to(&mailbox, id, &FolderName::sent())
                .await
                .unwrap_err(),
            store.mark(&mailbox, id, &Mark::Read).await.unwrap_err(),
            store.mark(&mailbox, id, &Mark::Unread).await.unwrap_err(),
            store
                .mark(&mailbox, id, &Mark::Keyword(keyword("k")))
                .await
                .unwrap_err(),
            store
                .mark(&mailbox, id, &Mark::ClearKeyword(keyword("k")))
                .await
                .unwrap_err(),
        ];
        assert!(
            errors
                .iter()
                .all(|error| error.kind() == ErrorKind::NotFound),
            "{mailbox} {id}: {errors:?}"
        );
    }
    assert_eq!(
        store.folders(&address("a@x")).await.unwrap().len(),
        1,
        "a failed move makes no folder"
    );
    assert_eq!(subjects(&inbox(&*store, "a@x").await), ["kept"]);
}
