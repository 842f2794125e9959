//! Agents, their bearers, allowlists and blocks.

use asmtp_envelope::{AllowlistEntry, Handle, Policy, Timestamp, Visibility};
use deadpool_postgres::{GenericClient, Object, Transaction};
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;

use super::notice::Notice;
use super::row::{damaged, number, read_text, timestamp, value, without_nul};
use super::statement::{execute, query, query_opt};
use crate::{
    Address, Agent, AgentChange, AgentKey, Block, Error, ErrorKind, FolderName, NewAgent,
    Principal, Profile, TokenHash,
};

/// What [`agent`] reads of `a`, an agent.
const COLUMNS: &str = "a.id, a.handle, a.address, a.open, a.public, a.display_name, a.description, \
                       a.card_body, a.created_at, a.updated_at";

/// Which agent, and that it is one.
const LIVING: &str = "a.handle = $1 AND a.removed_at IS NULL";

/// Creates an agent. A mailbox that waits under its address becomes its own.
pub(super) async fn create(
    connection: &mut Object,
    new: &NewAgent,
    now: Timestamp,
) -> Result<Agent, Error> {
    let sql = format!(
        "INSERT INTO agents AS a (address, handle, token, open, public, display_name, description, card_body,
                                  created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
         ON CONFLICT (address) DO UPDATE
         SET handle = EXCLUDED.handle, token = EXCLUDED.token, open = EXCLUDED.open, public = EXCLUDED.public,
             display_name = EXCLUDED.display_name, description = EXCLUDED.description,
             card_body = EXCLUDED.card_body, created_at = EXCLUDED.created_at, updated_at = EXCLUDED.updated_at
         WHERE a.handle IS NULL
         RETURNING {COLUMNS}"
    );
    let transaction = connection.transaction().await?;
    let made = transaction
        .query_opt(
            &transaction.prepare_cached(&sql).await?,
            &[
                &new.address.as_str(),
                &new.handle.as_str(),
                &&new.token.as_bytes()[..],
                &(new.policy == Policy::Open),
                &(new.visibility == Visibility::Public),
                &without_nul(&new.profile.display_name),
                &new.profile.description.as_deref().map(str::as_bytes),
                &new.profile.card_body.as_deref().map(str::as_bytes),
                &number(now),
            ],
        )
        .await
        .map_err(taken)?
        .ok_or_else(exists)?;
    let agent = agent(&made)?;
    let id: i64 = value(&made, "id")?;
    make_mailboxes(&transaction, &[id]).await?;
    tell(&transaction, &Notice::of([id])).await?;
    transaction.commit().await?;
    Ok(agent)
}

/// All agents by handle.
pub(super) async fn all(connection: &Object) -> Result<Vec<Agent>, Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM agents AS a
         WHERE a.handle IS NOT NULL AND a.removed_at IS NULL ORDER BY a.handle"
    );
    let rows = query(connection, &sql, &[]).await?;
    rows.iter().map(agent).collect()
}

/// One agent.
pub(super) async fn one(connection: &Object, handle: &Handle) -> Result<Agent, Error> {
    let sql = format!("SELECT {COLUMNS} FROM agents AS a WHERE {LIVING}");
    let row = query_opt(connection, &sql, &[&handle.as_str()]).await?;
    agent(&row.ok_or_else(no_agent)?)
}

/// Changes an agent and returns it as it is then.
pub(super) async fn update(
    connection: &Object,
    handle: &Handle,
    change: &AgentChange,
    now: Timestamp,
) -> Result<Agent, Error> {
    let octets = |text: &Option<Option<String>>| text.clone().flatten().map(String::into_bytes);
    let sql = format!(
        "WITH a AS (
             UPDATE agents AS a
             SET open = coalesce($2, a.open), public = coalesce($3, a.public),
                 display_name = coalesce($4, a.display_name),
                 description = CASE WHEN $5 THEN $6 ELSE a.description END,
                 card_body = CASE WHEN $7 THEN $8 ELSE a.card_body END, updated_at = $9
             WHERE {LIVING} RETURNING a.*)
         SELECT {COLUMNS}, pg_notify('mailmesh', a.id::text) FROM a"
    );
    let row = query_opt(
        connection,
        &sql,
        &[
            &handle.as_str(),
            &change.policy.map(|policy| policy == Policy::Open),
            &change.visibility.map(|shown| shown == Visibility::Public),
            &change.display_name.as_deref().map(without_nul),
            &change.description.is_some(),
            &octets(&change.description),
            &change.card_body.is_some(),
            &octets(&change.card_body),
            &number(now),
        ],
    )
    .await?;
    agent(&row.ok_or_else(no_agent)?)
}

