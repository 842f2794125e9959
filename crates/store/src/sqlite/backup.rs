//! Copies of a store that is in use.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use rusqlite::Connection;
use tokio::task;

use super::{SqliteStore, connection, folder};
use crate::{Error, ErrorKind};

impl SqliteStore {
    /// Copies the store, as it is at one moment, into a folder that is new or empty. The copy is a
    /// store; what indexes it for search is made when it is opened. Requests go on meanwhile.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Exists`] when the folder holds a store already, [`ErrorKind::Full`] and
    /// [`ErrorKind::Io`]. What a backup that failed leaves is no store to rely on.
    pub async fn backup(&self, to: impl AsRef<Path>) -> Result<(), Error> {
        let to = to.as_ref().to_owned();
        let files = self.0.files.clone();
        let database = self.0.readers.database().to_owned();
        let options = self.0.readers.options().clone();
        task::spawn_blocking(move || {
            let copy = folder::prepare(&to)?;
            if fs::metadata(&copy).is_ok_and(|copy| copy.len() > 0) {
                return Err(Error::new(
                    ErrorKind::Exists,
                    "expected a folder without a store in it",
                ));
            }
            let source = connection::open(&database, &options)?;
            let name = copy.to_str().ok_or_else(|| {
                Error::new(ErrorKind::Io, "expected a folder with a name in UTF-8")
            })?;
            source.execute("VACUUM INTO ?1", [name])?;
            let copied = Connection::open(&copy)?;
            copy_files(&copied, &files, &folder::files(&to))?;
            drop(copied);
            sync(&copy, &to).map_err(failed)
        })
        .await
        .map_err(|_| Error::new(ErrorKind::Io, "expected the backup to end, it was stopped"))?
    }
}

/// Copies the files that the copied database names.
fn copy_files(copied: &Connection, from: &Path, to: &Path) -> Result<(), Error> {
    let ids: Vec<String> = {
        let mut files = copied.prepare("SELECT id FROM files")?;
        let ids = files.query_map([], |row| row.get(0))?;
        ids.collect::<Result<_, _>>()?
    };
    for id in ids {
        match fs::copy(from.join(&id), to.join(&id)) {
            Ok(_) => File::open(to.join(&id))
                .and_then(|file| file.sync_all())
                .map_err(failed)?,
            // It was removed since, with its row and its envelope.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                copied.execute("DELETE FROM files WHERE id = ?1", [&id])?;
            }
            Err(error) => return Err(failed(error)),
        }
    }
    folder::sync_name(to).map_err(failed)
}

fn sync(database: &Path, folder: &Path) -> io::Result<()> {
    File::open(database)?.sync_all()?;
    folder::sync_name(folder)
}

fn failed(source: io::Error) -> Error {
    let kind = match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ErrorKind::Full,
        _ => ErrorKind::Io,
    };
    Error::new(kind, "expected to write the folder of the backup").with_source(source)
}
