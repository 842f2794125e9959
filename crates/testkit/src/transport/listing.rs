//! Listings: order, pages, filters, and ids that stay what they are.

use mailmesh::{ErrorKind, Filter, Folder, MailId, Mark, Page};
use serde_json::json;
use structured_email::Draft;

use super::{EVERYTHING, Harness, Pair, ids, subjects};

/// Newest first, in pages that follow on each other.
pub async fn pages_do_not_overlap(harness: &dyn Harness) {
    let pair = Pair::of(harness);
    pair.send_in_order(&["1", "2", "3", "4", "5"]).await;
    for (limit, offset, expected) in [
        (2, 0, &["5", "4"][..]),
        (2, 2, &["3", "2"]),
        (2, 4, &["1"]),
        (2, 5, &[]),
        (0, 0, &[]),
        (usize::MAX, 0, &["5", "4", "3", "2", "1"]),
        (usize::MAX, usize::MAX, &[]),
    ] {
        let page = pair
            .b
            .list(&Filter::default(), Page { limit, offset })
            .await
            .unwrap();
        assert_eq!(subjects(&page), expected, "limit {limit}, offset {offset}");
    }
}

/// For machines or not, unread or not, and pages of what a filter leaves.
pub async fn filters_choose(harness: &dyn Harness) {
    let pair = Pair::of(harness);
    let data = json!({"@type": "Order"});
    pair.send(Draft::new().subject("plain").text("x")).await;
    pair.inbox(&pair.b, 1).await;
    pair.send_to_machine(Draft::new().subject("mrm").data(&data))
        .await;
    pair.inbox(&pair.b, 2).await;
    pair.send(
        Draft::new()
            .subject("full")
            .text("x")
            .html("<p>x</p>")
            .data(&data),
    )
    .await;
    let inbox = pair.inbox(&pair.b, 3).await;
    pair.b.read(&inbox[2].id).await.unwrap();

    for (mrm, unread, expected) in [
        (None, None, &["full", "mrm", "plain"][..]),
        (Some(true), None, &["mrm"]),
        (Some(false), None, &["full", "plain"]),
        (None, Some(true), &["full", "mrm"]),
        (None, Some(false), &["plain"]),
        (Some(false), Some(true), &["full"]),
        (Some(true), Some(false), &[]),
    ] {
        let filter = Filter {
            mrm,
            unread,
            ..Filter::default()
        };
        let listed = pair.b.list(&filter, EVERYTHING).await.unwrap();
        assert_eq!(subjects(&listed), expected, "{filter:?}");
    }
    let not_mrm = Filter {
        mrm: Some(false),
        ..Filter::default()
    };
    let second = pair
        .b
        .list(
            &not_mrm,
            Page {
                limit: 1,
                offset: 1,
            },
        )
        .await
        .unwrap();
    assert_eq!(subjects(&second), ["plain"]);
}

/// A folder shows its own messages only; one that is not there shows none.
pub async fn folders_are_apart(harness: &dyn Harness) {
    let pair = Pair::of(harness);
    pair.send_in_order(&["1"]).await;
    for name in ["Nowhere", "", "../INBOX", "a\r\nb", "\" OR ALL"] {
        let filter = Filter {
            folder: Folder::new(name),
            ..Filter::default()
        };
        match pair.b.list(&filter, EVERYTHING).await {
            Ok(listed) => assert!(listed.is_empty(), "{name:?}"),
            Err(error) => {
                let kind = error.kind();
                assert!(
                    matches!(kind, ErrorKind::NotFound | ErrorKind::Invalid),
                    "{name:?}: {error}"
                );
            }
        }
    }
    // RFC 9051 5.1: the name of the inbox has no case.
    let inbox = Filter {
        folder: Folder::new("inbox"),
        ..Filter::default()
    };
    assert_eq!(
        subjects(&pair.b.list(&inbox, EVERYTHING).await.unwrap()),
        ["1"]
    );
}

