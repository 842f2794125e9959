//! `cid:` references from data to parts.

#![allow(clippy::unwrap_used)] // a test may panic, and so may what it shares with others

use structured_email::{Message, ProblemKind, WarningKind};

fn message(data: &str, html_id: &str) -> String {
    format!(
        "Content-Type: multipart/related; type=\"text/html\"; boundary=b\r\n\r\n\
        --b\r\nContent-Type: text/html\r\nContent-ID: {html_id}\r\n\r\n<p>\r\n\
        --b\r\nContent-Type: image/png\r\nContent-ID: <i@x>\r\n\r\nx\r\n\
        --b\r\nContent-Type: application/ld+json\r\nContent-Purpose: Machine-readable\r\n\r\n{data}\r\n\
        --b--\r\n"
    )
}

fn outcome(raw: &str) -> (Vec<ProblemKind>, Vec<WarningKind>, bool) {
    let message = Message::parse(raw.as_bytes()).unwrap();
    (
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
        message.items()[0].flags().cid_of_body,
    )
}

#[test]
fn an_id_may_name_a_resource() {
    for id in ["cid:i@x", "cid:i%40x", "CID:i@x"] {
        let raw = message(&format!("{{\"@id\":\"{id}\"}}"), "<h@x>");
        assert_eq!(outcome(&raw), (vec![], vec![], false), "{id}");
        let parsed = Message::parse(raw.as_bytes()).unwrap();
        assert_eq!(
            parsed.part_by_cid(id).map(|part| part.media_type()),
            Some("image/png")
        );
    }
}

#[test]
fn an_id_must_not_name_the_body() {
    let raw = message("{\"x\":{\"@id\":\"cid:h@x\"}}", "<h@x>");
    assert_eq!(outcome(&raw), (vec![ProblemKind::CidOfBody], vec![], true));
    let raw = message("{\"about\":\"cid:h@x\"}", "<h@x>");
    assert_eq!(outcome(&raw), (vec![], vec![], false), "other members may");
}

#[test]
fn an_id_must_not_name_the_alternative_around_the_body() {
    let raw = "Content-Type: multipart/mixed; boundary=a\r\n\r\n\
        --a\r\nContent-Type: multipart/alternative; boundary=b\r\nContent-ID: <alt@x>\r\n\r\n\
        --b\r\n\r\ntext\r\n--b--\r\n\
        --a\r\nContent-Type: application/ld+json\r\nContent-Purpose: Machine-readable\r\n\r\n\
        {\"@id\":\"cid:alt@x\"}\r\n--a--\r\n";
    assert_eq!(outcome(raw), (vec![ProblemKind::CidOfBody], vec![], true));
}

#[test]
fn a_reference_to_nothing_dangles_once() {
    let raw = message(
        "[{\"@id\":\"cid:none\",\"a\":\"cid:nil\"},{\"@id\":\"cid:none\"}]",
        "<h@x>",
    );
    assert_eq!(
        outcome(&raw),
        (vec![], vec![WarningKind::DanglingCid], false)
    );
}

#[test]
fn one_id_for_two_parts_is_ambiguous() {
    let raw = message("{\"@id\":\"cid:i@x\"}", "<i@x>");
    let problems = vec![ProblemKind::CidOfBody];
    assert_eq!(
        outcome(&raw),
        (problems, vec![WarningKind::AmbiguousContentId], true)
    );
}
