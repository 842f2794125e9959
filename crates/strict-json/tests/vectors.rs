//! Every canonicalization vector of the repository.

use mailmesh_testkit::vectors;
use strict_json::conformance;

#[test]
fn every_vector_passes() {
    let mut files = vectors::load("agent-card").unwrap();
    files.retain(|(file, _)| file == "jcs.json");
    files.extend(vectors::load("json-canonicalization").unwrap());
    for (file, json) in files {
        for outcome in conformance::run(&json) {
            assert!(outcome.passed(), "{file} {outcome}");
        }
    }
}
