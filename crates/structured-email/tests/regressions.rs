//! What the fuzz targets found once must never come back. Each input is replayed against the
//! same properties.

use std::path::Path;
use std::{fs, io};

use mailmesh_testkit::properties;

fn replay(target: &str, property: fn(&[u8])) -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/regressions");
    for entry in fs::read_dir(folder.join(target))? {
        property(&fs::read(entry?.path())?);
    }
    Ok(())
}

#[test]
fn messages() -> io::Result<()> {
    replay("structured_email_message", properties::message)
}

#[test]
fn json_texts() -> io::Result<()> {
    replay("structured_email_json", properties::json)
}

#[test]
fn html_bodies() -> io::Result<()> {
    replay("structured_email_html", properties::html)
}

#[test]
fn drafts() -> io::Result<()> {
    replay("structured_email_compose", properties::compose)
}
