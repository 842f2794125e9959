//! Uploaded files, as rows of chunks.

use std::sync::Arc;

use asmtp_envelope::{FileId, Handle};
use async_trait::async_trait;
use deadpool_postgres::GenericClient;
use tokio::runtime::Handle as Runtime;
use tokio_postgres::Row;

use super::agents::{find, lock};
use super::connector::Connector;
use super::row::{damaged, number, timestamp, value, without_nul};
use super::statement::{Values, execute, query_opt};
use crate::{Error, ErrorKind, FileHead, FileMeta, FileSink, FileSource};

/// Octets of a chunk: what one reader or writer holds in memory.
const CHUNK: usize = 256 << 10;

/// An upload. Its chunks belong to a number, which becomes a file at the end.
#[derive(Debug)]
struct Upload {
    connector: Arc<Connector>,
    uploader: Handle,
    head: FileHead,
    most_pending: u32,
    number: i64,
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
    let connection = connector.get().await?;
    let agent = find(&connection, uploader).await?;
    check_pending(&connection, agent, most_pending).await?;
    let sql = "INSERT INTO uploads (expires_at) SELECT $2
               WHERE NOT EXISTS (SELECT 1 FROM files WHERE id = $1) RETURNING number";
    let row = query_opt(
        &connection,
        sql,
        &[&head.id.as_str(), &number(head.expires)],
    )
    .await?;
    let number = value(&row.ok_or_else(exists)?, "number")?;
    Ok(Box::new(Upload {
        connector: Arc::clone(connector),
        uploader: uploader.clone(),
        head,
        most_pending,
        number,
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
               WHERE f.id = $1
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
        let sql = "INSERT INTO file_chunks (upload, place, octets)
                   SELECT number, $2, $3 FROM uploads WHERE number = $1 AND file IS NULL";
        let values: Values<'_> = &[&self.number, &self.chunks, &self.gathered];
        if execute(&transaction, sql, values).await? == 0 {
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
        let mut connection = self.connector.get().await?;
        let transaction = connection.transaction().await?;
        let agent = lock(&transaction, &self.uploader).await?;
        check_pending(&transaction, agent, self.most_pending).await?;
        let sql =
            "INSERT INTO files (id, uploader, name, content_type, size, created_at, expires_at)
                   VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING *";
        let row = query_opt(
            &transaction,
            sql,
            &[
                &self.head.id.as_str(),
                &agent,
                &without_nul(&self.head.name),
                &without_nul(&self.head.content_type),
                &i64::try_from(self.size).unwrap_or(i64::MAX),
                &number(self.head.now),
                &number(self.head.expires),
            ],
        )
        .await?;
        let meta = meta(&row.ok_or_else(exists)?)?;
        let sql = "UPDATE uploads SET file = $2 WHERE number = $1 AND file IS NULL";
        let values: Values<'_> = &[&self.number, &self.head.id.as_str()];
        if execute(&transaction, sql, values).await? == 0 {
            return Err(swept());
        }
        transaction.commit().await?;
        self.is_finished = true;
        Ok(meta)
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        // A sweep takes what this misses, as after a crash.
        if let (false, Ok(runtime)) = (self.is_finished, Runtime::try_current()) {
            let (connector, number) = (Arc::clone(&self.connector), self.number);
            runtime.spawn(async move {
                let sql = "DELETE FROM uploads WHERE number = $1 AND file IS NULL";
                execute(&connector.get().await?, sql, &[&number]).await
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
        let sql = "SELECT c.octets FROM uploads AS u JOIN file_chunks AS c ON c.upload = u.number
                   WHERE u.file = $1 AND c.place = $2";
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

async fn check_pending(client: &impl GenericClient, agent: i64, most: u32) -> Result<(), Error> {
    let sql = "SELECT count(*) AS pending FROM files WHERE uploader = $1 AND message IS NULL";
    let row = query_opt(client, sql, &[&agent]).await?;
    let pending: i64 = value(&row.ok_or_else(damaged)?, "pending")?;
    if pending >= i64::from(most) {
        return Err(Error::new(
            ErrorKind::Full,
            format!("expected at most {most} files that nothing has claimed"),
        ));
    }
    Ok(())
}

fn exists() -> Error {
    Error::new(ErrorKind::Exists, "expected the id of a new file")
}

fn swept() -> Error {
    Error::new(
        ErrorKind::Io,
        "expected the upload to end before its file expires",
    )
}
