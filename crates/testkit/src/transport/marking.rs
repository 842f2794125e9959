//! What is remembered about a message: read or not, and keywords.

use mailmesh::{ErrorKind, Filter, Mark, Summary};

use super::{EVERYTHING, Harness, Pair};

/// Listing, searching and peeking leave a message unread.
pub async fn only_reading_marks_as_read(harness: &dyn Harness) {
    let pair = Pair::of(harness);
    let id = pair.send_in_order(&["subject"]).await.remove(0).id;
    pair.b
        .search("subject", &Filter::default(), EVERYTHING)
        .await
        .unwrap();
    assert!(pair.b.peek(&id).await.unwrap().summary.unread);
    assert!(only(&pair).await.unread);
    pair.b.read(&id).await.unwrap();
    assert!(!only(&pair).await.unread);
    assert!(!pair.b.peek(&id).await.unwrap().summary.unread);
}

/// The mark can be set either way, more than once.
pub async fn unread_can_be_set(harness: &dyn Harness) {
    let pair = Pair::of(harness);
    let id = pair.send_in_order(&["1"]).await.remove(0).id;
    for (mark, unread) in [
        (Mark::Read, false),
        (Mark::Read, false),
        (Mark::Unread, true),
        (Mark::Unread, true),
    ] {
        pair.b.mark(&id, &mark).await.unwrap();
        assert_eq!(only(&pair).await.unread, unread, "{mark:?}");
    }
}

/// A keyword stands in listing and reading until it is cleared, and has no case.
pub async fn keywords_are_set_and_cleared(harness: &dyn Harness) {
    let pair = Pair::of(harness);
    let id = pair.send_in_order(&["1", "2"]).await.remove(1).id;
    let has = |summary: &Summary| {
        summary
            .keywords
            .iter()
            .filter(|keyword| keyword.eq_ignore_ascii_case("$Handled"))
            .count()
    };
    for keyword in ["$Handled", "$handled"] {
        pair.b
            .mark(&id, &Mark::Keyword(keyword.into()))
            .await
            .unwrap();
        let inbox = pair.inbox(&pair.b, 2).await;
        assert_eq!((has(&inbox[0]), has(&inbox[1])), (0, 1), "{keyword}");
    }
    assert_eq!(has(&pair.b.peek(&id).await.unwrap().summary), 1);
    pair.b
        .mark(&id, &Mark::ClearKeyword("$HANDLED".into()))
        .await
        .unwrap();
    assert_eq!(has(&pair.inbox(&pair.b, 2).await[1]), 0);
    pair.b
        .mark(&id, &Mark::ClearKeyword("$Handled".into()))
        .await
        .unwrap();
}

/// What is no keyword (RFC 9051 9, `flag-keyword`) is refused and changes nothing.
pub async fn unusable_keywords_are_refused(harness: &dyn Harness) {
    let pair = Pair::of(harness);
    let before = pair.send_in_order(&["1"]).await;
    let id = &before[0].id;
    for keyword in [
        "",
        "two words",
        "\\Deleted",
        "\\Seen",
        "x)",
        "x\r\nA1 EXPUNGE",
        "\0",
        "é",
        "a\"b",
    ] {
        for mark in [
            Mark::Keyword(keyword.into()),
            Mark::ClearKeyword(keyword.into()),
        ] {
            let error = pair.b.mark(id, &mark).await.expect_err(keyword);
            assert_eq!(error.kind(), ErrorKind::Invalid, "{mark:?}: {error}");
        }
    }
    assert_eq!(pair.inbox(&pair.b, 1).await, before);
}

async fn only(pair: &Pair<'_>) -> Summary {
    pair.inbox(&pair.b, 1).await.remove(0)
}