/// Gives an agent another bearer.
pub(super) async fn rotate(
    connection: &Object,
    handle: &Handle,
    token: &TokenHash,
    now: Timestamp,
) -> Result<Agent, Error> {
    let sql = format!(
        "WITH a AS (UPDATE agents AS a SET token = $2, updated_at = $3 WHERE {LIVING} RETURNING a.*)
         SELECT {COLUMNS}, pg_notify('mailmesh', a.id || ' -' || a.id) FROM a"
    );
    let prepared = connection.prepare_cached(&sql).await?;
    let row = connection
        .query_opt(
            &prepared,
            &[&handle.as_str(), &&token.as_bytes()[..], &number(now)],
        )
        .await
        .map_err(taken)?;
    agent(&row.ok_or_else(no_agent)?)
}

/// Removes an agent: a tombstone stays. A sweep takes its entries.
pub(super) async fn remove(
    connection: &mut Object,
    handle: &Handle,
    now: Timestamp,
) -> Result<(), Error> {
    let transaction = connection.transaction().await?;
    let sql = format!(
        "UPDATE agents AS a SET removed_at = $2, updated_at = $2 WHERE {LIVING} RETURNING a.id"
    );
    let removed = query_opt(&transaction, &sql, &[&handle.as_str(), &number(now)]).await?;
    let id: i64 = value(&removed.ok_or_else(no_agent)?, "id")?;
    execute(
        &transaction,
        "DELETE FROM allowlists WHERE agent = $1",
        &[&id],
    )
    .await?;
    execute(&transaction, "DELETE FROM blocks WHERE agent = $1", &[&id]).await?;
    tell(&transaction, &Notice::revoked(id)).await?;
    transaction.commit().await?;
    Ok(())
}

/// Whose bearer this is.
pub(super) async fn authenticate(
    connection: &Object,
    token: &TokenHash,
) -> Result<Option<Principal>, Error> {
    let sql = "SELECT a.id, a.handle, a.address FROM agents AS a WHERE a.token = $1 AND a.removed_at IS NULL";
    let row = query_opt(connection, sql, &[&&token.as_bytes()[..]]).await?;
    row.as_ref().map(principal).transpose()
}

/// The agents whose mailboxes have these addresses.
pub(super) async fn at(
    connection: &Object,
    addresses: &[Address],
) -> Result<Vec<Principal>, Error> {
    let addresses: Vec<&str> = addresses.iter().map(Address::as_str).collect();
    let sql = "SELECT a.id, a.handle, a.address FROM agents AS a
               WHERE a.address = ANY($1) AND a.handle IS NOT NULL AND a.removed_at IS NULL";
    let rows = query(connection, sql, &[&addresses]).await?;
    rows.iter().map(principal).collect()
}

/// Whom an agent lets pass, sorted.
pub(super) async fn allowlist(
    client: &impl GenericClient,
    handle: &Handle,
) -> Result<Vec<AllowlistEntry>, Error> {
    let sql = format!(
        "SELECT l.entry FROM agents AS a LEFT JOIN allowlists AS l ON l.agent = a.id
         WHERE {LIVING} ORDER BY l.entry"
    );
    let rows = query(client, &sql, &[&handle.as_str()]).await?;
    if rows.is_empty() {
        return Err(no_agent());
    }
    let mut entries = Vec::with_capacity(rows.len());
    for row in &rows {
        // An agent with an empty list is one row without an entry.
        if let Some(entry) = value::<Option<&str>>(row, "entry")? {
            entries.push(entry.parse().map_err(|_| damaged())?);
        }
    }
    Ok(entries)
}

/// Adds to an allowlist and returns it.
pub(super) async fn allow(
    connection: &mut Object,
    handle: &Handle,
    entries: &[AllowlistEntry],
    most: u32,
) -> Result<Vec<AllowlistEntry>, Error> {
    let transaction = connection.transaction().await?;
    let id = lock(&transaction, handle).await?;
    let texts: Vec<&str> = entries.iter().map(AllowlistEntry::as_str).collect();
    let sql = "INSERT INTO allowlists (agent, entry) SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING";
    execute(&transaction, sql, &[&id, &texts]).await?;
    let kept = allowlist(&transaction, handle).await?;
    if kept.len() > most as usize {
        return Err(Error::new(
            ErrorKind::Invalid,
            format!("expected an allowlist of at most {most} entries"),
        ));
    }
    tell(&transaction, &Notice::of([id])).await?;
    transaction.commit().await?;
    Ok(kept)
}

