//! Every vector of the repository, as `vectors/agent-card/README.md` describes them.

use agent_card::conformance;
use mailmesh_testkit::vectors;

#[test]
fn every_vector_passes() {
    let mut failed = Vec::new();
    for (file, json) in vectors::load("agent-card").unwrap() {
        if file == "jcs.json" {
            continue; // strict-json runs it
        }
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
