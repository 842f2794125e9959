//! The file in which `watch` remembers how far it came.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use mailmesh::{Folder, Position};
use serde::{Deserialize, Serialize};

use crate::exit::Failure;

/// A state file of one folder of one mailbox.
#[derive(Debug)]
pub(crate) struct StateFile {
    path: PathBuf,
    address: String,
    folder: String,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct State {
    address: String,
    folder: String,
    position: String,
}

impl StateFile {
    /// The state of a folder in this file.
    pub(crate) fn new(path: PathBuf, address: &str, folder: &Folder) -> Self {
        Self {
            path,
            address: address.to_owned(),
            folder: folder.as_str().to_owned(),
        }
    }

    /// The position that was saved, or `None` when there is no file yet.
    pub(crate) fn load(&self) -> Result<Option<Position>, Failure> {
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(Failure::file("read", &self.path, &cause)),
        };
        let path = self.path.display();
        let state: State = serde_json::from_str(&text).map_err(|_| {
            Failure::usage(format!(
                "{path} is no state file of watch; name another file"
            ))
        })?;
        if (&state.address, &state.folder) != (&self.address, &self.folder) {
            return Err(Failure::usage(format!(
                "{path} belongs to {} of {}; name another file for {} of {}",
                state.folder, state.address, self.folder, self.address
            )));
        }
        Ok(Some(Position::new(state.position)))
    }

    /// Saves a position: after a crash the file holds either the old one or this one.
    pub(crate) fn save(&self, position: &Position) -> Result<(), Failure> {
        let state = State {
            address: self.address.clone(),
            folder: self.folder.clone(),
            position: position.as_str().to_owned(),
        };
        self.replace(&state)
            .map_err(|cause| Failure::file("write", &self.path, &cause))
    }

    fn replace(&self, state: &State) -> io::Result<()> {
        let folder = match self.path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer(&mut file, state)?;
        file.write_all(b"\n")?;
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_saved_is_loaded_for_its_own_folder_only() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state");
        let inbox = StateFile::new(path.clone(), "a@x.test", &Folder::inbox());
        assert_eq!(inbox.load().unwrap(), None);
        inbox.save(&Position::new("7")).unwrap();
        inbox.save(&Position::new("8")).unwrap();
        assert_eq!(inbox.load().unwrap(), Some(Position::new("8")));
        assert_eq!(
            fs::read_dir(dir.path()).unwrap().count(),
            1,
            "no temporary file stays"
        );
        assert!(
            StateFile::new(path, "a@x.test", &Folder::new("Sent"))
                .load()
                .is_err()
        );
    }

    #[test]
    fn a_foreign_file_is_not_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("notes.txt");
        fs::write(&path, "mine").unwrap();
        assert!(
            StateFile::new(path, "a@x.test", &Folder::inbox())
                .load()
                .is_err()
        );
    }
}
