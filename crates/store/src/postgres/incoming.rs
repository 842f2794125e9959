//! A store as it comes into a database, by a migration.

use std::collections::HashMap;
use std::pin::pin;

use asmtp_envelope::{Envelope, Push};
use deadpool_postgres::{GenericClient as _, Object, Transaction};
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{ToSql, Type};

use super::connector::Connector;
use super::row::{damaged, value, without_nul};
use super::statement::{execute, query, query_opt};
use super::{PostgresOptions, PostgresUrl, envelope_index, schema, shown, tokens};
use crate::migration::{Batch, Content, File, Message, Place, Position, Row, TABLES, Value};
use crate::{Error, ErrorKind, Format};

/// What migrations into one database queue behind.
const LOCK: i64 = i64::from_be_bytes(*b"mm-moves");

/// The first version of the schema that knows of migrations.
pub(super) const SCHEMA: usize = 2;

/// A database that takes a store, one migration at a time.
#[derive(Debug)]
pub(crate) struct Incoming {
    connection: Object,
}

/// Where a migration begins, and what was brought over before.
#[derive(Debug)]
pub(crate) struct Start {
    /// None when nothing is left to do.
    pub(crate) position: Option<Position>,
    pub(crate) migrated: u64,
}

impl Incoming {
    /// Connects to a database, locks it against other migrations, and brings its schema up to date.
    pub(crate) async fn open(url: &PostgresUrl) -> Result<Self, Error> {
        let options = PostgresOptions {
            connections: 1,
            ..PostgresOptions::default()
        };
        let mut connection = Connector::new(url, &options)?.get().await?;
        // A run that was killed may hold the lock for a moment: the wait for it has an end, as
        // that for any other lock. But counting may take its time, and so may the folder.
        let sql = "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0";
        connection.batch_execute(sql).await?;
        execute(&connection, "SELECT pg_advisory_lock($1)", &[&LOCK]).await?;
        schema::migrate(&mut connection).await?;
        Ok(Self { connection })
    }

    /// Finds out where to begin, and from then on no replica opens the store before the end.
    pub(crate) async fn begin(&mut self, fingerprint: &[u8; 32]) -> Result<Start, Error> {
        let transaction = self.connection.transaction().await?;
        let sql = "SELECT fingerprint, stage, place, migrated, has_ended FROM migration";
        let start = match query_opt(&transaction, sql, &[]).await? {
            Some(begun) if value::<&[u8]>(&begun, "fingerprint")? != fingerprint => {
                return Err(occupied(
                    "expected an empty database, or what is there of a migration of this store: it has changed, or is another one",
                ));
            }
            Some(begun) => {
                let stage: &str = value(&begun, "stage")?;
                let stage = TABLES.iter().position(|table| table.name == stage);
                let table = stage.ok_or_else(damaged)?;
                let behind = Place::from_json(value(&begun, "place")?, &TABLES[table])?;
                let has_ended: bool = value(&begun, "has_ended")?;
                let migrated: i64 = value(&begun, "migrated")?;
                Start {
                    position: (!has_ended).then_some(Position { table, behind }),
                    migrated: u64::try_from(migrated).map_err(|_| damaged())?,
                }
            }
            None => begin(&transaction, fingerprint).await?,
        };
        if start.position.is_some() {
            for table in TABLES.iter().filter(|table| table.is_volatile) {
                execute(&transaction, &format!("DELETE FROM {}", table.name), &[]).await?;
            }
        }
        transaction.commit().await?;
        Ok(start)
    }

