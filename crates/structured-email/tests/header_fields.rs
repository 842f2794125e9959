//! Top-level fields as an application reads them.

#![allow(clippy::unwrap_used)] // a test may panic, and so may what it shares with others

use structured_email::{Mailbox, Message, WarningKind};

fn warnings(raw: &[u8]) -> Vec<WarningKind> {
    let message = Message::parse(raw).unwrap();
    message
        .warnings()
        .iter()
        .map(|warning| warning.kind())
        .collect()
}

#[test]
fn fields_are_unfolded_and_decoded() {
    let raw = "Subject: =?utf-8?Q?caf=C3=A9?=\r\n =?utf-8?B?IGJhcg==?= and\r\n more\r\n\
        From: \"Doe, Jane\" <jane@example.org>, =?iso-8859-1?Q?J=F6rg?= <j@example.org>\r\n\
        To: team: a@example.org, b@example.org;, c@example.org\r\n\
        Date: Fri, 21 Nov 1997 09:55:06 -0600\r\n\
        Message-ID: <1@example.org>\r\nReferences: <a@x>\r\n <b@x>\r\n\r\n";
    let message = Message::parse(raw.as_bytes()).unwrap();
    assert_eq!(message.subject().as_deref(), Some("caf\u{e9} bar and more"));
    let mailbox = |name: &str, address: &str| Mailbox {
        name: Some(name.to_owned()),
        address: address.to_owned(),
    };
    assert_eq!(
        message.from(),
        [
            mailbox("Doe, Jane", "jane@example.org"),
            mailbox("J\u{f6}rg", "j@example.org")
        ]
    );
    let to: Vec<_> = message
        .mailboxes("to")
        .into_iter()
        .map(|mailbox| mailbox.address)
        .collect();
    assert_eq!(to, ["a@example.org", "b@example.org", "c@example.org"]);
    assert_eq!(message.date(), Some(880_127_706));
    assert_eq!(message.message_id().as_deref(), Some("1@example.org"));
    assert_eq!(message.message_ids("References"), ["a@x", "b@x"]);
    assert_eq!(message.header("Missing"), None);
    assert_eq!(warnings(raw.as_bytes()), []);
}

