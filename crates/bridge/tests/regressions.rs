//! What the fuzz targets found once must never come back. Each input is replayed against the
//! same properties.

use std::path::Path;
use std::{fs, io};

use mailmesh_testkit::properties;

#[test]
fn findings_do_not_come_back() -> io::Result<()> {
    let regressions = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/regressions");
    for folder in fs::read_dir(regressions)? {
        let folder = folder?;
        let property = match folder.file_name().to_str() {
            Some("bridge_mail" | "structured_email_message") => properties::bridge_mail,
            Some("bridge_envelope") => properties::bridge_envelope,
            _ => continue, // a target of another crate
        };
        for input in fs::read_dir(folder.path())? {
            let input = input?.path();
            println!("{}", input.display());
            property(&fs::read(input)?);
        }
    }
    Ok(())
}
