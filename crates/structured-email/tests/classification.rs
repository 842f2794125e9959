//! Which class a structure gives, under both policies.

#![allow(clippy::unwrap_used)] // a test may panic, and so may what it shares with others

use structured_email::{Class, Limits, Message, Policy, WarningKind};

const J: &str = "Content-Type: application/ld+json\r\nContent-Purpose: Machine-readable\r\n\r\n{\"@type\":\"A\",\"@id\":\"urn:1\"}";
const J2: &str = "Content-Type: application/ld+json\r\nContent-Purpose: Machine-readable\r\n\r\n{\"@type\":\"A\",\"@id\":\"urn:1\",\"x\":2}";
const J3: &str = "Content-Type: application/ld+json\r\nContent-Purpose: Machine-readable\r\n\r\n{\"@type\":\"A\",\"@id\":\"urn:3\"}";
/// Data without a purpose.
const JX: &str = "Content-Type: application/ld+json\r\n\r\n{\"@type\":\"A\"}";
const BROKEN: &str =
    "Content-Type: application/ld+json\r\nContent-Purpose: Machine-readable\r\n\r\n{";
const P: &str = "Content-Type: text/plain\r\n\r\nplain";
const EMPTY: &str = "Content-Type: text/plain\r\n\r\n \r\n\t";
const H: &str = "Content-Type: text/html\r\n\r\n<p>html";
const PDF: &str =
    "Content-Type: application/pdf\r\nContent-Disposition: attachment; filename=a.pdf\r\n\r\nx";
const SIGNATURE: &str = "Content-Type: application/pgp-signature\r\n\r\nx";

/// A multipart; its type doubles as its boundary, so nesting must not repeat a type.
fn multipart(kind: &str, children: &[&str]) -> String {
    let subtype = kind.split(';').next().unwrap_or_default();
    let mut raw = format!("Content-Type: multipart/{kind}; boundary={subtype}\r\n\r\n");
    for child in children {
        raw += &format!("--{subtype}\r\n{child}\r\n");
    }
    raw + &format!("--{subtype}--\r\n")
}

fn alt(children: &[&str]) -> String {
    multipart("alternative", children)
}

fn rel(children: &[&str]) -> String {
    multipart("related; type=\"text/html\"", children)
}

fn mix(children: &[&str]) -> String {
    multipart("mixed", children)
}

#[track_caller]
fn check(raw: &str, strict: (Class, usize), lenient: (Class, usize)) {
    for (policy, expected) in [(Policy::STRICT, strict), (Policy::LENIENT, lenient)] {
        let message = Message::parse_with(raw.as_bytes(), policy, &Limits::default()).unwrap();
        assert_eq!(
            (message.class(), message.items().len()),
            expected,
            "{policy:?}\n{raw}"
        );
    }
}

#[track_caller]
fn same(raw: &str, class: Class, items: usize) {
    check(raw, (class, items), (class, items));
}

fn warnings(raw: &str, policy: Policy) -> Vec<WarningKind> {
    let message = Message::parse_with(raw.as_bytes(), policy, &Limits::default()).unwrap();
    message
        .warnings()
        .iter()
        .map(|warning| warning.kind())
        .collect()
}

#[test]
fn the_nearest_multipart_decides() {
    same(&alt(&[P, H, J]), Class::Full, 1);
    same(&alt(&[J, P, H]), Class::Full, 1);
    same(&rel(&[&alt(&[P, H]), J]), Class::Partial, 1);
    same(&alt(&[P, &rel(&[H, J])]), Class::Partial, 1);
    same(&mix(&[&alt(&[P, H]), J]), Class::NonRepresentation, 1);
    same(&alt(&[P, &mix(&[H, J])]), Class::NonRepresentation, 1);
    same(
        &multipart("x-unknown", &[P, J]),
        Class::NonRepresentation,
        1,
    );
    same(&mix(&[&rel(&[&alt(&[P, H]), J]), PDF]), Class::Partial, 1);
}

#[test]
fn a_purpose_is_needed_and_lenient_mode_does_without() {
    check(&alt(&[P, JX]), (Class::None, 0), (Class::Full, 1));
    check(JX, (Class::None, 0), (Class::MrmShape, 1));
    check(
        &mix(&[P, J, JX]),
        (Class::NonRepresentation, 1),
        (Class::NonRepresentation, 2),
    );
    assert_eq!(
        warnings(&alt(&[P, JX]), Policy::LENIENT),
        [WarningKind::NoPurpose]
    );
    assert_eq!(warnings(&alt(&[P, JX]), Policy::STRICT), []);
}

