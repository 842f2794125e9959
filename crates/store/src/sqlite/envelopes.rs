//! Mailboxes as ASMTP sees them.

use std::collections::HashSet;

use asmtp_envelope::{
    Direction as Asked, Entry, EnvelopeId, EnvelopePost, Fact, Handle, Listing, MonitorFact,
    MonitorHandle, Order,
};
use async_trait::async_trait;
use rusqlite::{CachedStatement, Connection, OptionalExtension, Row, params};

use super::agents::find;
use super::batch::{Batch, no_entry};
use super::query::{all_folders, state_walks};
use super::row::{self, millis, parsed, timestamp};
use super::walk::{Course, Walk, merge};
use super::{SqliteStore, search};
use crate::{
    AcceptOptions, Acceptance, Direction, EntryId, EnvelopeStore, Error, ErrorKind, FactKey,
    Fetched, Format, FoundEnvelope, LastKeys, ListedRow, OrderKey,
};

/// Rows that are listed right where they are asked for: reading them takes less than the way to
/// another thread and back.
const FEW: u16 = 16;

#[async_trait]
impl EnvelopeStore for SqliteStore {
    async fn accept(
        &self,
        sender: &Handle,
        post: EnvelopePost,
        options: AcceptOptions,
    ) -> Result<Acceptance, Error> {
        let (sender, limits) = (sender.clone(), *self.limits());
        self.write_heavy(weight(&post), move |batch| {
            batch.accept(&sender, post.clone(), &options, &limits)
        })
        .await
    }

    async fn list_envelopes(
        &self,
        agent: &Handle,
        listing: &Listing,
    ) -> Result<Vec<ListedRow>, Error> {
        let (agent, listing) = (agent.clone(), *listing);
        let rows = move |view: &Connection| list(view, find(view, &agent)?, &listing);
        if listing.limit <= FEW {
            self.glance(rows).await
        } else {
            self.query(rows).await
        }
    }

    async fn peek(&self, agent: &Handle, ids: &[EnvelopeId]) -> Result<Vec<Fetched>, Error> {
        let (agent, ids) = (agent.clone(), each_once(ids));
        let (fetched, _) = self
            .query(move |view| fetch(view, find(view, &agent)?, &ids))
            .await?;
        Ok(fetched)
    }

    async fn fetch(&self, agent: &Handle, ids: &[EnvelopeId]) -> Result<Vec<Fetched>, Error> {
        let (handle, ids) = (agent.clone(), each_once(ids));
        let (fetched, unread) = self
            .query(move |view| fetch(view, find(view, &handle)?, &ids))
            .await?;
        if !unread.is_empty() {
            self.mark_read(agent, &unread).await?;
        }
        Ok(fetched)
    }

    async fn mark_read(
        &self,
        agent: &Handle,
        ids: &[EnvelopeId],
    ) -> Result<Vec<EnvelopeId>, Error> {
        let (agent, ids) = (agent.clone(), each_once(ids));
        self.write(move |batch| batch.mark_read(&agent, &ids)).await
    }

    async fn remove_entry(&self, agent: &Handle, id: EnvelopeId) -> Result<(), Error> {
        let agent = agent.clone();
        self.write(move |batch| {
            let agent = find(batch.connection(), &agent)?;
            let removed = match key_of(batch.connection(), id)? {
                Some(key) => batch.remove_entry(agent, EntryId::received(key))?,
                None => 0,
            };
            if removed == 0 {
                return Err(no_entry());
            }
            Ok(())
        })
        .await
    }

    async fn facts(
        &self,
        sender: &Handle,
        monitor: &MonitorHandle,
        after: FactKey,
        limit: u32,
    ) -> Result<Vec<(FactKey, MonitorFact)>, Error> {
        let (sender, monitor) = (sender.clone(), monitor.clone());
        self.query(move |view| {
            let sender = find(view, &sender)?;
            let of_monitor = params![sender, monitor.as_str()];
            let mut any =
                view.prepare_cached("SELECT 1 FROM facts WHERE sender = ?1 AND monitor = ?2")?;
            if !any.exists(of_monitor)? {
                return Err(Error::new(
                    ErrorKind::NotFound,
                    "expected a monitor of this agent",
                ));
            }
            let mut statement = view.prepare_cached(
                "SELECT * FROM facts INDEXED BY facts_by_monitor
                 WHERE sender = ?1 AND monitor = ?5 AND (key, number) > (?2, ?3)
                 ORDER BY key, number LIMIT ?4",
            )?;
            facts(
                &mut statement,
                params![
                    sender,
                    after.key.to_i64(),
                    after.index,
                    limit,
                    monitor.as_str()
                ],
            )
        })
        .await
    }

