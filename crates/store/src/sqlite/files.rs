//! Uploaded files.

use asmtp_envelope::{FileId, Handle};
use async_trait::async_trait;

use super::SqliteStore;
use crate::{Error, ErrorKind, FileHead, FileMeta, FileSink, FileSource, FileStore};

#[async_trait]
impl FileStore for SqliteStore {
    async fn begin_file(&self, _: &Handle, _: FileHead) -> Result<Box<dyn FileSink>, Error> {
        Err(Error::new(ErrorKind::Io, "expected files"))
    }

    async fn read_file(
        &self,
        _: &Handle,
        _: &FileId,
    ) -> Result<(FileMeta, Box<dyn FileSource>), Error> {
        Err(Error::new(ErrorKind::NotFound, "expected files"))
    }
}
