//! Reading mailboxes.

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params, params_from_iter};

use super::batch::{no_entry, owner_word};
use super::row;
use crate::listing::Start;
use crate::{
    Address, Entry, EntryId, Error, ErrorKind, Filter, FolderName, FolderStatus, Stored, Window,
    Words,
};

/// The entries that match, in the order of the window. Their ids are picked from an index; only
/// the rows of the page itself are fetched.
pub(super) fn list(
    connection: &Connection,
    mailbox: &Address,
    filter: &Filter,
    window: Window,
) -> Result<Vec<Entry>, Error> {
    // One view of the store for everything below.
    let view = connection.unchecked_transaction()?;
    let agent = agent(&view, mailbox)?;
    let folder = filter
        .folder
        .as_ref()
        .map(|name| folder(&view, agent, name))
        .transpose()?;
    let scope = Scope::new(agent, folder, filter);
    let ids = match &filter.words {
        None => scope.page(&view, window)?,
        Some(words) if words.is_empty() => Vec::new(),
        Some(words) => scope.search(&view, words, window)?,
    };
    let mut statement = view.prepare_cached(&format!("{} WHERE {ONE}", row::SELECT))?;
    let fetch = |id: EntryId| {
        statement.query_one(
            params![agent, id.key.to_i64(), id.direction.to_i64()],
            |row| Ok(row::entry(row)),
        )?
    };
    ids.into_iter().map(fetch).collect()
}

