//! What holds for every input, near to good ones and far from them. The fuzz targets run the same
//! properties, and what they find once is replayed here.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use std::path::Path;

use mailmesh_testkit::mutation::mutated;
use mailmesh_testkit::{properties, regressions};
use proptest::prelude::*;

/// What servers said.
fn captured() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/captured");
    let files = std::fs::read_dir(folder).unwrap();
    files
        .map(|file| std::fs::read(file.unwrap().path()).unwrap())
        .collect()
}

proptest! {
    #[test]
    fn answers_are_read_with_care(octets in mutated(captured())) {
        properties::jmap_answers(&octets);
    }

    #[test]
    fn sessions_lead_no_password_astray(octets in mutated(captured())) {
        properties::jmap_session(&octets);
    }

    #[test]
    fn events_do_not_hang_on_their_pieces(octets in mutated(captured())) {
        properties::jmap_events(&octets);
    }
}

#[test]
fn findings_do_not_come_back() -> std::io::Result<()> {
    regressions::replay(&[
        ("jmap_answers", properties::jmap_answers),
        ("jmap_session", properties::jmap_session),
        ("jmap_events", properties::jmap_events),
    ])
}
