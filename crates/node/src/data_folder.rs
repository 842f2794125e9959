//! The folder of a node: one process at a time, and the administrator's token.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use crate::Bearer;
use crate::error::{Error, ErrorKind};

/// A folder that this process holds until this value is dropped, or the process ends in any way.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    _lock: File,
}

impl DataFolder {
    /// The name of the file with the administrator's token.
    pub const ADMIN_TOKEN: &str = "admin.token";

    const LOCK: &str = "node.lock";

    /// Takes hold of a folder, which is made when it does not exist (mode 700).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Held`] when another process holds it, saying which; [`ErrorKind::Io`].
    pub fn hold(path: impl Into<PathBuf>) -> Result<Self, Error> {
        let path = path.into();
        let failed = |cause| {
            let message = format!("cannot use the folder {}", path.display());
            Error::new(ErrorKind::Io, message).with_source(cause)
        };
        make_folder(&path).map_err(failed)?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut lock = options.open(path.join(Self::LOCK)).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(held(&path, &mut lock)),
            Err(TryLockError::Error(cause)) => return Err(failed(cause)),
        }
        // For people; the lock is what counts, and the system drops it with the process.
        let pid = std::process::id();
        lock.set_len(0)
            .and_then(|()| lock.rewind())
            .and_then(|()| writeln!(lock, "{pid}"))
            .map_err(failed)?;
        Ok(Self { path, _lock: lock })
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The administrator's token in `admin.token`; one is made (mode 600) when there is none.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] when the file holds no token, [`ErrorKind::Io`].
    pub fn admin_token(&self) -> Result<Bearer, Error> {
        let path = self.path.join(Self::ADMIN_TOKEN);
        match read_token(&path) {
            Err(error) if is_missing(&error) => {}
            read => return read,
        }
        let failed = |cause: io::Error| {
            let message = format!("cannot write {}", path.display());
            Error::new(ErrorKind::Io, message).with_source(cause)
        };
        let mut octets = [0; 32];
        getrandom::fill(&mut octets).map_err(|cause| failed(io::Error::other(cause)))?;
        let token = Bearer::from_random(octets);
        write_secret(&path, &token).map_err(failed)?;
        Ok(token)
    }
}

/// Reads a token from a file; a line end behind it is left away.
///
/// # Errors
///
/// [`ErrorKind::Config`] when the file holds no token, [`ErrorKind::Io`] when it cannot be read.
pub fn read_token(path: &Path) -> Result<Bearer, Error> {
    let text = fs::read_to_string(path).map(zeroize::Zeroizing::new);
    let text = text.map_err(|cause| {
        Error::new(ErrorKind::Io, format!("cannot read {}", path.display())).with_source(cause)
    })?;
    Bearer::from_text(&text).ok_or_else(|| {
        let message = format!("expected one line with a token in {}", path.display());
        Error::new(ErrorKind::Config, message)
    })
}

fn is_missing(error: &Error) -> bool {
    let source = std::error::Error::source(error);
    let cause = source.and_then(|source| source.downcast_ref::<io::Error>());
    cause.is_some_and(|cause| cause.kind() == io::ErrorKind::NotFound)
}

fn held(path: &Path, lock: &mut File) -> Error {
    let mut holder = String::new();
    // Only for the message: without a number it still says what is wrong.
    let _ = lock.take(32).read_to_string(&mut holder);
    let holder: String = holder.chars().take_while(char::is_ascii_digit).collect();
    let path = path.display();
    Error::new(
        ErrorKind::Held,
        format!("process {holder} holds the folder {path}"),
    )
}

#[cfg(unix)]
fn make_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

#[cfg(not(unix))]
fn make_folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

/// Writes a token so that it is whole or not there, and nobody else can read it.
fn write_secret(path: &Path, token: &Bearer) -> io::Result<()> {
    let temporary = path.with_extension("new");
    let _ = fs::remove_file(&temporary); // one that a crash left
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(&temporary)?;
    writeln!(file, "{}", token.reveal())?;
    file.sync_all()?;
    fs::rename(&temporary, path)
}
