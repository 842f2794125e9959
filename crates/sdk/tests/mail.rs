//! A message as an agent reads it.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use mailmesh::{ErrorKind, Mail, MailId, Mark, Refusal};
use proptest::prelude::{any, prop_assert, proptest};
use serde_json::json;

const MESSAGE: &str = "From: Quentin <q@x.test>\r\n\
    To: a@x.test\r\n\
    Cc: carol@x.test\r\n\
    Subject: =?utf-8?q?Stra=C3=9Fe?=\r\n\
    References: <1@x.test> <2@x.test>\r\n\
    MIME-Version: 1.0\r\n\
    Content-Type: multipart/mixed; boundary=b\r\n\
    \r\n\
    --b\r\n\
    Content-Type: text/plain; charset=utf-8\r\n\
    \r\n\
    Apples and pears.\r\n\
    --b\r\n\
    Content-Type: application/ld+json\r\n\
    Content-Purpose: Machine-readable\r\n\
    \r\n\
    [{\"@type\": \"A\"}, {\"@type\": \"B\"}]\r\n\
    --b\r\n\
    Content-Type: application/pdf; name=\"../../a.pdf\"\r\n\
    Content-Disposition: attachment\r\n\
    Content-Transfer-Encoding: base64\r\n\
    \r\n\
    JVBERg==\r\n\
    --b\r\n\
    Content-Type: application/zip\r\n\
    Content-Disposition: attachment\r\n\
    Content-Transfer-Encoding: x-unknown\r\n\
    \r\n\
    PK\r\n\
    --b--\r\n";

fn mail() -> Mail {
    Mail::new(MailId::new("1"), MESSAGE.into(), Vec::new(), true)
}

#[test]
fn text_and_data_are_at_hand() {
    let mail = mail();
    assert_eq!(mail.text().unwrap().trim_end(), "Apples and pears.");
    assert_eq!(mail.html(), None);
    assert_eq!(mail.data(), [json!({"@type": "A"}), json!({"@type": "B"})]);
    assert_eq!(mail.references(), ["1@x.test", "2@x.test"]);
}

#[test]
fn one_broken_attachment_leaves_the_others() {
    let mail = mail();
    let listed = mail.attachments();
    assert_eq!(listed.len(), 2);
    assert_eq!(
        listed[0].filename.as_deref(),
        Some("a.pdf"),
        "a name is no path"
    );
    assert_eq!((listed[0].size, listed[1].size), (Some(4), None));
    assert_eq!(mail.attachment(0).unwrap(), b"%PDF");
    assert_eq!(mail.attachment(1).unwrap_err().kind(), ErrorKind::Protocol);
    assert_eq!(mail.attachment(2).unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn it_holds_the_words_of_subject_addresses_and_text() {
    let mail = mail();
    for held in [
        "apples",
        "PEARS and",
        "straße",
        "quentin carol@x.test",
        "q@x",
    ] {
        assert!(mail.holds(held), "{held}");
    }
    for not_held in ["", "  ", "apples plums", "x-unknown", "2@x.test"] {
        assert!(!mail.holds(not_held), "{not_held}");
    }
}

#[test]
fn marks_have_no_case_and_stand_once() {
    let mut summary = mail().summary;
    for keyword in ["$Done", "$done", "$Later"] {
        summary.apply(&Mark::Keyword(keyword.into()));
    }
    assert_eq!(summary.keywords, ["$Done", "$Later"]);
    summary.apply(&Mark::ClearKeyword("$DONE".into()));
    summary.apply(&Mark::Read);
    assert_eq!(
        (summary.keywords, summary.unread),
        (vec!["$Later".to_owned()], false)
    );
}

#[test]
fn the_words_of_a_refusal_are_cut_and_cleaned() {
    let refusal = Refusal::new(
        "a@x.test",
        &format!("550 no\r\n\x1b[31m{}", "é".repeat(1_000)),
    );
    assert_eq!(refusal.reason.chars().count(), Refusal::MAX_REASON);
    assert!(refusal.reason.starts_with("550 no[31mé"));
}

proptest! {
    #[test]
    fn any_octets_can_be_looked_at(raw in any::<Vec<u8>>(), query in any::<String>()) {
        let mail = Mail::new(MailId::new("1"), raw, Vec::new(), true);
        let _ = mail.holds(&query);
        let _ = mail.data();
        for index in 0..=mail.attachments().len() {
            let content = mail.attachment(index).unwrap_or_default();
            prop_assert!(content.len() <= mail.raw.len());
        }
    }
}
