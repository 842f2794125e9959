//! What a server does with a store beside the requests of agents.

use std::time::{Duration, UNIX_EPOCH};

use asmtp_envelope::Timestamp;
use async_trait::async_trait;
use rusqlite::{OptionalExtension, Params, params};

use super::batch::Batch;
use super::row::{self, millis};
use super::{SqliteStore, files, search_index};
use crate::order::Newest;
use crate::{EntryId, Error, OrderKey, Retention, Swept, Upkeep, Wakes};

/// Rows that are removed in one transaction, so that requests never wait long for a sweep.
const STEP: usize = 500;

#[async_trait]
impl Upkeep for SqliteStore {
    async fn sweep(&self, now: Timestamp, retention: &Retention) -> Result<Swept, Error> {
        let mut swept = Swept {
            files: self.in_steps(move |batch| batch.sweep_files(now)).await?,
            entries: self.sweep_entries(true, OrderKey::MAX, None).await?,
            ..Swept::default()
        };
        if let Some(age) = retention.entries {
            let before = earlier(now, age).as_millis() * 1_000;
            let before = OrderKey::from_micros(before)?;
            let told = retention.expired_facts.then_some(now);
            swept.entries += self.sweep_entries(false, before, told).await?;
            self.sweep_facts(before).await?;
        }
        let age = retention.tombstones.max(Retention::LEAST_TOMBSTONES);
        let before = earlier(now, age);
        self.in_steps(move |batch| batch.date_tombstones(now))
            .await?;
        swept.tombstones = self
            .in_steps(move |batch| batch.sweep_tombstones(before))
            .await?;
        self.in_steps(move |batch| batch.sweep_retries(before))
            .await?;
        self.write(move |batch| batch.sweep_buckets(now)).await?;
        self.await_index().await?;
        let forgotten = self.query(search_index::forgotten).await?;
        self.write(move |batch| {
            let mut statement = batch.sql("DELETE FROM forgotten WHERE number <= ?1")?;
            Ok(statement.execute([forgotten])?)
        })
        .await?;
        let folder = self.0.files.clone();
        self.query(move |view| files::remove_remainders(view, &folder))
            .await?;
        Ok(swept)
    }

    fn wakes(&self) -> Wakes {
        self.0.writer.wakes()
    }

    async fn ping(&self) -> Result<(), Error> {
        self.query(|view| {
            view.query_one("SELECT 1 FROM store", [], |_| Ok(()))?;
            Ok(())
        })
        .await
    }
}

impl SqliteStore {
    /// Does something in small transactions until there is less to do than fits into one.
    async fn in_steps(
        &self,
        work: impl FnMut(&mut Batch<'_>) -> Result<usize, Error> + Clone + Send + 'static,
    ) -> Result<u64, Error> {
        let mut done = 0;
        loop {
            let rows = self.write(work.clone()).await?;
            done += rows as u64;
            if rows < STEP {
                return Ok(done);
            }
        }
    }

    /// Removes the entries before a key of all agents, or of those that were removed.
    async fn sweep_entries(
        &self,
        removed_only: bool,
        before: OrderKey,
        told: Option<Timestamp>,
    ) -> Result<u64, Error> {
        let agents = self
            .agents_where(
                "(removed_at IS NOT NULL OR NOT ?2) AND EXISTS (
                     SELECT 1 FROM entries WHERE agent = a.id AND direction IN (0, 1) AND key < ?1)",
                (before.to_i64(), removed_only),
            )
            .await?;
        let mut swept = 0;
        for agent in agents {
            swept += self
                .in_steps(move |batch| batch.sweep_entries(agent, before, told))
                .await?;
        }
        Ok(swept)
    }

    /// Removes the facts before a key.
    async fn sweep_facts(&self, before: OrderKey) -> Result<(), Error> {
        let senders = self
            .agents_where(
                "EXISTS (SELECT 1 FROM facts WHERE sender = a.id AND key < ?1)",
                [before.to_i64()],
            )
            .await?;
        for sender in senders {
            self.in_steps(move |batch| batch.sweep_facts(sender, before))
                .await?;
        }
        Ok(())
    }

    /// The ids of the agents for which a condition holds.
    async fn agents_where(
        &self,
        condition: &'static str,
        values: impl Params + Send + 'static,
    ) -> Result<Vec<i64>, Error> {
        self.query(move |view| {
            let statement = format!("SELECT id FROM agents AS a WHERE {condition}");
            let mut statement = view.prepare_cached(&statement)?;
            let agents = statement.query_map(values, |row| row.get(0))?;
            Ok(agents.collect::<Result<_, _>>()?)
        })
        .await
    }
}

