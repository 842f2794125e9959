//! The index for searching envelopes: a database of its own beside the store, filled behind the
//! commits.
//!
//! Indexing costs more than accepting, so no sender waits for it. All of it can be made again from
//! the store: it is not synced, it is thrown away when it is damaged or of another version, and a
//! crash costs the work since its last checkpoint. A search waits until what was committed before
//! it began is in.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;
use std::{fmt, fs, io, thread};

use asmtp_envelope::{Body, Envelope, Handle, Limits, Subject};
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};
use tokio::sync::watch;

use super::batch::owner_word;
use super::row::{damaged, frame};
use super::{Options, connection, folder, schema};
use crate::{Error, ErrorKind, OrderKey};

/// The name of the database. SQLite puts `-wal` and `-shm` beside it.
const DATABASE: &str = "search.db";

/// Which layout the database has. Another one is made anew.
const VERSION: i64 = 1;

/// How long commits gather before they are indexed, unless a search asks for them: many at once cost
/// less each, and senders meet the indexer less often.
const GATHERING: Duration = Duration::from_secs(1);

/// Messages indexed in one transaction.
const STEP: usize = 256;

/// The most that is looked up of a text; the rest is compared.
const MOST_GRAMS: usize = 64;

/// "grams" finds any three characters in a row, "words" whole words as the index of mail does. Both
/// name the agents that have the message; in "grams" as three characters of private use.
const SCHEMA: &str = "
    CREATE TABLE progress (
        one INTEGER PRIMARY KEY CHECK (one = 1), last_key INTEGER NOT NULL, last_forgotten INTEGER NOT NULL) STRICT;
    INSERT INTO progress (one, last_key, last_forgotten) VALUES (1, 0, 0);
    CREATE VIRTUAL TABLE grams USING fts5 (
        text, content = '', contentless_delete = 1, detail = none, tokenize = 'trigram');
    CREATE VIRTUAL TABLE words USING fts5 (
        owner, subject, addresses, body, content = '', contentless_delete = 1,
        tokenize = 'unicode61 remove_diacritics 2');";

/// The way to the thread that indexes, which ends when this is dropped.
pub(super) struct SearchIndex {
    database: PathBuf,
    /// There may be something to index.
    news: SyncSender<()>,
    /// Somebody waits for it.
    asked: SyncSender<()>,
    progress: watch::Receiver<Progress>,
}

/// Up to which key everything is indexed, or why it is not.
type Progress = Result<OrderKey, Error>;

impl SearchIndex {
    /// Opens the index in the folder of a store and starts to fill it.
    pub(super) fn start(folder: &Path, store: &Path, options: &Options) -> Result<Self, Error> {
        let database = folder.join(DATABASE);
        let index = open_or_make(&database, options)?;
        let store = connection::open_reader(store, None, options)?;
        // One signal that is there already does for all that follow.
        let (news, signals) = sync_channel(1);
        let (asked, asks) = sync_channel(1);
        let (announce, progress) = watch::channel(Ok(OrderKey::START));
        let indexer = Indexer {
            store,
            index,
            announce,
        };
        thread::Builder::new()
            .name("mailmesh-search".to_owned())
            .spawn(move || indexer.run(&signals, &asks))
            .map_err(|source| {
                Error::new(ErrorKind::Io, "expected to start a thread").with_source(source)
            })?;
        let started = Self {
            database,
            news,
            asked,
            progress,
        };
        started.ask();
        Ok(started)
    }

    /// Where the index is, for a connection that searches.
    pub(super) fn database(&self) -> &Path {
        &self.database
    }

    /// Waits until everything up to a key is indexed.
    pub(super) async fn reaches(&self, key: OrderKey) -> Result<(), Error> {
        let stopped = || {
            Error::new(
                ErrorKind::Io,
                "expected a search index that is being filled",
            )
        };
        let mut progress = self.progress.clone();
        let has_failed = progress.borrow_and_update().is_err();
        self.ask();
        if has_failed {
            // That was then: it tries again now.
            progress.changed().await.map_err(|_| stopped())?;
        }
        let is_settled = |progress: &Progress| progress.as_ref().map_or(true, |done| *done >= key);
        let settled = progress.wait_for(is_settled).await;
        settled.map_err(|_| stopped())?.clone().map(drop)
    }

