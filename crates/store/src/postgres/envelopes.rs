//! Mailboxes as ASMTP sees them.

use std::collections::{HashMap, HashSet};

use asmtp_envelope::{
    Direction as Asked, Entry, EnvelopeId, Fact, Handle, Listing, MonitorFact, MonitorHandle, Order,
};
use deadpool_postgres::{GenericClient, Object};
use tokio_postgres::Row;

use super::agents::{find, tell};
use super::mailbox::{format, key, no_entry};
use super::notice::Notice;
use super::row::{damaged, number, timestamp, value, without_nul};
use super::statement::{query, query_opt};
use super::{removal, snippet};
use crate::{Error, ErrorKind, FactKey, Fetched, FoundEnvelope, LastKeys, ListedRow, SHORT_SEARCH};

/// The rows of a listing. Mail without a frame is passed over.
pub(super) async fn list(
    connection: &Object,
    agent: &Handle,
    listing: &Listing,
) -> Result<Vec<ListedRow>, Error> {
    let agent = find(connection, agent).await?;
    list_of(connection, agent, listing).await
}

async fn list_of(
    client: &impl GenericClient,
    agent: i64,
    listing: &Listing,
) -> Result<Vec<ListedRow>, Error> {
    let direction = match listing.direction {
        Asked::In => "w.direction = 1",
        Asked::Out => "w.direction = 0",
        Asked::Both => ONCE,
    };
    let unread = match listing.unread {
        None => "",
        Some(true) => "AND w.unread",
        Some(false) => "AND NOT w.unread",
    };
    // The ids of one millisecond rise with their keys.
    let (first, id) = match listing.after {
        None => (0, String::new()),
        Some(after) => (
            number(after.created_at) * 1_000,
            after.envelope_id.to_string(),
        ),
    };
    let end = first + 1_000;
    let (cursor, order) = match (listing.after, listing.order) {
        (None, Order::Ascending) => ("($2::bigint, $3::bigint, $4::text) IS NOT NULL", "ASC"),
        (None, Order::Descending) => ("($2::bigint, $3::bigint, $4::text) IS NOT NULL", "DESC"),
        (Some(_), Order::Ascending) => ("w.key >= $2 AND (w.key >= $3 OR w.message > $4)", "ASC"),
        (Some(_), Order::Descending) => ("w.key < $3 AND (w.key < $2 OR w.message < $4)", "DESC"),
    };
    let sql = format!(
        "SELECT p.key, p.message, m.frame, s.sent, s.read
         FROM (SELECT w.key, w.message FROM entries AS w
               WHERE w.agent = $1 AND w.framed AND {direction} {unread} AND {cursor}
               ORDER BY w.key {order} LIMIT $5) AS p
         JOIN messages AS m ON m.id = p.message
         JOIN LATERAL (
             SELECT bool_or(e.direction = 0) AS sent, bool_or(NOT e.unread) FILTER (WHERE e.direction = 1) AS read
             FROM entries AS e WHERE e.agent = $1 AND e.key = p.key) AS s ON true
         ORDER BY p.key {order}"
    );
    let limit = i64::from(listing.limit);
    let rows = query(client, &sql, &[&agent, &first, &end, &id, &limit]).await?;
    rows.iter().map(listed).collect()
}

/// One row for what has two entries, as an envelope to oneself.
const ONCE: &str = "(w.direction = 1 OR NOT EXISTS (
    SELECT 1 FROM entries AS o WHERE o.agent = w.agent AND o.key = w.key AND o.direction = 1))";

/// The bodies that an agent may see. Those that it received are marked read.
pub(super) async fn fetch(
    connection: &Object,
    agent: &Handle,
    ids: &[EnvelopeId],
) -> Result<Vec<Fetched>, Error> {
    let (fetched, unread) = peek(connection, agent, ids).await?;
    if !unread.is_empty() {
        mark_read(connection, agent, &unread).await?;
    }
    Ok(fetched)
}

