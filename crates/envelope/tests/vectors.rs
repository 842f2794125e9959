//! Every vector of the repository, as `vectors/README.md` describes them.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use asmtp_envelope::conformance;
use mailmesh_testkit::vectors;

#[test]
fn every_vector_passes() {
    let mut failed = Vec::new();
    for (file, json) in vectors::load("asmtp").unwrap() {
        let outcomes = conformance::run(&json)
            .into_iter()
            .filter(|outcome| !outcome.passed());
        failed.extend(outcomes.map(|outcome| format!("{file} {outcome}")));
    }
    assert!(
        failed.is_empty(),
        "{} failed:\n{}",
        failed.len(),
        failed.join("\n")
    );
}
