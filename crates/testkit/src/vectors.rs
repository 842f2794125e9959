//! The vector files of the repository.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{fs, io};

use strict_json::conformance::Outcome;

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

/// Runs all vector files of a crate, but for those that `skip` names.
///
/// # Errors
///
/// When a case fails, with all that do, or a file cannot be read.
pub fn run(name: &str, skip: &[&str], run: fn(&str) -> Vec<Outcome>) -> Result<(), Box<dyn Error>> {
    let mut failed = Vec::new();
    for (file, json) in load(name)? {
        if skip.contains(&file.as_str()) {
            continue;
        }
        let outcomes = run(&json).into_iter().filter(|outcome| !outcome.passed());
        failed.extend(outcomes.map(|outcome| format!("{file} {outcome}")));
    }
    match failed.len() {
        0 => Ok(()),
        number => Err(format!("{number} failed:\n{}", failed.join("\n")).into()),
    }
}

/// The text of one vector file of a crate.
///
/// # Errors
///
/// When it cannot be read.
pub fn file(crate_name: &str, file: &str) -> io::Result<String> {
    fs::read_to_string(folder(crate_name).join(file))
}
