//! One transaction of the writer, and the statements that change mailboxes.

use std::collections::BTreeSet;

use asmtp_envelope::EnvelopeId;
use rusqlite::{
    CachedStatement, Connection, OptionalExtension, Transaction, TransactionBehavior, params,
};

use super::row;
use crate::order::Newest;
use crate::{
    Address, AgentKey, Direction, EntryId, Error, ErrorKind, FolderName, Keyword, Mark, OrderKey,
};

/// A transaction that holds the write lock. Dropped without a commit, it leaves no trace.
pub(super) struct Batch<'c> {
    transaction: Transaction<'c>,
    first_key: OrderKey,
    pub(super) newest: Newest,
    told: Told,
}

/// What the entries of a message share.
#[derive(Clone, Copy)]
pub(super) struct NewMessage {
    pub(super) key: OrderKey,
    pub(super) size: u64,
    pub(super) is_mrm: bool,
}

/// An entry to make.
pub(super) struct NewEntry<'a> {
    pub(super) message: NewMessage,
    pub(super) agent: i64,
    pub(super) direction: Direction,
    pub(super) folder: &'a FolderName,
    pub(super) unread: bool,
    pub(super) keywords: &'a [Keyword],
}

/// What to tell listeners once the transaction is on disk.
#[derive(Clone, Debug, Default)]
pub(super) struct Told {
    pub(super) mailboxes: BTreeSet<AgentKey>,
    pub(super) revoked: Vec<AgentKey>,
    /// Files that have lost their rows.
    pub(super) files: Vec<String>,
}

impl<'c> Batch<'c> {
    /// Takes the write lock first, so that no other process can change the last key meanwhile.
    pub(super) fn begin(connection: &'c mut Connection) -> Result<Self, Error> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let newest = transaction
            .prepare_cached("SELECT last_key, last_id FROM store")?
            .query_one([], |row| {
                Ok((row.get::<_, u64>(0)?, row::parsed::<EnvelopeId>(row, 1)?))
            })?;
        let newest = Newest {
            key: OrderKey::from_micros(newest.0)?,
            id: newest.1,
        };
        Ok(Self {
            transaction,
            first_key: newest.key,
            newest,
            told: Told::default(),
        })
    }

    /// Runs one write in a savepoint. The outer error means that SQLite gave up the whole
    /// transaction, as it may do when the disk is full or fails.
    pub(super) fn isolate(
        &mut self,
        write: impl FnOnce(&mut Self) -> Result<(), Error>,
    ) -> Result<Result<(), Error>, Error> {
        let newest = self.newest;
        let (revoked, files) = (self.told.revoked.len(), self.told.files.len());
        self.sql("SAVEPOINT one")?.execute([])?;
        let outcome = write(self);
        if let Err(error) = &outcome {
            if self.transaction.is_autocommit() {
                return Err(error.clone());
            }
            self.sql("ROLLBACK TO one")?.execute([])?;
            self.newest = newest;
            self.told.revoked.truncate(revoked);
            self.told.files.truncate(files);
        }
        self.sql("RELEASE one")?.execute([])?;
        Ok(outcome)
    }

    /// Returns what to tell, once the transaction is on disk.
    pub(super) fn commit(self) -> Result<Told, Error> {
        if self.newest.key != self.first_key {
            self.sql("UPDATE store SET last_key = ?1, last_id = ?2")?
                .execute(params![self.newest.key.to_i64(), self.newest.id.as_str()])?;
        }
        self.transaction.commit()?;
        Ok(self.told)
    }

