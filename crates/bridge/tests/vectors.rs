//! Every vector of the repository, as `vectors/bridge/README.md` describes them.

use std::error::Error;

use mail_bridge::conformance;
use mailmesh_testkit::vectors;

#[test]
fn every_vector_passes() -> Result<(), Box<dyn Error>> {
    vectors::run("bridge", &[], conformance::run)
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
