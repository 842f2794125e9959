//! What a message with `Supersedes` does to the one it names.

#![allow(clippy::unwrap_used)] // a test may panic, and so may what it shares with others

use structured_email::{Event, Message};

const J: &str = "Content-Type: application/ld+json\r\nContent-Purpose: Machine-readable\r\n\r\n";

fn event(header: &str, rest: &str) -> (Event, Vec<String>) {
    let raw = format!("{header}{rest}");
    let message = Message::parse(raw.as_bytes()).unwrap();
    (message.event(), message.supersedes().to_vec())
}

#[track_caller]
fn check(rest: &str, expected: Event) {
    assert_eq!(
        event("Supersedes: <a@x>\r\n", rest),
        (expected, vec!["a@x".to_owned()]),
        "{rest}"
    );
    assert_eq!(event("", rest).0, Event::Standalone);
}

#[test]
fn data_replaces_and_nothing_cancels() {
    check(&format!("{J}{{\"@type\":\"A\"}}"), Event::Superseded);
    check("\r\ntext", Event::Cancelled);
    for nothing in ["", " \r\n", "{}", "[ ]", "{ \r\n}"] {
        check(&format!("{J}{nothing}"), Event::Cancelled);
        check(
            &format!("{}{nothing}", J.replace("Machine-readable", "Other")),
            Event::Cancelled,
        );
    }
}

#[test]
fn broken_oversized_unseen_or_undesignated_data_does_not_cancel() {
    check(&format!("{J}{{"), Event::Superseded);
    check(&format!("{J}\"{}\"", "x".repeat(70_000)), Event::Superseded);
    check(
        "Content-Type: application/ld+json\r\n\r\n{\"@type\":\"A\"}",
        Event::Superseded,
    );
    check(
        "Content-Type: application/ld+json\r\n\r\n{",
        Event::Superseded,
    );
    check(
        "Content-Type: application/pkcs7-mime\r\n\r\nx",
        Event::Superseded,
    );
    check("Content-Type: multipart/mixed\r\n\r\nx", Event::Superseded);
}

#[test]
fn several_ids_are_taken_one_by_one_and_its_own_is_not() {
    let header =
        "Message-ID: <own@x>\r\nSupersedes: <a@x> <own@x>\r\n <b@x>\r\nSupersedes: <a@x>\r\n";
    let ids = vec!["a@x".to_owned(), "b@x".to_owned()];
    assert_eq!(event(header, "\r\ntext"), (Event::Cancelled, ids));
    let own = "Message-ID: <own@x>\r\nSupersedes: <own@x>\r\n";
    assert_eq!(event(own, "\r\ntext"), (Event::Standalone, vec![]));
}

#[test]
fn a_flood_of_ids_is_cut() {
    let ids: String = (0..1000).map(|n| format!(" <{n}@x>")).collect();
    assert_eq!(event(&format!("Supersedes:{ids}\r\n"), "\r\n").1.len(), 64);
}