    /// Has it look for new messages at once.
    fn ask(&self) {
        let _ = self.asked.try_send(());
        let _ = self.news.try_send(());
    }

    /// What tells the index of a commit.
    pub(super) fn signaller(&self) -> SyncSender<()> {
        self.news.clone()
    }
}

impl fmt::Debug for SearchIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SearchIndex").finish_non_exhaustive()
    }
}

struct Indexer {
    store: Connection,
    index: Connection,
    announce: watch::Sender<Progress>,
}

/// A message to index.
struct Text {
    key: i64,
    owners: Vec<i64>,
    subject: String,
    addresses: String,
    body: String,
    /// Whether its words are not in the store's own index.
    has_words: bool,
}

impl Indexer {
    fn run(mut self, news: &Receiver<()>, asks: &Receiver<()>) {
        while news.recv().is_ok() {
            let _ = asks.recv_timeout(GATHERING); // however the wait ends
            loop {
                match self.step() {
                    Ok((done, is_last)) => {
                        let _ = self.announce.send_replace(Ok(done));
                        if is_last {
                            break;
                        }
                    }
                    Err(error) => {
                        tracing::warn!(kind = ?error.kind(), "the search index could not be filled");
                        let _ = self.announce.send_replace(Err(error));
                        break;
                    }
                }
            }
        }
    }

    /// Indexes some messages. Returns how far it came, and whether that is the end.
    fn step(&mut self) -> Result<(OrderKey, bool), Error> {
        let transaction = self
            .index
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = progress(&transaction)?;
        let next = News::read(&self.store, done)?;
        for text in &next.texts {
            text.insert(&transaction)?;
        }
        for key in &next.forgotten {
            for statement in [
                "DELETE FROM grams WHERE rowid = ?1",
                "DELETE FROM words WHERE rowid = ?1",
            ] {
                transaction.prepare_cached(statement)?.execute([key])?;
            }
        }
        if next.done != done {
            transaction.execute(
                "UPDATE progress SET last_key = ?1, last_forgotten = ?2",
                params![next.done.key, next.done.forgotten],
            )?;
        }
        transaction.commit()?;
        let key = OrderKey::from_micros(next.done.key.unsigned_abs())?;
        let is_last = next.texts.len() < STEP && next.forgotten.len() < STEP;
        Ok((key, is_last))
    }
}

/// How far an index is: the key of the last message, and the number of the last one forgotten.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Done {
    key: i64,
    forgotten: i64,
}

fn progress(index: &Connection) -> Result<Done, Error> {
    Ok(
        index.query_one("SELECT last_key, last_forgotten FROM progress", [], |row| {
            Ok(Done {
                key: row.get(0)?,
                forgotten: row.get(1)?,
            })
        })?,
    )
}

/// The number of the last message that the attached index has forgotten.
pub(super) fn forgotten(view: &Connection) -> Result<i64, Error> {
    let statement = "SELECT last_forgotten FROM found.progress";
    Ok(view.query_one(statement, [], |row| row.get(0))?)
}

/// What an index does not have yet, or a part of it.
struct News {
    texts: Vec<Text>,
    forgotten: Vec<i64>,
    done: Done,
}

