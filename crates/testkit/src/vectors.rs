//! The vector files of the repository.

use std::path::{Path, PathBuf};
use std::{fs, io};

/// The folder with the vectors of a crate, such as `structured-email`.
#[must_use]
pub fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../vectors")
        .join(name)
}

/// All vector files of a crate, by name: file name and text.
///
/// # Errors
///
/// When the folder or a file of it cannot be read, or there is no file.
pub fn load(name: &str) -> io::Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder(name))? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            let file = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            files.push((file, fs::read_to_string(&path)?));
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(io::Error::new(
            io::ErrorKind::NotFound,
            "expected vector files",
        ));
    }
    Ok(files)
}

/// The text of one vector file of a crate.
///
/// # Errors
///
/// When it cannot be read.
pub fn file(crate_name: &str, file: &str) -> io::Result<String> {
    fs::read_to_string(folder(crate_name).join(file))
}
