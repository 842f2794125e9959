//! Searching: words, and nothing but words.

use mailmesh::{ErrorKind, Filter, Page};
use serde_json::json;
use structured_email::{Draft, Mailbox};

use super::{EVERYTHING, Harness, Pair, ids, subjects};

/// Words of subject, addresses and text, each of them, in any case and order.
pub async fn all_words_must_match(harness: &dyn Harness) {
    let pair = Pair::of(harness);
    let author = Mailbox {
        name: Some("Quentin".into()),
        address: pair.a.address().into(),
    };
    pair.send(
        Draft::new()
            .from(author)
            .subject("harvest report")
            .text("Apples and pears."),
    )
    .await;
    pair.inbox(&pair.b, 1).await;
    pair.send(Draft::new().subject("frost report").text("No apples left."))
        .await;
    pair.inbox(&pair.b, 2).await;
    for (query, expected) in [
        ("harvest", &["harvest report"][..]),
        ("REPORT", &["frost report", "harvest report"]),
        ("apples", &["frost report", "harvest report"]),
        ("apples  harvest", &["harvest report"]),
        ("pears frost", &[]),
        ("quentin", &["harvest report"]),
        (pair.a.address(), &["frost report", "harvest report"]),
        ("plums", &[]),
    ] {
        let found = pair
            .b
            .search(query, &Filter::default(), EVERYTHING)
            .await
            .unwrap();
        assert_eq!(subjects(&found), expected, "{query:?}");
    }
    let second = Page {
        limit: 1,
        offset: 1,
    };
    let found = pair
        .b
        .search("report", &Filter::default(), second)
        .await
        .unwrap();
    assert_eq!(subjects(&found), ["harvest report"]);
}

/// A search gives the ids and the summaries of the listing, and takes its filters.
pub async fn search_and_list_agree(harness: &dyn Harness) {
    let pair = Pair::of(harness);
    let inbox = pair.send_in_order(&["wanted 1", "other", "wanted 2"]).await;
    let found = pair
        .b
        .search("wanted", &Filter::default(), EVERYTHING)
        .await
        .unwrap();
    assert_eq!(found, [inbox[0].clone(), inbox[2].clone()]);
    let mail = pair.b.read(&ids(&found)[1]).await.unwrap();
    assert_eq!(mail.summary.subject, "wanted 1");

    let unread = Filter {
        unread: Some(true),
        ..Filter::default()
    };
    let found = pair.b.search("wanted", &unread, EVERYTHING).await.unwrap();
    assert_eq!(subjects(&found), ["wanted 2"]);

    pair.send_to_machine(
        Draft::new()
            .subject("wanted 3")
            .data(&json!({"@type": "Order"})),
    )
    .await;
    pair.inbox(&pair.b, 4).await;
    let mrm = Filter {
        mrm: Some(true),
        ..Filter::default()
    };
    let found = pair.b.search("wanted", &mrm, EVERYTHING).await.unwrap();
    assert_eq!(subjects(&found), ["wanted 3"]);
}

/// No quoting, operator or line break of any server's language has an effect. `zebra` stands in
/// no message, so whatever is joined to it finds nothing.
pub async fn queries_are_data(harness: &dyn Harness) {
    let pair = Pair::of(harness);
    let before = pair.send_in_order(&["1", "2"]).await;
    for query in [
        "zebra\" OR ALL",
        "zebra\") OR (ALL",
        "zebra OR 1",
        "zebra\r\nA1 UID STORE 1:* +FLAGS (\\Deleted)",
        "zebra\r\nA1 EXPUNGE\r\n",
        "zebra {5}",
        "zebra {5+}\r\nhello",
        "zebra\\",
        "zebra\\\" OR ALL \\\"",
        "zebra\0hello",
        "zebra NOT hello",
        "-zebra",
        "subject:zebra",
        "zebra*",
        "\"zebra",
        "NEAR(zebra hello)",
        "{subject} : zebra OR hello",
        "^ zebra OR hello",
        "zebra' OR '1'='1",
        "zebra; DROP TABLE entries; --",
        "zebra %",
        "(zebra",
        "zebra \u{202e} \u{feff} 👋",
        &"zebra ".repeat(2_000),
        &"zebra".repeat(2_000),
    ] {
        let shown: String = query.chars().take(60).collect();
        match pair.b.search(query, &Filter::default(), EVERYTHING).await {
            Ok(found) => assert_eq!(subjects(&found), [""; 0], "{shown:?}"),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Invalid, "{shown:?}: {error}"),
        }
    }
    let after = pair.b.list(&Filter::default(), EVERYTHING).await.unwrap();
    assert_eq!(after, before, "a query changed something");
}

/// Words beyond ASCII, in subject and text.
pub async fn other_scripts_are_found(harness: &dyn Harness) {
    let pair = Pair::of(harness);
    pair.send(Draft::new().subject("Grüße aus Łódź").text("東京 привет"))
        .await;
    pair.inbox(&pair.b, 1).await;
    for (query, hits) in [
        ("Grüße", 1),
        ("Łódź", 1),
        ("東京", 1),
        ("привет", 1),
        ("Київ", 0),
    ] {
        let found = pair
            .b
            .search(query, &Filter::default(), EVERYTHING)
            .await
            .unwrap();
        assert_eq!(found.len(), hits, "{query:?}");
    }
}

/// Nothing asked for, nothing found.
pub async fn a_query_without_words_finds_nothing(harness: &dyn Harness) {
    let pair = Pair::of(harness);
    pair.send_in_order(&["1"]).await;
    for query in ["", "   ", "\t\r\n"] {
        let found = pair
            .b
            .search(query, &Filter::default(), EVERYTHING)
            .await
            .unwrap();
        assert_eq!(subjects(&found), [""; 0], "{query:?}");
    }
}
