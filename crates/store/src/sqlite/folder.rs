//! The folder of a store on disk, for its owner's eyes only.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use crate::{Error, ErrorKind};

/// The database inside the folder. SQLite puts `-wal` and `-shm` beside it, with its permissions.
const DATABASE: &str = "mailmesh.db";

/// The folder of uploaded files.
const FILES: &str = "files";

/// Where the database of a store is.
pub(super) fn database(folder: &Path) -> PathBuf {
    folder.join(DATABASE)
}

/// Where the uploaded files of a store are.
pub(super) fn files(folder: &Path) -> PathBuf {
    folder.join(FILES)
}

/// Makes the folder (mode 700) and an empty database (mode 600) where they are missing, and
/// returns the path of the database. What exists keeps its permissions.
pub(super) fn prepare(folder: &Path) -> Result<PathBuf, Error> {
    let database = database(folder);
    make(folder, &database).map_err(|source| {
        Error::new(ErrorKind::Io, "expected a folder this process may write to").with_source(source)
    })?;
    Ok(database)
}

fn make(folder: &Path, database: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    builder.create(files(folder))?;

    if make_private(database)? {
        sync_name(folder)?;
    }
    Ok(())
}

/// Makes an empty file (mode 600), and says whether there was none.
pub(super) fn make_private(path: &Path) -> io::Result<bool> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

/// A new file is durable only when the folder that names it is.
pub(super) fn sync_name(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()
    } else {
        Ok(())
    }
}
