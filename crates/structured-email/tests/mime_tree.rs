//! How octets become parts: boundaries, sections, line ends, and what is left opaque.

#![allow(clippy::unwrap_used)] // a test may panic, and so may what it shares with others

use structured_email::{Limits, Message, Policy, ProblemKind, WarningKind};

/// Section, media type and raw body of each part.
fn tree<'m>(message: &'m Message<'_>) -> Vec<(String, &'m str, &'m str)> {
    message
        .parts()
        .iter()
        .map(|part| {
            let body = std::str::from_utf8(part.raw_body()).unwrap();
            (part.section().to_string(), part.media_type(), body)
        })
        .collect()
}

fn warnings(message: &Message<'_>) -> Vec<WarningKind> {
    message
        .warnings()
        .iter()
        .map(|warning| warning.kind())
        .collect()
}

fn problems(message: &Message<'_>) -> Vec<(String, ProblemKind)> {
    message
        .problems()
        .iter()
        .map(|p| (p.part().to_string(), p.kind()))
        .collect()
}

fn leaf(section: &str, body: &'static str) -> (String, &'static str, &'static str) {
    (section.to_owned(), "text/plain", body)
}

#[test]
fn a_message_without_multipart_is_part_1() {
    let message = Message::parse(b"Subject: x\r\n\r\nbody\r\n").unwrap();
    assert_eq!(tree(&message), [leaf("1", "body\r\n")]);
    assert_eq!(warnings(&message), []);
}

#[test]
fn what_is_odd_about_a_single_part_is_said_of_part_1() {
    let message = Message::parse("X: \u{e9}\r\n\r\n".as_bytes()).unwrap();
    let part = message.warnings()[0].part();
    assert_eq!(part, Some(message.parts()[0].section()));
    assert_eq!(part.map(ToString::to_string).as_deref(), Some("1"));
}

#[test]
fn nothing_at_all_is_one_empty_part() {
    for raw in [
        "",
        "\r\n",
        "Subject: only a header\r\n",
        "no header at all\r\n",
    ] {
        let message = Message::parse(raw.as_bytes()).unwrap();
        assert_eq!(tree(&message), [leaf("1", "")], "{raw:?}");
    }
}

#[test]
fn parts_are_numbered_as_imap_numbers_them() {
    let raw = "Content-Type: multipart/mixed; boundary=a\r\n\r\npreamble\r\n\
        --a\r\nContent-Type: multipart/alternative; boundary=\"b c\"\r\n\r\n\
        --b c\r\n\r\none\r\n\
        --b c\r\nContent-Type: text/html\r\n\r\ntwo\r\n--b c--\r\nepilogue\r\n\
        --a\r\n\r\nthree\r\n\r\n--a--\r\nepilogue\r\n";
    let message = Message::parse(raw.as_bytes()).unwrap();
    let tree = tree(&message);
    let sections: Vec<_> = tree.iter().map(|(section, ..)| section.as_str()).collect();
    assert_eq!(sections, ["0", "1", "1.1", "1.2", "2"]);
    assert_eq!(tree[2].2, "one", "the line end belongs to the delimiter");
    assert_eq!(tree[3], ("1.2".to_owned(), "text/html", "two"));
    assert_eq!(tree[4].2, "three\r\n");
    assert!(
        tree[1].2.ends_with("--b c--\r\nepilogue"),
        "an epilogue is part of its container"
    );
    assert_eq!(warnings(&message), []);
}

#[test]
fn a_part_keeps_the_octets_that_a_signature_is_over() {
    let raw = "Content-Type: multipart/signed; boundary=s\r\n\r\n\
        --s\r\nContent-Type: text/plain\r\n\r\nsigned\r\n\r\n--s\r\n\
        Content-Type: application/pgp-signature\r\n\r\nx\r\n--s--\r\n";
    let message = Message::parse(raw.as_bytes()).unwrap();
    let signed = message.part(&message.signatures()[0]).unwrap();
    assert_eq!(signed.raw(), b"Content-Type: text/plain\r\n\r\nsigned\r\n");
    assert_eq!(signed.raw_header(), b"Content-Type: text/plain\r\n");
}