/// Takes an entry from an allowlist and returns the rest.
pub(super) async fn disallow(
    connection: &mut Object,
    handle: &Handle,
    entry: &AllowlistEntry,
) -> Result<Vec<AllowlistEntry>, Error> {
    let transaction = connection.transaction().await?;
    let id = lock(&transaction, handle).await?;
    let sql = "DELETE FROM allowlists WHERE agent = $1 AND entry = $2";
    if execute(&transaction, sql, &[&id, &entry.as_str()]).await? == 0 {
        return Err(Error::new(
            ErrorKind::NotFound,
            "expected an entry of this allowlist",
        ));
    }
    let kept = allowlist(&transaction, handle).await?;
    tell(&transaction, &Notice::of([id])).await?;
    transaction.commit().await?;
    Ok(kept)
}

/// Blocks somebody, or returns the block that is there.
pub(super) async fn block(
    connection: &mut Object,
    handle: &Handle,
    target: &Handle,
    now: Timestamp,
    most: u32,
) -> Result<Block, Error> {
    let transaction = connection.transaction().await?;
    let id = lock(&transaction, handle).await?;
    let sql = "INSERT INTO blocks (agent, handle, created_at)
               SELECT $1, $2, $3 WHERE (SELECT count(*) FROM blocks WHERE agent = $1) < $4
               ON CONFLICT DO NOTHING";
    let most_blocks = i64::from(most);
    execute(
        &transaction,
        sql,
        &[&id, &target.as_str(), &number(now), &most_blocks],
    )
    .await?;
    let sql = "SELECT number, handle, created_at FROM blocks WHERE agent = $1 AND handle = $2";
    let row = query_opt(&transaction, sql, &[&id, &target.as_str()]).await?;
    let row = row.ok_or_else(|| {
        Error::new(
            ErrorKind::Invalid,
            format!("expected at most {most} blocks"),
        )
    })?;
    let made = block_of(&row)?;
    tell(&transaction, &Notice::of([id])).await?;
    transaction.commit().await?;
    Ok(made)
}

/// Ends a block.
pub(super) async fn unblock(
    connection: &Object,
    handle: &Handle,
    target: &Handle,
) -> Result<(), Error> {
    let sql = format!(
        "WITH b AS (DELETE FROM blocks AS b USING agents AS a
                    WHERE {LIVING} AND b.agent = a.id AND b.handle = $2 RETURNING a.id)
         SELECT pg_notify('mailmesh', b.id::text) FROM b"
    );
    let row = query_opt(connection, &sql, &[&handle.as_str(), &target.as_str()]).await?;
    row.map(drop).ok_or_else(|| {
        Error::new(
            ErrorKind::NotFound,
            "expected the handle of a blocked agent",
        )
    })
}

/// The blocks of an agent, newest first.
pub(super) async fn blocks(
    connection: &Object,
    handle: &Handle,
    after: Option<u64>,
    limit: u32,
) -> Result<Vec<Block>, Error> {
    let id = find(connection, handle).await?;
    let before = after.map_or(i64::MAX, |number| i64::try_from(number).unwrap_or(i64::MAX));
    let sql = "SELECT number, handle, created_at FROM blocks
               WHERE agent = $1 AND number < $2 ORDER BY number DESC LIMIT $3";
    let rows = query(connection, sql, &[&id, &before, &i64::from(limit)]).await?;
    rows.iter().map(block_of).collect()
}

/// The agents that `viewer` may see and that hold a text.
pub(super) async fn search(
    connection: &Object,
    viewer: &Handle,
    text: &str,
    after: Option<&Handle>,
    limit: u32,
) -> Result<Vec<Agent>, Error> {
    find(connection, viewer).await?;
    let everyone = glob(viewer);
    let sql = format!(
        "SELECT {COLUMNS} FROM agents AS a
         WHERE a.handle > $3 AND a.removed_at IS NULL
           AND (strpos(a.handle, $4) > 0 OR strpos(lower(a.display_name), $4) > 0)
           AND (a.public OR a.handle = $1 OR EXISTS (
                    SELECT 1 FROM allowlists AS l WHERE l.agent = a.id AND l.entry IN ($1, $2)))
         ORDER BY a.handle LIMIT $5"
    );
    let rows = query(
        connection,
        &sql,
        &[
            &viewer.as_str(),
            &everyone,
            &after.map_or("", Handle::as_str),
            &without_nul(text).to_ascii_lowercase(),
            &i64::from(limit),
        ],
    )
    .await?;
    rows.iter().map(agent).collect()
}

