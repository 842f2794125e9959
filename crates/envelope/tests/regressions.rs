//! What the fuzz targets found once must never come back. Each input is replayed against the
//! same properties.

use std::io;

use mailmesh_testkit::{properties, regressions};

#[test]
fn findings_do_not_come_back() -> io::Result<()> {
    regressions::replay(&[
        ("envelope_post", properties::envelope_post),
        ("envelope_frame", properties::envelope_frame),
        ("envelope_accept", properties::envelope_accept),
        ("envelope_receiver", properties::envelope_receiver),
        ("envelope_outbox", properties::envelope_outbox),
    ])
}
