//! What is sent arrives, whole and unchanged, at those it is for.

use mailmesh::ErrorKind;
use serde_json::{Value, json};
use structured_email::{Arrangement, Attachment, Draft, Mailbox};

use super::{Harness, Pair, text};

/// A text from each to the other, with all that a listing shows.
pub async fn text_goes_both_ways(harness: &dyn Harness) {
    let pair = Pair::of(harness);
    for (from, to) in [(&pair.a, &pair.b), (&pair.b, &pair.a)] {
        let draft = Draft::new()
            .to(to.address())
            .subject("Greetings")
            .text("Hello.\nBye.");
        let receipt = from.send(draft).await.unwrap();
        assert_eq!(receipt.accepted, [to.address()]);

        let listed = pair.inbox(to, 1).await.remove(0);
        assert_eq!(
            listed.message_id.as_deref(),
            Some(receipt.message_id.as_str())
        );
        assert_eq!(listed.from.as_deref(), Some(from.address()));
        assert_eq!(listed.to, [to.address()]);
        assert_eq!(listed.cc, [""; 0]);
        assert_eq!(listed.subject, "Greetings");
        if to.capabilities().unchanged {
            assert_eq!(listed.date.as_deref(), Some("2026-01-02T03:04:05Z"));
        }
        assert_eq!(listed.class, "none");
        assert!(listed.unread && !listed.has_structured_data && !listed.is_mrm);

        let mail = to.read(&listed.id).await.unwrap();
        assert_eq!(mail.raw.len() as u64, listed.size);
        assert_eq!(mail.summary.id, listed.id);
        assert_eq!(text(&mail), "Hello.\nBye.");
    }
}

/// Data in each arrangement is classified alike by listing and reading.
pub async fn every_arrangement_arrives(harness: &dyn Harness) {
    let pair = Pair::of(harness);
    let data = json!({"@context": "https://schema.org", "@type": "Order", "orderNumber": "é 7"});
    let arrangements = [
        (Arrangement::Full, "full"),
        (Arrangement::Partial, "partial"),
        (Arrangement::NonRepresentation, "non-representation"),
        (Arrangement::Mrm, "mrm"),
    ];
    for (sent, (arrangement, class)) in arrangements.into_iter().enumerate() {
        let mut draft = Draft::new()
            .subject(class)
            .data(&data)
            .arrangement(arrangement);
        if arrangement != Arrangement::Mrm {
            draft = draft.text("Order 7").html("<p>Order 7</p>");
        }
        pair.send(draft).await;

        let listed = pair.inbox(&pair.b, sent + 1).await.remove(0);
        assert_eq!(
            (listed.subject.as_str(), listed.class.as_str()),
            (class, class)
        );
        assert_eq!(listed.types, ["Order"]);
        assert!(listed.has_structured_data);
        assert_eq!(listed.is_mrm, arrangement == Arrangement::Mrm);

        let mail = pair.b.peek(&listed.id).await.unwrap();
        assert_eq!(mail.summary.class, class);
        let message = mail.message().unwrap();
        let values: Vec<Option<Value>> = message.items().iter().map(|item| item.value()).collect();
        assert_eq!(values, [Some(data.clone())]);
        if arrangement != Arrangement::Mrm {
            assert_eq!(text(&mail), "Order 7");
            assert_eq!(message.html().expect("HTML").trim_end(), "<p>Order 7</p>");
        }
    }
}

/// Data far behind the start of a message is found by listing as by reading.
pub async fn long_bodies_hide_no_data(harness: &dyn Harness) {
    let pair = Pair::of(harness);
    let long = "All of it matters. ".repeat(20_000);
    let file = Attachment {
        filename: "long.txt".to_owned(),
        media_type: "text/plain".to_owned(),
        content: long.clone().into_bytes(),
    };
    let draft = Draft::new()
        .html(format!("<p>{long}</p>"))
        .text(long)
        .attachment(file);
    pair.send(draft.data(&json!({"@type": "Order"}))).await;

    let listed = pair.inbox(&pair.b, 1).await.remove(0);
    assert_eq!((listed.class.as_str(), listed.types.len()), ("full", 1));
    assert_eq!(pair.b.peek(&listed.id).await.unwrap().summary, listed);
}

/// Files of every octet, of no octet, and with a name in another script.
pub async fn attachments_arrive_unchanged(harness: &dyn Harness) {
    let pair = Pair::of(harness);
    let every_octet: Vec<u8> = (0..=u8::MAX).cycle().take(10_000).collect();
    let files = [("Übersicht 一.bin", every_octet), ("empty.bin", Vec::new())];
    let draft = files
        .iter()
        .fold(Draft::new().text("See."), |draft, (name, content)| {
            draft.attachment(Attachment {
                filename: (*name).to_owned(),
                media_type: "application/octet-stream".to_owned(),
                content: content.clone(),
            })
        });
    pair.send(draft).await;

    let mail = pair.received().await;
    let message = mail.message().unwrap();
    let received: Vec<_> = message
        .attachments()
        .map(|part| {
            let name = part.filename().map(|name| name.into_owned());
            (
                name.unwrap_or_default(),
                part.decode(usize::MAX).unwrap().into_owned(),
            )
        })
        .collect();
    assert_eq!(
        received,
        files.map(|(name, content)| (name.to_owned(), content))
    );
}

