//! What the fuzz targets found once must never come back. Each input is replayed against the
//! same properties.

use std::io;

use mailmesh_testkit::{properties, regressions};

#[test]
fn findings_do_not_come_back() -> io::Result<()> {
    regressions::replay(&[
        ("context_requests", properties::context_requests),
        ("context_answers", properties::context_answers),
        ("context_route", properties::context_route),
        ("context_operations", properties::context_operations),
    ])
}