/// One entry with its message.
pub(super) fn read(
    connection: &Connection,
    mailbox: &Address,
    id: EntryId,
) -> Result<Stored, Error> {
    let view = connection.unchecked_transaction()?;
    let agent = agent(&view, mailbox)?;
    let entry = view
        .prepare_cached(&format!("{} WHERE {ONE}", row::SELECT))?
        .query_one(
            params![agent, id.key.to_i64(), id.direction.to_i64()],
            |row| Ok(row::entry(row)),
        )
        .optional()?
        .ok_or_else(no_entry)??;
    let raw = view
        .prepare_cached("SELECT raw FROM bodies WHERE key = ?1")?
        .query_one([id.key.to_i64()], |row| row.get(0))?;
    Ok(Stored { entry, raw })
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

/// Which row [`row::SELECT`] fetches.
const ONE: &str = "e.agent = ?1 AND e.key = ?2 AND e.direction = ?3";

/// The entries a filter leaves, words aside, as conditions on `entries`. A condition stands there
/// only when it applies, so that SQLite sees which index serves.
#[derive(Debug)]
struct Scope {
    agent: i64,
    conditions: String,
    values: Vec<Value>,
}

impl Scope {
    fn new(agent: i64, folder: Option<i64>, filter: &Filter) -> Self {
        // A folder belongs to one agent; naming both would let SQLite choose the wrong index.
        let owner = folder.map_or(("agent = ?", agent), |folder| ("folder = ?", folder));
        let unread = filter
            .unread
            .map(|unread| ("unread = ?", i64::from(unread)));
        let mrm = filter.mrm.map(|mrm| ("mrm = ?", i64::from(mrm)));
        let all = [Some(owner), unread, mrm].into_iter().flatten();
        let (conditions, values): (Vec<_>, Vec<_>) = all
            .map(|(condition, value)| (condition, value.into()))
            .unzip();
        Self {
            agent,
            conditions: conditions.join(" AND "),
            values,
        }
    }

    /// The ids of a window.
    fn page(&self, view: &Connection, window: Window) -> Result<Vec<EntryId>, Error> {
        let mut values = self.values.clone();
        if let Start::Before(id) | Start::After(id) = window.start {
            values.extend([id.key.to_i64().into(), id.direction.to_i64().into()]);
        }
        values.extend([
            i64::from(window.limit).into(),
            i64::from(window.skip).into(),
        ]);
        let mut statement = view.prepare_cached(&self.page_statement(window.start))?;
        let mut rows = statement.query(params_from_iter(values))?;
        let mut ids = Vec::new();
        while let Some(found) = rows.next()? {
            ids.push(row::id(found)?);
        }
        Ok(ids)
    }

    fn page_statement(&self, start: Start) -> String {
        let (compare, order) = match start {
            Start::Newest => ("", "DESC"),
            Start::Before(_) => ("AND (key, direction) < (?, ?)", "DESC"),
            Start::After(_) => ("AND (key, direction) > (?, ?)", "ASC"),
        };
        format!(
            "SELECT key, direction FROM entries WHERE {} {compare}
             ORDER BY key {order}, direction {order} LIMIT ? OFFSET ?",
            self.conditions
        )
    }

    /// The ids of a window among the messages that hold all words. The search index yields keys
    /// in order, one by one, so this stops reading when the window is full; in one statement
    /// SQLite would sort all hits first.
    fn search(
        &self,
        view: &Connection,
        words: &Words,
        window: Window,
    ) -> Result<Vec<EntryId>, Error> {
        let (compare, order) = match window.start {
            Start::Newest => ("", "DESC"),
            Start::Before(_) => ("AND rowid <= ?2", "DESC"),
            Start::After(_) => ("AND rowid >= ?2", "ASC"),
        };
        let mut bound: Vec<Value> = vec![matching(self.agent, words).into()];
        if let Start::Before(id) | Start::After(id) = window.start {
            bound.push(id.key.to_i64().into());
        }
        let mut hits = view.prepare_cached(&format!(
            "SELECT rowid FROM search WHERE search MATCH ?1 {compare} ORDER BY rowid {order}"
        ))?;
        let mut entries = view.prepare_cached(&format!(
            "SELECT key, direction FROM entries WHERE {} AND agent = ? AND key = ?
             ORDER BY direction {order}",
            self.conditions
        ))?;
        let mut skip = window.skip;
        let mut ids = Vec::new();
        let mut hits = hits.query(params_from_iter(bound))?;
        while ids.len() < window.limit as usize
            && let Some(hit) = hits.next()?
        {
            let entry = [self.agent.into(), hit.get(0)?];
            let mut rows = entries.query(params_from_iter(self.values.iter().chain(&entry)))?;
            while let Some(found) = rows.next()? {
                let id = row::id(found)?;
                let inside = match window.start {
                    Start::Newest => true,
                    Start::Before(end) => id < end,
                    Start::After(end) => id > end,
                };
                if inside && skip > 0 {
                    skip -= 1;
                } else if inside && ids.len() < window.limit as usize {
                    ids.push(id);
                }
            }
        }
        Ok(ids)
    }
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

#[cfg(test)]
mod tests {
    use rusqlite::{Connection, params_from_iter};

    use super::Scope;
    use crate::listing::Start;
    use crate::sqlite::{Options, connection, folder};
    use crate::{EntryId, Filter};

    fn plan(connection: &Connection, sql: &str) -> String {
        let mut statement = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
            .unwrap();
        let nulls = params_from_iter(vec![None::<i64>; statement.parameter_count()]);
        let lines = statement
            .query_map(nulls, |row| row.get::<_, String>("detail"))
            .unwrap();
        lines
            .map(|line| line.unwrap())
            .collect::<Vec<_>>()
            .join("\n")
    }

    #[test]
    fn an_index_serves_every_page_without_sorting() {
        let directory = tempfile::tempdir().unwrap();
        let database = folder::prepare(directory.path()).unwrap();
        let connection = connection::open_writer(&database, &Options::default()).unwrap();
        for (folder, unread, mrm, index) in [
            (Some(1), None, None, "entries_by_folder"),
            (Some(1), Some(true), None, "entries_by_unread"),
            (Some(1), None, Some(false), "entries_by_mrm"),
            (None, None, None, "PRIMARY KEY"),
        ] {
            let scope = Scope::new(
                1,
                folder,
                &Filter {
                    unread,
                    mrm,
                    ..Filter::default()
                },
            );
            for start in [
                Start::Newest,
                Start::Before(EntryId::START),
                Start::After(EntryId::START),
            ] {
                let plan = plan(&connection, &scope.page_statement(start));
                assert!(
                    plan.contains(index) && !plan.contains("TEMP B-TREE"),
                    "{index}: {plan}"
                );
            }
        }
    }
}