    /// A statement, prepared once.
    pub(super) fn sql(&self, statement: &str) -> Result<CachedStatement<'_>, Error> {
        Ok(self.transaction.prepare_cached(statement)?)
    }

    /// The transaction, for what also runs outside of one.
    pub(super) fn connection(&self) -> &Connection {
        &self.transaction
    }

    /// Tells listeners that this mailbox has something new.
    pub(super) fn tell(&mut self, agent: i64) {
        self.told.mailboxes.insert(row::agent_key(agent));
    }

    /// Tells listeners that the bearer of this agent is nobody's any more.
    pub(super) fn tell_revoked(&mut self, agent: i64) {
        self.told.revoked.push(row::agent_key(agent));
    }

    /// Has files removed from the disk that have lost their rows.
    pub(super) fn forget_files(&mut self, ids: Vec<String>) {
        self.told.files.extend(ids);
    }

    /// The id of a mailbox, made with its inbox when it does not exist.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] when its agent was removed.
    pub(super) fn ensure_agent(&mut self, address: &Address) -> Result<i64, Error> {
        let found: Option<(i64, bool)> = self
            .sql("SELECT id, removed_at IS NULL FROM agents WHERE address = ?1")?
            .query_one([address.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        match found {
            Some((agent, true)) => return Ok(agent),
            Some((_, false)) => {
                return Err(Error::new(
                    ErrorKind::NotFound,
                    "expected the address of an agent that was not removed",
                ));
            }
            None => {}
        }
        let agent = self
            .sql("INSERT INTO agents (address) VALUES (?1) RETURNING id")?
            .query_one([address.as_str()], |row| row.get(0))?;
        self.make_mailbox(agent)?;
        Ok(agent)
    }

    /// Gives a new agent its mailbox and inbox.
    pub(super) fn make_mailbox(&mut self, agent: i64) -> Result<(), Error> {
        self.sql("INSERT INTO mailboxes (agent, entries, octets) VALUES (?1, 0, 0)")?
            .execute([agent])?;
        self.ensure_folder(agent, &FolderName::inbox()).map(drop)
    }

    /// The id of a folder, made when it does not exist.
    pub(super) fn ensure_folder(&mut self, agent: i64, name: &FolderName) -> Result<i64, Error> {
        let found = self
            .sql("SELECT id FROM folders WHERE agent = ?1 AND name = ?2")?
            .query_one(params![agent, name.as_str()], |row| row.get(0))
            .optional()?;
        if let Some(folder) = found {
            return Ok(folder);
        }
        let folder = self
            .sql("INSERT INTO folders (agent, name) VALUES (?1, ?2) RETURNING id")?
            .query_one(params![agent, name.as_str()], |row| row.get(0))?;
        Ok(folder)
    }

    /// Changes what is remembered about an entry.
    pub(super) fn mark(
        &mut self,
        mailbox: &Address,
        id: EntryId,
        mark: &Mark,
        most: usize,
    ) -> Result<(), Error> {
        let agent = self.agent(mailbox)?;
        match mark {
            Mark::Read => found(self.set_unread(agent, id, false)?),
            Mark::Unread => found(self.set_unread(agent, id, true)?),
            Mark::Keyword(keyword) => {
                let mut keywords = self.keywords(agent, id)?;
                if keywords.contains(keyword) {
                    return Ok(());
                }
                if keywords.len() >= most {
                    return Err(Error::new(
                        ErrorKind::Invalid,
                        format!("expected at most {most} keywords on an entry"),
                    ));
                }
                keywords.push(keyword.clone());
                self.set_keywords(agent, id, &keywords)
            }
            Mark::ClearKeyword(keyword) => {
                let mut keywords = self.keywords(agent, id)?;
                keywords.retain(|kept| kept != keyword);
                self.set_keywords(agent, id, &keywords)
            }
        }
    }

    /// Moves an entry to a folder.
    pub(super) fn move_to(
        &mut self,
        mailbox: &Address,
        id: EntryId,
        folder: &FolderName,
    ) -> Result<(), Error> {
        let agent = self.agent(mailbox)?;
        let folder = self.ensure_folder(agent, folder)?;
        let changed = self
            .sql("UPDATE entries SET folder = ?4 WHERE agent = ?1 AND key = ?2 AND direction = ?3")?
            .execute(params![
                agent,
                id.key.to_i64(),
                id.direction.to_i64(),
                folder
            ])?;
        found(changed)
    }

    /// Removes an entry, and the message with its last entry.
    pub(super) fn remove(&mut self, mailbox: &Address, id: EntryId) -> Result<(), Error> {
        let agent = self.agent(mailbox)?;
        found(self.remove_entry(agent, id)?)
    }

    /// Puts a message that has a key and a row into a mailbox.
    pub(super) fn insert_entry(&mut self, entry: &NewEntry<'_>) -> Result<(), Error> {
        let NewEntry { message, agent, .. } = *entry;
        let folder = self.ensure_folder(agent, entry.folder)?;
        self.sql(
            "INSERT INTO entries (agent, direction, key, folder, unread, mrm, keywords)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            agent,
            entry.direction.to_i64(),
            message.key.to_i64(),
            folder,
            entry.unread,
            message.is_mrm,
            Keyword::join(entry.keywords),
        ])?;
        if entry.direction == Direction::In {
            self.sql(
                "UPDATE mailboxes SET entries = entries + 1, octets = octets + ?2 WHERE agent = ?1",
            )?
            .execute(params![agent, message.size])?;
            self.tell(agent);
        }
        Ok(())
    }

    /// Removes an entry, the message with its last entry, and what hangs on the message. Returns
    /// the number of entries removed.
    pub(super) fn remove_entry(&mut self, agent: i64, id: EntryId) -> Result<usize, Error> {
        let key = id.key.to_i64();
        let removed = self
            .sql("DELETE FROM entries WHERE agent = ?1 AND direction = ?2 AND key = ?3")?
            .execute(params![agent, id.direction.to_i64(), key])?;
        if removed == 0 {
            return Ok(0);
        }
        let (left, size): (u64, u64) = self
            .sql(
                "UPDATE messages SET entries = entries - 1 WHERE key = ?1 RETURNING entries, size",
            )?
            .query_one([key], |row| Ok((row.get(0)?, row.get(1)?)))?;
        if id.direction == Direction::In {
            self.sql(
                "UPDATE mailboxes SET entries = entries - 1, octets = octets - ?2 WHERE agent = ?1",
            )?
            .execute(params![agent, size])?;
        }
        if left == 0 {
            self.remove_message(key)?;
        }
        Ok(removed)
    }

    /// Removes a message that no mailbox has any more. The id of an envelope stays known.
    fn remove_message(&mut self, key: i64) -> Result<(), Error> {
        self.sql(
            "INSERT INTO tombstones (id, sender, digest, received_ms, created_at)
             SELECT id, sender, digest, received_ms, key / 1000 FROM messages
             WHERE key = ?1 AND digest IS NOT NULL",
        )?
        .execute([key])?;
        for statement in [
            "INSERT INTO forgotten (key) SELECT key FROM messages WHERE key = ?1 AND frame IS NOT NULL",
            "DELETE FROM search WHERE rowid = ?1 AND (SELECT format FROM messages WHERE key = ?1) = 0",
            "DELETE FROM messages WHERE key = ?1",
            "DELETE FROM bodies WHERE key = ?1",
            "DELETE FROM texts WHERE key = ?1",
        ] {
            self.sql(statement)?.execute([key])?;
        }
        let files = {
            let mut statement = self.sql("DELETE FROM files WHERE message = ?1 RETURNING id")?;
            let files = statement.query_map([key], |row| row.get(0))?;
            files.collect::<Result<_, _>>()?
        };
        self.forget_files(files);
        Ok(())
    }

    fn agent(&self, mailbox: &Address) -> Result<i64, Error> {
        self.find_agent(mailbox)?.ok_or_else(no_entry)
    }

    /// The id of an agent, if it exists.
    pub(super) fn find_agent(&self, address: &Address) -> Result<Option<i64>, Error> {
        let mut statement =
            self.sql("SELECT id FROM agents WHERE address = ?1 AND removed_at IS NULL")?;
        Ok(statement
            .query_one([address.as_str()], |row| row.get(0))
            .optional()?)
    }

    /// Sets or clears a read mark, and returns the number of entries there are.
    pub(super) fn set_unread(
        &mut self,
        agent: i64,
        id: EntryId,
        unread: bool,
    ) -> Result<usize, Error> {
        let changed = self
            .sql("UPDATE entries SET unread = ?4 WHERE agent = ?1 AND key = ?2 AND direction = ?3")?
            .execute(params![
                agent,
                id.key.to_i64(),
                id.direction.to_i64(),
                unread
            ])?;
        Ok(changed)
    }

    fn keywords(&self, agent: i64, id: EntryId) -> Result<Vec<Keyword>, Error> {
        let joined: Option<String> = self
            .sql("SELECT keywords FROM entries WHERE agent = ?1 AND key = ?2 AND direction = ?3")?
            .query_one(
                params![agent, id.key.to_i64(), id.direction.to_i64()],
                |row| row.get(0),
            )
            .optional()?;
        joined
            .map(|joined| Keyword::split(&joined))
            .ok_or_else(no_entry)
    }

    fn set_keywords(&mut self, agent: i64, id: EntryId, keywords: &[Keyword]) -> Result<(), Error> {
        let changed = self
            .sql(
                "UPDATE entries SET keywords = ?4 WHERE agent = ?1 AND key = ?2 AND direction = ?3",
            )?
            .execute(params![
                agent,
                id.key.to_i64(),
                id.direction.to_i64(),
                Keyword::join(keywords)
            ])?;
        found(changed)
    }
}

/// The word in the search index that stands for an agent.
pub(super) fn owner_word(agent: i64) -> String {
    format!("a{agent}")
}

fn found(changed: usize) -> Result<(), Error> {
    if changed == 0 {
        Err(no_entry())
    } else {
        Ok(())
    }
}

pub(super) fn no_entry() -> Error {
    Error::new(
        ErrorKind::NotFound,
        "expected the id of an entry in this mailbox",
    )
}
