//! Removing what is over its time, in small steps that other replicas skip.

use std::collections::BTreeSet;

use asmtp_envelope::Timestamp;
use deadpool_postgres::{Object, Transaction};
use tokio_postgres::Row;

use super::agents::tell;
use super::notice::Notice;
use super::removal::{self, Place};
use super::row::{number, value};
use super::statement::{execute, query};
use crate::{Error, Retention, Swept};

/// The most rows that one step removes.
const STEP: i64 = 500;

/// Sweeps until nothing is left to do.
pub(super) async fn sweep(
    connection: &mut Object,
    now: Timestamp,
    retention: &Retention,
) -> Result<Swept, Error> {
    let now = number(now);
    in_steps(connection, ENDLESS_UPLOADS, now).await?;
    let files = in_steps(connection, PENDING_FILES, now).await?;
    let mut entries = 0;
    while let removed @ 1.. = remove(connection, OF_REMOVED_AGENTS, now, None).await? {
        entries += removed;
    }
    if let Some(age) = retention.entries {
        let before = now.saturating_sub(millis(age)).saturating_mul(1_000);
        let told = retention.expired_facts.then_some(now);
        while let removed @ 1.. = remove(connection, OLD_ENTRIES, before, told).await? {
            entries += removed;
        }
        in_steps(connection, OLD_FACTS, before).await?;
    }
    let age = millis(retention.tombstones.max(Retention::LEAST_TOMBSTONES));
    let tombstones = in_steps(connection, OLD_IDS, now.saturating_sub(age)).await?;
    in_steps(connection, OLD_RETRIES, now.saturating_sub(age)).await?;
    in_steps(connection, NEW_IDS, now).await?;
    in_steps(connection, FULL_BUCKETS, now.saturating_mul(1_000)).await?;
    Ok(Swept {
        entries,
        files,
        tombstones,
    })
}

const ENDLESS_UPLOADS: &str = "DELETE FROM uploads WHERE number IN (
    SELECT number FROM uploads WHERE file IS NULL AND expires_at <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)";

const PENDING_FILES: &str = "DELETE FROM files WHERE id IN (
    SELECT id FROM files WHERE message IS NULL AND expires_at <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)";

const OLD_FACTS: &str = "DELETE FROM facts WHERE (sender, key, place) IN (
    SELECT sender, key, place FROM facts WHERE key < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)";

const OLD_IDS: &str = "DELETE FROM gone WHERE id IN (
    SELECT id FROM gone WHERE seen_at <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)";

const OLD_RETRIES: &str = "DELETE FROM context_retries WHERE (owner, sender, way, key) IN (
    SELECT owner, sender, way, key FROM context_retries WHERE created_at <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)";

const NEW_IDS: &str = "UPDATE gone SET seen_at = $1 WHERE id IN (
    SELECT id FROM gone WHERE seen_at IS NULL LIMIT $2 FOR UPDATE SKIP LOCKED)";

const FULL_BUCKETS: &str = "DELETE FROM buckets WHERE (sender, recipient) IN (
    SELECT sender, recipient FROM buckets WHERE full_at <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)";

// Not locked here: entries are locked behind their mailboxes, by whoever removes them.
const OF_REMOVED_AGENTS: &str = "
    SELECT e.agent, e.key, e.direction, NULL::bigint AS sender
    FROM agents AS a JOIN entries AS e ON e.agent = a.id WHERE a.removed_at <= $1 LIMIT $2";

const OLD_ENTRIES: &str = "
    SELECT e.agent, e.key, e.direction, m.sender
    FROM messages AS m JOIN entries AS e ON e.message = m.id WHERE m.key < $1 LIMIT $2";

/// Runs a statement until it finds less than it may take.
async fn in_steps(connection: &Object, sql: &str, limit: i64) -> Result<u64, Error> {
    let mut rows = 0;
    loop {
        let step = execute(connection, sql, &[&limit, &STEP]).await?;
        rows += step;
        if step < STEP.unsigned_abs() {
            return Ok(rows);
        }
    }
}

/// Removes some entries, and tells senders that theirs expired when a time is given.
async fn remove(
    connection: &mut Object,
    which: &str,
    limit: i64,
    expired: Option<i64>,
) -> Result<u64, Error> {
    let found = query(connection, which, &[&limit, &STEP]).await?;
    if found.is_empty() {
        return Ok(0);
    }
    let place = |row: &Row| {
        Ok((
            value(row, "agent")?,
            value(row, "key")?,
            value(row, "direction")?,
        ))
    };
    let places: Vec<Place> = found.iter().map(place).collect::<Result<_, Error>>()?;
    let mut told: BTreeSet<i64> = places.iter().map(|place| place.0).collect();
    for row in &found {
        told.extend(value::<Option<i64>>(row, "sender")?);
    }
    let transaction = connection.transaction().await?;
    // Senders too, for the keys of their facts: mailboxes are locked all at once, in their order.
    let agents: Vec<i64> = told.iter().copied().collect();
    let sql = "SELECT agent FROM mailboxes WHERE agent = ANY($1) ORDER BY agent FOR UPDATE";
    execute(&transaction, sql, &[&agents]).await?;
    if let Some(now) = expired {
        tell_expired(&transaction, &places, now).await?;
    }
    let removed = removal::entries(&transaction, &places).await?;
    tell(&transaction, &Notice::of(told)).await?;
    transaction.commit().await?;
    Ok(removed)
}

/// Adds a fact for each monitored envelope that its recipient never fetched, under new keys of its
/// sender (ASMTP, 9).
async fn tell_expired(
    transaction: &Transaction<'_>,
    places: &[Place],
    now: i64,
) -> Result<(), Error> {
    let agents: Vec<i64> = places.iter().map(|place| place.0).collect();
    let keys: Vec<i64> = places.iter().map(|place| place.1).collect();
    let directions: Vec<i16> = places.iter().map(|place| place.2).collect();
    let sql = "WITH expired AS (
                   SELECT f.sender, f.monitor, f.envelope, f.recipient,
                          row_number() OVER (PARTITION BY f.sender ORDER BY f.key, f.place) AS number
                   FROM unnest($1::bigint[], $2::bigint[], $3::smallint[]) AS p (agent, key, direction)
                   JOIN entries AS e ON e.agent = p.agent AND e.key = p.key AND e.direction = p.direction
                   JOIN agents AS a ON a.id = e.agent
                   JOIN messages AS m ON m.id = e.message
                   JOIN facts AS f ON f.sender = m.sender AND f.key = m.key AND f.recipient = a.handle
                   WHERE e.direction = 1 AND e.unread AND f.fact = 0),
               first AS (
                   SELECT m.agent, greatest(m.last_key + 1, $4::bigint * 1000) AS key
                   FROM mailboxes AS m WHERE m.agent IN (SELECT sender FROM expired)),
               moved AS (
                   UPDATE mailboxes AS m SET last_key = first.key FROM first WHERE m.agent = first.agent)
               INSERT INTO facts (sender, key, place, monitor, envelope, recipient, fact, at_ms)
               SELECT x.sender, first.key, x.number - 1, x.monitor, x.envelope, x.recipient, 1, $4
               FROM expired AS x JOIN first ON first.agent = x.sender";
    execute(transaction, sql, &[&agents, &keys, &directions, &now]).await?;
    Ok(())
}

fn millis(age: std::time::Duration) -> i64 {
    i64::try_from(age.as_millis()).unwrap_or(i64::MAX)
}
