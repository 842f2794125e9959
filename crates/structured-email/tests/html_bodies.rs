//! When data in HTML is read, and what becomes of it.

#![allow(clippy::unwrap_used)] // a test may panic, and so may what it shares with others

use structured_email::{Class, HtmlData, Limits, Message, Policy, ProblemKind, Source};

const SCRIPT: &str = "<script type=\"application/ld+json\">{\"@type\":\"A\"}</script>";
const DATA: &str = "Content-Type: application/ld+json\r\nContent-Purpose: Machine-readable\r\n\r\n";

fn message(html: &str, other: &str) -> String {
    format!(
        "Content-Type: multipart/alternative; boundary=b\r\n\r\n\
        --b\r\nContent-Type: text/html\r\n\r\n{html}\r\n--b\r\n{other}\r\n--b--\r\n"
    )
}

/// Class, and source and part of each item.
fn read(raw: &str, policy: Policy) -> (Class, Vec<(Source, String)>) {
    let message = Message::parse_with(raw.as_bytes(), policy, &Limits::default()).unwrap();
    let found = |item: &structured_email::Item<'_>| (item.source(), item.part().to_string());
    (message.class(), message.items().iter().map(found).collect())
}

fn with(html: HtmlData) -> Policy {
    Policy {
        html,
        ..Policy::STRICT
    }
}

fn html() -> (Source, String) {
    (Source::Html, "1".to_owned())
}

fn mime() -> (Source, String) {
    (Source::Mime, "2".to_owned())
}

#[test]
fn scripts_are_read_where_no_part_is_designated() {
    let raw = message(SCRIPT, "\r\ntext");
    assert_eq!(read(&raw, with(HtmlData::Ignore)), (Class::None, vec![]));
    for policy in [HtmlData::Fallback, HtmlData::Both] {
        assert_eq!(
            read(&raw, with(policy)),
            (Class::HtmlEmbedded, vec![html()])
        );
    }
}

#[test]
fn a_designated_part_comes_first_even_when_it_is_broken() {
    let raw = message(SCRIPT, &format!("{DATA}{{\"@type\":\"B\"}}"));
    assert_eq!(
        read(&raw, Policy::STRICT),
        (Class::Full, vec![mime()]),
        "fall-back"
    );
    assert_eq!(
        read(&raw, with(HtmlData::Both)),
        (Class::Full, vec![mime(), html()])
    );
    let broken = message(SCRIPT, &format!("{DATA}{{"));
    assert_eq!(read(&broken, Policy::STRICT), (Class::Full, vec![]));
}

#[test]
fn lenient_mode_finds_what_strict_mode_finds() {
    let data = DATA.replace("Content-Purpose: Machine-readable\r\n", "");
    let raw = message(SCRIPT, &format!("{data}{{\"@type\":\"B\"}}"));
    assert_eq!(
        read(&raw, Policy::STRICT),
        (Class::HtmlEmbedded, vec![html()])
    );
    assert_eq!(
        read(&raw, Policy::LENIENT),
        (Class::Full, vec![mime(), html()])
    );
}

#[test]
fn a_block_with_the_octets_of_a_part_is_left_out() {
    let raw = message(SCRIPT, &format!("{DATA}{{\"@type\":\"A\"}}"));
    assert_eq!(
        read(&raw, with(HtmlData::Both)),
        (Class::Full, vec![mime()])
    );
}

#[test]
fn broken_blocks_are_problems_and_give_no_class() {
    let raw = message(&SCRIPT.replace('}', ""), "\r\ntext");
    let message = Message::parse(raw.as_bytes()).unwrap();
    assert_eq!(message.class(), Class::None);
    assert_eq!(message.problems()[0].kind(), ProblemKind::Syntax);
}

#[test]
fn html_that_is_no_body_is_not_read() {
    for marked in [
        "Content-Disposition: attachment\r\n",
        "Content-Type: text/plain\r\nX-Type: ",
    ] {
        let raw = format!("{marked}Content-Type: text/html\r\n\r\n{SCRIPT}");
        assert_eq!(read(&raw, Policy::STRICT), (Class::None, vec![]));
    }
}

#[test]
fn a_signature_covers_data_in_html() {
    let raw = format!(
        "Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n\
        {SCRIPT}\r\n--b\r\nContent-Type: application/pgp-signature\r\n\r\nx\r\n--b--\r\n"
    );
    let message = Message::parse(raw.as_bytes()).unwrap();
    assert_eq!(message.items()[0].covered_by(), [0]);
}

#[test]
fn scripts_are_read_through_transfer_encoding_and_charset() {
    let raw = "Content-Type: text/html; charset=iso-8859-1\r\n\
        Content-Transfer-Encoding: quoted-printable\r\n\r\n\
        =3Cscript type=3D\"application/ld+json\">{\"name\":\"caf=E9\"}</scr=\r\nipt>";
    let message = Message::parse(raw.as_bytes()).unwrap();
    assert_eq!(message.items()[0].json(), "{\"name\":\"caf\u{e9}\"}");
}

#[cfg(feature = "microdata")]
#[test]
fn microdata_counts_when_nothing_else_is_found() {
    let policy = Policy {
        microdata: true,
        ..Policy::STRICT
    };
    let item = "<div itemscope itemtype=\"https://schema.org/Thing\"></div>";
    let (class, items) = read(&message(item, "\r\ntext"), policy);
    assert_eq!(
        (class, items),
        (
            Class::HtmlMicrodata,
            vec![(Source::Microdata, "1".to_owned())]
        )
    );
    assert_eq!(
        read(&message(item, "\r\ntext"), Policy::STRICT).1,
        [],
        "only when asked for"
    );
    let both = format!("{item}{SCRIPT}");
    assert_eq!(read(&message(&both, "\r\ntext"), policy).1, [html()]);
    let broken = message(item, &format!("{DATA}{{"));
    assert_eq!(read(&broken, policy), (Class::Full, vec![]));
}
