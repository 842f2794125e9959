//! A store as it leaves its folder, for a migration.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str;

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row as SqlRow, Rows, Statement, params_from_iter};
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc::Sender;

use super::{Options, connection, files, folder, row, schema};
use crate::migration::{
    Batch, Content, ContentKind, File, Message, MigrationOptions, Place, Position, Row, TABLES,
    Table, Value,
};
use crate::{Error, Format};

/// Files of one batch at most: each is open until it is written.
const OPEN_FILES: usize = 64;

/// The store of a folder, which nobody can write to while this is there.
pub(crate) struct Outgoing {
    connection: Connection,
    files: PathBuf,
    counts: Vec<u64>,
    fingerprint: [u8; 32],
    last_block: i64,
}

impl Outgoing {
    /// Opens the store of a folder and locks it. It blocks.
    pub(crate) fn open(folder: &Path) -> Result<Self, Error> {
        let connection = connection::open(&folder::database(folder), &Options::default())?;
        schema::require(&connection)?;
        // What is sorted may be larger than memory.
        connection.pragma_update(None, "temp_store", "FILE")?;
        // The one view for everything; and the write lock, until the connection is closed.
        connection.execute_batch("BEGIN IMMEDIATE")?;
        let count = |table: &Table| {
            let sql = format!("SELECT count(*) FROM {}", table.counted);
            connection.query_one(&sql, [], |row| row.get(0))
        };
        let counts = TABLES.iter().map(count).collect::<Result<_, _>>()?;
        let last_block = connection
            .query_one(
                "SELECT seq FROM sqlite_sequence WHERE name = 'blocks'",
                [],
                |row| row.get(0),
            )
            .optional()?;
        let last_block = last_block.unwrap_or_default();
        Ok(Self {
            fingerprint: fingerprint(&connection, last_block)?,
            connection,
            files: folder::files(folder),
            counts,
            last_block,
        })
    }

    /// How many rows each table has.
    pub(crate) fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// A digest of all that may change in a store, and so of which store it is.
    pub(crate) fn fingerprint(&self) -> &[u8; 32] {
        &self.fingerprint
    }

    /// The last number that a block was given.
    pub(crate) fn last_block(&self) -> i64 {
        self.last_block
    }

    /// Gives all rows behind a position, and those of volatile tables in any case, until nobody
    /// takes them any more. It blocks.
    pub(crate) fn read(
        &self,
        position: &Position,
        options: MigrationOptions,
        out: &Sender<Batch>,
    ) -> Result<(), Error> {
        for (number, table) in TABLES.iter().enumerate() {
            if number < position.table && !table.is_volatile {
                continue;
            }
            let behind = if number == position.table && !table.is_volatile {
                position.behind.clone()
            } else {
                Place::start(table)
            };
            let mut gathering = Gathering::new(table, options, out);
            let is_wanted = match table.content {
                ContentKind::Rows => self.read_rows(&behind, &mut gathering)?,
                ContentKind::Messages => self.read_messages(&behind, &mut gathering)?,
                ContentKind::Files => self.read_files(&behind, &mut gathering)?,
            };
            if !is_wanted || !gathering.flush() {
                return Ok(());
            }
        }
        Ok(())
    }