/// `To` and `Cc` get the same message and see each other.
pub async fn copies_reach_everyone(harness: &dyn Harness) {
    let pair = Pair::of(harness);
    let (a, b) = (pair.a.address(), pair.b.address());
    pair.a
        .send(Draft::new().to(b).cc(a).subject("Both").text("x"))
        .await
        .unwrap();
    for mailbox in [&pair.a, &pair.b] {
        let listed = pair.inbox(mailbox, 1).await.remove(0);
        assert_eq!(
            (listed.to, listed.cc),
            (vec![b.to_owned()], vec![a.to_owned()])
        );
    }
}

/// A blind copy arrives, and no copy says that there was one.
pub async fn blind_copies_stay_blind(harness: &dyn Harness) {
    let pair = Pair::of(harness);
    let (a, b) = (pair.a.address(), pair.b.address());
    pair.a
        .send(Draft::new().to(a).bcc(b).keep_bcc(true).text("x"))
        .await
        .unwrap();
    let blind = pair.received().await;
    assert_eq!(blind.summary.to, [a]);
    let seen = pair.only_mail(&pair.a).await;
    assert!(
        !contains(&seen.raw, b),
        "the other recipient sees the blind one"
    );
    for mail in [blind, seen] {
        assert_eq!(mail.message().unwrap().header("Bcc"), None);
    }
}

/// Names, subject and text beyond ASCII.
pub async fn other_scripts_arrive(harness: &dyn Harness) {
    let pair = Pair::of(harness);
    let named = |name: &str, address: &str| Mailbox {
        name: Some(name.to_owned()),
        address: address.to_owned(),
    };
    let draft = Draft::new()
        .from(named("Änne Łuk, \"die Erste\"", pair.a.address()))
        .to(named("受取人", pair.b.address()))
        .subject("Grüße =?utf-8?q?x?= и привет 👋")
        .text("Straße, 東京, 👋");
    pair.a.send(draft).await.unwrap();

    let mail = pair.received().await;
    let message = mail.message().unwrap();
    assert_eq!(mail.summary.subject, "Grüße =?utf-8?q?x?= и привет 👋");
    assert_eq!(
        message.from()[0].name.as_deref(),
        Some("Änne Łuk, \"die Erste\"")
    );
    assert_eq!(message.mailboxes("To")[0].name.as_deref(), Some("受取人"));
    assert_eq!(text(&mail), "Straße, 東京, 👋");
}

/// Lines that mean something to SMTP or to mailbox formats, and one too long for them.
pub async fn awkward_lines_arrive_unchanged(harness: &dyn Harness) {
    let pair = Pair::of(harness);
    let lines = format!(
        ".\n..\n.hidden\nFrom here\n\n--\nQUIT\n{}\nend",
        "wide ".repeat(1_000)
    );
    pair.send(Draft::new().text(lines.as_str())).await;
    assert_eq!(text(&pair.received().await), lines);
}

/// Some megabytes.
pub async fn a_large_message_arrives(harness: &dyn Harness) {
    let pair = Pair::of(harness);
    let content: Vec<u8> = (0..3_000_000_u32)
        .map(|n| (n.wrapping_mul(n) >> 7) as u8)
        .collect();
    let file = Attachment {
        filename: "large.bin".to_owned(),
        media_type: "application/octet-stream".to_owned(),
        content: content.clone(),
    };
    pair.send(Draft::new().subject("Large").text("x").attachment(file))
        .await;

    let mail = pair.received().await;
    assert!(mail.summary.size > 4_000_000);
    let message = mail.message().unwrap();
    let part = message.attachments().next().expect("an attachment");
    assert!(
        part.decode(usize::MAX).unwrap() == content,
        "the file was changed"
    );
}

/// One recipient refused does not keep the message from the others; all refused is an error.
pub async fn refused_recipients_are_named(harness: &dyn Harness) {
    let pair = Pair::of(harness);
    let Some(refused) = harness.refused_address() else {
        let receipt = pair
            .a
            .send(Draft::new().to("new@nobody.test").text("x"))
            .await
            .unwrap();
        assert_eq!(receipt.accepted, ["new@nobody.test"]);
        return;
    };
    let draft = Draft::new()
        .to(pair.b.address())
        .to(refused.as_str())
        .text("x");
    let receipt = pair.a.send(draft).await.unwrap();
    assert_eq!(receipt.accepted, [pair.b.address()]);
    assert_eq!(receipt.refused.len(), 1);
    assert_eq!(receipt.refused[0].recipient, refused);
    assert!(!receipt.refused[0].reason.is_empty());
    pair.inbox(&pair.b, 1).await;

    let error = pair
        .a
        .send(Draft::new().to(refused.as_str()).text("x"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    pair.inbox(&pair.b, 1).await;
}

fn contains(octets: &[u8], text: &str) -> bool {
    octets
        .windows(text.len())
        .any(|window| window.eq_ignore_ascii_case(text.as_bytes()))
}