    /// Writes a batch, and the place behind it with it.
    pub(crate) async fn write(&mut self, batch: Batch) -> Result<(), Error> {
        let Batch {
            table,
            content,
            last,
        } = batch;
        let transaction = self.connection.transaction().await?;
        let count = i64::try_from(content.len()).unwrap_or(i64::MAX);
        match content {
            Content::Rows(rows) => copy(&transaction, table.name, table.columns, &rows).await?,
            Content::Messages(messages) => write_messages(&transaction, messages).await?,
            Content::Files(files) => write_files(&transaction, table.columns, files).await?,
        }
        if !table.is_volatile {
            let sql = "UPDATE migration SET stage = $1, place = $2, migrated = migrated + $3";
            execute(&transaction, sql, &[&table.name, &last.to_json(), &count]).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Counts, and lets replicas open the store.
    pub(crate) async fn finish(&mut self, counts: &[u64], last_block: i64) -> Result<(), Error> {
        let transaction = self.connection.transaction().await?;
        for (table, &expected) in TABLES.iter().zip(counts) {
            compare(&transaction, table.name, expected).await?;
            if table.name == "messages" {
                compare(&transaction, "bodies", expected).await?;
                compare(&transaction, "texts", expected).await?;
            }
        }
        // What is numbered from here on goes behind what there is.
        for (table, column, last) in [
            ("agents", "id", 0),
            ("folders", "id", 0),
            ("blocks", "number", last_block),
        ] {
            let sql = format!(
                "SELECT setval(pg_get_serial_sequence('mailmesh.{table}', '{column}'), last)
                 FROM (SELECT greatest(max({column}), $1) AS last FROM {table}) AS l WHERE last > 0"
            );
            query_opt(&transaction, &sql, &[&last]).await?;
        }
        // Until the database looks by itself, its planner would believe the tables to be empty.
        let names: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
        let analyze = format!("ANALYZE bodies, texts, uploads, {}", names.join(", "));
        transaction.batch_execute(&analyze).await?;
        let migrated = i64::try_from(counts.iter().sum::<u64>()).unwrap_or(i64::MAX);
        let sql = "UPDATE migration SET has_ended = true, migrated = $1";
        execute(&transaction, sql, &[&migrated]).await?;
        transaction.commit().await?;
        Ok(())
    }
}

/// Refuses a store of which only a part has come in.
pub(super) async fn refuse_unfinished(connection: &Object) -> Result<(), Error> {
    let sql = "SELECT 1 FROM migration WHERE NOT has_ended";
    match query_opt(connection, sql, &[]).await? {
        None => Ok(()),
        Some(_) => Err(Error::new(
            ErrorKind::Busy,
            "expected a whole store, a migration into this one has not ended: run `mailmesh store migrate-to` again",
        )),
    }
}

/// Begins in a database without any mailbox.
async fn begin(transaction: &Transaction<'_>, fingerprint: &[u8; 32]) -> Result<Start, Error> {
    let sql = "SELECT 1 FROM agents UNION ALL SELECT 1 FROM context_agents LIMIT 1";
    if query_opt(transaction, sql, &[]).await?.is_some() {
        return Err(occupied(
            "expected an empty database, this one holds a store that did not come from here",
        ));
    }
    let first = &TABLES[0];
    let behind = Place::start(first);
    let sql = "INSERT INTO migration (fingerprint, stage, place) VALUES ($1, $2, $3)";
    let place = behind.to_json();
    execute(transaction, sql, &[&&fingerprint[..], &first.name, &place]).await?;
    Ok(Start {
        position: Some(Position { table: 0, behind }),
        migrated: 0,
    })
}

async fn write_messages(
    transaction: &Transaction<'_>,
    messages: Vec<Message>,
) -> Result<(), Error> {
    let (mut rows, mut bodies, mut texts) = (Vec::new(), Vec::new(), Vec::new());
    for message in messages {
        let [row, body, text] = message_rows(message)?;
        rows.push(row);
        bodies.push(body);
        texts.push(text);
    }
    let columns = "id, key, format, size, shown, frame, sender, digest, received_ms";
    copy(transaction, "messages", columns, &rows).await?;
    copy(transaction, "bodies", "message, raw", &bodies).await?;
    copy(
        transaction,
        "texts",
        "message, words, subject, body",
        &texts,
    )
    .await
}

/// The rows of a message in the three tables that have one.
fn message_rows(message: Message) -> Result<[Row; 3], Error> {
    let optional = |octets: Option<Vec<u8>>| octets.map_or(Value::Null, Value::Octets);
    let subject = match &message.frame {
        Some(frame) => subject_of(frame)?,
        None => String::new(),
    };
    let (words, body) = match message.format {
        Format::Mail => (
            tokens::join(message.words.iter().map(String::as_str)),
            without_nul(&message.text),
        ),
        Format::Envelope => {
            let envelope = Envelope::parse(&message.raw, &asmtp_envelope::Limits::default())
                .map_err(|_| damaged())?;
            let text = envelope_index::text(&envelope);
            (tokens::of(&message.index, &text), without_nul(&text))
        }
    };
    let size = i64::try_from(message.raw.len()).unwrap_or(i64::MAX);
    let format = match message.format {
        Format::Mail => 0,
        Format::Envelope => 1,
    };
    let id = Value::Text(message.id);
    Ok([
        vec![
            id.clone(),
            Value::Number(message.key),
            Value::Number(format),
            Value::Number(size),
            Value::Octets(shown::write(&message.index)),
            optional(message.frame),
            message.sender.map_or(Value::Null, Value::Number),
            optional(message.digest),
            Value::Number(message.received_ms),
        ],
        vec![id.clone(), Value::Octets(message.raw)],
        vec![
            id,
            Value::Text(words),
            Value::Text(subject),
            Value::Text(body),
        ],
    ])
}

/// Writes files as finished uploads.
async fn write_files(
    transaction: &Transaction<'_>,
    columns: &str,
    files: Vec<File>,
) -> Result<(), Error> {
    let (rows, octets): (Vec<Row>, Vec<_>) = files
        .into_iter()
        .map(|file| (file.row, file.octets))
        .unzip();
    copy(transaction, "files", columns, &rows).await?;
    let ids: Vec<&str> = rows.iter().filter_map(|row| row.first()?.text()).collect();
    let sql = "INSERT INTO uploads (file, expires_at)
               SELECT id, expires_at FROM files WHERE id = ANY($1) RETURNING file, number";
    let mut numbers = HashMap::new();
    for upload in &query(transaction, sql, &[&ids]).await? {
        numbers.insert(
            value::<String>(upload, "file")?,
            value::<i64>(upload, "number")?,
        );
    }
    let sql = "INSERT INTO file_chunks (upload, place, octets) VALUES ($1, $2, $3)";
    for (id, mut octets) in ids.into_iter().zip(octets) {
        let number = numbers.get(id).ok_or_else(damaged)?;
        let mut place = 0_i32;
        while let Some(chunk) = octets.chunk().await? {
            execute(transaction, sql, &[number, &place, &chunk]).await?;
            place += 1;
        }
    }
    Ok(())
}

/// Writes rows, in the types that the table has.
async fn copy(
    transaction: &Transaction<'_>,
    table: &str,
    columns: &str,
    rows: &[Row],
) -> Result<(), Error> {
    let shape = format!("SELECT {columns} FROM {table}");
    let shape = transaction.prepare_cached(&shape).await?;
    let types: Vec<Type> = shape
        .columns()
        .iter()
        .map(|column| column.type_().clone())
        .collect();
    let sink = transaction
        .copy_in(&format!("COPY {table} ({columns}) FROM STDIN BINARY"))
        .await?;
    let mut writer = pin!(BinaryCopyInWriter::new(sink, &types));
    for row in rows {
        if row.len() != types.len() {
            return Err(damaged());
        }
        let values = row.iter().zip(&types).map(|(value, of)| value.typed(of));
        let values = values.collect::<Result<Vec<_>, _>>()?;
        writer.as_mut().write_raw(values).await?;
    }
    writer.finish().await?;
    Ok(())
}

async fn compare(transaction: &Transaction<'_>, table: &str, expected: u64) -> Result<(), Error> {
    let sql = format!("SELECT count(*) AS found FROM {table}");
    let row = query_opt(transaction, &sql, &[]).await?;
    let found: i64 = value(&row.ok_or_else(damaged)?, "found")?;
    if u64::try_from(found) == Ok(expected) {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Corrupt,
        format!("expected {expected} rows in the table {table} of the database, found {found}"),
    ))
}

impl Value {
    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value as a column of this type takes it.
    fn typed<'v>(&'v self, of: &Type) -> Result<Box<dyn ToSql + Sync + Send + 'v>, Error> {
        let wrong = |_| damaged();
        Ok(match (self, of) {
            (Self::Null, &Type::INT8) => Box::new(None::<i64>),
            (Self::Null, &Type::TEXT) => Box::new(None::<&str>),
            (Self::Null, &Type::BYTEA) => Box::new(None::<&[u8]>),
            (Self::Number(number), &Type::INT8) => Box::new(*number),
            (Self::Number(number), &Type::INT4) => Box::new(i32::try_from(*number).map_err(wrong)?),
            (Self::Number(number), &Type::INT2) => Box::new(i16::try_from(*number).map_err(wrong)?),
            (Self::Number(number), &Type::BOOL) => Box::new(*number != 0),
            (Self::Text(text), &Type::TEXT) => Box::new(text.as_str()),
            (Self::Octets(octets), &Type::BYTEA) => Box::new(octets.as_slice()),
            _ => return Err(damaged()),
        })
    }
}

fn occupied(message: &'static str) -> Error {
    Error::new(ErrorKind::Exists, message)
}

/// The subject that a frame shows.
fn subject_of(frame: &[u8]) -> Result<String, Error> {
    match Push::parse(frame, &asmtp_envelope::Limits::default()) {
        Ok(Push::Notify(frame)) => Ok(frame.subject().map(ToString::to_string).unwrap_or_default()),
        _ => Err(damaged()),
    }
}
