//! The report as `inspect --json` prints it.
#![allow(clippy::unwrap_used)] // a panic is how a test fails

use structured_email::{Limits, Message, Policy};

fn report(raw: &str, policy: Policy) -> String {
    let message = Message::parse_with(raw.as_bytes(), policy, &Limits::default()).unwrap();
    serde_json::to_string(&message.report()).unwrap()
}

fn machine_readable(json: &str) -> String {
    format!("Content-Type: application/ld+json\r\nContent-Purpose: Machine-readable\r\n\r\n{json}")
}

#[test]
fn a_message_without_data_has_every_member() {
    assert_eq!(
        report("Subject: x\r\n\r\nHello", Policy::STRICT),
        r#"{"class":"none","primary":null,"conflict":false,"items":[],"keywords":[],"supersedes":[],"event":"standalone","attachments":0,"embedded_messages":0,"needs_decryption":false,"needs_smtputf8":false,"warnings":[],"errors":[]}"#
    );
}

#[test]
fn an_item_has_every_member() {
    let report = report(&machine_readable(r#"{"@type":"A"}"#), Policy::STRICT);
    let item = r#"{"class":"mrm","source":"mime","part":"1","index":null,"types":["A"],"id":null,"context":{"kind":"none"},"profile":[],"flags":[],"quoted":false,"attachment":false,"covered_by":[],"sha256":"003318ea226dea7354abd4744350221f10129671845a106a01f456e809aca750","bytes":13,"data":{"@type":"A"}}"#;
    assert!(report.contains(item), "{report}");
}

#[test]
fn data_is_printed_as_its_sender_wrote_it() {
    let json = r#"{ "b":1.50, "a":[1e2,-0.0,9007199254740993], "c":"\u00e9/\/" }"#;
    let report = report(&machine_readable(json), Policy::STRICT);
    assert!(report.contains(&format!(r#""data":{json}"#)), "{report}");
}

#[test]
fn data_that_readers_disagree_on_is_not_printed() {
    let report = report(&machine_readable(r#"{"a":1,"a":2}"#), Policy::LENIENT);
    assert!(
        report.contains(r#""flags":["DuplicateMember"]"#),
        "{report}"
    );
    assert!(report.contains(r#""data":null"#), "{report}");
}

#[test]
fn an_error_says_where_and_what() {
    let report = report(&machine_readable(r#"{"a":}"#), Policy::STRICT);
    assert!(
        report.contains(
            r#""errors":[{"part":"1","kind":"Syntax","detail":"the data is not JSON at octet 5"}]"#
        ),
        "{report}"
    );
}

#[test]
fn a_warning_is_named_once() {
    let raw = "Content-Type: multipart/mixed; boundary=b\r\n\r\n\
        --b\r\nContent-Type: application/ld+json\r\n\r\n{\"n\":1}\r\n\
        --b\r\nContent-Type: application/ld+json\r\n\r\n{\"n\":2}\r\n--b--\r\n";
    let report = report(raw, Policy::LENIENT);
    assert!(report.contains(r#""warnings":["NoPurpose"]"#), "{report}");
}