    fn read_rows(&self, behind: &Place, out: &mut Gathering<'_>) -> Result<bool, Error> {
        let mut select = self.connection.prepare(out.table.select)?;
        let columns = select.column_count();
        let mut rows = select.query(params_from_iter(behind.values()))?;
        while let Some(row) = rows.next()? {
            if !out.add(Item::Row(values(row, columns)?)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn read_messages(&self, behind: &Place, out: &mut Gathering<'_>) -> Result<bool, Error> {
        self.connection.execute_batch(
            "CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary USING fts5vocab (main, search, instance)",
        )?;
        let mut words = self.connection.prepare(
            "SELECT doc, col, term FROM temp.vocabulary WHERE doc > ?1 AND col <> 'owner'
             ORDER BY doc, col, offset",
        )?;
        let mut words = Words::along(&mut words, behind)?;
        let mut mrm = self
            .connection
            .prepare("SELECT DISTINCT key FROM entries WHERE mrm AND key > ?1 ORDER BY key")?;
        let mut mrm = Keys::along(&mut mrm, behind)?;
        let mut select = self.connection.prepare(out.table.select)?;
        let mut rows = select.query(params_from_iter(behind.values()))?;
        while let Some(row) = rows.next()? {
            let key = row.get("key")?;
            let message = message(row, key, mrm.has(key)?, words.of(key)?)?;
            if !out.add(Item::Message(Box::new(message))) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn read_files(&self, behind: &Place, out: &mut Gathering<'_>) -> Result<bool, Error> {
        let mut select = self.connection.prepare(out.table.select)?;
        let columns = select.column_count();
        let mut rows = select.query(params_from_iter(behind.values()))?;
        while let Some(row) = rows.next()? {
            let size: u64 = row.get("size")?;
            let file = File {
                octets: files::open(&self.files, &row.get::<_, String>("id")?, size)?,
                row: values(row, columns)?,
            };
            if !out.add(Item::File { file, size }) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing")
            .field("counts", &self.counts)
            .finish_non_exhaustive()
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Number(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Octets(octets) => ValueRef::Blob(octets),
        }))
    }
}

/// A batch that is not full yet.
struct Gathering<'o> {
    table: &'static Table,
    options: MigrationOptions,
    out: &'o Sender<Batch>,
    content: Content,
    last: Place,
    octets: usize,
}

enum Item {
    Row(Row),
    Message(Box<Message>),
    File { file: File, size: u64 },
}

impl<'o> Gathering<'o> {
    fn new(table: &'static Table, options: MigrationOptions, out: &'o Sender<Batch>) -> Self {
        Self {
            table,
            options,
            out,
            content: empty(table),
            last: Place::start(table),
            octets: 0,
        }
    }

    /// Adds a row, and says whether more are wanted.
    fn add(&mut self, item: Item) -> bool {
        match (item, &mut self.content) {
            (Item::Row(row), Content::Rows(rows)) => {
                self.last = Place::of(&row, self.table);
                self.octets += row.iter().map(Value::weight).sum::<usize>();
                rows.push(row);
            }
            (Item::Message(message), Content::Messages(messages)) => {
                self.last = Place::of_key(message.key);
                self.octets += message.weight();
                messages.push(*message);
            }
            (Item::File { file, size }, Content::Files(files)) => {
                self.last = Place::of(&file.row, self.table);
                self.octets += usize::try_from(size).unwrap_or(usize::MAX) / 2;
                files.push(file);
            }
            _ => {} // each table has one kind
        }
        let most = match self.content {
            Content::Files(_) => OPEN_FILES.min(self.options.batch_rows),
            _ => self.options.batch_rows,
        };
        let is_full = self.content.len() >= most || self.octets >= self.options.batch_octets;
        !is_full || self.flush()
    }

    /// Gives what was gathered, and says whether more is wanted.
    fn flush(&mut self) -> bool {
        self.octets = 0;
        let content = std::mem::replace(&mut self.content, empty(self.table));
        if content.len() == 0 {
            return true;
        }
        let batch = Batch {
            table: self.table,
            content,
            last: self.last.clone(),
        };
        self.out.blocking_send(batch).is_ok()
    }
}

/// The words of mail, message by message, as the search index has them: the text of mail without a
/// frame is kept nowhere else.
struct Words<'s> {
    rows: Rows<'s>,
    next: Option<(i64, usize, String)>,
}

impl<'s> Words<'s> {
    fn along(statement: &'s mut Statement<'_>, behind: &Place) -> Result<Self, Error> {
        let rows = statement.query(params_from_iter(behind.values()))?;
        let mut words = Self { rows, next: None };
        words.advance()?;
        Ok(words)
    }

    /// The words of a message by column. Keys only rise from call to call.
    fn of(&mut self, key: i64) -> Result<[String; 3], Error> {
        let mut columns = [const { String::new() }; 3];
        while let Some((message, column, word)) = self.next.take_if(|next| next.0 <= key) {
            if message == key {
                columns[column].push_str(&word);
                columns[column].push(' ');
            }
            self.advance()?;
        }
        Ok(columns)
    }

    fn advance(&mut self) -> Result<(), Error> {
        self.next = match self.rows.next()? {
            None => None,
            Some(row) => {
                let column = match row.get_ref(1)?.as_str().map_err(|_| row::damaged())? {
                    "subject" => 0,
                    "addresses" => 1,
                    _ => 2,
                };
                Some((row.get(0)?, column, row.get(2)?))
            }
        };
        Ok(())
    }
}

/// Keys in rising order.
struct Keys<'s> {
    rows: Rows<'s>,
    next: Option<i64>,
}

impl<'s> Keys<'s> {
    fn along(statement: &'s mut Statement<'_>, behind: &Place) -> Result<Self, Error> {
        let rows = statement.query(params_from_iter(behind.values()))?;
        let mut keys = Self { rows, next: None };
        keys.advance()?;
        Ok(keys)
    }