#[test]
fn what_strict_mode_finds_has_room_first() {
    let limits = Limits {
        items: 1,
        ..Limits::default()
    };
    let raw = mix(&[P, JX, J]);
    for (policy, parts) in [(Policy::STRICT, ["3"]), (Policy::LENIENT, ["3"])] {
        let message = Message::parse_with(raw.as_bytes(), policy, &limits).unwrap();
        let found: Vec<_> = message
            .items()
            .iter()
            .map(|item| item.part().to_string())
            .collect();
        assert_eq!(found, parts);
    }
    let lenient = Message::parse_with(raw.as_bytes(), Policy::LENIENT, &Limits::default()).unwrap();
    let sections = lenient.items().iter().map(|item| item.part());
    assert!(
        sections.is_sorted(),
        "and yet items stand in document order"
    );
}

#[test]
fn another_purpose_or_an_ambiguous_one_never_speaks() {
    for purpose in [
        "Content-Purpose: Other",
        "Content-Purpose:",
        "Content-Purpose: Machine-readable\r\nContent-Purpose: Other",
    ] {
        let part = JX.replace("\r\n\r\n", &format!("\r\n{purpose}\r\n\r\n"));
        same(&alt(&[P, &part]), Class::None, 0);
    }
    let twice = J.replace(
        "Type: application/ld+json",
        "Type: application/ld+json; a=1; a=2",
    );
    same(&alt(&[P, &twice]), Class::None, 0);
    let container = alt(&[P, J]).replace(
        "Content-Type: multipart",
        "Content-Type: multipart/mixed; boundary=x\r\nContent-Type: multipart",
    );
    same(&container, Class::None, 0);
    let container = alt(&[P, J]).replace("; boundary", "; boundary=alternative; boundary");
    same(&container, Class::None, 0);
}

#[test]
fn purposes_and_types_compare_without_case_comments_and_parameters() {
    let part = J
        .replace(
            "Content-Purpose: Machine-readable",
            "content-purpose: (see) MACHINE-READABLE ; v=1",
        )
        .replace(
            "application/ld+json",
            "Application/LD+JSON; profile=\"x y\"",
        );
    let raw = alt(&[P, &part]);
    let message = Message::parse(raw.as_bytes()).unwrap();
    assert_eq!(
        (message.class(), message.items()[0].profile().len()),
        (Class::Full, 2)
    );
}

#[test]
fn an_attachment_speaks_in_lenient_mode_only() {
    let part = J.replace(
        "\r\n\r\n",
        "\r\nContent-Disposition: attachment; filename=o.json\r\n\r\n",
    );
    let raw = alt(&[P, &part]);
    check(&raw, (Class::None, 0), (Class::Full, 1));
    let lenient = Message::parse_with(raw.as_bytes(), Policy::LENIENT, &Limits::default()).unwrap();
    assert!(lenient.items()[0].flags().attachment);
    assert_eq!(lenient.attachments().count(), 1);
    same(
        &alt(&[P, &part.replace("attachment; filename=o.json", "inline")]),
        Class::Full,
        1,
    );
}

#[test]
fn a_message_for_machines_has_nothing_to_see() {
    check(J, (Class::Mrm, 1), (Class::Mrm, 1));
    same(&alt(&[J]), Class::MrmShape, 1);
    same(&alt(&[EMPTY, J]), Class::MrmShape, 1);
    same(&mix(&[&alt(&[EMPTY, J])]), Class::MrmShape, 1);
    same(&multipart("signed", &[J, SIGNATURE]), Class::Mrm, 1);
    same(
        &multipart("signed", &[&alt(&[J]), SIGNATURE]),
        Class::MrmShape,
        1,
    );
    check(&alt(&[J, JX]), (Class::MrmShape, 1), (Class::Full, 2));
    same(&BROKEN.replace("\r\n\r\n{", "\r\n\r\n{,"), Class::Mrm, 0);
}

#[test]
fn anything_to_see_makes_it_a_message_for_people() {
    let visible = [
        P,
        "Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR",
        "Content-Type: text/plain; charset=utf-16\r\nContent-Transfer-Encoding: base64\r\n\r\n/v8AYQ==",
        "Content-Type: image/png\r\nContent-ID: <i@x>\r\n\r\nx",
        "Content-Type: message/rfc822\r\n\r\nSubject: x\r\n",
        "Content-Type: multipart/mixed\r\n\r\nno boundary",
        "Content-Type: text/plain\r\nContent-Transfer-Encoding: x-odd\r\n\r\nx",
        PDF,
    ];
    for part in visible {
        same(&alt(&[part, J]), Class::Full, 1);
    }
    let late = format!("Content-Type: text/plain\r\n\r\n{}.", " ".repeat(5000));
    same(&alt(&[&late, J]), Class::Full, 1);
    let text_as_signature = multipart("signed", &[J, P]);
    same(&text_as_signature, Class::NonRepresentation, 1);
}

