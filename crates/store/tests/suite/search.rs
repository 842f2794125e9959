use mailmesh_store::{
    Delivery, Entry, EntryId, Filter, FolderName, Mark, Posting, Store, Window, Words,
};

use super::{Engine, address, ids, mail, subjects};

async fn search(store: &dyn Store, mailbox: &str, query: &str) -> Vec<Entry> {
    let filter = Filter {
        words: Some(Words::parse(query).unwrap()),
        ..Filter::default()
    };
    store
        .list(&address(mailbox), &filter, Window::newest(100))
        .await
        .unwrap()
}

fn letter(subject: &str, from: &str, text: &str) -> Delivery {
    let mut letter = mail(subject, &["a@x"]);
    letter.index.from = Some(from.to_owned());
    letter.text = text.to_owned();
    letter
}

pub(crate) async fn finds_all_words_in_any_field(engine: &impl Engine) {
    let store = engine.open().await;
    store
        .deliver(letter(
            "Invoice 4711",
            "Shop <orders@shop.example>",
            "please pay soon",
        ))
        .await
        .unwrap();
    store
        .deliver(letter(
            "Invoice 4712",
            "Bank <info@bank.example>",
            "please wait",
        ))
        .await
        .unwrap();
    for (query, found) in [
        ("invoice", vec!["Invoice 4712", "Invoice 4711"]),
        ("invoice please shop", vec!["Invoice 4711"]),
        ("pay 4711", vec!["Invoice 4711"]),
        ("pay 4712", vec![]),
        ("wait bank invoice", vec!["Invoice 4712"]),
        ("inv", vec![]),
        ("hello", vec![]),
    ] {
        assert_eq!(
            subjects(&search(&*store, "a@x", query).await),
            found,
            "{query}"
        );
    }
}

pub(crate) async fn reads_no_syntax_in_a_query(engine: &impl Engine) {
    let store = engine.open().await;
    store
        .deliver(letter("alpha", "b@x", "one two"))
        .await
        .unwrap();
    store.deliver(letter("beta", "b@x", "three")).await.unwrap();
    for query in [
        "alpha OR beta",
        "alpha NOT beta",
        "NOT beta",
        "alpha AND beta",
        "NEAR(one two)",
        "alph*",
        "subject:beta alpha",
        "owner:a1 gamma",
        "a1",
        "a2",
        "alpha') OR ('1'='1",
        "\" OR \"beta",
        "alpha\" OR \"beta",
        "^alpha beta",
        "{subject}:alpha",
        "alpha + beta",
        "alpha\0beta",
        "-alpha",
        "alpha; DROP TABLE entries",
        "%",
        "_",
        "alpha & beta",
        "alpha | beta",
        "!alpha",
        "alpha <-> beta",
        ":*",
        "$1",
        "?1",
        "\\",
        "\u{fffd}\u{202e}beta\u{0}alpha",
    ] {
        let found = subjects(&search(&*store, "a@x", query).await).join(" ");
        // A leading sign and a wildcard are punctuation around a word; all else asks for words
        // that no one message holds.
        let expected = if ["-alpha", "!alpha"].contains(&query) {
            "alpha"
        } else {
            ""
        };
        assert_eq!(found, expected, "{query:?}");
    }
    assert_eq!(
        subjects(&search(&*store, "a@x", "\"one two\" (alpha)").await),
        ["alpha"]
    );
}

pub(crate) async fn keeps_to_the_mailbox(engine: &impl Engine) {
    let store = engine.open().await;
    store
        .deliver(mail("secret plan", &["a@x", "b@x"]))
        .await
        .unwrap();
    store.deliver(mail("secret diary", &["b@x"])).await.unwrap();
    store.ensure_agent(&address("c@x")).await.unwrap();
    assert_eq!(
        subjects(&search(&*store, "a@x", "secret").await),
        ["secret plan"]
    );
    assert_eq!(
        subjects(&search(&*store, "b@x", "secret").await),
        ["secret diary", "secret plan"]
    );
    assert_eq!(search(&*store, "c@x", "secret").await, []);
}

