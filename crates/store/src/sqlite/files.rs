//! Uploaded files: octets in a folder, what is known of them in the database.
//!
//! A file is on disk, whole and under its name, before it has a row; and it has lost its row before
//! it leaves the disk. So a row never lacks its file, and a file without a row is a remainder.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use asmtp_envelope::{FileId, Handle};
use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Row, params};
use tokio::task;

use super::SqliteStore;
use super::agents::find;
use super::batch::Batch;
use super::folder::sync_name;
use super::row::{millis, parsed, timestamp};
use crate::{Error, ErrorKind, FileHead, FileMeta, FileSink, FileSource, FileStore};

/// Octets that are gathered before they are written, and read at once.
const CHUNK: usize = 256 << 10;

/// What an unfinished upload has behind its id. No id holds a dot.
const PART: &str = "part";

/// How old a file without a row has to be before it is taken for a remainder. A younger one may be
/// on its way in another process.
const REMAINDER: Duration = Duration::from_secs(60 * 60);

#[async_trait]
impl FileStore for SqliteStore {
    async fn begin_file(
        &self,
        uploader: &Handle,
        head: FileHead,
    ) -> Result<Box<dyn FileSink>, Error> {
        let (handle, id) = (uploader.clone(), head.id.clone());
        let most = self.limits().pending_files;
        self.query(move |view| check_upload(view, find(view, &handle)?, &id, most))
            .await?;
        let path = self.0.files.join(head.id.as_str());
        let (file, part) = blocking(move || {
            if path.try_exists()? {
                return Err(io::ErrorKind::AlreadyExists.into());
            }
            let part = path.with_extension(PART);
            let mut options = OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            Ok((options.open(&part)?, part))
        })
        .await?;
        Ok(Box::new(Upload {
            store: self.clone(),
            uploader: uploader.clone(),
            head,
            file: Some(file),
            part: Some(part),
            gathered: Vec::new(),
            size: 0,
        }))
    }

    async fn read_file(
        &self,
        reader: &Handle,
        id: &FileId,
    ) -> Result<(FileMeta, Box<dyn FileSource>), Error> {
        let (reader, name) = (reader.clone(), id.clone());
        let meta = self
            .query(move |view| visible(view, find(view, &reader)?, &name))
            .await?
            .ok_or_else(no_file)?;
        let path = self.0.files.join(id.as_str());
        let opened = blocking(move || match File::open(path) {
            Ok(file) => Ok(Some(file)),
            // It was removed since its row was read.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        });
        let source = Download {
            file: Some(opened.await?.ok_or_else(no_file)?),
            left: meta.size,
        };
        Ok((meta, Box::new(source)))
    }
}

/// A file on its way in.
#[derive(Debug)]
struct Upload {
    store: SqliteStore,
    uploader: Handle,
    head: FileHead,
    /// Taken while it is written to.
    file: Option<File>,
    /// Where it is until it is finished.
    part: Option<PathBuf>,
    gathered: Vec<u8>,
    size: u64,
}

impl Upload {
    async fn flush(&mut self) -> Result<(), Error> {
        let mut file = self.file.take().ok_or_else(broken)?;
        let mut gathered = std::mem::take(&mut self.gathered);
        let (file, gathered) = blocking(move || {
            file.write_all(&gathered)?;
            gathered.clear();
            Ok((file, gathered))
        })
        .await?;
        (self.file, self.gathered) = (Some(file), gathered);
        Ok(())
    }
}

#[async_trait]
impl FileSink for Upload {
    async fn write(&mut self, chunk: &[u8]) -> Result<(), Error> {
        self.gathered.extend_from_slice(chunk);
        self.size += chunk.len() as u64;
        if self.gathered.len() >= CHUNK {
            self.flush().await?;
        }
        Ok(())
    }

    async fn finish(mut self: Box<Self>) -> Result<FileMeta, Error> {
        self.flush().await?;
        let file = self.file.take().ok_or_else(broken)?;
        let part = self.part.clone().ok_or_else(broken)?;
        let whole = part.with_extension("");
        let named = whole.clone();
        blocking(move || {
            file.sync_all()?;
            fs::rename(&part, &named)?;
            named.parent().map_or(Ok(()), sync_name)
        })
        .await?;
        // From here on it is the whole file that goes when the row cannot be made.
        self.part = Some(whole);
        let head = &self.head;
        let meta = FileMeta {
            id: head.id.clone(),
            name: head.name.clone(),
            content_type: head.content_type.clone(),
            size: self.size,
            created_at: head.now,
            expires_at: head.expires,
        };
        let (row, uploader) = (meta.clone(), self.uploader.clone());
        let most = self.store.limits().pending_files;
        let inserted = self
            .store
            .write(move |batch| batch.insert_file(&uploader, &row, most))
            .await;
        if inserted.is_ok() {
            self.part = None;
        }
        inserted.map(|()| meta)
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if let Some(part) = self.part.take()
            && let Err(error) = fs::remove_file(part)
        {
            tracing::debug!(%error, "an upload that came to nothing is left for a sweep");
        }
    }
}

/// A file on its way out.
#[derive(Debug)]
struct Download {
    file: Option<File>,
    left: u64,
}

#[async_trait]
impl FileSource for Download {
    async fn chunk(&mut self) -> Result<Option<Vec<u8>>, Error> {
        if self.left == 0 {
            return Ok(None);
        }
        let mut file = self.file.take().ok_or_else(broken)?;
        let wanted = self.left.min(CHUNK as u64);
        let (file, chunk) = blocking(move || {
            let mut chunk = Vec::new();
            (&mut file).take(wanted).read_to_end(&mut chunk)?;
            Ok((file, chunk))
        })
        .await?;
        if chunk.len() as u64 != wanted {
            return Err(Error::new(
                ErrorKind::Corrupt,
                "expected a longer file, it was cut off",
            ));
        }
        self.left -= wanted;
        self.file = Some(file);
        Ok(Some(chunk))
    }
}

impl Batch<'_> {
    fn insert_file(&mut self, uploader: &Handle, meta: &FileMeta, most: u32) -> Result<(), Error> {
        let agent = find(self.connection(), uploader)?;
        check_upload(self.connection(), agent, &meta.id, most)?;
        self.sql(
            "INSERT INTO files (id, agent, name, content_type, size, created_at, expires_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            meta.id.as_str(),
            agent,
            meta.name,
            meta.content_type,
            meta.size,
            millis(meta.created_at),
            millis(meta.expires_at),
        ])?;
        Ok(())
    }
}

