//! What the fuzz targets found once must never come back. Each input is replayed against the
//! same properties.

use std::io;

use mailmesh_testkit::{properties, regressions};

#[test]
fn findings_do_not_come_back() -> io::Result<()> {
    regressions::replay(&[
        ("bridge_mail", properties::bridge_mail),
        ("bridge_envelope", properties::bridge_envelope),
        ("bridge_stored", properties::stored_mail),
        ("bridge_context", properties::bridge_context),
        ("context_requests", properties::bridge_context),
        ("structured_email_message", properties::bridge_mail),
        ("structured_email_message", properties::stored_mail),
        ("bridge_mail", properties::stored_mail),
    ])
}