    /// Whether a key is among them. Keys only rise from call to call.
    fn has(&mut self, key: i64) -> Result<bool, Error> {
        while self.next.is_some_and(|next| next < key) {
            self.advance()?;
        }
        Ok(self.next == Some(key))
    }

    fn advance(&mut self) -> Result<(), Error> {
        let next = self.rows.next()?;
        self.next = next.map(|row| row.get(0)).transpose()?;
        Ok(())
    }
}

fn empty(table: &Table) -> Content {
    match table.content {
        ContentKind::Rows => Content::Rows(Vec::new()),
        ContentKind::Messages => Content::Messages(Vec::new()),
        ContentKind::Files => Content::Files(Vec::new()),
    }
}

fn message(row: &SqlRow<'_>, key: i64, is_mrm: bool, words: [String; 3]) -> Result<Message, Error> {
    let format = row::format(row)?;
    let text: Option<Vec<u8>> = row.get("text")?;
    Ok(Message {
        key,
        id: row.get("id")?,
        format,
        frame: row.get("frame")?,
        sender: row.get("sender")?,
        digest: row.get("digest")?,
        // Of mail it is the millisecond of its key.
        received_ms: row
            .get::<_, Option<i64>>("received_ms")?
            .unwrap_or(key / 1_000),
        index: row::index(row, format, is_mrm)?,
        raw: row.get("raw")?,
        words,
        text: match (format, text) {
            (Format::Mail, Some(text)) => String::from_utf8_lossy(&text).into_owned(),
            _ => String::new(),
        },
    })
}

/// The columns of a row.
fn values(row: &SqlRow<'_>, columns: usize) -> Result<Row, Error> {
    let value = |column| {
        Ok(match row.get_ref(column)? {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(number) => Value::Number(number),
            ValueRef::Text(text) => {
                Value::Text(str::from_utf8(text).map_err(|_| row::damaged())?.to_owned())
            }
            ValueRef::Blob(octets) => Value::Octets(octets.to_vec()),
            ValueRef::Real(_) => return Err(row::damaged()),
        })
    };
    (0..columns).map(value).collect()
}

/// A digest of the rows of all tables but that of messages: those never change, and come and go
/// with their entries.
fn fingerprint(connection: &Connection, last_block: i64) -> Result<[u8; 32], Error> {
    let mut digest = Sha256::new();
    digest.update(last_block.to_be_bytes());
    let mut octets = |kind: u8, octets: &[u8]| {
        digest.update([kind]);
        digest.update((octets.len() as u64).to_be_bytes());
        digest.update(octets);
    };
    for table in TABLES {
        octets(b't', table.name.as_bytes());
        if table.is_fixed {
            continue;
        }
        let mut select = connection.prepare(table.select)?;
        let columns = select.column_count();
        let start = Place::start(table);
        let mut rows = select.query(params_from_iter(start.values()))?;
        while let Some(row) = rows.next()? {
            for column in 0..columns {
                match row.get_ref(column)? {
                    ValueRef::Null => octets(b'0', &[]),
                    ValueRef::Integer(number) => octets(b'i', &number.to_be_bytes()),
                    ValueRef::Real(number) => octets(b'r', &number.to_be_bytes()),
                    ValueRef::Text(text) => octets(b's', text),
                    ValueRef::Blob(blob) => octets(b'b', blob),
                }
            }
        }
    }
    Ok(digest.finalize().into())
}