#[test]
fn line_feeds_alone_end_lines_too() {
    let raw = "Content-Type: multipart/mixed; boundary=a\n\n--a\n\none\n--a\r\n\r\ntwo\r\n--a--\n";
    let message = Message::parse(raw.as_bytes()).unwrap();
    assert_eq!(tree(&message)[1..], [leaf("1", "one"), leaf("2", "two")]);
    assert_eq!(warnings(&message), [WarningKind::BareLf]);
}

#[test]
fn a_line_feed_in_a_binary_part_is_data() {
    let raw = "Content-Transfer-Encoding: binary\r\n\r\na\nb";
    assert_eq!(warnings(&Message::parse(raw.as_bytes()).unwrap()), []);
    let raw = "Content-Transfer-Encoding: 8bit\r\n\r\na\nb";
    assert_eq!(
        warnings(&Message::parse(raw.as_bytes()).unwrap()),
        [WarningKind::BareLf]
    );
}

#[test]
fn an_outer_delimiter_ends_what_is_open_within() {
    let raw = "Content-Type: multipart/mixed; boundary=a\r\n\r\n\
        --a\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\none\r\n\
        --a\r\n\r\ntwo";
    let message = Message::parse(raw.as_bytes()).unwrap();
    assert_eq!(tree(&message)[2..], [leaf("1.1", "one"), leaf("2", "two")]);
    assert_eq!(
        warnings(&message),
        [
            WarningKind::MissingCloseBoundary,
            WarningKind::MissingCloseBoundary
        ]
    );
}

#[test]
fn of_two_multiparts_with_one_boundary_the_nearest_has_it() {
    let raw = "Content-Type: multipart/mixed; boundary=a\r\n\r\n\
        --a\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n--a\r\n\r\none\r\n--a--\r\n\
        --a\r\n\r\ntwo\r\n--a--\r\n";
    let message = Message::parse(raw.as_bytes()).unwrap();
    assert_eq!(tree(&message)[2..], [leaf("1.1", "one"), leaf("2", "two")]);
    assert_eq!(warnings(&message), [WarningKind::BoundaryReused]);
}

#[test]
fn a_boundary_that_starts_like_another_is_another() {
    let raw = "Content-Type: multipart/mixed; boundary=b\r\n\r\n\
        --b\r\nContent-Type: multipart/alternative; boundary=b-2\r\n\r\n--b-2\r\n\r\none\r\n--b-2--\r\n\
        --b\r\n\r\ntwo\r\n--b--\r\n--b\r\n\r\nbehind the end\r\n";
    let message = Message::parse(raw.as_bytes()).unwrap();
    assert_eq!(tree(&message)[2..], [leaf("1.1", "one"), leaf("2", "two")]);
    assert_eq!(warnings(&message), []);
}

#[test]
fn the_body_starts_at_the_first_line_that_is_no_field_when_the_empty_line_is_missing() {
    let raw = "Content-Type: multipart/mixed; boundary=a\r\n\r\n\
        --a\r\nContent-Type: text/html\r\n<p style=\"a:b\">one\r\nTo: you\r\n--a\r\n--a--\r\n";
    let message = Message::parse(raw.as_bytes()).unwrap();
    let html = "<p style=\"a:b\">one\r\nTo: you";
    assert_eq!(
        tree(&message)[1..],
        [("1".to_owned(), "text/html", html), leaf("2", "")]
    );
    assert_eq!(warnings(&message), [WarningKind::IllegalHeaderLine]);
}

