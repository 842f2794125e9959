//! Looking for damage.

use std::fs;
use std::path::Path;

use context_sync::{AgentId, SetKey};
use rusqlite::Connection;

use super::SqliteStore;
use super::row::parsed;
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
    (
        "context-sync threads with messages missing",
        "SELECT count(*) FROM context_threads AS t
         LEFT JOIN (SELECT thread, count(*) AS found, max(seq) AS last FROM context_messages GROUP BY thread) AS m
         ON m.thread = t.id WHERE t.last IS NOT m.found OR t.last IS NOT m.last",
    ),
    (
        "context-sync threads whose times run backwards",
        "SELECT count(*) FROM (
             SELECT sent_at, lag(sent_at) OVER (PARTITION BY thread ORDER BY seq) AS before FROM context_messages)
         WHERE sent_at < before",
    ),
    (
        "context-sync messages or members without a thread",
        "SELECT (SELECT count(*) FROM context_messages WHERE thread NOT IN (SELECT id FROM context_threads))
              + (SELECT count(*) FROM context_members WHERE thread NOT IN (SELECT id FROM context_threads))",
    ),
    (
        "context-sync threads without anybody who is visible",
        "SELECT count(*) FROM context_threads AS t
         WHERE NOT EXISTS (SELECT 1 FROM context_members WHERE thread = t.id AND role > 0)",
    ),
    (
        "unread context-sync messages that are not there, or were read",
        "SELECT count(*) FROM context_unread AS u
         LEFT JOIN context_messages AS c ON c.thread = u.thread AND c.seq = u.seq
         LEFT JOIN context_members AS m ON m.thread = u.thread AND m.agent = u.agent
         WHERE c.seq IS NULL OR m.agent IS NULL OR m.read >= u.seq",
    ),
    (
        "members of context-sync threads that were shown more than there is",
        "SELECT count(*) FROM context_members AS m JOIN context_threads AS t ON t.id = m.thread
         WHERE m.shown NOT BETWEEN 0 AND t.last",
    ),
    (
        "members of context-sync threads that nobody knows",
        "SELECT count(*) FROM context_members WHERE agent NOT IN (SELECT name FROM context_agents)",
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
    match misfiled(&view)? {
        0 => {}
        found => problems.push(format!(
            "{found} context-sync threads of other participants"
        )),
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

/// How many threads of context-sync are kept under another set of participants than they have.
fn misfiled(view: &Connection) -> Result<u64, Error> {
    let mut members =
        view.prepare("SELECT agent FROM context_members WHERE thread = ?1 AND role > 0")?;
    let mut threads = view.prepare("SELECT id, participants FROM context_threads")?;
    let mut rows = threads.query([])?;
    let mut found = 0;
    while let Some(row) = rows.next()? {
        let (id, kept): (String, Vec<u8>) = (row.get(0)?, row.get(1)?);
        let agents = members.query_map([&id], |row| parsed::<AgentId>(row, 0))?;
        let agents: Vec<AgentId> = agents.collect::<Result<_, _>>()?;
        found += u64::from(SetKey::of(&agents).as_octets()[..] != kept[..]);
    }
    Ok(found)
}