/// A file that has a row, to be read.
#[cfg(feature = "postgres")]
pub(super) fn open(folder: &Path, id: &str, size: u64) -> Result<Box<dyn FileSource>, Error> {
    match File::open(folder.join(id)) {
        Ok(file) => Ok(Box::new(Download {
            file: Some(file),
            left: size,
        })),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Error::new(
            ErrorKind::Corrupt,
            format!("expected the file {id} in the folder of files"),
        )),
        Err(error) => Err(failed(error)),
    }
}

/// Removes what crashes left in the folder: files without a row that nobody is writing any more.
pub(super) fn remove_remainders(view: &Connection, folder: &Path) -> Result<(), Error> {
    let mut is_known = view.prepare("SELECT 1 FROM files WHERE id = ?1")?;
    for file in fs::read_dir(folder).map_err(failed)? {
        let file = file.map_err(failed)?;
        let name = file.file_name();
        let written = file.metadata().and_then(|metadata| metadata.modified());
        let is_old = written.is_ok_and(|written| {
            let age = SystemTime::now().duration_since(written);
            age.is_ok_and(|age| age > REMAINDER)
        });
        if is_old && !is_known.exists([name.to_str()])? {
            remove(folder, &name.to_string_lossy());
        }
    }
    Ok(())
}

/// Removes a file that has no row any more. One that stays is a remainder for the next sweep.
pub(super) fn remove(folder: &Path, name: &str) {
    match fs::remove_file(folder.join(name)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!(%error, "a file that is not wanted any more could not be removed");
        }
        _ => {}
    }
}

fn check_upload(view: &Connection, agent: i64, id: &FileId, most: u32) -> Result<(), Error> {
    let mut same = view.prepare_cached("SELECT 1 FROM files WHERE id = ?1")?;
    if same.exists([id.as_str()])? {
        return Err(Error::new(
            ErrorKind::Exists,
            "expected the id of a new file",
        ));
    }
    let pending: u32 = view
        .prepare_cached("SELECT count(*) FROM files WHERE agent = ?1 AND message IS NULL")?
        .query_one([agent], |row| row.get(0))?;
    if pending >= most {
        return Err(Error::new(
            ErrorKind::Full,
            format!("expected at most {most} files that no envelope has claimed"),
        ));
    }
    Ok(())
}

/// A file, if this agent may see it (ASMTP, 14).
fn visible(view: &Connection, agent: i64, id: &FileId) -> Result<Option<FileMeta>, Error> {
    let mut statement = view.prepare_cached(
        "SELECT * FROM files AS f WHERE id = ?1 AND (agent = ?2 OR EXISTS (
             SELECT 1 FROM entries AS e WHERE e.agent = ?2 AND e.direction IN (0, 1) AND e.key = f.message))",
    )?;
    let meta = |row: &Row<'_>| {
        Ok(FileMeta {
            id: parsed(row, "id")?,
            name: row.get("name")?,
            content_type: row.get("content_type")?,
            size: row.get("size")?,
            created_at: timestamp(row, "created_at")?,
            expires_at: timestamp(row, "expires_at")?,
        })
    };
    Ok(statement
        .query_one(params![id.as_str(), agent], meta)
        .optional()?)
}

/// Runs something on a thread where it may block.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, Error> {
    task::spawn_blocking(work)
        .await
        .map_err(|_| broken())?
        .map_err(failed)
}

fn failed(source: io::Error) -> Error {
    let (kind, message) = match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            (ErrorKind::Full, "expected room on the disk")
        }
        io::ErrorKind::AlreadyExists => (ErrorKind::Exists, "expected the id of a new file"),
        _ => (
            ErrorKind::Io,
            "expected to read and write the folder of files",
        ),
    };
    Error::new(kind, message).with_source(source)
}

fn broken() -> Error {
    Error::new(ErrorKind::Io, "expected a file that did not fail before")
}

fn no_file() -> Error {
    Error::new(
        ErrorKind::NotFound,
        "expected the id of a file that this agent may see",
    )
}
