//! Data in every transfer encoding, and what is wrong with some of it.

#![allow(clippy::unwrap_used)] // a test may panic, and so may what it shares with others

use mail_builder::encoders::base64::Base64Encoder;
use structured_email::{Limits, Message, Policy, ProblemKind, WarningKind};

type Outcome = (Vec<String>, Vec<ProblemKind>, Vec<WarningKind>);

fn read(encoding: &str, body: &str) -> Outcome {
    read_within(encoding, body, &Limits::default())
}

fn read_within(encoding: &str, body: &str, limits: &Limits) -> Outcome {
    let raw = format!(
        "Content-Type: application/ld+json\r\nContent-Purpose: Machine-readable\r\n\
        Content-Transfer-Encoding: {encoding}\r\n\r\n{body}"
    );
    let message = Message::parse_with(raw.as_bytes(), Policy::STRICT, limits).unwrap();
    (
        message
            .items()
            .iter()
            .map(|item| item.json().to_owned())
            .collect(),
        message
            .problems()
            .iter()
            .map(|problem| problem.kind())
            .collect(),
        message
            .warnings()
            .iter()
            .map(|warning| warning.kind())
            .collect(),
    )
}

fn item(json: &str, warnings: &[WarningKind]) -> Outcome {
    (vec![json.to_owned()], vec![], warnings.to_vec())
}

fn problem(kind: ProblemKind) -> Outcome {
    (vec![], vec![kind], vec![])
}

#[test]
fn known_encodings_are_decoded() {
    for encoding in ["7bit", "8BIT", "binary", ""] {
        assert_eq!(read(encoding, "{\"a\":1}"), item("{\"a\":1}", &[]));
    }
    assert_eq!(
        read("base64", "eyJh\r\nIjoxfQ==\r\n"),
        item("{\"a\":1}", &[])
    );
    let json = "{\"a\":\"\u{e9}\"}";
    assert_eq!(
        read("quoted-printable", "{\"a\"=\r\n:\"=C3=A9\"}"),
        item(json, &[])
    );
}

#[test]
fn unknown_encodings_are_refused() {
    for encoding in ["x-uuencode", "base64 base64", "gzip"] {
        assert_eq!(
            read(encoding, "{}"),
            problem(ProblemKind::UnknownEncoding),
            "{encoding}"
        );
    }
}

#[test]
fn noise_in_base64_is_told() {
    let noise = [WarningKind::Base64Noise];
    assert_eq!(read("base64", "eyJh Ijo!xfQ"), item("{\"a\":1}", &noise));
    assert_eq!(
        read("base64", "e.y.J.h.I.j.o.x.f.Q.=="),
        problem(ProblemKind::BadBase64)
    );
    assert_eq!(
        read("base64", "eyJhIjoxfQ==eyJh"),
        problem(ProblemKind::BadBase64)
    );
}

#[test]
fn a_charset_other_than_utf8_is_an_error_and_no_instruction() {
    let read = |charset: &str| {
        let raw = format!(
            "Content-Type: application/ld+json; charset={charset}\r\n\
            Content-Purpose: Machine-readable\r\n\r\n{{\"a\":1}}"
        );
        let message = Message::parse(raw.as_bytes()).unwrap();
        (
            message.items().len(),
            message.problems().first().map(|problem| problem.kind()),
        )
    };
    assert_eq!(read("utf-8"), (1, None));
    assert_eq!(read("\"UTF-8\""), (1, None));
    assert_eq!(read("utf-16"), (0, Some(ProblemKind::UnsupportedCharset)));
}

#[test]
fn the_size_of_data_is_limited_exactly_in_every_encoding() {
    let json = |length: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(length - 8));
    let base64 = |length: usize| {
        let encoded = Base64Encoder::new()
            .wrap_lines()
            .encode(json(length).as_bytes());
        String::from_utf8(encoded.unwrap()).unwrap()
    };
    let limit = 65_536;
    for (encoding, fits, beyond) in [
        ("7bit", json(limit), json(limit + 1)),
        ("base64", base64(limit), base64(limit + 1)),
        (
            "quoted-printable",
            json(limit).replace("\"a\"", "=22a=22"),
            json(limit + 1),
        ),
    ] {
        assert_eq!(read(encoding, &fits), item(&json(limit), &[]), "{encoding}");
        assert_eq!(
            read(encoding, &beyond),
            problem(ProblemKind::TooLarge),
            "{encoding}"
        );
    }
    let raised = Limits {
        data: usize::MAX,
        ..Limits::default()
    };
    assert_eq!(read_within("7bit", &json(1 << 20), &raised).1, []);
    assert_eq!(
        read_within("7bit", &json((1 << 20) + 1), &raised).1,
        [ProblemKind::TooLarge]
    );
}
