//! Files and standard input, read within limits.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::exit::Failure;

/// A FILE argument: a path, or standard input for `-` and for none.
pub(crate) fn path_or_stdin(file: Option<PathBuf>) -> PathBuf {
    file.unwrap_or_else(|| PathBuf::from("-"))
}

/// Reads a file, or standard input for `-`, but never more than `limit` octets and one: enough
/// to see that the input is too long.
pub(crate) fn read(path: &Path, limit: usize) -> Result<Vec<u8>, Failure> {
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let mut octets = Vec::new();
    let result = if path == Path::new("-") {
        io::stdin().lock().take(most).read_to_end(&mut octets)
    } else {
        File::open(path).and_then(|file| file.take(most).read_to_end(&mut octets))
    };
    match result {
        Ok(_) => Ok(octets),
        Err(cause) => Err(Failure::file("read", path, &cause)),
    }
}

/// The same for text, which has to be UTF-8 and to fit.
pub(crate) fn read_text(path: &Path, limit: usize) -> Result<String, Failure> {
    let octets = read(path, limit)?;
    if octets.len() > limit {
        return Err(Failure::usage(format!(
            "{} is longer than {limit} octets",
            path.display()
        )));
    }
    String::from_utf8(octets).map_err(|_| {
        Failure::usage(format!(
            "{} is not UTF-8; convert it, with iconv say",
            path.display()
        ))
    })
}
