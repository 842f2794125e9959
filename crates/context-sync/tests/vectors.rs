//! Every vector of the repository, as `vectors/context-sync/README.md` describes them.

use std::error::Error;

use context_sync::conformance;
use mailmesh_testkit::vectors;

#[test]
fn every_vector_passes() -> Result<(), Box<dyn Error>> {
    vectors::run("context-sync", &[], conformance::run)
}