impl Batch<'_> {
    fn sweep_files(&mut self, now: Timestamp) -> Result<usize, Error> {
        let ids: Vec<String> = {
            let mut statement = self.sql(
                "DELETE FROM files WHERE id IN (
                     SELECT id FROM files WHERE message IS NULL AND expires_at <= ?1 LIMIT ?2) RETURNING id",
            )?;
            let ids = statement.query_map(params![millis(now), STEP], |row| row.get(0))?;
            ids.collect::<Result<_, _>>()?
        };
        let count = ids.len();
        self.forget_files(ids);
        Ok(count)
    }

    /// Removes some entries of an agent, and tells the senders of unread ones when asked to.
    fn sweep_entries(
        &mut self,
        agent: i64,
        before: OrderKey,
        told: Option<Timestamp>,
    ) -> Result<usize, Error> {
        let mut found = Vec::new();
        {
            let mut statement = self.sql(
                "SELECT direction, key, unread FROM entries WHERE agent = ?1 AND direction IN (0, 1) AND key < ?2
                 LIMIT ?3",
            )?;
            let mut rows = statement.query(params![agent, before.to_i64(), STEP])?;
            while let Some(row) = rows.next()? {
                let id = EntryId {
                    direction: row::direction(row.get(0)?)?,
                    key: row::order_key(row, "key")?,
                };
                found.push((id, row.get::<_, bool>(2)?));
            }
        }
        for (id, unread) in &found {
            if let (Some(now), true) = (told, *unread) {
                self.tell_expired(agent, *id, now)?;
            }
            self.remove_entry(agent, *id)?;
        }
        Ok(found.len())
    }

    /// Adds the fact that a monitored envelope went unread (ASMTP, 9).
    fn tell_expired(&mut self, recipient: i64, id: EntryId, now: Timestamp) -> Result<(), Error> {
        let stored = self
            .sql(
                "SELECT f.sender, f.monitor, f.envelope, f.recipient FROM messages AS m
                 JOIN facts AS f ON f.sender = m.sender AND f.key = m.key
                 JOIN agents AS a ON a.handle = f.recipient WHERE m.key = ?1 AND a.id = ?2 AND f.fact = 0",
            )?
            .query_one(params![id.key.to_i64(), recipient], |row| {
                let text = |column| row.get::<_, String>(column);
                Ok((row.get::<_, i64>(0)?, text(1)?, text(2)?, text(3)?))
            })
            .optional()?;
        let Some((sender, monitor, envelope, handle)) = stored else {
            return Ok(());
        };
        let clock = UNIX_EPOCH + Duration::from_millis(now.as_millis());
        let key = self.newest.next(clock, self.newest.id)?;
        self.newest = Newest { key, ..self.newest };
        self.sql(
            "INSERT INTO facts (sender, key, number, monitor, envelope, recipient, fact, at_ms)
             VALUES (?1, ?2, 0, ?3, ?4, ?5, 1, ?6)",
        )?
        .execute(params![
            sender,
            key.to_i64(),
            monitor,
            envelope,
            handle,
            millis(now)
        ])?;
        self.tell(sender);
        Ok(())
    }

    fn sweep_facts(&mut self, sender: i64, before: OrderKey) -> Result<usize, Error> {
        let mut statement = self.sql(
            "DELETE FROM facts WHERE sender = ?1 AND (key, number) IN (
                 SELECT key, number FROM facts WHERE sender = ?1 AND key < ?2 LIMIT ?3)",
        )?;
        Ok(statement.execute(params![sender, before.to_i64(), STEP])?)
    }

    /// Starts the time of the ids that are gone since the last sweep.
    fn date_tombstones(&mut self, now: Timestamp) -> Result<usize, Error> {
        let mut statement = self.sql(
            "UPDATE tombstones SET seen_at = ?1
             WHERE id IN (SELECT id FROM tombstones WHERE seen_at IS NULL LIMIT ?2)",
        )?;
        Ok(statement.execute(params![millis(now), STEP])?)
    }

    fn sweep_tombstones(&mut self, before: Timestamp) -> Result<usize, Error> {
        let mut statement = self.sql(
            "DELETE FROM tombstones WHERE id IN (SELECT id FROM tombstones WHERE seen_at <= ?1 LIMIT ?2)",
        )?;
        Ok(statement.execute(params![millis(before), STEP])?)
    }

    /// Removes the idempotency keys of context-sync that are over their time.
    fn sweep_retries(&mut self, before: Timestamp) -> Result<usize, Error> {
        let mut statement = self.sql(
            "DELETE FROM context_retries WHERE (owner, sender, way, key) IN (
                 SELECT owner, sender, way, key FROM context_retries WHERE created_at <= ?1 LIMIT ?2)",
        )?;
        Ok(statement.execute(params![millis(before), STEP])?)
    }

    /// Removes the buckets that are full again, which is what a missing one is.
    fn sweep_buckets(&mut self, now: Timestamp) -> Result<usize, Error> {
        let mut statement = self.sql("DELETE FROM buckets WHERE full_at <= ?1")?;
        Ok(statement.execute([millis(now) * 1_000])?)
    }
}

/// The time so long before another, not before 1970.
fn earlier(now: Timestamp, age: Duration) -> Timestamp {
    let age = u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
    Timestamp::new(now.as_millis().saturating_sub(age)).unwrap_or(now)
}
