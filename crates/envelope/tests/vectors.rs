//! Every vector of the repository, as `vectors/README.md` describes them.

use std::error::Error;

use asmtp_envelope::conformance;
use mailmesh_testkit::vectors;

#[test]
fn every_vector_passes() -> Result<(), Box<dyn Error>> {
    vectors::run("asmtp", &[], conformance::run)
}
