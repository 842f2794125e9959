//! Every vector of the repository, as `vectors/bridge/README.md` describes them.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use mail_bridge::conformance;
use mailmesh_testkit::vectors;

#[test]
fn every_vector_passes() {
    let mut failed = Vec::new();
    let mut passed = 0;
    for (file, json) in vectors::load("bridge").unwrap() {
        for outcome in conformance::run(&json) {
            match outcome.passed() {
                true => passed += 1,
                false => failed.push(format!("{file} {outcome}")),
            }
        }
    }
    let count = failed.len();
    assert!(failed.is_empty(), "{count} failed:\n{}", failed.join("\n"));
    assert!(passed > 30, "{passed} cases are too few");
}

#[test]
fn a_slip_of_the_pen_does_not_pass() {
    let case =
        r#"{"id":"1","reason":"r","source":"s","test":"bridge-message-id","message_id":"x"}"#;
    let file = |cases: &str| format!(r#"{{"about":"a","cases":[{cases}]}}"#);
    assert!(conformance::run(&file(case))[0].passed());
    for slip in [
        file(&case.replace("\"source\"", "\"sauce\"")),
        file(&case.replace("\"message_id\"", "\"message-id\"")),
        file(&format!("{case},{case}")),
    ] {
        let outcomes = conformance::run(&slip);
        assert!(
            matches!(&outcomes[..], [one] if !one.passed() && one.id == "file"),
            "{slip}"
        );
    }
}
