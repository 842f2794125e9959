//! Uploaded files, as rows of chunks.

use std::sync::Arc;

use asmtp_envelope::{FileId, Handle};
use async_trait::async_trait;
use tokio::runtime::Handle as Runtime;
use tokio_postgres::Row;

use super::agents::{find, lock};
use super::connector::Connector;
use super::row::{damaged, number, timestamp, value, without_nul};
use super::statement::{execute, query_opt};
use crate::{Error, ErrorKind, FileHead, FileMeta, FileSink, FileSource};

/// Octets of a chunk: what one reader or writer holds in memory.
const CHUNK: usize = 256 << 10;

/// An upload. Its row has no size until it is finished; nobody sees it before.
#[derive(Debug)]
struct Upload {
    connector: Arc<Connector>,
    head: FileHead,
    gathered: Vec<u8>,
    chunks: i32,
    size: u64,
    is_finished: bool,
}

/// A file on its way out, chunk by chunk.
#[derive(Debug)]
struct Download {
    connector: Arc<Connector>,
    id: FileId,
    next: i32,
    left: u64,
}

/// Begins an upload.
pub(super) async fn begin(
    connector: &Arc<Connector>,
    uploader: &Handle,
    head: FileHead,
    most_pending: u32,
) -> Result<Box<dyn FileSink>, Error> {
    let mut connection = connector.get().await?;
    let transaction = connection.transaction().await?;
    let agent = lock(&transaction, uploader).await?;
    let sql = "SELECT count(*) AS pending FROM files WHERE uploader = $1 AND message IS NULL";
    let row = query_opt(&transaction, sql, &[&agent]).await?;
    let pending: i64 = value(&row.ok_or_else(damaged)?, "pending")?;
    if pending >= i64::from(most_pending) {
        return Err(Error::new(
            ErrorKind::Full,
            format!("expected at most {most_pending} files that nothing has claimed"),
        ));
    }
    let sql = "INSERT INTO files (id, uploader, name, content_type, created_at, expires_at)
               VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
    let made = execute(
        &transaction,
        sql,
        &[
            &head.id.as_str(),
            &agent,
            &without_nul(&head.name),
            &without_nul(&head.content_type),
            &number(head.now),
            &number(head.expires),
        ],
    )
    .await?;
    if made == 0 {
        return Err(Error::new(
            ErrorKind::Exists,
            "expected the id of a new file",
        ));
    }
    transaction.commit().await?;
    Ok(Box::new(Upload {
        connector: Arc::clone(connector),
        head,
        gathered: Vec::new(),
        chunks: 0,
        size: 0,
        is_finished: false,
    }))
}

/// A file that `reader` may see.
pub(super) async fn read(
    connector: &Arc<Connector>,
    reader: &Handle,
    id: &FileId,
) -> Result<(FileMeta, Box<dyn FileSource>), Error> {
    let connection = connector.get().await?;
    let agent = find(&connection, reader).await?;
    let sql = "SELECT * FROM files AS f
               WHERE f.id = $1 AND f.size IS NOT NULL
                 AND (f.uploader = $2 OR EXISTS (
                          SELECT 1 FROM entries AS e WHERE e.message = f.message AND e.agent = $2))";
    let row = query_opt(&connection, sql, &[&id.as_str(), &agent]).await?;
    let meta = meta(&row.ok_or_else(|| {
        Error::new(
            ErrorKind::NotFound,
            "expected the id of a file for this agent",
        )
    })?)?;
    let source = Download {
        connector: Arc::clone(connector),
        id: id.clone(),
        next: 0,
        left: meta.size,
    };
    Ok((meta, Box::new(source)))
}

impl Upload {
    /// Stores what was gathered. It need not be on disk before the end of the upload is.
    async fn flush(&mut self) -> Result<(), Error> {
        if self.gathered.is_empty() {
            return Ok(());
        }
        let mut connection = self.connector.get().await?;
        let transaction = connection.transaction().await?;
        execute(&transaction, "SET LOCAL synchronous_commit = off", &[]).await?;
        let sql = "INSERT INTO file_chunks (file, place, octets)
                   SELECT id, $2, $3 FROM files WHERE id = $1 AND size IS NULL";
        let id = self.head.id.as_str();
        if execute(&transaction, sql, &[&id, &self.chunks, &self.gathered]).await? == 0 {
            return Err(swept());
        }
        transaction.commit().await?;
        self.chunks += 1;
        self.gathered.clear();
        Ok(())
    }
}

#[async_trait]
impl FileSink for Upload {
    async fn write(&mut self, mut chunk: &[u8]) -> Result<(), Error> {
        while !chunk.is_empty() {
            let (now, later) = chunk.split_at(chunk.len().min(CHUNK - self.gathered.len()));
            self.gathered.extend_from_slice(now);
            self.size += now.len() as u64;
            if self.gathered.len() == CHUNK {
                self.flush().await?;
            }
            chunk = later;
        }
        Ok(())
    }

    async fn finish(mut self: Box<Self>) -> Result<FileMeta, Error> {
        self.flush().await?;
        let connection = self.connector.get().await?;
        let size = i64::try_from(self.size).unwrap_or(i64::MAX);
        let sql = "UPDATE files SET size = $2 WHERE id = $1 AND size IS NULL RETURNING *";
        let row = query_opt(&connection, sql, &[&self.head.id.as_str(), &size]).await?;
        let meta = meta(&row.ok_or_else(swept)?)?;
        self.is_finished = true;
        Ok(meta)
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        // A sweep takes what this misses, as after a crash.
        if let (false, Ok(runtime)) = (self.is_finished, Runtime::try_current()) {
            let (connector, id) = (Arc::clone(&self.connector), self.head.id.to_string());
            runtime.spawn(async move {
                let sql = "DELETE FROM files WHERE id = $1 AND size IS NULL";
                execute(&connector.get().await?, sql, &[&id]).await
            });
        }
    }
}

#[async_trait]
impl FileSource for Download {
    async fn chunk(&mut self) -> Result<Option<Vec<u8>>, Error> {
        if self.left == 0 {
            return Ok(None);
        }
        let connection = self.connector.get().await?;
        let sql = "SELECT octets FROM file_chunks WHERE file = $1 AND place = $2";
        let row = query_opt(&connection, sql, &[&self.id.as_str(), &self.next]).await?;
        let octets: Vec<u8> = value(&row.ok_or_else(damaged)?, "octets")?;
        self.left = self
            .left
            .checked_sub(octets.len() as u64)
            .ok_or_else(damaged)?;
        self.next += 1;
        Ok(Some(octets))
    }
}

fn meta(row: &Row) -> Result<FileMeta, Error> {
    Ok(FileMeta {
        id: value::<&str>(row, "id")?.parse().map_err(|_| damaged())?,
        name: value(row, "name")?,
        content_type: value(row, "content_type")?,
        size: u64::try_from(value::<i64>(row, "size")?).map_err(|_| damaged())?,
        created_at: timestamp(row, "created_at")?,
        expires_at: timestamp(row, "expires_at")?,
    })
}

fn swept() -> Error {
    Error::new(
        ErrorKind::Io,
        "expected the upload to end before its file expires",
    )
}
