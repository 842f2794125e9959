//! The folder in which a transport keeps what its backend has no place for.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use crate::{Error, ErrorKind};

/// Makes a folder for its owner only.
pub(super) fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Makes a rename durable. Where folders cannot be opened, the file system does without.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// Runs what waits for a disk where it may.
pub(super) async fn on_disk<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, Error> {
    let failed = "the state folder failed";
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(Error::new(ErrorKind::Store, failed).with_source(error)),
        Err(error) => Err(Error::new(ErrorKind::Store, failed).with_source(error)),
    }
}