/// The number of an agent.
pub(super) async fn find(connection: &Object, handle: &Handle) -> Result<i64, Error> {
    let sql = format!("SELECT a.id FROM agents AS a WHERE {LIVING}");
    let row = query_opt(connection, &sql, &[&handle.as_str()]).await?;
    value(&row.ok_or_else(no_agent)?, "id")
}

/// The entry of an allowlist that covers an agent with all others of its owner.
pub(super) fn glob(handle: &Handle) -> String {
    format!("@{}.*", handle.owner())
}

/// Makes what a mailbox consists of, as far as it is not there.
pub(super) async fn make_mailboxes(
    transaction: &Transaction<'_>,
    agents: &[i64],
) -> Result<(), Error> {
    let sql = "WITH made AS (
                   INSERT INTO mailboxes (agent) SELECT unnest($1::bigint[]) ON CONFLICT DO NOTHING)
               INSERT INTO folders (agent, name) SELECT unnest($1::bigint[]), $2 ON CONFLICT DO NOTHING";
    let inbox = FolderName::inbox();
    execute(transaction, sql, &[&agents, &inbox.as_str()]).await?;
    Ok(())
}

/// Tells all replicas, with the commit.
pub(super) async fn tell(transaction: &Transaction<'_>, notice: &Notice) -> Result<(), Error> {
    let sql = "SELECT pg_notify('mailmesh', $1)";
    execute(transaction, sql, &[&notice.payload()]).await?;
    Ok(())
}

/// The number of an agent whose lists change: one change at a time.
pub(super) async fn lock(transaction: &Transaction<'_>, handle: &Handle) -> Result<i64, Error> {
    let sql = format!("SELECT a.id FROM agents AS a WHERE {LIVING} FOR NO KEY UPDATE");
    let row = query_opt(transaction, &sql, &[&handle.as_str()]).await?;
    value(&row.ok_or_else(no_agent)?, "id")
}

fn agent(row: &Row) -> Result<Agent, Error> {
    let principal = principal(row)?;
    let text = |column| {
        value::<Option<Vec<u8>>>(row, column)?
            .map(read_text)
            .transpose()
    };
    Ok(Agent {
        key: principal.agent,
        handle: principal.handle,
        address: principal.address,
        policy: if value(row, "open")? {
            Policy::Open
        } else {
            Policy::Allowlist
        },
        visibility: if value(row, "public")? {
            Visibility::Public
        } else {
            Visibility::Private
        },
        profile: Profile {
            display_name: value(row, "display_name")?,
            description: text("description")?,
            card_body: text("card_body")?,
        },
        created_at: timestamp(row, "created_at")?,
        updated_at: timestamp(row, "updated_at")?,
    })
}

fn principal(row: &Row) -> Result<Principal, Error> {
    Ok(Principal {
        agent: agent_key(value(row, "id")?),
        handle: value::<&str>(row, "handle")?
            .parse()
            .map_err(|_| damaged())?,
        address: value::<&str>(row, "address")?
            .parse::<Address>()
            .map_err(|_| damaged())?,
    })
}

fn block_of(row: &Row) -> Result<Block, Error> {
    Ok(Block {
        number: u64::try_from(value::<i64>(row, "number")?).map_err(|_| damaged())?,
        handle: value::<&str>(row, "handle")?
            .parse()
            .map_err(|_| damaged())?,
        created_at: timestamp(row, "created_at")?,
    })
}

/// The key of an agent by its number, which the database made and which is above 0.
pub(super) fn agent_key(id: i64) -> AgentKey {
    AgentKey::new(id.unsigned_abs())
}

fn taken(source: tokio_postgres::Error) -> Error {
    if source.code() == Some(&SqlState::UNIQUE_VIOLATION) {
        return exists();
    }
    source.into()
}

fn exists() -> Error {
    Error::new(
        ErrorKind::Exists,
        "expected a handle, an address and a bearer that nobody has or had",
    )
}

pub(super) fn no_agent() -> Error {
    Error::new(ErrorKind::NotFound, "expected the handle of an agent")
}
