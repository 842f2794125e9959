//! Listings and messages as JSON: the members that scripts rely on.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use mailmesh::{Mail, MailId, Summary};
use proptest::prelude::{any, prop_assert_eq, proptest};
use serde_json::{Value, json};

const MESSAGE: &str = "From: =?utf-8?q?J=C3=BCrgen?= <j@x.test>\n\
    To: a@x.test, B <b@x.test>\n\
    Cc: c@x.test\n\
    Subject: Order\n =?utf-8?q?f=C3=BCr?= 7\n\
    Date: Fri, 02 Jan 2026 04:04:05 +0100\n\
    Message-ID: <m3@x.test>\n\
    In-Reply-To: <m2@x.test>\n\
    References: <m1@x.test>\n <m2@x.test>\n\
    MIME-Version: 1.0\n\
    Content-Type: multipart/mixed; boundary=o\n\
    \n\
    --o\n\
    Content-Type: multipart/alternative; boundary=i\n\
    \n\
    --i\n\
    Content-Type: text/plain\n\
    \n\
    Seven.\n\
    --i\n\
    Content-Type: text/html\n\
    \n\
    <b>Seven.</b>\n\
    --i\n\
    Content-Type: application/ld+json\n\
    Content-Purpose: Machine-readable\n\
    \n\
    {\"@type\": [\"Order\", \"Order\"], \"n\": 1.50}\n\
    --i--\n\
    --o\n\
    Content-Type: text/csv\n\
    Content-Disposition: attachment; filename=a.csv\n\
    Content-Transfer-Encoding: base64\n\
    \n\
    MSwyCg==\n\
    --o\n\
    Content-Type: application/octet-stream\n\
    Content-Disposition: attachment\n\
    Content-Transfer-Encoding: base64\n\
    \n\
    !!!!!!!!!!!!\n\
    --o--\n";

fn mail(raw: &[u8]) -> Mail {
    Mail::new(MailId::new("7"), raw.to_vec(), vec!["$seen".into()], true)
}

fn listed() -> Value {
    json!({
        "id": "7",
        "message_id": "m3@x.test",
        "from": "Jürgen <j@x.test>",
        "to": ["a@x.test", "B <b@x.test>"],
        "cc": ["c@x.test"],
        "subject": "Order für 7",
        "date": "2026-01-02T03:04:05Z",
        "size": MESSAGE.len() + MESSAGE.matches('\n').count(),
        "class": "full",
        "has_structured_data": true,
        "is_mrm": false,
        "types": ["Order"],
        "keywords": ["$seen"],
        "unread": true,
        "in_reply_to": "m2@x.test",
    })
}

#[test]
fn a_listing_has_its_members_and_no_other() {
    let raw = MESSAGE.replace('\n', "\r\n");
    assert_eq!(
        serde_json::to_value(&mail(raw.as_bytes()).summary).unwrap(),
        listed()
    );
}

#[test]
fn a_message_adds_its_content() {
    let raw = MESSAGE.replace('\n', "\r\n");
    let mut value = serde_json::to_value(mail(raw.as_bytes())).unwrap();
    let object = value.as_object_mut().unwrap();
    let mut take = |name: &str| object.remove(name).unwrap();
    assert_eq!(take("text").as_str().unwrap().trim_end(), "Seven.");
    assert_eq!(take("html").as_str().unwrap().trim_end(), "<b>Seven.</b>");
    assert_eq!(take("references"), json!(["m1@x.test", "m2@x.test"]));
    assert_eq!(
        take("attachments"),
        json!([
            {"part": "2", "filename": "a.csv", "media_type": "text/csv", "size": 4},
            {"part": "3", "filename": null, "media_type": "application/octet-stream", "size": null},
        ])
    );
    let items = take("items");
    assert_eq!(items.as_array().unwrap().len(), 1);
    assert_eq!(items[0]["class"], "full");
    assert_eq!(items[0]["data"]["@type"], json!(["Order", "Order"]));
    let headers = take("headers");
    let value_of = |name: &str| {
        let mut headers = headers.as_array().unwrap().iter();
        headers.find(|header| header["name"] == name).unwrap()["value"].clone()
    };
    assert_eq!(value_of("Subject"), "Order =?utf-8?q?f=C3=BCr?= 7");
    assert_eq!(value_of("References"), "<m1@x.test> <m2@x.test>");
    assert_eq!(value, listed());
}

#[test]
fn numbers_in_data_stay_as_they_were_written() {
    let raw = MESSAGE.replace('\n', "\r\n");
    let text = serde_json::to_string(&mail(raw.as_bytes())).unwrap();
    assert!(text.contains("\"n\": 1.50"), "{text}");
}

#[test]
fn a_header_beyond_the_limit_leaves_what_stands_before() {
    let raw = format!(
        "Subject: seen\r\nX: {}\r\nTo: a@x.test\r\n\r\nx",
        "y\r\n ".repeat(100_000)
    );
    let mail = mail(raw.as_bytes());
    assert_eq!(mail.summary.subject, "seen");
    assert_eq!(mail.summary.size, raw.len() as u64);
    assert!(mail.message().is_err());
    let value = serde_json::to_value(&mail).unwrap();
    assert_eq!(
        (&value["text"], &value["items"]),
        (&Value::Null, &json!([]))
    );
}

proptest! {
    #[test]
    fn any_octets_have_a_summary(raw in any::<Vec<u8>>(), size in any::<u64>()) {
        let summary = Summary::of(MailId::new("1"), &raw, Vec::new(), false, size);
        prop_assert_eq!(summary.size, size);
        serde_json::to_string(&mail(&raw)).unwrap();
    }
}