impl News {
    fn read(store: &Connection, mut done: Done) -> Result<Self, Error> {
        // One view: a message is there or forgotten.
        let view = store.unchecked_transaction()?;
        let mut statement = view.prepare_cached(
            "SELECT m.key, m.frame, b.raw, t.owners, t.text FROM messages AS m JOIN bodies AS b ON b.key = m.key
             LEFT JOIN texts AS t ON t.key = m.key
             WHERE m.key > ?1 AND m.frame IS NOT NULL ORDER BY m.key LIMIT ?2",
        )?;
        let mut rows = statement.query(params![done.key, STEP])?;
        let mut texts = Vec::new();
        while let Some(row) = rows.next()? {
            texts.push(Text::read(&view, row)?);
        }
        done.key = match texts.last() {
            Some(text) if texts.len() == STEP => text.key,
            _ => view.query_one("SELECT last_key FROM store", [], |row| row.get(0))?,
        };
        let mut statement = view.prepare_cached(
            "SELECT number, key FROM forgotten WHERE number > ?1 ORDER BY number LIMIT ?2",
        )?;
        let mut rows = statement.query(params![done.forgotten, STEP])?;
        let mut forgotten = Vec::new();
        while let Some(row) = rows.next()? {
            done.forgotten = row.get(0)?;
            forgotten.push(row.get(1)?);
        }
        Ok(Self {
            texts,
            forgotten,
            done,
        })
    }
}

impl Text {
    fn read(view: &Connection, row: &Row<'_>) -> Result<Self, Error> {
        let blob = |column| {
            row.get_ref(column)?
                .as_blob_or_null()
                .map_err(|_| damaged())
        };
        let frame = frame(blob("frame")?.ok_or_else(damaged)?)?;
        let handles: Vec<_> = std::iter::once(frame.from())
            .chain(frame.to())
            .chain(frame.cc())
            .map(Handle::as_str)
            .collect();
        let mail = row
            .get_ref("owners")?
            .as_str_or_null()
            .map_err(|_| damaged())?;
        let owners = match mail {
            Some(owners) => owners
                .split(' ')
                .filter_map(|owner| owner.parse().ok())
                .collect(),
            None => owners(view, &handles)?,
        };
        let body = match (mail, blob("text")?) {
            (Some(_), text) => String::from_utf8_lossy(text.unwrap_or_default()).into_owned(),
            (None, _) => envelope_text(blob("raw")?.ok_or_else(damaged)?),
        };
        Ok(Self {
            key: row.get("key")?,
            owners,
            subject: frame.subject().map_or("", Subject::as_str).to_owned(),
            addresses: handles.join("\n"),
            body,
            has_words: mail.is_none(),
        })
    }

    fn insert(&self, index: &Connection) -> Result<(), Error> {
        index
            .prepare_cached("INSERT INTO grams (rowid, text) VALUES (?1, ?2)")?
            .execute(params![self.key, self.grams()])?;
        if !self.has_words {
            return Ok(());
        }
        let owners: Vec<_> = self.owners.iter().map(|&owner| owner_word(owner)).collect();
        index
            .prepare_cached("INSERT INTO words (rowid, owner, subject, addresses, body) VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![
                self.key,
                owners.join(" "),
                self.subject,
                self.addresses,
                self.body
            ])?;
        Ok(())
    }

    fn grams(&self) -> String {
        let mut grams = String::with_capacity(self.subject.len() + self.body.len() + 16);
        for &owner in &self.owners {
            grams.push_str(&owner_gram(owner));
            grams.push(' ');
        }
        grams.push_str(&plain(&self.subject));
        grams.push('\n');
        grams.push_str(&plain(&self.body));
        grams
    }
}

/// The agents that an envelope concerns.
fn owners(view: &Connection, handles: &[&str]) -> Result<Vec<i64>, Error> {
    let mut statement = view.prepare_cached("SELECT id FROM agents WHERE handle = ?1")?;
    let mut owners = Vec::new();
    for handle in handles {
        owners.extend(
            statement
                .query_one([handle], |row| row.get::<_, i64>(0))
                .optional()?,
        );
    }
    owners.sort_unstable();
    owners.dedup();
    Ok(owners)
}

/// The text parts of a stored envelope, one to a line. One that cannot be read has none.
pub(super) fn envelope_text(body: &[u8]) -> String {
    let Ok(envelope) = Envelope::parse(body, &Limits::default()) else {
        return String::new();
    };
    let texts = envelope
        .content_parts()
        .iter()
        .filter_map(|part| match part.body() {
            Body::Text(text) => Some(&**text),
            _ => None,
        });
    texts.collect::<Vec<_>>().join("\n")
}

