//! Reading mailboxes.

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params, params_from_iter};

use super::batch::{no_entry, owner_word};
use super::row::{self, COLUMNS};
use crate::listing::Start;
use crate::{
    Address, Entry, EntryId, Error, ErrorKind, Filter, FolderName, FolderStatus, Stored, Window,
    Words,
};

/// The entries that match, in the order of the window.
pub(super) fn list(
    connection: &Connection,
    mailbox: &Address,
    filter: &Filter,
    window: Window,
) -> Result<Vec<Entry>, Error> {
    // One view of the store for the lookups and the page.
    let view = connection.unchecked_transaction()?;
    let agent = agent(&view, mailbox)?;
    let folder = filter
        .folder
        .as_ref()
        .map(|name| folder(&view, agent, name))
        .transpose()?;
    if filter.words.as_ref().is_some_and(Words::is_empty) {
        return Ok(Vec::new());
    }
    let (sql, values) = page(agent, folder, filter, window);
    let mut statement = view.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut entries = Vec::new();
    while let Some(found) = rows.next()? {
        entries.push(row::entry(found)?);
    }
    Ok(entries)
}

/// One entry with its message.
pub(super) fn read(
    connection: &Connection,
    mailbox: &Address,
    id: EntryId,
) -> Result<Stored, Error> {
    let view = connection.unchecked_transaction()?;
    let mut statement = view.prepare_cached(&format!(
        "SELECT {COLUMNS}, b.raw FROM agents AS a
         JOIN entries AS e ON e.agent = a.id JOIN folders AS f ON f.id = e.folder
         JOIN messages AS m ON m.key = e.key JOIN bodies AS b ON b.key = e.key
         WHERE a.address = ?1 AND e.key = ?2 AND e.direction = ?3"
    ))?;
    let mut rows = statement.query(params![
        mailbox.as_str(),
        id.key.to_i64(),
        id.direction.to_i64()
    ])?;
    let found = rows.next()?.ok_or_else(no_entry)?;
    Ok(Stored {
        entry: row::entry(found)?,
        raw: found.get("raw")?,
    })
}

/// The folders of a mailbox by name.
pub(super) fn folders(
    connection: &Connection,
    mailbox: &Address,
) -> Result<Vec<FolderStatus>, Error> {
    let view = connection.unchecked_transaction()?;
    let agent = agent(&view, mailbox)?;
    let mut statement = view.prepare_cached(
        "SELECT name, (SELECT count(*) FROM entries WHERE folder = f.id),
                (SELECT count(*) FROM entries WHERE folder = f.id AND unread = 1)
         FROM folders AS f WHERE agent = ?1 ORDER BY name",
    )?;
    let mut rows = statement.query([agent])?;
    let mut folders = Vec::new();
    while let Some(found) = rows.next()? {
        let name: String = found.get(0)?;
        folders.push(FolderStatus {
            name: name.parse()?,
            entries: found.get(1)?,
            unread: found.get(2)?,
        });
    }
    Ok(folders)
}

fn agent(connection: &Connection, mailbox: &Address) -> Result<i64, Error> {
    connection
        .prepare_cached("SELECT id FROM agents WHERE address = ?1")?
        .query_one([mailbox.as_str()], |row| row.get(0))
        .optional()?
        .ok_or_else(|| {
            Error::new(
                ErrorKind::NotFound,
                "expected the address of a mailbox in this store",
            )
        })
}

fn folder(connection: &Connection, agent: i64, name: &FolderName) -> Result<i64, Error> {
    connection
        .prepare_cached("SELECT id FROM folders WHERE agent = ?1 AND name = ?2")?
        .query_one(params![agent, name.as_str()], |row| row.get(0))
        .optional()?
        .ok_or_else(|| {
            Error::new(
                ErrorKind::NotFound,
                "expected the name of a folder in this mailbox",
            )
        })
}

/// The statement for one page and its values. Ids are picked from an index first; only the rows
/// of the page itself are then fetched. A condition is written only when it applies, so that
/// SQLite sees which index serves.
fn page(agent: i64, folder: Option<i64>, filter: &Filter, window: Window) -> (String, Vec<Value>) {
    let mut conditions = vec!["p.agent = ?"];
    let mut values = vec![Value::from(agent)];
    if let Some(folder) = folder {
        conditions.push("p.folder = ?");
        values.push(folder.into());
    }
    if let Some(unread) = filter.unread {
        conditions.push("p.unread = ?");
        values.push(unread.into());
    }
    if let Some(mrm) = filter.mrm {
        conditions.push("p.mrm = ?");
        values.push(mrm.into());
    }
    match window.start {
        Start::Newest => {}
        Start::Before(id) => {
            conditions.push("(p.key, p.direction) < (?, ?)");
            values.extend([id.key.to_i64().into(), id.direction.to_i64().into()]);
        }
        Start::After(id) => {
            conditions.push("(p.key, p.direction) > (?, ?)");
            values.extend([id.key.to_i64().into(), id.direction.to_i64().into()]);
        }
    }
    let mut source = "entries AS p";
    let mut key = "p.key";
    if let Some(words) = &filter.words {
        // CROSS JOIN: first the words, in the order of their row ids, then the entry of each.
        source = "search CROSS JOIN entries AS p ON p.key = search.rowid";
        key = "search.rowid";
        conditions.push("search MATCH ?");
        values.push(matching(agent, words).into());
        // The words know keys only; without these they would be read from the end.
        match window.start {
            Start::Newest => {}
            Start::Before(id) => {
                conditions.push("search.rowid <= ?");
                values.push(id.key.to_i64().into());
            }
            Start::After(id) => {
                conditions.push("search.rowid >= ?");
                values.push(id.key.to_i64().into());
            }
        }
    }
    let order = match window.start {
        Start::Newest | Start::Before(_) => "DESC",
        Start::After(_) => "ASC",
    };
    let conditions = conditions.join(" AND ");
    values.extend([
        i64::from(window.limit).into(),
        i64::from(window.skip).into(),
    ]);
    let sql = format!(
        "SELECT {COLUMNS} FROM
             (SELECT p.agent, p.key, p.direction FROM {source} WHERE {conditions}
              ORDER BY {key} {order}, p.direction {order} LIMIT ? OFFSET ?) AS page
         JOIN entries AS e USING (agent, key, direction)
         JOIN folders AS f ON f.id = e.folder JOIN messages AS m ON m.key = e.key
         ORDER BY e.key {order}, e.direction {order}"
    );
    (sql, values)
}

/// The words as an FTS5 query (FTS5, 3): each a quoted string, so that none is syntax.
/// [`Words`] hold no quotes.
fn matching(agent: i64, words: &Words) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    format!(
        "(owner : {}) AND ({{subject addresses body}} : ({}))",
        owner_word(agent),
        quoted.join(" ")
    )
}
