//! One transaction of the writer, and the statements that change mailboxes.

use rusqlite::{
    Connection, OptionalExtension, Transaction, TransactionBehavior, named_params, params,
};

use super::row::to_json;
use crate::{
    Address, Delivery, EntryId, Error, ErrorKind, FolderName, Keyword, Mark, OrderKey, Posting,
};

/// A transaction that holds the write lock. Dropped without a commit, it leaves no trace.
pub(super) struct Batch<'c> {
    transaction: Transaction<'c>,
    first_key: OrderKey,
    last_key: OrderKey,
}

impl<'c> Batch<'c> {
    /// Takes the write lock first, so that no other process can change the last key meanwhile.
    pub(super) fn begin(connection: &'c mut Connection) -> Result<Self, Error> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let last: u64 = transaction
            .prepare_cached("SELECT last_key FROM store")?
            .query_one([], |row| row.get(0))?;
        let last = OrderKey::from_micros(last)?;
        Ok(Self {
            transaction,
            first_key: last,
            last_key: last,
        })
    }

    /// Runs one write in a savepoint. The outer error means that SQLite gave up the whole
    /// transaction, as it may do when the disk is full or fails.
    pub(super) fn isolate(
        &mut self,
        write: impl FnOnce(&mut Self) -> Result<(), Error>,
    ) -> Result<Result<(), Error>, Error> {
        let last_key = self.last_key;
        self.transaction
            .prepare_cached("SAVEPOINT one")?
            .execute([])?;
        let outcome = write(self);
        if let Err(error) = &outcome {
            if self.transaction.is_autocommit() {
                return Err(error.clone());
            }
            self.transaction
                .prepare_cached("ROLLBACK TO one")?
                .execute([])?;
            self.last_key = last_key;
        }
        self.transaction
            .prepare_cached("RELEASE one")?
            .execute([])?;
        Ok(outcome)
    }

    /// Returns once the transaction is on disk.
    pub(super) fn commit(self) -> Result<(), Error> {
        if self.last_key != self.first_key {
            self.transaction
                .prepare_cached("UPDATE store SET last_key = ?1")?
                .execute([self.last_key.to_i64()])?;
        }
        self.transaction.commit()?;
        Ok(())
    }

    /// The id of an agent, made with its inbox when it does not exist.
    pub(super) fn ensure_agent(&mut self, address: &Address) -> Result<i64, Error> {
        if let Some(agent) = self.find_agent(address)? {
            return Ok(agent);
        }
        let agent = self
            .transaction
            .prepare_cached("INSERT INTO agents (address) VALUES (?1) RETURNING id")?
            .query_one([address.as_str()], |row| row.get(0))?;
        self.ensure_folder(agent, &FolderName::inbox())?;
        Ok(agent)
    }

    /// The id of a folder, made when it does not exist.
    pub(super) fn ensure_folder(&mut self, agent: i64, name: &FolderName) -> Result<i64, Error> {
        let found = self
            .transaction
            .prepare_cached("SELECT id FROM folders WHERE agent = ?1 AND name = ?2")?
            .query_one(params![agent, name.as_str()], |row| row.get(0))
            .optional()?;
        if let Some(folder) = found {
            return Ok(folder);
        }
        let folder = self
            .transaction
            .prepare_cached("INSERT INTO folders (agent, name) VALUES (?1, ?2) RETURNING id")?
            .query_one(params![agent, name.as_str()], |row| row.get(0))?;
        Ok(folder)
    }