#[test]
fn blanks_in_any_encoding_are_nothing_to_see() {
    for part in [
        "Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nDQogDQo=",
        "Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=20=\r\n=C2=A0",
        "Content-Type: text/plain; charset=iso-8859-1\r\n\r\n \r\n",
    ] {
        same(&alt(&[part, J]), Class::MrmShape, 1);
    }
}

#[test]
fn a_resource_that_the_data_refers_to_is_not_seen() {
    let data = J.replace("urn:1", "urn:1\",\"image\":\"cid:i%40x");
    let image = "Content-Type: image/png\r\nContent-ID: <i@x>\r\n\r\nx";
    same(&rel(&[&data, image]), Class::MrmShape, 1);
    same(
        &rel(&[&data, &image.replace("i@x", "j@x")]),
        Class::Partial,
        1,
    );
    same(&rel(&[H, &data, image]), Class::Partial, 1);
}

#[test]
fn what_was_not_looked_at_may_be_for_people() {
    let limits = Limits {
        parts: 3,
        ..Limits::default()
    };
    let raw = mix(&[EMPTY, J, P]);
    let message = Message::parse_with(raw.as_bytes(), Policy::STRICT, &limits).unwrap();
    assert_eq!(message.class(), Class::NonRepresentation);
}

#[test]
fn a_root_of_a_related_that_is_data_is_odd() {
    assert_eq!(
        warnings(&rel(&[J, H]), Policy::STRICT),
        [WarningKind::RelatedRootIsMachine]
    );
    same(&rel(&[J, H]), Class::Partial, 1);
    same(&rel(&[J]), Class::MrmShape, 1);
    assert_eq!(
        warnings(&rel(&[J]), Policy::STRICT),
        [WarningKind::RelatedRootIsMachine]
    );
    let named = J.replace("\r\n\r\n", "\r\nContent-ID: <j@x>\r\n\r\n");
    let start = |id: &str| {
        multipart(
            &format!("related; type=\"text/html\"; start=\"<{id}>\""),
            &[H, &named],
        )
    };
    assert_eq!(
        warnings(&start("j@x"), Policy::STRICT),
        [WarningKind::RelatedRootIsMachine]
    );
    assert_eq!(warnings(&start("none@x"), Policy::STRICT), []);
    assert_eq!(
        warnings(&multipart("related", &[H, J]), Policy::STRICT),
        [WarningKind::MissingRelatedType]
    );
}

#[test]
fn unusual_containers_are_no_representation() {
    for kind in ["report", "digest", "parallel"] {
        let raw = multipart(kind, &[P, J]);
        same(&raw, Class::NonRepresentation, 1);
        assert_eq!(
            warnings(&raw, Policy::STRICT),
            [WarningKind::UnusualContainer],
            "{kind}"
        );
    }
}

#[test]
fn a_signature_covers_what_is_signed_and_nothing_else() {
    let covered = |raw: &str| {
        let message = Message::parse(raw.as_bytes()).unwrap();
        let signatures: Vec<_> = message
            .signatures()
            .iter()
            .map(ToString::to_string)
            .collect();
        (
            message.class(),
            signatures,
            message.items()[0].covered_by().to_vec(),
        )
    };
    let signed = multipart("signed", &[&alt(&[P, H, J]), SIGNATURE]);
    assert_eq!(
        covered(&signed),
        (Class::Full, vec!["1".to_owned()], vec![0])
    );
    assert_eq!(
        covered(&mix(&[&signed, P])),
        (Class::Full, vec!["1.1".to_owned()], vec![0])
    );
    let beside = mix(&[&multipart("signed", &[P, SIGNATURE]), J]);
    assert_eq!(
        covered(&beside),
        (Class::NonRepresentation, vec!["1.1".to_owned()], vec![])
    );
}

#[test]
fn data_in_the_place_of_a_signature_does_not_speak() {
    same(&multipart("signed", &[P, J]), Class::None, 0);
    same(&multipart("signed", &[P, &alt(&[J])]), Class::None, 0);
}

#[test]
fn encrypted_mail_is_opaque_until_it_is_decrypted() {
    let inner = alt(&[P, H, J]);
    let encrypted = multipart(
        "encrypted",
        &[
            "Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1",
            J,
        ],
    );
    let enveloped = "Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n\r\nx";
    for raw in [&*encrypted, enveloped, &mix(&[enveloped])] {
        let message = Message::parse(raw.as_bytes()).unwrap();
        assert!(message.needs_decryption());
        assert_eq!((message.class(), message.items().len()), (Class::Opaque, 0));
    }
    same(&inner, Class::Full, 1);
    same(&mix(&[enveloped, J]), Class::NonRepresentation, 1);
}

