//! What the fuzz targets found once must never come back. Each input is replayed against the
//! same properties.

use std::io;

use mailmesh_testkit::{properties, regressions};

#[test]
fn findings_do_not_come_back() -> io::Result<()> {
    regressions::replay(&[
        ("structured_email_message", properties::message),
        ("structured_email_json", properties::json),
        ("structured_email_html", properties::html),
        ("structured_email_compose", properties::compose),
    ])
}