    async fn facts_after(
        &self,
        sender: &Handle,
        after: FactKey,
        limit: u32,
    ) -> Result<Vec<(FactKey, MonitorFact)>, Error> {
        let sender = sender.clone();
        self.glance(move |view| {
            let mut statement = view.prepare_cached(
                "SELECT * FROM facts WHERE sender = ?1 AND (key, number) > (?2, ?3)
                 ORDER BY key, number LIMIT ?4",
            )?;
            let sender = find(view, &sender)?;
            facts(
                &mut statement,
                params![sender, after.key.to_i64(), after.index, limit],
            )
        })
        .await
    }

    async fn last_keys(&self, agent: &Handle) -> Result<LastKeys, Error> {
        let agent = agent.clone();
        self.query(move |view| {
            let agent = find(view, &agent)?;
            let listing = Listing {
                order: Order::Descending,
                limit: 1,
                direction: Asked::Both,
                ..Listing::default()
            };
            let newest = list(view, agent, &listing)?;
            let fact = view
                .prepare_cached(
                    "SELECT key, number FROM facts WHERE sender = ?1 ORDER BY key DESC, number DESC LIMIT 1",
                )?
                .query_one([agent], |row| Ok(fact_key(row)))
                .optional()?
                .transpose()?;
            Ok(LastKeys {
                entry: newest.first().map(|row| row.key),
                fact: fact.unwrap_or_default(),
            })
        })
        .await
    }

    async fn search_envelopes(
        &self,
        agent: &Handle,
        text: &str,
        limit: u32,
    ) -> Result<Vec<FoundEnvelope>, Error> {
        self.await_index().await?;
        let (agent, text) = (agent.clone(), text.to_owned());
        self.query(move |view| search::envelopes(view, find(view, &agent)?, &text, limit))
            .await
    }
}

impl Batch<'_> {
    fn mark_read(&mut self, agent: &Handle, ids: &[EnvelopeId]) -> Result<Vec<EnvelopeId>, Error> {
        let agent = find(self.connection(), agent)?;
        let mut read = Vec::new();
        for &id in ids {
            let Some(key) = key_of(self.connection(), id)? else {
                continue;
            };
            if self.set_unread(agent, EntryId::received(key), false)? > 0 {
                read.push(id);
            }
        }
        Ok(read)
    }
}

/// The key of a message by its id.
fn key_of(view: &Connection, id: EnvelopeId) -> Result<Option<OrderKey>, Error> {
    view.prepare_cached("SELECT key FROM messages WHERE id = ?1")?
        .query_one([id.as_str()], |found| Ok(row::order_key(found, "key")))
        .optional()?
        .transpose()
}

/// The rows of a listing. Mail without a frame is passed over.
fn list(view: &Connection, agent: i64, listing: &Listing) -> Result<Vec<ListedRow>, Error> {
    let view = view.unchecked_transaction()?;
    let mailbox = |direction| Walk::Mailbox { agent, direction };
    let walks = match (listing.direction, listing.unread) {
        (Asked::In, None) => vec![mailbox(Direction::In)],
        (Asked::In, unread) => {
            let folders = all_folders(&view, agent)?;
            state_walks(&folders, unread, None, &[Direction::In])
        }
        (Asked::Out, _) => vec![mailbox(Direction::Out)],
        (Asked::Both, _) => vec![mailbox(Direction::Out), mailbox(Direction::In)],
    };
    let course = Course {
        is_descending: listing.order == Order::Descending,
        after: after(&view, listing)?,
    };
    let mut shown = Shown::new(&view, agent)?;
    let mut rows: Vec<ListedRow> = Vec::new();
    let mut last = None;
    merge(&view, &walks, course, |id| {
        // An envelope to oneself has two entries and is one row.
        if last.replace(id.key) != Some(id.key) {
            rows.extend(shown.row(id.key)?);
        }
        Ok(rows.len() < usize::from(listing.limit))
    })?;
    Ok(rows)
}

/// The place of a cursor among the entries: the ids of one millisecond rise with their keys. (The
/// plus keeps SQLite from walking the ids of the whole store.)
fn after(view: &Connection, listing: &Listing) -> Result<Option<EntryId>, Error> {
    let Some(cursor) = listing.after else {
        return Ok(None);
    };
    let first = millis(cursor.created_at) * 1_000;
    let (id, bounds) = (cursor.envelope_id, (first, first + 999));
    let behind: Option<i64> = match listing.order {
        Order::Ascending => view
            .prepare_cached(
                "SELECT max(key) FROM messages WHERE key BETWEEN ?1 AND ?2 AND +id <= ?3",
            )?
            .query_one(params![bounds.0, bounds.1, id.as_str()], |row| row.get(0))?,
        Order::Descending => view
            .prepare_cached(
                "SELECT min(key) FROM messages WHERE key BETWEEN ?1 AND ?2 AND +id >= ?3",
            )?
            .query_one(params![bounds.0, bounds.1, id.as_str()], |row| row.get(0))?,
    };
    let (key, direction) = match listing.order {
        Order::Ascending => (behind.unwrap_or(first - 1), Direction::In),
        Order::Descending => (behind.unwrap_or(first + 1_000), Direction::Out),
    };
    let key = OrderKey::from_micros(u64::try_from(key).unwrap_or_default())?;
    Ok(Some(EntryId { key, direction }))
}

