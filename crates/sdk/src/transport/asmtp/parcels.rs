//! Envelopes that are not sent yet, a file each, so that a crash loses none and repeats none.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use asmtp_envelope::{EnvelopeId, Parcel};

use crate::transport::disk::{make_private, on_disk, sync_folder};
use crate::{Error, ErrorKind};

/// The folder of the parcels of one mailbox.
#[derive(Clone, Debug)]
pub(super) struct Folder(PathBuf);

/// The right to send what is in the folder: one process at a time has it.
#[derive(Debug)]
pub(super) struct Parcels {
    folder: PathBuf,
    /// Released when it is closed, by a crash as well.
    _lock: File,
}

impl Folder {
    /// The folder at a path, made when it does not exist, for its owner only.
    pub(super) async fn open(path: PathBuf) -> Result<Self, Error> {
        let made = path.clone();
        on_disk(move || make_private(&made)).await?;
        Ok(Self(path))
    }

    /// Whether there is something to send.
    pub(super) async fn has_parcels(&self) -> bool {
        let folder = self.0.clone();
        let names = on_disk(move || names(&folder)).await;
        names.is_ok_and(|names| !names.is_empty())
    }

    /// Waits for the right to send.
    pub(super) async fn lock(&self, patience: Duration) -> Result<Parcels, Error> {
        let locked = async {
            loop {
                let folder = self.0.clone();
                if let Some(parcels) = on_disk(move || Parcels::try_lock(folder)).await? {
                    return Ok(parcels);
                }
                tokio::time::sleep(BETWEEN_LOOKS).await;
            }
        };
        let in_time = tokio::time::timeout(patience, locked).await;
        in_time.unwrap_or_else(|_| {
            let message = "another process is sending from this mailbox";
            Err(Error::new(ErrorKind::Busy, message))
        })
    }
}

const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

impl Parcels {
    fn try_lock(folder: PathBuf) -> io::Result<Option<Self>> {
        let mut options = File::options();
        let lock = options
            .write(true)
            .create(true)
            .truncate(false)
            .open(folder.join("lock"))?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(Self {
                folder,
                _lock: lock,
            })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Those of an earlier run. What cannot be read is left where it is.
    pub(super) async fn restore(&self) -> Result<Vec<Parcel>, Error> {
        let folder = self.folder.clone();
        on_disk(move || {
            let mut parcels = Vec::new();
            for name in names(&folder)? {
                match serde_json::from_slice::<Parcel>(&fs::read(folder.join(&name))?) {
                    Ok(parcel) => parcels.push(parcel),
                    Err(error) => tracing::warn!(name, %error, "an envelope cannot be read"),
                }
            }
            Ok(parcels)
        })
        .await
    }

    /// Makes a parcel durable: beside, synced, renamed.
    pub(super) async fn keep(&self, parcel: &Parcel) -> Result<(), Error> {
        let folder = self.folder.clone();
        let (name, octets) = (file_name(parcel.id()), serde_json::to_vec(parcel));
        on_disk(move || {
            let beside = folder.join(format!("{name}.new"));
            let mut file = File::create(&beside)?;
            file.write_all(&octets?)?;
            file.sync_all()?;
            fs::rename(&beside, folder.join(name))?;
            sync_folder(&folder)
        })
        .await
    }

    /// Removes a parcel whose outcome is known.
    pub(super) async fn forget(&self, id: EnvelopeId) -> Result<(), Error> {
        let file = self.folder.join(file_name(id));
        on_disk(move || match fs::remove_file(file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        })
        .await
    }
}

const SUFFIX: &str = ".json";

fn file_name(id: EnvelopeId) -> String {
    format!("{id}{SUFFIX}")
}

/// The files of parcels, oldest id first.
fn names(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().into_string();
        names.extend(name.ok().filter(|name| name.ends_with(SUFFIX)));
    }
    names.sort_unstable();
    Ok(names)
}