pub(crate) async fn ignores_case_and_diacritics(engine: &impl Engine) {
    let store = engine.open().await;
    store
        .deliver(letter("Zoë's CAFÉ", "b@x", "Добрый ДЕНЬ 你好"))
        .await
        .unwrap();
    for query in ["zoe", "ZOË", "café", "cafe", "день добрый", "你好"] {
        assert_eq!(search(&*store, "a@x", query).await.len(), 1, "{query}");
    }
}

pub(crate) async fn finds_addresses_whole(engine: &impl Engine) {
    let store = engine.open().await;
    let mut first = letter("first", "orders@shop.example", "");
    first.index.cc = vec!["carol@agents.example".to_owned()];
    store.deliver(first).await.unwrap();
    store
        .deliver(letter("second", "shop@orders.example", ""))
        .await
        .unwrap();
    assert_eq!(
        subjects(&search(&*store, "a@x", "orders@shop.example").await),
        ["first"]
    );
    assert_eq!(
        subjects(&search(&*store, "a@x", "CAROL@agents.example").await),
        ["first"]
    );
    assert_eq!(
        subjects(&search(&*store, "a@x", "shop").await),
        ["second", "first"]
    );
}

pub(crate) async fn pages_and_filters_as_listings_do(engine: &impl Engine) {
    let store = engine.open().await;
    for n in 0..9 {
        let mut delivery = mail(&format!("word {n}"), &["a@x"]);
        delivery.index.is_mrm = n % 3 == 0;
        delivery.postings.push(Posting::sent(address("a@x")));
        store.deliver(delivery).await.unwrap();
        store
            .deliver(mail("something else", &["a@x"]))
            .await
            .unwrap();
    }
    let words = || Some(Words::parse("word").unwrap());
    let inbox = Filter {
        folder: Some(FolderName::inbox()),
        words: words(),
        ..Filter::default()
    };
    let list = |filter, window| {
        let store = &store;
        async move { store.list(&address("a@x"), &filter, window).await.unwrap() }
    };
    let all = list(inbox.clone(), Window::newest(99)).await;
    assert_eq!(all.len(), 9);
    assert!(all.is_sorted_by(|newer, older| newer.id > older.id));
    assert_eq!(
        list(inbox.clone(), Window::newest(2).skip(3)).await,
        all[3..5]
    );
    assert_eq!(
        list(inbox.clone(), Window::before(all[4].id, 2)).await,
        all[5..7]
    );
    let mut after = list(inbox.clone(), Window::after(all[4].id, 2)).await;
    after.reverse();
    assert_eq!(after, all[2..4]);

    store
        .mark(&address("a@x"), all[0].id, &Mark::Read)
        .await
        .unwrap();
    let mrm = list(
        Filter {
            mrm: Some(true),
            ..inbox.clone()
        },
        Window::newest(99),
    )
    .await;
    assert_eq!(subjects(&mrm), ["word 6", "word 3", "word 0"]);
    let read = list(
        Filter {
            unread: Some(false),
            ..inbox
        },
        Window::newest(99),
    )
    .await;
    assert_eq!(ids(&read), [all[0].id]);
    let everywhere = list(
        Filter {
            words: words(),
            ..Filter::default()
        },
        Window::newest(99),
    )
    .await;
    assert_eq!(everywhere.len(), 18);
    assert_eq!(everywhere[1].id, EntryId::sent(all[0].id.key));
}

pub(crate) async fn forgets_what_was_removed(engine: &impl Engine) {
    let store = engine.open().await;
    let key = store
        .deliver(mail("fleeting", &["a@x", "b@x"]))
        .await
        .unwrap();
    store
        .remove(&address("a@x"), EntryId::received(key))
        .await
        .unwrap();
    assert_eq!(search(&*store, "a@x", "fleeting").await, []);
    assert_eq!(search(&*store, "b@x", "fleeting").await.len(), 1);
    store
        .remove(&address("b@x"), EntryId::received(key))
        .await
        .unwrap();
    assert_eq!(search(&*store, "b@x", "fleeting").await, []);
}

pub(crate) async fn words_without_letters_match_nothing(engine: &impl Engine) {
    let store = engine.open().await;
    store.deliver(mail("*** ---", &["a@x"])).await.unwrap();
    for query in ["", "***", "\"\"", "()", "\u{301}"] {
        assert_eq!(search(&*store, "a@x", query).await, [], "{query:?}");
    }
}
