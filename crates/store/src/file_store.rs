use std::fmt::Debug;

use asmtp_envelope::{FileId, Handle, Timestamp};
use async_trait::async_trait;

use crate::Error;

/// Uploaded files (ASMTP, 14). A file is pending until an envelope of its uploader claims it, and
/// lives as long as that envelope then. One that nothing claims goes with the first
/// [`sweep`](crate::Upkeep::sweep) behind its time.
#[async_trait]
pub trait FileStore: Debug + Send + Sync {
    /// Begins an upload. Nothing is there until [`FileSink::finish`].
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) when there is no such agent,
    /// [`Exists`](crate::ErrorKind::Exists) when the id is taken, and
    /// [`Full`](crate::ErrorKind::Full) when the agent has
    /// [`Limits::pending_files`](crate::Limits::pending_files).
    async fn begin_file(
        &self,
        uploader: &Handle,
        head: FileHead,
    ) -> Result<Box<dyn FileSink>, Error>;

    /// A file that `reader` may see: its own upload, or one in an envelope it sent or received.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound), whether the file does not exist or is not for
    /// this reader.
    async fn read_file(
        &self,
        reader: &Handle,
        id: &FileId,
    ) -> Result<(FileMeta, Box<dyn FileSource>), Error>;
}

/// Takes the octets of an upload. Dropped before it is finished, it leaves nothing.
#[async_trait]
pub trait FileSink: Debug + Send {
    /// Takes some octets.
    ///
    /// # Errors
    ///
    /// [`Full`](crate::ErrorKind::Full), [`Io`](crate::ErrorKind::Io).
    async fn write(&mut self, chunk: &[u8]) -> Result<(), Error>;

    /// Ends the upload. The file is on disk then, and may be claimed.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write), and [`Exists`](crate::ErrorKind::Exists) when the id was taken
    /// meanwhile.
    async fn finish(self: Box<Self>) -> Result<FileMeta, Error>;
}

/// Gives the octets of a file.
#[async_trait]
pub trait FileSource: Debug + Send {
    /// The next octets, `None` at the end.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::ErrorKind::Io), [`Corrupt`](crate::ErrorKind::Corrupt) when the file ends
    /// before its size.
    async fn chunk(&mut self) -> Result<Option<Vec<u8>>, Error>;
}

/// What is said of a file when its upload begins.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // what a caller has to say
pub struct FileHead {
    /// Its id, which nobody can guess.
    pub id: FileId,
    /// Its name for people. It never names anything on disk.
    pub name: String,
    /// Its media type.
    pub content_type: String,
    /// The time.
    pub now: Timestamp,
    /// Until when it may be claimed.
    pub expires: Timestamp,
}

/// What is known of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileMeta {
    /// Its id.
    pub id: FileId,
    /// Its name for people.
    pub name: String,
    /// Its media type.
    pub content_type: String,
    /// Its size in octets.
    pub size: u64,
    /// When its upload began.
    pub created_at: Timestamp,
    /// Until when it could be claimed.
    pub expires_at: Timestamp,
}
