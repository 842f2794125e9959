//! Reading mailboxes as mail.

use std::fmt::Write as _;

use deadpool_postgres::Object;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::row::{damaged, value};
use super::statement::{query, query_opt};
use super::{shown, tokens};
use crate::listing::Start;
use crate::{
    Address, Direction, Entry, EntryId, Error, ErrorKind, Filter, FolderName, FolderStatus, Format,
    Keyword, OrderKey, Stored, Window,
};

/// The entries that match, in the order of the window.
pub(super) async fn list(
    connection: &Object,
    mailbox: &Address,
    filter: &Filter,
    window: Window,
) -> Result<Vec<Entry>, Error> {
    let (agent, folder) = place(connection, mailbox, filter.folder.as_ref()).await?;
    let words: Option<Vec<String>> = filter.words.as_ref().map(|words| {
        let phrases = words.iter().map(tokens::phrase);
        phrases.map(|phrase| format!("%{phrase}%")).collect()
    });
    if words.as_ref().is_some_and(Vec::is_empty) {
        return Ok(Vec::new());
    }
    let (limit, skip) = (i64::from(window.limit), i64::from(window.skip));
    let (key, direction) = match window.start {
        Start::Newest => (0, 0),
        Start::Before(id) | Start::After(id) => (id.key.to_i64(), direction_number(id.direction)),
    };
    let mut page = Page::new();
    // A folder belongs to one agent; naming both would let the planner choose the wrong index.
    match &folder {
        Some(folder) => page.condition("e.folder =", folder),
        None => page.condition("e.agent =", &agent),
    }
    if let Some(unread) = &filter.unread {
        page.condition("e.unread =", unread);
    }
    if let Some(mrm) = &filter.mrm {
        page.condition("e.mrm =", mrm);
    }
    if let Some(words) = &words {
        page.condition(
            "(SELECT t.words FROM texts AS t WHERE t.message = e.message) LIKE ALL",
            words,
        );
    }
    let compare = match window.start {
        Start::Newest => None,
        Start::Before(_) => Some("<"),
        Start::After(_) => Some(">"),
    };
    if let Some(compare) = compare {
        page.position(compare, &key, &direction);
    }
    let order = match window.start {
        Start::Newest | Start::Before(_) => "DESC",
        Start::After(_) => "ASC",
    };
    let (sql, values) = page.finish(order, &limit, &skip);
    let rows = query(connection, &sql, &values).await?;
    rows.iter().map(entry).collect()
}

/// One entry with its message.
pub(super) async fn read(
    connection: &Object,
    mailbox: &Address,
    id: EntryId,
) -> Result<Stored, Error> {
    let sql = format!(
        "SELECT {COLUMNS}, b.raw FROM entries AS e JOIN agents AS a ON a.id = e.agent {JOINS}
         JOIN bodies AS b ON b.message = e.message
         WHERE a.address = $1 AND a.removed_at IS NULL AND e.key = $2 AND e.direction = $3"
    );
    let (key, direction) = (id.key.to_i64(), direction_number(id.direction));
    let row = query_opt(connection, &sql, &[&mailbox.as_str(), &key, &direction]).await?;
    let row = row.ok_or_else(no_entry)?;
    Ok(Stored {
        entry: entry(&row)?,
        raw: value(&row, "raw")?,
    })
}

/// The folders of a mailbox by name.
pub(super) async fn folders(
    connection: &Object,
    mailbox: &Address,
) -> Result<Vec<FolderStatus>, Error> {
    let sql = "SELECT f.name, count(e.key) AS entries, count(e.key) FILTER (WHERE e.unread) AS unread
               FROM agents AS a JOIN folders AS f ON f.agent = a.id LEFT JOIN entries AS e ON e.folder = f.id
               WHERE a.address = $1 AND a.removed_at IS NULL GROUP BY f.name ORDER BY f.name";
    let rows = query(connection, sql, &[&mailbox.as_str()]).await?;
    if rows.is_empty() {
        return Err(no_mailbox()); // every mailbox has its inbox
    }
    rows.iter().map(status).collect()
}

/// What [`entry`] reads of `e`, an entry.
const COLUMNS: &str =
    "e.key, e.direction, e.message, m.format, f.name, e.unread, e.keywords, m.size, m.shown";

const JOINS: &str = "JOIN folders AS f ON f.id = e.folder JOIN messages AS m ON m.id = e.message";

/// A page of entries: conditions that stand there only when they apply, so that the planner sees
/// which index serves.
struct Page<'v> {
    conditions: String,
    values: Vec<&'v (dyn ToSql + Sync)>,
}

