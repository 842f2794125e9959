//! What the fuzz targets found once must never come back. Each input is replayed against the
//! same properties.

use std::io;

use mailmesh_testkit::{properties, regressions};

#[test]
fn findings_do_not_come_back() -> io::Result<()> {
    regressions::replay(&[
        ("strict_json_reader", properties::strict_json_reader),
        ("strict_json_canonical", properties::strict_json_canonical),
    ])
}
