//! Reading mailboxes as mail.

use rusqlite::{Connection, OptionalExtension, Rows, params};

use super::batch::{no_entry, owner_word};
use super::row;
use super::walk::{Course, Walk, merge};
use crate::listing::Start;
use crate::{
    Address, Direction, Entry, EntryId, Error, ErrorKind, Filter, FolderName, FolderStatus,
    OrderKey, Stored, Window, Words,
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
    let scope = Scope {
        agent,
        folder,
        unread: filter.unread,
        mrm: filter.mrm,
    };
    let mut page = Page::new(window);
    match &filter.words {
        None => merge(&view, &scope.walks(&view)?, course(window), |id| {
            Ok(page.take(id))
        })?,
        Some(words) if words.is_empty() => {}
        Some(words) => scope.search(&view, words, &mut page)?,
    }
    let mut statement = view.prepare_cached(row::SELECT)?;
    let fetch = |id: EntryId| {
        statement.query_one(
            params![agent, id.direction.to_i64(), id.key.to_i64()],
            |row| Ok(row::entry(row)),
        )?
    };
    page.ids.into_iter().map(fetch).collect()
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
        .prepare_cached(row::SELECT)?
        .query_one(
            params![agent, id.direction.to_i64(), id.key.to_i64()],
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

/// The walks over everything in these folders, in any state that is left open.
pub(super) fn state_walks(
    folders: &[i64],
    unread: Option<bool>,
    mrm: Option<bool>,
    directions: &[Direction],
) -> Vec<Walk> {
    let states = |state: Option<bool>| state.map_or(vec![false, true], |state| vec![state]);
    let mut walks = Vec::new();
    for &folder in folders {
        for unread in states(unread) {
            for mrm in states(mrm) {
                walks.extend(directions.iter().map(|&direction| Walk::State {
                    folder,
                    unread,
                    mrm,
                    direction,
                }));
            }
        }
    }
    walks
}

/// The ids of the folders of an agent.
pub(super) fn all_folders(view: &Connection, agent: i64) -> Result<Vec<i64>, Error> {
    let mut statement = view.prepare_cached("SELECT id FROM folders WHERE agent = ?1")?;
    let ids = statement.query_map([agent], |row| row.get(0))?;
    Ok(ids.collect::<Result<_, _>>()?)
}

/// The entries a filter leaves, words aside.
#[derive(Debug)]
struct Scope {
    agent: i64,
    folder: Option<i64>,
    unread: Option<bool>,
    mrm: Option<bool>,
}

const BOTH: [Direction; 2] = [Direction::Out, Direction::In];

impl Scope {
    fn walks(&self, view: &Connection) -> Result<Vec<Walk>, Error> {
        let agent = self.agent;
        match (self.folder, self.unread, self.mrm) {
            (None, None, None) => Ok(BOTH
                .map(|direction| Walk::Mailbox { agent, direction })
                .to_vec()),
            (None, unread, mrm) => {
                let folders = all_folders(view, agent)?;
                Ok(state_walks(&folders, unread, mrm, &BOTH))
            }
            (Some(folder), unread, mrm) => Ok(state_walks(&[folder], unread, mrm, &BOTH)),
        }
    }

    /// The entries among the messages that hold all words. The search index yields keys in order,
    /// one by one, so this stops reading when the page is full; in one statement SQLite would sort
    /// all hits first.
    fn search(&self, view: &Connection, words: &Words, page: &mut Page) -> Result<(), Error> {
        let is_descending = course(page.window).is_descending;
        let (compare, order, end) = match page.window.start {
            Start::Newest => ("<=", "DESC", i64::MAX),
            Start::Before(id) => ("<=", "DESC", id.key.to_i64()),
            Start::After(id) => (">=", "ASC", id.key.to_i64()),
        };
        // The words of mail are in the store, those of envelopes in the index beside it.
        let statement = |index: &str, table: &str| {
            view.prepare_cached(&format!(
                "SELECT rowid FROM {index}.{table} WHERE {table} MATCH ?1 AND rowid {compare} ?2
                 ORDER BY rowid {order}"
            ))
        };
        let mut tables = [statement("main", "search")?, statement("found", "words")?];
        let mut entry = view.prepare_cached(
            "SELECT 1 FROM entries WHERE agent = ?1 AND direction = ?2 AND key = ?3
             AND (?4 IS NULL OR folder = ?4) AND (?5 IS NULL OR unread = ?5) AND (?6 IS NULL OR mrm = ?6)",
        )?;
        let mut directions = BOTH;
        if is_descending {
            directions.reverse();
        }
        let matching = matching(self.agent, words);
        let mut hits = Vec::new();
        for table in &mut tables {
            hits.push(table.query(params![matching, end])?);
        }
        let mut hits = Hits::begin(hits, is_descending)?;
        while let Some(key) = hits.next()? {
            for direction in directions {
                let id = EntryId { key, direction };
                let is_there = entry.exists(params![
                    self.agent,
                    direction.to_i64(),
                    key.to_i64(),
                    self.folder,
                    self.unread,
                    self.mrm,
                ])?;
                let is_inside = match page.window.start {
                    Start::Newest => true,
                    Start::Before(end) => id < end,
                    Start::After(end) => id > end,
                };
                if is_there && is_inside && !page.take(id) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

/// Keys from several indexes, merged into one order. No two have the same.
struct Hits<'s> {
    rows: Vec<Rows<'s>>,
    heads: Vec<Option<OrderKey>>,
    is_descending: bool,
}

impl<'s> Hits<'s> {
    fn begin(mut rows: Vec<Rows<'s>>, is_descending: bool) -> Result<Self, Error> {
        let heads = rows.iter_mut().map(Self::head).collect::<Result<_, _>>()?;
        Ok(Self {
            rows,
            heads,
            is_descending,
        })
    }

    fn next(&mut self) -> Result<Option<OrderKey>, Error> {
        let there = (0..self.heads.len()).filter(|&at| self.heads[at].is_some());
        let next = if self.is_descending {
            there.max_by_key(|&at| self.heads[at])
        } else {
            there.min_by_key(|&at| self.heads[at])
        };
        let Some(at) = next else {
            return Ok(None);
        };
        let following = Self::head(&mut self.rows[at])?;
        Ok(std::mem::replace(&mut self.heads[at], following))
    }

    fn head(rows: &mut Rows<'s>) -> Result<Option<OrderKey>, Error> {
        let found = rows.next()?;
        found.map(|hit| row::order_key(hit, "rowid")).transpose()
    }
}

/// The ids of a window, as they are found.
struct Page {
    window: Window,
    skip: u32,
    ids: Vec<EntryId>,
}

impl Page {
    fn new(window: Window) -> Self {
        Self {
            window,
            skip: window.skip,
            ids: Vec::new(),
        }
    }

    /// Takes the next id, and says whether there is room for more.
    fn take(&mut self, id: EntryId) -> bool {
        let limit = self.window.limit as usize;
        if self.skip > 0 {
            self.skip -= 1;
        } else if self.ids.len() < limit {
            self.ids.push(id);
        }
        self.ids.len() < limit
    }
}

fn course(window: Window) -> Course {
    match window.start {
        Start::Newest => Course {
            is_descending: true,
            after: None,
        },
        Start::Before(id) => Course {
            is_descending: true,
            after: Some(id),
        },
        Start::After(id) => Course {
            is_descending: false,
            after: Some(id),
        },
    }
}

fn agent(connection: &Connection, mailbox: &Address) -> Result<i64, Error> {
    connection
        .prepare_cached("SELECT id FROM agents WHERE address = ?1 AND removed_at IS NULL")?
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
