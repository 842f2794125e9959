//! What a frame costs a model, counted with a real tokenizer, beside its line. The table on the
//! front page of the crate is made of these figures.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use std::fmt::Write;

use asmtp_envelope::{Limits, Push};

const FRONT_PAGE: &str = include_str!("../src/lib.rs");

const NO_SUBJECT: &str = r#"{"op":"envelope.notify","id":"01M7XK89PHAZENM5WE3MBS1TF1","from":"@acme.alice","to":["@beta.bob"],"type_hint":"text","size_hint":12,"created_at":1795215861458,"date_ms":1795215861457}"#;
const ORDINARY: &str = r#"{"op":"envelope.notify","id":"01M7XK89PHAZENM5WE3MBS1TF1","from":"@acme.alice","to":["@beta.bob"],"subject":"Quote for 40 widgets","type_hint":"text","size_hint":12,"created_at":1795215861458,"date_ms":1795215861457}"#;
const REPLY: &str = r#"{"op":"envelope.notify","id":"01M7XK89PHPMRZKMZSCZZQDCQX","from":"@beta.bob","to":["@acme.alice"],"cc":["@beta.carol","@beta.dan"],"subject":"Re: Quote for 40 widgets","in_reply_to":"01M7XK89PHAZENM5WE3MBS1TF1","type_hint":"mixed","size_hint":77,"created_at":1795215861473,"date_ms":1795215861472}"#;
const FACT: &str = r#"{"op":"monitor.fact","monitor":"mon_q7","envelope_id":"01M7XK89PHPMRZKMZSCZZQDCQX","recipient_handle":"@acme.alice","fact":"stored","at_ms":1795215861473}"#;

#[test]
fn frames_and_lines_keep_to_their_budget() {
    let tokenizer = tiktoken_rs::o200k_base().unwrap();
    let count = |text: &str| tokenizer.encode_ordinary(text).len();
    let mut table = String::new();
    let mut row = |what: &str, text: &str, most: usize| {
        let tokens = count(text);
        writeln!(table, "//! | {what} | {} | {tokens} |", text.len()).unwrap();
        assert!(tokens <= most, "{what}: {tokens}");
    };
    for (what, json, most, most_in_line) in [
        ("frame without a subject", NO_SUBJECT, 80, 40),
        ("frame, ordinary", ORDINARY, 85, 45),
        ("frame of a reply with two in `cc`", REPLY, 130, 45),
    ] {
        let Push::Notify(frame) = Push::parse(json.as_bytes(), &Limits::default()).unwrap() else {
            panic!("{json}");
        };
        let mut written = Vec::new();
        frame.write(&mut written);
        assert_eq!(
            written,
            json.as_bytes(),
            "what is counted is what is written"
        );
        row(what, json, most);
        row(
            &format!("its line: `{}`", frame.line()),
            &frame.line().to_string(),
            most_in_line,
        );
    }
    row("monitor fact", FACT, 60);
    assert!(
        FRONT_PAGE.contains(&table),
        "the front page needs:\n{table}"
    );
}
