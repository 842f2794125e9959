//! Writing what was decided.

use std::borrow::Cow;
use std::collections::BTreeMap;

use asmtp_envelope::MonitorFact;
use deadpool_postgres::Transaction;
use futures_util::future::try_join_all;

use super::row::number;
use super::statement::execute;
use super::view::View;
use crate::{Error, Format};

/// A message with all that is stored of it.
#[derive(Debug)]
pub(super) struct NewMessage<'m> {
    pub(super) id: String,
    pub(super) key: i64,
    pub(super) format: Format,
    pub(super) raw: Cow<'m, [u8]>,
    pub(super) shown: Vec<u8>,
    pub(super) frame: Option<Vec<u8>>,
    /// The sender of an envelope and its digest.
    pub(super) sender: Option<(i64, [u8; 32])>,
    pub(super) received_ms: i64,
    /// What searches look through: words as in `tokens`, the subject of the frame, the text.
    pub(super) words: String,
    pub(super) subject: String,
    pub(super) body: String,
    pub(super) mrm: bool,
    pub(super) entries: Vec<NewEntry>,
    pub(super) facts: Vec<MonitorFact>,
    pub(super) claims: Vec<String>,
}

/// A message in a mailbox.
#[derive(Debug)]
pub(super) struct NewEntry {
    pub(super) agent: i64,
    pub(super) direction: i16,
    pub(super) folder: i64,
    pub(super) unread: bool,
    pub(super) keywords: String,
}

/// Writes messages, one statement behind the other without waiting for answers in between.
pub(super) async fn messages(
    transaction: &Transaction<'_>,
    messages: &[NewMessage<'_>],
) -> Result<(), Error> {
    try_join_all(messages.iter().map(|new| message(transaction, new))).await?;
    // What few messages have, and what refers to them.
    try_join_all(messages.iter().map(|new| facts(transaction, new))).await?;
    try_join_all(messages.iter().map(|new| claims(transaction, new))).await?;
    Ok(())
}

/// Writes the new ends of mailboxes.
pub(super) async fn mailboxes(transaction: &Transaction<'_>, view: &View) -> Result<(), Error> {
    let changed = || {
        view.mailboxes
            .iter()
            .filter(|(_, mailbox)| mailbox.is_changed)
    };
    let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX); // read as such
    let agents: Vec<i64> = changed().map(|(agent, _)| *agent).collect();
    if agents.is_empty() {
        return Ok(());
    }
    let keys: Vec<i64> = changed().map(|(_, end)| end.newest.key.to_i64()).collect();
    let ids: Vec<String> = changed()
        .map(|(_, end)| end.newest.id.to_string())
        .collect();
    let entries: Vec<i64> = changed().map(|(_, end)| count(end.entries)).collect();
    let octets: Vec<i64> = changed().map(|(_, end)| count(end.octets)).collect();
    let sql = "UPDATE mailboxes AS m
               SET last_key = n.last_key, last_id = n.last_id, entries = n.entries, octets = n.octets
               FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[])
                    AS n (agent, last_key, last_id, entries, octets)
               WHERE m.agent = n.agent";
    execute(transaction, sql, &[&agents, &keys, &ids, &entries, &octets]).await?;
    Ok(())
}

/// Writes buckets by sender and recipient.
pub(super) async fn buckets(
    transaction: &Transaction<'_>,
    buckets: &BTreeMap<(i64, i64), u64>,
) -> Result<(), Error> {
    if buckets.is_empty() {
        return Ok(());
    }
    let senders: Vec<i64> = buckets.keys().map(|(sender, _)| *sender).collect();
    let recipients: Vec<i64> = buckets.keys().map(|(_, recipient)| *recipient).collect();
    let full: Vec<i64> = buckets
        .values()
        .map(|&micros| i64::try_from(micros).unwrap_or(i64::MAX))
        .collect();
    let sql = "INSERT INTO buckets (sender, recipient, full_at)
               SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[])
               ON CONFLICT (sender, recipient) DO UPDATE SET full_at = EXCLUDED.full_at";
    execute(transaction, sql, &[&senders, &recipients, &full]).await?;
    Ok(())
}

async fn message(transaction: &Transaction<'_>, new: &NewMessage<'_>) -> Result<(), Error> {
    let size = i64::try_from(new.raw.len()).unwrap_or(i64::MAX);
    let format = match new.format {
        Format::Mail => 0_i16,
        Format::Envelope => 1,
    };
    let sender = new.sender.map(|(agent, _)| agent);
    let digest = new.sender.as_ref().map(|(_, digest)| &digest[..]);
    let agents: Vec<i64> = new.entries.iter().map(|entry| entry.agent).collect();
    let directions: Vec<i16> = new.entries.iter().map(|entry| entry.direction).collect();
    let folders: Vec<i64> = new.entries.iter().map(|entry| entry.folder).collect();
    let unread: Vec<bool> = new.entries.iter().map(|entry| entry.unread).collect();
    let keywords: Vec<&str> = new.entries.iter().map(|entry| &*entry.keywords).collect();
    let sql = "WITH message AS (
                   INSERT INTO messages (id, key, format, size, shown, frame, sender, digest, received_ms)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)),
               body AS (INSERT INTO bodies (message, raw) VALUES ($1, $10)),
               found AS (INSERT INTO texts (message, words, subject, body) VALUES ($1, $11, $12, $13))
               INSERT INTO entries (message, key, mrm, framed, agent, direction, folder, unread, keywords)
               SELECT $1, $2, $14::boolean, $6 IS NOT NULL, *
               FROM unnest($15::bigint[], $16::smallint[], $17::bigint[], $18::boolean[], $19::text[])";
    execute(
        transaction,
        sql,
        &[
            &new.id,
            &new.key,
            &format,
            &size,
            &new.shown,
            &new.frame,
            &sender,
            &digest,
            &new.received_ms,
            &&*new.raw,
            &new.words,
            &new.subject,
            &new.body,
            &new.mrm,
            &agents,
            &directions,
            &folders,
            &unread,
            &keywords,
        ],
    )
    .await?;
    Ok(())
}

async fn facts(transaction: &Transaction<'_>, new: &NewMessage<'_>) -> Result<(), Error> {
    let (Some(first), Some((sender, _))) = (new.facts.first(), &new.sender) else {
        return Ok(());
    };
    let recipients: Vec<&str> = new
        .facts
        .iter()
        .map(|fact| fact.recipient.as_str())
        .collect();
    let sql = "INSERT INTO facts (sender, key, monitor, envelope, at_ms, fact, recipient, place)
               SELECT $1, $2, $3, $4, $5, 0, recipient, place - 1
               FROM unnest($6::text[]) WITH ORDINALITY AS r (recipient, place)";
    let (monitor, at_ms) = (first.monitor.as_str(), number(first.at_ms));
    execute(
        transaction,
        sql,
        &[sender, &new.key, &monitor, &new.id, &at_ms, &recipients],
    )
    .await?;
    Ok(())
}

async fn claims(transaction: &Transaction<'_>, new: &NewMessage<'_>) -> Result<(), Error> {
    if new.claims.is_empty() {
        return Ok(());
    }
    let sql = "UPDATE files SET message = $1 WHERE id = ANY($2)";
    execute(transaction, sql, &[&new.id, &new.claims]).await?;
    Ok(())
}
