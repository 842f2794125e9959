//! What holds for every message, well formed or not.

#![allow(clippy::unwrap_used)] // a test may panic, and so may what it shares with others

use mailmesh_testkit::mutation::overwritten;
use mailmesh_testkit::properties;
use proptest::prelude::*;
use structured_email::{Class, HtmlData, Item, Limits, Message, Policy};

/// Lines that mean something to the parser, in any order.
fn lines() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        Just("Content-Type: multipart/alternative; boundary=a".to_owned()),
        Just("Content-Type: multipart/related; boundary=\"b\"; start=\"<x@y>\"".to_owned()),
        Just("Content-Type: multipart/signed; boundary=a".to_owned()),
        Just("Content-Type: multipart/digest; boundary=c".to_owned()),
        Just("Content-Type: text/html".to_owned()),
        Just("Content-Type: message/rfc822".to_owned()),
        Just("Content-Type: application/ld+json".to_owned()),
        Just("Content-Type: application/ld+json\r\nContent-Purpose: Machine-readable".to_owned()),
        Just("Content-Purpose: Machine-readable".to_owned()),
        Just("Content-Disposition: attachment; filename*=utf-8''%C3%A9".to_owned()),
        Just("Content-Transfer-Encoding: base64".to_owned()),
        Just("Content-Transfer-Encoding: quoted-printable".to_owned()),
        Just("Content-ID: <x@y>".to_owned()),
        Just("Supersedes: <a@b>".to_owned()),
        Just("Subject: =?utf-8?q?=C3=A9?=".to_owned()),
        Just("From: a <a@b>, \"c\" (d) <c@d>".to_owned()),
        Just("{\"@type\":\"A\",\"@id\":\"cid:x@y\"}".to_owned()),
        Just("[{\"@id\":\"urn:1\",\"n\":1e400},{\"a\":1,\"a\":2}]".to_owned()),
        Just("eyJAdHlwZSI6IkEifQ==".to_owned()),
        Just("<script type=\"application/ld+json\">{\"@type\":\"A\"}</script>".to_owned()),
        Just(String::new()),
        Just("--a".to_owned()),
        Just("--a--".to_owned()),
        Just("--b".to_owned()),
        Just("--b--".to_owned()),
        Just("--c".to_owned()),
        "[ -~]{0,40}",
    ];
    let end = prop_oneof![8 => Just("\r\n"), 1 => Just("\n"), 1 => Just("")];
    prop::collection::vec((line, end), 0..40).prop_map(|lines| {
        lines
            .into_iter()
            .flat_map(|(line, end)| (line + end).into_bytes())
            .collect()
    })
}

fn parse(raw: &[u8], policy: Policy) -> Message<'_> {
    Message::parse_with(raw, policy, &Limits::default()).unwrap()
}

/// Asks for everything that a message gives.
fn exhaust(message: &Message<'_>) {
    let _ = (
        message.text(),
        message.html(),
        message.subject(),
        message.from(),
        message.date(),
    );
    let _ = (
        message.message_id(),
        message.mailboxes("To"),
        message.headers().count(),
    );
    for part in message.parts() {
        let _ = (
            part.filename(),
            part.text(),
            part.content_id(),
            part.decode(100),
        );
    }
    for item in message.items() {
        let _ = (item.value(), item.sha256());
    }
}

/// Where an item stands and what it says.
fn identity<'m>(item: &'m Item<'_>) -> (String, Option<usize>, &'m str) {
    (item.part().to_string(), item.index(), item.json())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_octets_panic(raw in prop::collection::vec(any::<u8>(), 0..600)) {
        exhaust(&parse(&raw, Policy::STRICT));
        exhaust(&parse(&raw, Policy::LENIENT));
    }

    #[test]
    fn no_lines_panic(raw in overwritten(lines())) {
        exhaust(&parse(&raw, Policy::STRICT));
        exhaust(&parse(&raw, Policy::LENIENT));
    }

    #[test]
    fn parts_lie_within_their_containers_in_document_order(raw in overwritten(lines())) {
        properties::parts_nest(&parse(&raw, Policy::STRICT));
    }

    #[test]
    fn strict_is_a_subset_of_lenient(raw in overwritten(lines()), html in 0..3usize, microdata: bool) {
        let html = [HtmlData::Ignore, HtmlData::Fallback, HtmlData::Both][html];
        let (strict, lenient) = (
            parse(&raw, Policy { html, microdata, ..Policy::STRICT }),
            parse(&raw, Policy { html, microdata, ..Policy::LENIENT }),
        );
        let known: Vec<_> = lenient.items().iter().map(identity).collect();
        for item in strict.items() {
            prop_assert!(known.contains(&identity(item)));
        }
    }

    #[test]
    fn the_class_depends_on_mime_fields_only(raw in lines(), hints in "[A-Za-z$]{1,12}: [ -~]{0,20}") {
        prop_assume!(!hints.to_ascii_lowercase().starts_with("content-"));
        let hinted = [b"$MRM: true\r\n$hasStructuredData: true\r\n", hints.as_bytes(), b"\r\n", &raw].concat();
        for policy in [Policy::STRICT, Policy::LENIENT] {
            let (plain, hinted) = (parse(&raw, policy), parse(&hinted, policy));
            // A continuation line at the very start has no field to belong to, with hints it has.
            prop_assert_eq!(plain.class(), hinted.class());
            prop_assert_eq!(plain.items().len(), hinted.items().len());
        }
    }

    #[test]
    fn machine_messages_show_nothing_and_keep_their_text(raw in overwritten(lines())) {
        let message = parse(&raw, Policy::STRICT);
        if message.class().is_mrm() {
            prop_assert!(message.text().is_none_or(|text| text.trim().is_empty()));
            prop_assert_eq!(message.parts().iter().filter(|part| part.is_designated()).count(), 1);
        }
        if message.class() == Class::None {
            prop_assert!(message.items().is_empty());
        }
    }

    #[test]
    fn limits_are_never_passed(raw in overwritten(lines()), parts in 1..20usize, depth in 1..4usize, items in 0..3usize) {
        let limits = Limits { parts, mime_depth: depth, items, ..Limits::default() };
        let message = Message::parse_with(&raw, Policy::LENIENT, &limits).unwrap();
        prop_assert!(message.parts().len() <= parts);
        prop_assert!(message.items().len() <= items);
        prop_assert!(message.parts().iter().all(|part| part.section().path().len() <= depth));
    }
}