/// The bodies that an agent may see, and those of them that it has not read.
pub(super) async fn peek(
    connection: &Object,
    agent: &Handle,
    ids: &[EnvelopeId],
) -> Result<(Vec<Fetched>, Vec<EnvelopeId>), Error> {
    let number = find(connection, agent).await?;
    let texts: Vec<&str> = ids.iter().map(EnvelopeId::as_str).collect();
    let sql = "SELECT m.id, m.format, m.frame, b.raw, s.sent, s.unread
               FROM (SELECT e.message, bool_or(e.direction = 0) AS sent,
                            bool_or(e.direction = 1 AND e.unread) AS unread
                     FROM entries AS e WHERE e.message = ANY($2) AND e.agent = $1 GROUP BY e.message) AS s
               JOIN messages AS m ON m.id = s.message JOIN bodies AS b ON b.message = m.id";
    let rows = query(connection, sql, &[&number, &texts]).await?;
    let mut found = HashMap::with_capacity(rows.len());
    let mut unread = Vec::new();
    for row in &rows {
        let id: EnvelopeId = value::<&str>(row, "id")?.parse().map_err(|_| damaged())?;
        if value(row, "unread")? {
            unread.push(id);
        }
        let fetched = Fetched {
            id,
            format: format(row)?,
            body: value(row, "raw")?,
            frame: value(row, "frame")?,
            is_sender: value(row, "sent")?,
        };
        found.insert(id, fetched);
    }
    let fetched = ids.iter().filter_map(|id| found.remove(id)).collect();
    Ok((fetched, unread))
}

/// Marks entries read and returns those that the agent has.
pub(super) async fn mark_read(
    connection: &Object,
    agent: &Handle,
    ids: &[EnvelopeId],
) -> Result<Vec<EnvelopeId>, Error> {
    let agent = find(connection, agent).await?;
    let texts: Vec<&str> = ids.iter().map(EnvelopeId::as_str).collect();
    // Locked in one order: two calls with the same ids must not wait for each other.
    let sql = "WITH mine AS MATERIALIZED (
                   SELECT e.key, e.message FROM entries AS e
                   WHERE e.agent = $1 AND e.direction = 1 AND e.message = ANY($2)
                   ORDER BY e.key FOR NO KEY UPDATE),
               changed AS (
                   UPDATE entries AS e SET unread = false FROM mine
                   WHERE e.agent = $1 AND e.direction = 1 AND e.key = mine.key AND e.unread RETURNING e.agent),
               told AS (
                   SELECT pg_notify('mailmesh', c.agent::text) FROM (SELECT DISTINCT agent FROM changed) AS c)
               SELECT message, (SELECT count(*) FROM told) FROM mine";
    let rows = query(connection, sql, &[&agent, &texts]).await?;
    let mut mine: HashSet<&str> = rows
        .iter()
        .map(|row| value(row, "message"))
        .collect::<Result<_, _>>()?;
    Ok(ids
        .iter()
        .copied()
        .filter(|id| mine.remove(id.as_str()))
        .collect())
}

/// Removes what an agent received under an id.
pub(super) async fn remove_entry(
    connection: &mut Object,
    agent: &Handle,
    id: EnvelopeId,
) -> Result<(), Error> {
    let agent = find(connection, agent).await?;
    let transaction = connection.transaction().await?;
    let sql = "SELECT key FROM entries WHERE message = $2 AND agent = $1 AND direction = 1";
    let row = query_opt(&transaction, sql, &[&agent, &id.as_str()]).await?;
    let key = value(&row.ok_or_else(no_entry)?, "key")?;
    if removal::entries(&transaction, &[(agent, key, 1)]).await? == 0 {
        return Err(no_entry());
    }
    tell(&transaction, &Notice::of([agent])).await?;
    transaction.commit().await?;
    Ok(())
}

/// The facts of a sender behind a key, all or those under one monitor.
pub(super) async fn facts(
    connection: &Object,
    sender: &Handle,
    monitor: Option<&MonitorHandle>,
    after: FactKey,
    limit: u32,
) -> Result<Vec<(FactKey, MonitorFact)>, Error> {
    let sender = find(connection, sender).await?;
    let (key, place, limit) = (after.key.to_i64(), i32::from(after.index), i64::from(limit));
    let Some(monitor) = monitor else {
        let sql = "SELECT * FROM facts WHERE sender = $1 AND (key, place) > ($2, $3)
                   ORDER BY key, place LIMIT $4";
        let rows = query(connection, sql, &[&sender, &key, &place, &limit]).await?;
        return rows.iter().map(fact).collect();
    };
    let monitor = monitor.as_str();
    let sql = "SELECT * FROM facts WHERE sender = $1 AND monitor = $5 AND (key, place) > ($2, $3)
               ORDER BY key, place LIMIT $4";
    let rows = query(connection, sql, &[&sender, &key, &place, &limit, &monitor]).await?;
    let sql = "SELECT 1 FROM facts WHERE sender = $1 AND monitor = $2 LIMIT 1";
    if rows.is_empty()
        && query_opt(connection, sql, &[&sender, &monitor])
            .await?
            .is_none()
    {
        return Err(Error::new(
            ErrorKind::NotFound,
            "expected a monitor of this agent",
        ));
    }
    rows.iter().map(fact).collect()
}