    /// Stores a message and its entries under the next key.
    pub(super) fn deliver(&mut self, delivery: &Delivery) -> Result<OrderKey, Error> {
        let key = self.last_key.next(delivery.received)?;
        self.last_key = key;
        self.insert_message(key, delivery)?;
        let mut owners = Vec::with_capacity(delivery.postings.len());
        for posting in &delivery.postings {
            let agent = self.ensure_agent(&posting.mailbox)?;
            self.insert_entry(key, agent, posting, delivery.index.is_mrm)?;
            owners.push(owner_word(agent));
        }
        let index = &delivery.index;
        let addresses = index.from.iter().chain(&index.to).chain(&index.cc);
        self.transaction
            .prepare_cached("INSERT INTO search (rowid, owner, subject, addresses, body) VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![
                key.to_i64(),
                owners.join(" "),
                index.subject,
                addresses.map(String::as_str).collect::<Vec<_>>().join("\n"),
                delivery.text,
            ])?;
        Ok(key)
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
            Mark::Read => self.set_unread(agent, id, false),
            Mark::Unread => self.set_unread(agent, id, true),
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
            .transaction
            .prepare_cached(
                "UPDATE entries SET folder = ?4 WHERE agent = ?1 AND key = ?2 AND direction = ?3",
            )?
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
        let key = id.key.to_i64();
        let changed = self
            .transaction
            .prepare_cached("DELETE FROM entries WHERE agent = ?1 AND key = ?2 AND direction = ?3")?
            .execute(params![agent, key, id.direction.to_i64()])?;
        found(changed)?;
        let wanted: bool = self
            .transaction
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM entries WHERE key = ?1)")?
            .query_one([key], |row| row.get(0))?;
        if !wanted {
            self.transaction
                .prepare_cached("DELETE FROM search WHERE rowid = ?1")?
                .execute([key])?;
            self.transaction
                .prepare_cached("DELETE FROM messages WHERE key = ?1")?
                .execute([key])?;
        }
        Ok(())
    }

    fn insert_message(&mut self, key: OrderKey, delivery: &Delivery) -> Result<(), Error> {
        let index = &delivery.index;
        self.transaction
            .prepare_cached(
                "INSERT INTO messages (key, id, message_id, in_reply_to, sender, recipients, copies, subject, date, class,
                                       structured, types, size)
                 VALUES (:key, :id, :message_id, :in_reply_to, :sender, :recipients, :copies, :subject, :date, :class,
                         :structured, :types, :size)",
            )?
            .execute(named_params! {
                ":key": key.to_i64(),
                ":id": delivery.id.as_str(),
                ":message_id": index.message_id,
                ":in_reply_to": index.in_reply_to,
                ":sender": index.from,
                ":recipients": to_json(&index.to),
                ":copies": to_json(&index.cc),
                ":subject": index.subject,
                ":date": index.date,
                ":class": index.class,
                ":structured": index.has_structured_data,
                ":types": to_json(&index.types),
                ":size": delivery.raw.len(),
            })?;
        self.transaction
            .prepare_cached("INSERT INTO bodies (key, raw) VALUES (?1, ?2)")?
            .execute(params![key.to_i64(), delivery.raw])?;
        Ok(())
    }

    fn insert_entry(
        &mut self,
        key: OrderKey,
        agent: i64,
        posting: &Posting,
        mrm: bool,
    ) -> Result<(), Error> {
        let folder = self.ensure_folder(agent, &posting.folder)?;
        self.transaction
            .prepare_cached(
                "INSERT INTO entries (agent, key, direction, folder, unread, mrm, keywords)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                agent,
                key.to_i64(),
                posting.direction.to_i64(),
                folder,
                posting.unread,
                mrm,
                Keyword::join(&posting.keywords),
            ])?;
        Ok(())
    }

    fn agent(&self, mailbox: &Address) -> Result<i64, Error> {
        self.find_agent(mailbox)?.ok_or_else(no_entry)
    }

    /// The id of an agent, if it exists.
    pub(super) fn find_agent(&self, address: &Address) -> Result<Option<i64>, Error> {
        let mut statement = self
            .transaction
            .prepare_cached("SELECT id FROM agents WHERE address = ?1")?;
        Ok(statement
            .query_one([address.as_str()], |row| row.get(0))
            .optional()?)
    }

    fn set_unread(&mut self, agent: i64, id: EntryId, unread: bool) -> Result<(), Error> {
        let changed = self
            .transaction
            .prepare_cached(
                "UPDATE entries SET unread = ?4 WHERE agent = ?1 AND key = ?2 AND direction = ?3",
            )?
            .execute(params![
                agent,
                id.key.to_i64(),
                id.direction.to_i64(),
                unread
            ])?;
        found(changed)
    }

    fn keywords(&self, agent: i64, id: EntryId) -> Result<Vec<Keyword>, Error> {
        let joined: Option<String> = self
            .transaction
            .prepare_cached(
                "SELECT keywords FROM entries WHERE agent = ?1 AND key = ?2 AND direction = ?3",
            )?
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
            .transaction
            .prepare_cached(
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
