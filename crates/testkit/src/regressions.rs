//! What the fuzz targets found once, kept in the repository.

use std::path::Path;
use std::{fs, io};

/// What a fuzz target checks: it panics where a promise is broken.
pub type Property = fn(&[u8]);

/// Gives each finding of some fuzz targets to the property that the target checks. A target
/// without findings has no folder.
///
/// # Errors
///
/// When a finding cannot be read, or there is no such target.
pub fn replay(targets: &[(&str, Property)]) -> io::Result<()> {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz");
    for (target, property) in targets {
        fs::metadata(fuzz.join(format!("fuzz_targets/{target}.rs")))?;
        let findings = match fs::read_dir(fuzz.join("regressions").join(target)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            findings => findings?,
        };
        for finding in findings {
            let finding = finding?.path();
            println!("{}", finding.display());
            property(&fs::read(finding)?);
        }
    }
    Ok(())
}