/// Where a mailbox ends.
pub(super) async fn last_keys(connection: &Object, agent: &Handle) -> Result<LastKeys, Error> {
    let agent = find(connection, agent).await?;
    let listing = Listing {
        order: Order::Descending,
        limit: 1,
        direction: Asked::Both,
        ..Listing::default()
    };
    let newest = list_of(connection, agent, &listing).await?;
    let sql =
        "SELECT key, place FROM facts WHERE sender = $1 ORDER BY key DESC, place DESC LIMIT 1";
    let fact = query_opt(connection, sql, &[&agent]).await?;
    Ok(LastKeys {
        entry: newest.first().map(|row| row.key),
        fact: fact
            .as_ref()
            .map(fact_key)
            .transpose()?
            .unwrap_or(FactKey::START),
    })
}

/// The envelopes in a mailbox that hold a text, newest first.
pub(super) async fn search(
    connection: &Object,
    agent: &Handle,
    text: &str,
    limit: u32,
) -> Result<Vec<FoundEnvelope>, Error> {
    let agent = find(connection, agent).await?;
    let wanted = without_nul(text).to_ascii_lowercase();
    let newest = if text.chars().count() < 3 {
        i64::from(SHORT_SEARCH)
    } else {
        i64::MAX
    };
    // The comparison is that of the C collation: only ASCII letters have a case.
    let sql = format!(
        "SELECT p.key, p.message, m.frame, t.subject, t.body
         FROM (SELECT w.key, w.message FROM entries AS w WHERE w.agent = $1 AND w.framed AND {ONCE}
               ORDER BY w.key DESC LIMIT $4) AS p
         JOIN texts AS t ON t.message = p.message JOIN messages AS m ON m.id = p.message
         WHERE strpos(lower(t.subject), $2) > 0 OR strpos(lower(t.body), $2) > 0
         ORDER BY p.key DESC LIMIT $3"
    );
    let rows = query(
        connection,
        &sql,
        &[&agent, &wanted, &i64::from(limit), &newest],
    )
    .await?;
    let found = |row: &Row| {
        Ok(FoundEnvelope {
            frame: value(row, "frame")?,
            snippet: snippet::around(value(row, "body")?, &wanted),
            key: wire_key(row)?,
        })
    };
    rows.iter().map(found).collect()
}

fn listed(row: &Row) -> Result<ListedRow, Error> {
    Ok(ListedRow {
        frame: value(row, "frame")?,
        entry: Entry {
            sent: value(row, "sent")?,
            received: value(row, "read")?,
        },
        key: wire_key(row)?,
    })
}

fn wire_key(row: &Row) -> Result<asmtp_envelope::OrderKey, Error> {
    Ok(asmtp_envelope::OrderKey {
        created_at: key(row)?.created_at(),
        envelope_id: value::<&str>(row, "message")?
            .parse()
            .map_err(|_| damaged())?,
    })
}

fn fact(row: &Row) -> Result<(FactKey, MonitorFact), Error> {
    let fact = MonitorFact {
        monitor: value::<&str>(row, "monitor")?
            .parse()
            .map_err(|_| damaged())?,
        envelope_id: value::<&str>(row, "envelope")?
            .parse()
            .map_err(|_| damaged())?,
        recipient: value::<&str>(row, "recipient")?
            .parse()
            .map_err(|_| damaged())?,
        fact: match value::<i16>(row, "fact")? {
            0 => Fact::Stored,
            1 => Fact::Expired,
            _ => return Err(damaged()),
        },
        at_ms: timestamp(row, "at_ms")?,
    };
    Ok((fact_key(row)?, fact))
}

fn fact_key(row: &Row) -> Result<FactKey, Error> {
    Ok(FactKey {
        key: key(row)?,
        index: u16::try_from(value::<i32>(row, "place")?).map_err(|_| damaged())?,
    })
}