#[test]
fn quoted_local_parts_stay_the_address_they_are() {
    let raw =
        br#"From: "a \"b\" \\" <"c\"\\\d"@x.example>, "e f"@x.example, (say "g\"") "h\"i"@x.example

"#;
    let message = Message::parse(raw).unwrap();
    let from = message.from();
    let addresses: Vec<_> = from
        .iter()
        .map(|mailbox| mailbox.address.as_str())
        .collect();
    assert_eq!(
        addresses,
        [
            r#""c\"\\\d"@x.example"#,
            r#""e f"@x.example"#,
            r#""h\"i"@x.example"#
        ]
    );
    assert_eq!(from[0].name.as_deref(), Some(r#"a "b" \"#));
}

#[test]
fn a_quoted_local_part_may_hold_what_parts_addresses() {
    for local_part in [
        r#""a(b""#,
        r#""a)b""#,
        r#""a, b""#,
        r#""a\", \"b""#,
        r#""a<b>;:@\\""#,
        r#""""#,
        r#""é ""#,
    ] {
        let address = format!("{local_part}@x.example");
        let raw = format!("To: \":[(\" <{address}>, (a \" comment (\\))) {address} (b\"), c@d\n\n");
        let to = Message::parse(raw.as_bytes()).unwrap().mailboxes("To");
        let read: Vec<_> = to.iter().map(|mailbox| mailbox.address.as_str()).collect();
        assert_eq!(read, [&address, &address, "c@d"], "{raw}");
        assert_eq!(to[0].name.as_deref(), Some(":[("));
    }
}

#[test]
fn an_encoded_word_spells_no_local_part() {
    let raw = b"To: =?utf-8?Q?a=01b=010=01?= <\"c d\"@x.example>\n\n";
    let to = Message::parse(raw).unwrap().mailboxes("To");
    assert_eq!(to[0].name.as_deref(), Some("a\u{1}b\u{1}0\u{1}"));
    assert_eq!(to[0].address, "\"c d\"@x.example");
}

#[test]
fn of_a_field_that_stands_twice_the_first_counts() {
    let raw = b"From: a@example.org\r\nSubject: one\r\nsubject: two\r\nFrom: b@example.org\r\n\r\n";
    let message = Message::parse(raw).unwrap();
    assert_eq!(message.subject().as_deref(), Some("one"));
    assert_eq!(message.from()[0].address, "a@example.org");
    assert_eq!(
        message
            .headers()
            .filter(|(name, _)| name.eq_ignore_ascii_case("subject"))
            .count(),
        2
    );
    assert_eq!(warnings(raw), [WarningKind::AmbiguousHeaders]);
    assert!(message.warnings()[0].part().is_none());
    assert_eq!(warnings(b"Received: a\r\nReceived: b\r\n\r\n"), []);
}

#[test]
fn raw_utf8_is_read_and_needs_smtputf8() {
    let raw = "From: J\u{f6}rg <j\u{f6}rg@example.org>\r\nSubject: caf\u{e9}\r\n\r\n";
    let message = Message::parse(raw.as_bytes()).unwrap();
    assert_eq!(message.subject().as_deref(), Some("caf\u{e9}"));
    assert_eq!(message.from()[0].address, "j\u{f6}rg@example.org");
    assert!(message.needs_smtputf8());
    assert_eq!(warnings(raw.as_bytes()), [WarningKind::Utf8Header]);

    let latin1 = b"Subject: caf\xe9\r\n\r\n";
    assert!(!Message::parse(latin1).unwrap().needs_smtputf8());
    assert_eq!(warnings(latin1), [WarningKind::IllegalHeaderLine]);
}

#[test]
fn lines_that_are_no_fields_are_skipped() {
    let raw = b"From someone Fri Nov 21\r\nStructured data: Full\r\nSubject: x\r\nnonsense\r\n folded\r\n\r\n";
    let message = Message::parse(raw).unwrap();
    assert_eq!(
        message.headers().collect::<Vec<_>>(),
        [("Subject", &b" x"[..])]
    );
    assert_eq!(warnings(raw), [WarningKind::IllegalHeaderLine]);
}

#[test]
fn broken_values_give_nothing() {
    let raw = b"Date: yesterday\r\nFrom:\r\nMessage-ID:\r\nSubject:\r\n\r\n";
    let message = Message::parse(raw).unwrap();
    assert_eq!((message.date(), message.message_id()), (None, None));
    assert!(message.from().is_empty());
    assert_eq!(message.subject().as_deref(), Some(""));
}

#[test]
fn file_names_are_decoded_and_safe_to_offer() {
    for (field, name) in [
        (
            "Content-Disposition: attachment; filename=a.pdf",
            Some("a.pdf"),
        ),
        (
            "Content-Type: application/pdf; name=\"a b.pdf\"",
            Some("a b.pdf"),
        ),
        (
            "Content-Disposition: inline; filename*=UTF-8''caf%C3%A9.pdf",
            Some("caf\u{e9}.pdf"),
        ),
        (
            "Content-Disposition: inline; filename=\"=?utf-8?Q?caf=C3=A9=2Epdf?=\"",
            Some("caf\u{e9}.pdf"),
        ),
        (
            "Content-Disposition: inline; filename=\"../../etc/passwd\"",
            Some("passwd"),
        ),
        (
            "Content-Disposition: inline; filename*=''..%5C..%5Cboot.ini",
            Some("boot.ini"),
        ),
        (
            "Content-Disposition: inline; filename*=''a%0D%0Ab%00c",
            Some("abc"),
        ),
        ("Content-Disposition: inline; filename=\"a/..\"", None),
        ("Content-Disposition: inline; filename=..", None),
        ("Content-Disposition: inline", None),
    ] {
        let raw = format!("{field}\r\n\r\n");
        let message = Message::parse(raw.as_bytes()).unwrap();
        assert_eq!(message.parts()[0].filename().as_deref(), name, "{field}");
    }
}

#[test]
fn bodies_are_read_in_the_charset_they_name() {
    for (field, body, text) in [
        ("text/plain", &b"caf\xc3\xa9"[..], "caf\u{e9}"),
        ("text/plain; charset=iso-8859-1", b"caf\xe9", "caf\u{e9}"),
        (
            "text/plain; charset=\"UTF-8\"\r\nContent-Transfer-Encoding: base64",
            b"Y2Fmw6k=",
            "caf\u{e9}",
        ),
        (
            "text/plain\r\nContent-Transfer-Encoding: quoted-printable",
            b"caf=C3=A9=\r\n!",
            "caf\u{e9}!",
        ),
    ] {
        let raw = [b"Content-Type: ", field.as_bytes(), b"\r\n\r\n", body].concat();
        assert_eq!(
            Message::parse(&raw).unwrap().text().as_deref(),
            Some(text),
            "{field}"
        );
    }
    let html = Message::parse(b"Content-Type: text/html\r\n\r\n<p>x").unwrap();
    assert_eq!((html.text(), html.html().as_deref()), (None, Some("<p>x")));
}