#[test]
fn a_part_without_media_type_is_text_and_in_a_digest_a_message() {
    let raw = "Content-Type: multipart/digest; boundary=a\r\n\r\n\
        --a\r\n\r\nSubject: x\r\n\r\n--a\r\nContent-Type: text/html\r\n\r\n--a\r\nContent-Type: nonsense\r\n\r\n--a--";
    let message = Message::parse(raw.as_bytes()).unwrap();
    let types: Vec<_> = message
        .parts()
        .iter()
        .map(|part| part.media_type())
        .collect();
    assert_eq!(
        types,
        [
            "multipart/digest",
            "message/rfc822",
            "text/html",
            "text/plain"
        ]
    );
    assert_eq!(message.embedded_messages(), 1);
}

#[test]
fn embedded_messages_are_never_entered() {
    for kind in ["rfc822", "global", "partial", "external-body"] {
        let raw = format!(
            "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: message/{kind}\r\n\
            Content-Disposition: attachment\r\n\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
            --b\r\n\r\ninner\r\n--b--\r\n--a--\r\n"
        );
        let message = Message::parse(raw.as_bytes()).unwrap();
        assert_eq!(message.parts().len(), 2, "{kind}");
        assert!(message.parts()[1].is_embedded_message());
        assert_eq!(
            (message.embedded_messages(), message.attachments().count()),
            (1, 0)
        );
    }
}

#[test]
fn a_multipart_without_boundary_stays_closed() {
    for parameters in ["", "; boundary=\"\"", "; boundary"] {
        let raw =
            format!("Content-Type: multipart/mixed{parameters}\r\n\r\n--\r\n\r\none\r\n----\r\n");
        let message = Message::parse(raw.as_bytes()).unwrap();
        assert_eq!(message.parts().len(), 1);
        assert_eq!(
            warnings(&message),
            [WarningKind::MissingCloseBoundary],
            "{parameters}"
        );
    }
}

#[test]
fn the_encoding_of_a_multipart_is_ignored() {
    let raw = "Content-Type: multipart/mixed; boundary=a\r\nContent-Transfer-Encoding: base64\r\n\r\n\
        --a\r\n\r\none\r\n--a--\r\n";
    let message = Message::parse(raw.as_bytes()).unwrap();
    assert_eq!(tree(&message)[1], leaf("1", "one"));
    assert_eq!(warnings(&message), [WarningKind::CompositeEncoding]);
    let raw = raw.replace("base64", "8bit");
    assert_eq!(warnings(&Message::parse(raw.as_bytes()).unwrap()), []);
}

#[test]
fn fields_that_stand_twice_are_seen_and_the_first_is_taken() {
    for field in [
        "Content-Type: text/html\r\nContent-Type: text/plain",
        "Content-Type: text/html; charset=utf-8; CHARSET=x",
        "Content-Type: text/html\r\nContent-Disposition: inline\r\nContent-Disposition: attachment",
        "Content-Type: text/html\r\nContent-Purpose: a\r\nContent-Purpose: b",
        "Content-Type: text/html\r\nContent-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: 8bit",
    ] {
        let message = format!("{field}\r\n\r\nx");
        let message = Message::parse(message.as_bytes()).unwrap();
        assert_eq!(message.parts()[0].media_type(), "text/html");
        assert!(!message.parts()[0].is_marked_attachment());
        assert_eq!(
            warnings(&message),
            [WarningKind::AmbiguousHeaders],
            "{field}"
        );
    }
}

/// `depth` multiparts in each other, with one text in the innermost.
fn nested(depth: usize) -> String {
    let mut raw = String::new();
    for level in 0..depth {
        raw += &format!("Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n");
    }
    raw + "\r\nend\r\n"
        + &(0..depth)
            .rev()
            .map(|level| format!("--b{level}--\r\n"))
            .collect::<String>()
}