/// An agent as three characters of private use, which no ordinary text holds. A text that does is
/// found for others, and not shown to them: what is found is looked up in the mailbox.
fn owner_gram(agent: i64) -> String {
    const FIRST: u32 = 0xE000;
    const COUNT: i64 = 0xF8FF - 0xE000 + 1;
    let digit = |number: i64| {
        let digit = u32::try_from(number % COUNT).unwrap_or_default();
        char::from_u32(FIRST + digit).unwrap_or(char::REPLACEMENT_CHARACTER)
    };
    [agent / COUNT / COUNT, agent / COUNT, agent]
        .map(digit)
        .iter()
        .collect()
}

/// A text as the index takes it: FTS5 stops at NUL.
fn plain(text: &str) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().map(plain).collect()
}

/// What a message has to hold to be worth a look, as an FTS5 query: the agent and every three
/// characters in a row, each a quoted string, so that none is syntax. `None` for a shorter text.
pub(super) fn matching(agent: i64, text: &str) -> Option<String> {
    let characters: Vec<char> = plain(text).chars().collect();
    if characters.len() < 3 {
        return None;
    }
    let mut seen = BTreeSet::new();
    let grams = characters
        .windows(3)
        .map(|gram| gram.iter().collect::<String>());
    let quoted: Vec<_> = std::iter::once(owner_gram(agent))
        .chain(grams)
        .filter(|gram| seen.insert(gram.clone()))
        .take(MOST_GRAMS)
        .map(|gram| format!("\"{}\"", gram.replace('"', "\"\"")))
        .collect();
    Some(quoted.join(" AND "))
}

/// Opens the database, made anew when it is none of ours.
fn open_or_make(database: &Path, options: &Options) -> Result<Connection, Error> {
    match open(database, options) {
        Ok(Some(index)) => return Ok(index),
        Ok(None) => {}
        Err(error) if error.kind() == ErrorKind::Corrupt => {
            tracing::warn!("the search index was damaged and is made again");
        }
        Err(error) => return Err(error),
    }
    for suffix in ["", "-wal", "-shm"] {
        let mut path = database.as_os_str().to_owned();
        path.push(suffix);
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
    }
    open(database, options)?.ok_or_else(damaged)
}

/// Opens the database, or makes it in an empty file. `None` for another version.
fn open(database: &Path, options: &Options) -> Result<Option<Connection>, Error> {
    folder::make_private(database).map_err(failed)?;
    let mut index = connection::open(database, options)?;
    schema::use_wal(&index, options.busy_timeout)?;
    // What a power cut takes is indexed again.
    index.pragma_update(None, "synchronous", "NORMAL")?;
    index.pragma_update(None, "journal_size_limit", 16 << 20)?;
    let transaction = index.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version = |connection: &Connection| {
        connection.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))
    };
    let objects: i64 =
        transaction.query_one("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if objects == 0 {
        transaction.execute_batch(SCHEMA)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
    }
    let is_ours = version(&transaction)? == VERSION;
    if is_ours {
        progress(&transaction)?;
    }
    transaction.commit()?;
    Ok(is_ours.then_some(index))
}

fn failed(source: io::Error) -> Error {
    Error::new(
        ErrorKind::Io,
        "expected to read and write the folder of the store",
    )
    .with_source(source)
}

#[cfg(test)]
mod tests {
    use super::{matching, owner_gram};

    #[test]
    fn every_agent_has_its_own_gram() {
        let grams = [1, 2, 6_399, 6_400, 6_401, 40_960_000, 40_960_001].map(owner_gram);
        for (at, gram) in grams.iter().enumerate() {
            assert_eq!(gram.chars().count(), 3);
            assert!(!grams[..at].contains(gram));
        }
    }

    #[test]
    fn no_text_is_syntax() {
        let query = matching(1, "a\" OR\0*").unwrap();
        let grams: Vec<_> = query.split(" AND ").skip(1).collect();
        assert_eq!(
            grams,
            ["\"a\"\" \"", "\"\"\" O\"", "\" OR\"", "\"OR \"", "\"R *\""]
        );
        assert_eq!(matching(1, "ab"), None);
    }
}
