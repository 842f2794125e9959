//! Taking entries out of mailboxes, and messages out of the store.

use deadpool_postgres::Transaction;

use super::row::value;
use super::statement::{execute, query};
use crate::Error;

/// An entry by its agent, key and direction.
pub(super) type Place = (i64, i64, i16);

/// Removes those of the entries that are there, and each message with its last entry. Returns how
/// many entries there were. The id of an envelope stays behind, for retries (ASMTP, 3.3).
pub(super) async fn entries(transaction: &Transaction<'_>, places: &[Place]) -> Result<u64, Error> {
    let agents: Vec<i64> = places.iter().map(|place| place.0).collect();
    let keys: Vec<i64> = places.iter().map(|place| place.1).collect();
    let directions: Vec<i16> = places.iter().map(|place| place.2).collect();
    // Locks in the order that everybody keeps, mailboxes before messages. Whoever removes entries
    // of a message holds it, so that of two removals the later one sees that nothing is left.
    let sql = "SELECT agent FROM mailboxes WHERE agent = ANY($1) ORDER BY agent FOR UPDATE";
    execute(transaction, sql, &[&agents]).await?;
    let sql = "SELECT m.id FROM messages AS m
               WHERE m.id IN (
                   SELECT e.message FROM entries AS e
                   JOIN unnest($1::bigint[], $2::bigint[], $3::smallint[]) AS p (agent, key, direction)
                     ON e.agent = p.agent AND e.key = p.key AND e.direction = p.direction)
               ORDER BY m.id FOR UPDATE";
    let found = query(transaction, sql, &[&agents, &keys, &directions]).await?;
    let ids: Vec<&str> = found
        .iter()
        .map(|row| value(row, "id"))
        .collect::<Result<_, _>>()?;
    let sql = "WITH removed AS (
                   DELETE FROM entries AS e
                   USING unnest($1::bigint[], $2::bigint[], $3::smallint[]) AS p (agent, key, direction)
                   WHERE e.agent = p.agent AND e.key = p.key AND e.direction = p.direction
                   RETURNING e.agent, e.direction, e.message),
               freed AS (
                   UPDATE mailboxes AS m SET entries = m.entries - f.entries, octets = m.octets - f.octets
                   FROM (SELECT r.agent, count(*) AS entries, sum(s.size)::bigint AS octets
                         FROM removed AS r JOIN messages AS s ON s.id = r.message
                         WHERE r.direction = 1 GROUP BY r.agent) AS f
                   WHERE m.agent = f.agent)
               SELECT 1 FROM removed";
    let removed = query(transaction, sql, &[&agents, &keys, &directions]).await?;
    let sql = "WITH last AS (
                   DELETE FROM messages AS m
                   WHERE m.id = ANY($1) AND NOT EXISTS (SELECT 1 FROM entries AS e WHERE e.message = m.id)
                   RETURNING m.id, m.sender, m.digest, m.received_ms, m.key)
               INSERT INTO gone (id, sender, digest, received_ms, key)
               SELECT id, sender, digest, received_ms, key FROM last WHERE sender IS NOT NULL";
    execute(transaction, sql, &[&ids]).await?;
    Ok(removed.len() as u64)
}