#[test]
fn sixteen_multiparts_are_entered_and_the_seventeenth_is_opaque() {
    let raw = nested(16);
    let message = Message::parse(raw.as_bytes()).unwrap();
    assert_eq!((message.parts().len(), problems(&message)), (17, vec![]));
    assert_eq!(message.text().as_deref(), Some("end"));

    for depth in [17, 1000] {
        let raw = nested(depth);
        let message = Message::parse(raw.as_bytes()).unwrap();
        assert_eq!(message.parts().len(), 17, "{depth}");
        let section = vec!["1"; 16].join(".");
        assert_eq!(problems(&message), [(section, ProblemKind::MimeTooDeep)]);
        assert_eq!((message.text(), message.attachments().count()), (None, 0));
    }
}

#[test]
fn what_follows_a_closed_multipart_is_read() {
    let limits = Limits {
        mime_depth: 1,
        ..Limits::default()
    };
    let raw = "Content-Type: multipart/mixed; boundary=a\r\n\r\n\
        --a\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nno\r\n--b--\r\n\
        --a\r\n\r\nyes\r\n--a--\r\n";
    let message = Message::parse_with(raw.as_bytes(), Policy::STRICT, &limits).unwrap();
    assert_eq!(tree(&message)[2], leaf("2", "yes"));
    assert_eq!(
        problems(&message),
        [("1".to_owned(), ProblemKind::MimeTooDeep)]
    );
}

#[test]
fn the_number_of_parts_is_limited_exactly() {
    let many = |n| {
        "Content-Type: multipart/mixed; boundary=a\r\n\r\n".to_owned()
            + &"--a\r\n\r\nx\r\n".repeat(n)
            + "--a--\r\n"
    };
    let raw = many(511);
    let message = Message::parse(raw.as_bytes()).unwrap();
    assert_eq!((message.parts().len(), problems(&message)), (512, vec![]));

    let raw = many(10_000);
    let message = Message::parse(raw.as_bytes()).unwrap();
    assert_eq!(message.parts().len(), 512);
    assert_eq!(
        problems(&message),
        [("0".to_owned(), ProblemKind::TooManyParts)]
    );
    assert_eq!(message.parts()[511].raw_body(), b"x");
}

#[test]
fn sizes_are_limited_exactly() {
    let limits = Limits {
        message: 60,
        header: 20,
        ..Limits::default()
    };
    let parse = |raw: &str| {
        Message::parse_with(raw.as_bytes(), Policy::STRICT, &limits)
            .map(|message| problems(&message))
            .map_err(|error| (error.kind(), error.limit()))
    };
    use structured_email::ErrorKind::{HeaderTooLarge, MessageTooLarge};
    assert_eq!(parse(&format!("\r\n{}", "x".repeat(58))), Ok(vec![]));
    assert_eq!(
        parse(&format!("\r\n{}", "x".repeat(59))),
        Err((MessageTooLarge, 60))
    );
    assert_eq!(parse(&format!("A: {}\r\n\r\n", "x".repeat(15))), Ok(vec![]));
    assert_eq!(
        parse(&format!("A: {}\r\n\r\n", "x".repeat(16))),
        Err((HeaderTooLarge, 20))
    );
}

#[test]
fn a_part_with_too_long_a_header_is_opaque_and_its_neighbours_are_not() {
    let limits = Limits {
        header: 50,
        ..Limits::default()
    };
    let raw = |n| {
        format!(
            "Content-Type: multipart/mixed; boundary=a\r\n\r\n\
            --a\r\nX: {}\r\n\r\nlong\r\n--a\r\n\r\nnext\r\n--a--\r\n",
            "x".repeat(n)
        )
    };
    let parse = |raw: &str| {
        let message = Message::parse_with(raw.as_bytes(), Policy::STRICT, &limits).unwrap();
        (message.text().map(String::from), problems(&message))
    };
    assert_eq!(parse(&raw(45)), (Some("long".to_owned()), vec![]));
    let refused = vec![("1".to_owned(), ProblemKind::HeaderTooLarge)];
    assert_eq!(parse(&raw(46)), (Some("next".to_owned()), refused));
}