impl<'v> Page<'v> {
    fn new() -> Self {
        Self {
            conditions: String::new(),
            values: Vec::new(),
        }
    }

    fn condition(&mut self, left: &str, right: &'v (dyn ToSql + Sync)) {
        let place = self.place(right);
        let separator = if place == 1 { "" } else { " AND " };
        let right = if left.ends_with("ALL") {
            format!("(${place}::text[])")
        } else {
            format!("${place}")
        };
        let _ = write!(self.conditions, "{separator}{left} {right}"); // a string takes everything
    }

    fn position(&mut self, compare: &str, key: &'v i64, direction: &'v i16) {
        let (key, direction) = (self.place(key), self.place(direction));
        let _ = write!(
            self.conditions,
            " AND (e.key, e.direction) {compare} (${key}, ${direction})"
        );
    }

    /// Picks the entries from an index first; only what the page shows is fetched.
    fn finish(
        mut self,
        order: &str,
        limit: &'v i64,
        skip: &'v i64,
    ) -> (String, Vec<&'v (dyn ToSql + Sync)>) {
        let (limit, skip) = (self.place(limit), self.place(skip));
        let sql = format!(
            "SELECT {COLUMNS} FROM (SELECT e.* FROM entries AS e WHERE {}
                 ORDER BY e.key {order}, e.direction {order} LIMIT ${limit} OFFSET ${skip}) AS e {JOINS}
             ORDER BY e.key {order}, e.direction {order}",
            self.conditions
        );
        (sql, self.values)
    }

    fn place(&mut self, value: &'v (dyn ToSql + Sync)) -> usize {
        self.values.push(value);
        self.values.len()
    }
}

/// The number of an agent and of one of its folders.
async fn place(
    connection: &Object,
    mailbox: &Address,
    folder: Option<&FolderName>,
) -> Result<(i64, Option<i64>), Error> {
    let sql = "SELECT a.id AS agent, f.id AS folder
               FROM agents AS a LEFT JOIN folders AS f ON f.agent = a.id AND f.name = $2
               WHERE a.address = $1 AND a.removed_at IS NULL";
    let name = folder.map(FolderName::as_str);
    let row = query_opt(connection, sql, &[&mailbox.as_str(), &name]).await?;
    let row = row.ok_or_else(no_mailbox)?;
    let found: Option<i64> = value(&row, "folder")?;
    if folder.is_some() && found.is_none() {
        return Err(Error::new(
            ErrorKind::NotFound,
            "expected the name of a folder in this mailbox",
        ));
    }
    Ok((value(&row, "agent")?, found))
}

fn entry(row: &Row) -> Result<Entry, Error> {
    Ok(Entry {
        id: EntryId {
            key: key(row)?,
            direction: match value::<i16>(row, "direction")? {
                0 => Direction::Out,
                1 => Direction::In,
                _ => return Err(damaged()),
            },
        },
        message: value::<&str>(row, "message")?
            .parse()
            .map_err(|_| damaged())?,
        format: format(row)?,
        folder: value::<&str>(row, "name")?.parse().map_err(|_| damaged())?,
        unread: value(row, "unread")?,
        keywords: Keyword::split(value(row, "keywords")?),
        size: u64::try_from(value::<i64>(row, "size")?).map_err(|_| damaged())?,
        index: shown::read(value(row, "shown")?)?,
    })
}

fn status(row: &Row) -> Result<FolderStatus, Error> {
    let count = |column| u64::try_from(value::<i64>(row, column)?).map_err(|_| damaged());
    Ok(FolderStatus {
        name: value::<&str>(row, "name")?.parse().map_err(|_| damaged())?,
        entries: count("entries")?,
        unread: count("unread")?,
    })
}

/// The column `format`.
pub(super) fn format(row: &Row) -> Result<Format, Error> {
    match value::<i16>(row, "format")? {
        0 => Ok(Format::Mail),
        1 => Ok(Format::Envelope),
        _ => Err(damaged()),
    }
}

/// The column `key`.
pub(super) fn key(row: &Row) -> Result<OrderKey, Error> {
    let micros = u64::try_from(value::<i64>(row, "key")?).map_err(|_| damaged())?;
    OrderKey::from_micros(micros)
}

/// As the column `direction` keeps it.
pub(super) fn direction_number(direction: Direction) -> i16 {
    match direction {
        Direction::Out => 0,
        Direction::In => 1,
    }
}

fn no_mailbox() -> Error {
    Error::new(
        ErrorKind::NotFound,
        "expected the address of a mailbox in this store",
    )
}

pub(super) fn no_entry() -> Error {
    Error::new(
        ErrorKind::NotFound,
        "expected the id of an entry in this mailbox",
    )
}
