//! Looking for damage.

use std::fs;
use std::path::Path;

use rusqlite::Connection;

use super::SqliteStore;
use crate::Error;

/// What a check of a store found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Checked {
    /// Agents and mailboxes without one, removed ones included.
    pub agents: u64,
    /// Messages, each counted once.
    pub messages: u64,
    /// Entries in mailboxes.
    pub entries: u64,
    /// Uploaded files.
    pub files: u64,
    /// What is wrong, one sentence each. Empty for a sound store.
    pub problems: Vec<String>,
}

/// The most sentences of SQLite's own about damaged pages.
const MOST_PAGES: u32 = 20;

/// What must never be found, and what to say when it is. Each statement counts.
const INVARIANTS: &[(&str, &str)] = &[
    (
        "entries without a message",
        "SELECT count(*) FROM entries AS e WHERE NOT EXISTS (SELECT 1 FROM messages WHERE key = e.key)",
    ),
    (
        "entries in a folder of another mailbox",
        "SELECT count(*) FROM entries AS e
         WHERE NOT EXISTS (SELECT 1 FROM folders WHERE id = e.folder AND agent = e.agent)",
    ),
    (
        "messages with a wrong count of entries",
        "SELECT count(*) FROM messages AS m LEFT JOIN (SELECT key, count(*) AS found FROM entries GROUP BY key) AS e
         ON e.key = m.key WHERE m.entries <> ifnull(e.found, 0) OR m.entries = 0",
    ),
    (
        "messages without a body, or of another size",
        "SELECT count(*) FROM messages AS m LEFT JOIN bodies AS b ON b.key = m.key
         WHERE b.key IS NULL OR length(b.raw) <> m.size",
    ),
    (
        "bodies without a message",
        "SELECT count(*) FROM bodies AS b WHERE NOT EXISTS (SELECT 1 FROM messages WHERE key = b.key)",
    ),
    (
        "envelopes without a frame, a sender or a digest",
        "SELECT count(*) FROM messages
         WHERE format = 1 AND (frame IS NULL OR sender IS NULL OR length(digest) IS NOT 32)",
    ),
    (
        "messages behind the last key",
        "SELECT count(*) FROM messages WHERE key > (SELECT last_key FROM store)",
    ),
    (
        "ids that do not rise within a millisecond",
        "SELECT count(*) FROM (
             SELECT id, key, lag(id) OVER (ORDER BY key) AS last_id, lag(key) OVER (ORDER BY key) AS last_key
             FROM messages) WHERE key / 1000 = last_key / 1000 AND id <= last_id",
    ),
    (
        "ids that are in use and remembered as gone",
        "SELECT count(*) FROM tombstones JOIN messages USING (id)",
    ),
    (
        "mailboxes with a wrong count of what they received",
        "SELECT count(*) FROM mailboxes AS b LEFT JOIN (
             SELECT e.agent, count(*) AS entries, sum(m.size) AS octets
             FROM entries AS e JOIN messages AS m ON m.key = e.key WHERE e.direction = 1 GROUP BY e.agent) AS f
         ON f.agent = b.agent WHERE b.entries <> ifnull(f.entries, 0) OR b.octets <> ifnull(f.octets, 0)",
    ),
    (
        "files of a message that is not there",
        "SELECT count(*) FROM files AS f
         WHERE message IS NOT NULL AND NOT EXISTS (SELECT 1 FROM messages WHERE key = f.message)",
    ),
    (
        "removed agents with a bearer",
        "SELECT count(*) FROM agents WHERE removed_at IS NOT NULL AND token IS NOT NULL",
    ),
];

impl SqliteStore {
    /// Looks for damage: SQLite's own check of every page, the rules of this crate between tables,
    /// and the files on disk. It reads all of the database and changes nothing; the store may be in
    /// use.
    ///
    /// # Errors
    ///
    /// When the store cannot be read at all. Damage that can be named is in
    /// [`Checked::problems`].
    pub async fn check(&self) -> Result<Checked, Error> {
        let folder = self.0.files.clone();
        self.query(move |view| check(view, &folder)).await
    }
}

fn check(connection: &Connection, folder: &Path) -> Result<Checked, Error> {
    let view = connection.unchecked_transaction()?;
    let mut problems = Vec::new();
    {
        let mut pages = view.prepare(&format!("PRAGMA main.integrity_check({MOST_PAGES})"))?;
        let mut rows = pages.query([])?;
        while let Some(row) = rows.next()? {
            let told: String = row.get(0)?;
            if told != "ok" {
                problems.push(format!("SQLite: {told}"));
            }
        }
    }
    let count = |statement: &str| view.query_one(statement, [], |row| row.get::<_, u64>(0));
    for (what, statement) in INVARIANTS {
        match count(statement)? {
            0 => {}
            found => problems.push(format!("{found} {what}")),
        }
    }
    let mut files = view.prepare("SELECT id, size FROM files ORDER BY id")?;
    let mut rows = files.query([])?;
    while let Some(row) = rows.next()? {
        let (id, size): (String, u64) = (row.get(0)?, row.get(1)?);
        let is_whole = fs::metadata(folder.join(&id)).is_ok_and(|file| file.len() == size);
        if !is_whole {
            problems.push(format!("the file {id} is missing or of another size"));
        }
    }
    Ok(Checked {
        agents: count("SELECT count(*) FROM agents")?,
        messages: count("SELECT count(*) FROM messages")?,
        entries: count("SELECT count(*) FROM entries")?,
        files: count("SELECT count(*) FROM files")?,
        problems,
    })
}