#[test]
fn the_strongest_class_is_that_of_the_message() {
    let raw = mix(&[&alt(&[P, J]), J3]);
    same(&raw, Class::Full, 2);
    assert_eq!(warnings(&raw, Policy::STRICT), [WarningKind::MixedClasses]);
    let message = Message::parse(raw.as_bytes()).unwrap();
    let classes: Vec<_> = message.items().iter().map(|item| item.class()).collect();
    assert_eq!(classes, [Class::Full, Class::NonRepresentation]);
    assert!(message.primary().is_none() && !message.conflict());
}

#[test]
fn broken_data_keeps_the_class_and_leaves_its_neighbours_alone() {
    same(&alt(&[P, BROKEN]), Class::Full, 0);
    let raw = mix(&[P, BROKEN, J]);
    let message = Message::parse(raw.as_bytes()).unwrap();
    assert_eq!((message.items().len(), message.problems().len()), (1, 1));
    assert_eq!(message.problems()[0].part().to_string(), "2");
    assert!(message.primary().is_some());
}

#[test]
fn two_full_representations_or_two_values_of_one_id_conflict() {
    for (raw, conflicts) in [
        (alt(&[P, J, J2]), [true, true]),
        (alt(&[P, J, J3]), [true, true]),
        (mix(&[P, J, J2]), [true, true]),
        (mix(&[P, J, J3]), [false, false]),
        (mix(&[P, J, &J.replace("{", "{ ")]), [false, false]),
    ] {
        let message = Message::parse(raw.as_bytes()).unwrap();
        let flags: Vec<_> = message
            .items()
            .iter()
            .map(|item| item.flags().conflict)
            .collect();
        assert_eq!(flags, conflicts, "{raw}");
        assert_eq!(message.conflict(), conflicts[0]);
        assert!(message.primary().is_none());
    }
    let beside_broken = alt(&[P, J, BROKEN]);
    let message = Message::parse(beside_broken.as_bytes()).unwrap();
    assert!(!message.conflict() && message.primary().is_some());
}

#[test]
fn header_hints_decide_nothing() {
    let hinted = |hints: &str, raw: &str| format!("{hints}\r\n{raw}");
    let both = "$MRM: true\r\n$hasStructuredData: TRUE";
    let plain = hinted(both, &alt(&[P, H]));
    same(&plain, Class::None, 0);
    assert_eq!(
        warnings(&plain, Policy::STRICT),
        [WarningKind::HeaderHintMismatch]
    );
    assert_eq!(
        warnings(&hinted("$MRM: true", &alt(&[P, J])), Policy::STRICT),
        [WarningKind::HeaderHintMismatch]
    );
    assert_eq!(warnings(&hinted(both, J), Policy::STRICT), []);
    assert_eq!(warnings(&hinted("$MRM: false", P), Policy::STRICT), []);
    let legacy = hinted("Structured data: Full", &mix(&[P, J]));
    same(&legacy, Class::NonRepresentation, 1);
    assert_eq!(
        warnings(&legacy, Policy::STRICT),
        [WarningKind::IllegalHeaderLine]
    );
}

#[test]
fn attachments_are_what_a_person_would_call_so() {
    let count = |raw: &str| {
        Message::parse(raw.as_bytes())
            .unwrap()
            .attachments()
            .count()
    };
    let image = "Content-Type: image/png\r\nContent-ID: <i@x>\r\n\r\nx";
    for (raw, attachments) in [
        (mix(&[P, PDF]), 1),
        (mix(&[&rel(&[&alt(&[P, H]), J]), PDF]), 1),
        (alt(&[P, JX]), 1),
        (alt(&[P, "Content-Type: text/calendar\r\n\r\nx"]), 0),
        (rel(&[H, image]), 0),
        (
            rel(&[
                H,
                &image.replace("\r\n\r\n", "\r\nContent-Disposition: attachment\r\n\r\n"),
            ]),
            1,
        ),
        (rel(&[H, "Content-Type: image/png\r\n\r\nx"]), 1),
        (
            mix(&[P, "Content-Type: text/plain; name=notes.txt\r\n\r\nx"]),
            1,
        ),
        (mix(&[P, P, H]), 0),
        (
            multipart(
                "signed",
                &[
                    P,
                    &SIGNATURE.replace("\r\n\r\n", "\r\nContent-Disposition: attachment\r\n\r\n"),
                ],
            ),
            0,
        ),
        (J.to_owned(), 0),
        (JX.to_owned(), 1),
    ] {
        assert_eq!(count(&raw), attachments, "{raw}");
    }
}
