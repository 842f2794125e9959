//! Every vector of the repository, as `vectors/README.md` describes them.

use std::error::Error;

use mailmesh_testkit::vectors;
use structured_email::conformance;

#[test]
fn every_vector_passes() -> Result<(), Box<dyn Error>> {
    vectors::run("structured-email", &[], conformance::run)
}
