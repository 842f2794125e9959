//! Every vector of the repository, as `vectors/agent-card/README.md` describes them.

use std::error::Error;

use agent_card::conformance;
use mailmesh_testkit::vectors;

#[test]
fn every_vector_passes() -> Result<(), Box<dyn Error>> {
    // strict-json runs jcs.json.
    vectors::run("agent-card", &["jcs.json"], conformance::run)
}