/// What cannot be read whole is still listed, and so is all around it.
pub async fn odd_messages_hide_no_other(harness: &dyn Harness) {
    let pair = Pair::of(harness);
    pair.send_in_order(&["first"]).await;
    let nested: String = (0..60)
        .map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n"))
        .collect();
    let odd = [
        (
            "no blank line behind the header",
            "Subject: no blank line behind the header\r\n".to_owned(),
        ),
        (
            "no boundary",
            "Subject: no boundary\r\nContent-Type: multipart/mixed\r\n\r\n--\r\n".to_owned(),
        ),
        (
            "bad data",
            "Subject: bad data\r\nContent-Type: application/ld+json\r\n\
             Content-Purpose: Machine-readable\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!\r\n"
                .to_owned(),
        ),
        (
            "nested",
            format!("Subject: nested\r\nMIME-Version: 1.0\r\n{nested}"),
        ),
        (
            "long header",
            format!(
                "Subject: long header\r\nX-Long: {}\r\n\r\nx\r\n",
                "word \r\n ".repeat(60_000)
            ),
        ),
        ("", "no header at all\r\n".to_owned()),
    ];
    let mut expected = vec!["first"];
    for (subject, raw) in &odd {
        if harness.deliver(raw.as_bytes()).await {
            expected.push(subject);
            pair.inbox(&pair.b, expected.len()).await;
        }
    }
    let inbox = pair.send_in_order(&["last"]).await;
    expected.push("last");
    expected.reverse();
    assert_eq!(subjects(&inbox), expected);
    for listed in inbox {
        let mail = pair.b.peek(&listed.id).await.unwrap();
        assert_eq!(mail.summary.subject, listed.subject);
    }
}

/// An id stays with its message when others go, and names nothing once its own is gone.
pub async fn ids_outlive_the_expunging_of_others(harness: &dyn Harness) {
    let pair = Pair::of(harness);
    let before = pair.send_in_order(&["1", "2", "3", "4"]).await;
    let gone = &before[2];
    harness.expunge(&gone.id).await;

    let after = pair.b.list(&Filter::default(), EVERYTHING).await.unwrap();
    assert_eq!(subjects(&after), ["4", "3", "1"]);
    for listed in [&before[0], &before[1], &before[3]] {
        assert!(ids(&after).contains(&listed.id));
        let mail = pair.b.peek(&listed.id).await.unwrap();
        assert_eq!(mail.summary.subject, listed.subject);
    }
    let read = pair.b.read(&gone.id).await.unwrap_err();
    assert_eq!(read.kind(), ErrorKind::NotFound);
    let marked = pair.b.mark(&gone.id, &Mark::Read).await.unwrap_err();
    assert_eq!(marked.kind(), ErrorKind::NotFound);

    harness.expunge(&before[0].id).await;
    let inbox = pair.send_in_order(&["5"]).await;
    assert_eq!(subjects(&inbox), ["5", "3", "1"]);
    assert!(
        !ids(&before).contains(&inbox[0].id),
        "the id of a message that is gone came back"
    );
    assert_eq!(
        pair.b.read(&before[0].id).await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
}

/// Ids that no listing gave.
pub async fn unknown_ids_name_nothing(harness: &dyn Harness) {
    let pair = Pair::of(harness);
    let known = pair.send_in_order(&["1"]).await.remove(0).id;
    let unknown = [
        String::new(),
        "x".to_owned(),
        "1:*".to_owned(),
        "-1".to_owned(),
        "99999999999999999999".to_owned(),
        "1\r\nA1 LOGOUT".to_owned(),
        "' OR 1=1 --".to_owned(),
        "é".to_owned(),
        "7".repeat(100_000),
        format!("{known}0000000"),
        format!(" {known}"),
    ];
    for id in unknown.map(MailId::new) {
        let read = pair.b.read(&id).await.unwrap_err();
        let marked = pair.b.mark(&id, &Mark::Read).await.unwrap_err();
        for error in [read, marked] {
            let shown: String = id.as_str().chars().take(40).collect();
            assert_eq!(error.kind(), ErrorKind::NotFound, "{shown:?}: {error}");
            assert!(error.to_string().len() < 500, "the error repeats the id");
        }
    }
    assert!(pair.b.peek(&known).await.unwrap().summary.unread);
}