/// What listings and searches show of a key.
pub(super) struct Shown<'v> {
    agent: i64,
    frame: CachedStatement<'v>,
    entries: CachedStatement<'v>,
}

impl<'v> Shown<'v> {
    pub(super) fn new(view: &'v Connection, agent: i64) -> Result<Self, Error> {
        Ok(Self {
            agent,
            frame: view.prepare_cached("SELECT id, frame FROM messages WHERE key = ?1 AND frame IS NOT NULL")?,
            entries: view.prepare_cached(
                "SELECT direction, unread FROM entries WHERE agent = ?1 AND direction IN (0, 1) AND key = ?2",
            )?,
        })
    }

    /// The row of a message, if it has a frame and the agent an entry.
    pub(super) fn row(&mut self, key: OrderKey) -> Result<Option<ListedRow>, Error> {
        let entry = self.entry(key)?;
        if !entry.sent && entry.received.is_none() {
            return Ok(None);
        }
        let row = |row: &Row<'_>| {
            Ok(ListedRow {
                frame: row.get("frame")?,
                entry,
                key: asmtp_envelope::OrderKey {
                    created_at: key.created_at(),
                    envelope_id: parsed(row, "id")?,
                },
            })
        };
        Ok(self.frame.query_one([key.to_i64()], row).optional()?)
    }

    fn entry(&mut self, key: OrderKey) -> Result<Entry, Error> {
        let mut entry = Entry {
            sent: false,
            received: None,
        };
        let mut rows = self.entries.query(params![self.agent, key.to_i64()])?;
        while let Some(found) = rows.next()? {
            match row::direction(found.get(0)?)? {
                Direction::Out => entry.sent = true,
                Direction::In => entry.received = Some(!found.get::<_, bool>(1)?),
            }
        }
        Ok(entry)
    }
}

/// The bodies that an agent may see, and those of them that it has not read.
fn fetch(
    view: &Connection,
    agent: i64,
    ids: &[EnvelopeId],
) -> Result<(Vec<Fetched>, Vec<EnvelopeId>), Error> {
    let view = view.unchecked_transaction()?;
    let mut shown = Shown::new(&view, agent)?;
    let mut body = view.prepare_cached(
        "SELECT m.format, b.raw, m.frame FROM messages AS m JOIN bodies AS b ON b.key = m.key WHERE m.key = ?1",
    )?;
    let (mut fetched, mut unread) = (Vec::new(), Vec::new());
    for &id in ids {
        let Some(key) = key_of(&view, id)? else {
            continue;
        };
        let entry = shown.entry(key)?;
        if !entry.sent && entry.received.is_none() {
            continue;
        }
        if entry.received == Some(false) {
            unread.push(id);
        }
        fetched.push(body.query_one([key.to_i64()], |row| {
            Ok(Fetched {
                id,
                format: match row.get(0)? {
                    1 => Format::Envelope,
                    _ => Format::Mail,
                },
                body: row.get(1)?,
                frame: row.get(2)?,
                is_sender: entry.sent,
            })
        })?);
    }
    Ok((fetched, unread))
}

fn facts(
    statement: &mut CachedStatement<'_>,
    values: &[&dyn rusqlite::ToSql],
) -> Result<Vec<(FactKey, MonitorFact)>, Error> {
    let mut rows = statement.query(values)?;
    let mut facts = Vec::new();
    while let Some(found) = rows.next()? {
        let fact = MonitorFact {
            monitor: parsed(found, "monitor")?,
            envelope_id: parsed(found, "envelope")?,
            recipient: parsed(found, "recipient")?,
            fact: match found.get("fact")? {
                0 => Fact::Stored,
                1 => Fact::Expired,
                _ => return Err(row::damaged()),
            },
            at_ms: timestamp(found, "at_ms")?,
        };
        facts.push((fact_key(found)?, fact));
    }
    Ok(facts)
}

fn fact_key(found: &Row<'_>) -> Result<FactKey, Error> {
    Ok(FactKey {
        key: row::order_key(found, "key")?,
        index: found.get("number")?,
    })
}

fn each_once(ids: &[EnvelopeId]) -> Vec<EnvelopeId> {
    let mut seen = HashSet::new();
    ids.iter().copied().filter(|id| seen.insert(*id)).collect()
}

/// About the octets that a post takes while it waits for the writer.
fn weight(post: &EnvelopePost) -> usize {
    4 * usize::try_from(post.size_hint()).unwrap_or(usize::MAX / 4)
}
