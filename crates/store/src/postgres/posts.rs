//! Messages on their way into threads.
//!
//! Whoever writes into a thread holds its row, and whoever looks for a thread by its participants
//! holds the advisory lock of that set before, so that two first contacts are one thread. Locks are
//! taken in this order: the set, the thread, agents by name, then the mailboxes that the envelope of the
//! message goes to.

use std::time::Duration;

use context_sync::{
    Accepted, AgentId, BodyDigest, Caller, Decision, Member, Owner, Record, Registration, Retry,
    SetKey, Target, ThreadHead, ThreadId, ThreadView, View, mark_read, register,
};
use deadpool_postgres::{Object, Transaction};

use super::context_envelope;
use super::error::is_conflict;
use super::row::value;
use super::statement::{execute, query, query_opt};
use super::threads::{HEAD, MEMBER, head, member, owned, row_id};
use crate::context_row::{self, JoinedRow, MemberRow, MessageRow, list, millis, number};
use crate::{ContextClaim, ContextPost, Error, ErrorKind, Limits, Posted};

/// How often a transaction is tried that met another one.
const TRIES: usize = 5;

/// The advisory locks of sets of participants, apart from those of anything else.
const SETS: i32 = i32::from_be_bytes(*b"sets");

/// Decides on a registration and commits it.
pub(super) async fn claim(
    connection: &mut Object,
    claim: &ContextClaim,
) -> Result<Registration, Error> {
    let mut tries = 1;
    loop {
        match try_claim(connection, claim).await {
            Err(error) if is_conflict(&error) && tries < TRIES => tries += 1,
            done => return done,
        }
    }
}

async fn try_claim(connection: &mut Object, claim: &ContextClaim) -> Result<Registration, Error> {
    let transaction = connection.transaction().await?;
    let own = claim.owner.map(row_id);
    // One claim of an owner at a time, since it may have so many agents.
    let sql = "SELECT 1 FROM agents WHERE id = $1 FOR NO KEY UPDATE";
    execute(&transaction, sql, &[&own]).await?;
    let name = claim.request.agent.as_str();
    let sql = "SELECT owner FROM context_agents WHERE name = $1 FOR UPDATE";
    let found = query_opt(&transaction, sql, &[&name]).await?;
    let found: Option<Option<i64>> = found.map(|row| value(&row, "owner")).transpose()?;
    let owner = match found {
        None => Owner::Unknown,
        Some(None) => Owner::Nobody,
        Some(owner) if owner == own => Owner::Caller,
        Some(_) => Owner::Another,
    };
    let caller = match claim.owner {
        None => Caller::Open,
        Some(key) => Caller::Keyed {
            claimed: owned(&transaction, key).await?,
            own: None, // a title says it
        },
    };
    let decision = register(
        claim.request.clone(),
        &caller,
        claim.title,
        owner,
        &claim.limits,
    );
    if matches!(decision, Registration::Registered(_)) {
        if owner == Owner::Unknown {
            // Where another transaction was first, this fails and is tried again.
            let sql = "INSERT INTO context_agents (name, owner, created_at) VALUES ($1, $2, $3)";
            execute(&transaction, sql, &[&name, &own, &millis(claim.now)]).await?;
        } else {
            let sql = "UPDATE context_agents SET owner = coalesce(owner, $2) WHERE name = $1";
            execute(&transaction, sql, &[&name, &own]).await?;
        }
        transaction.commit().await?;
    }
    Ok(decision)
}

/// Decides on a message and commits what is accepted.
pub(super) async fn post(
    connection: &mut Object,
    post: &ContextPost,
    limits: &Limits,
) -> Result<Posted, Error> {
    if let Some(retry_after) = pay(connection, post).await? {
        return Ok(Posted::Limited { retry_after });
    }
    let mut tries = 1;
    loop {
        match try_post(connection, post, limits).await {
            Err(error) if is_conflict(&error) && tries < TRIES => tries += 1,
            done => return done.map(Posted::Decided),
        }
    }
}

/// Takes a token of the bearer, or in open mode of all senders together. It is paid before anything
/// is locked, so that senders wait for each other only in threads.
async fn pay(connection: &mut Object, post: &ContextPost) -> Result<Option<Duration>, Error> {
    let Some(rates) = post.rates else {
        return Ok(None);
    };
    let now = asmtp_envelope::Timestamp::new(post.stamp.now.as_millis());
    let now = now.unwrap_or(asmtp_envelope::Timestamp::MAX);
    let payer = post.owner.map_or(0, row_id); // no agent has the number 0
    let transaction = connection.transaction().await?;
    let sql =
        "INSERT INTO buckets (sender, recipient, full_at) VALUES ($1, 0, 0) ON CONFLICT DO NOTHING";
    execute(&transaction, sql, &[&payer]).await?;
    let sql = "SELECT full_at FROM buckets WHERE sender = $1 AND recipient = 0 FOR UPDATE";
    let row = query_opt(&transaction, sql, &[&payer]).await?;
    let full_at = row.map(|row| value::<i64>(&row, "full_at")).transpose()?;
    let full_at = full_at.and_then(|full_at| u64::try_from(full_at).ok());
    let full_at = match rates.sender.take(full_at, now) {
        Ok(full_at) => i64::try_from(full_at).unwrap_or(i64::MAX),
        Err(retry_after) => return Ok(Some(retry_after)),
    };
    let sql = "UPDATE buckets SET full_at = $2 WHERE sender = $1 AND recipient = 0";
    execute(&transaction, sql, &[&payer, &full_at]).await?;
    transaction.commit().await?;
    Ok(None)
}

async fn try_post(
    connection: &mut Object,
    post: &ContextPost,
    limits: &Limits,
) -> Result<Decision, Error> {
    let transaction = connection.transaction().await?;
    let known = remembered(&transaction, post).await?;
    let thread = match &known {
        Some(_) => None, // it decides alone
        None => thread(&transaction, &post.post.target()).await?,
    };
    let members = match &thread {
        Some(head) => members(&transaction, &head.id, &post.post.named()).await?,
        None => Vec::new(),
    };
    let view = View {
        thread: thread.as_ref().map(|head| ThreadView {
            head,
            members: &members,
        }),
        retry: post.retry.as_ref().map(|(_, digest)| Retry {
            digest: *digest,
            known: known.as_ref(),
        }),
    };
    let decision = post.post.clone().decide(&view, &post.stamp, &post.limits);
    if let Decision::Accepted(accepted) = &decision {
        append(&transaction, accepted).await?;
        remember(&transaction, post, accepted).await?;
        let maker = post.envelope.as_ref();
        if let Some(envelope) = maker.and_then(|maker| maker.envelope(accepted.message())) {
            context_envelope::carry(&transaction, envelope, limits).await?;
        }
        transaction.commit().await?;
    }
    Ok(decision)
}

/// What is known of the idempotency key.
async fn remembered(
    transaction: &Transaction<'_>,
    post: &ContextPost,
) -> Result<Option<Record>, Error> {
    let Some((key, _)) = &post.retry else {
        return Ok(None);
    };
    let (owner, sender) = scope(post);
    let sql = "SELECT digest, message, thread, delivered FROM context_retries
               WHERE owner = $1 AND sender = $2 AND way = $3 AND key = $4";
    let way = post.post.way();
    let row = query_opt(transaction, sql, &[&owner, &sender, &way, &key.as_str()]).await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Record {
        digest: BodyDigest::from_octets(context_row::octets(value(&row, "digest")?)?),
        receipt: context_row::receipt(
            value(&row, "message")?,
            value(&row, "thread")?,
            value(&row, "delivered")?,
        )?,
    }))
}

/// The thread that a message goes to, locked.
async fn thread(
    transaction: &Transaction<'_>,
    target: &Target,
) -> Result<Option<ThreadHead>, Error> {
    let set = match target {
        Target::Thread(id) => return locked(transaction, id.as_str()).await,
        Target::Set(set) => set,
    };
    let sql = "SELECT pg_advisory_xact_lock($1, $2)";
    execute(transaction, sql, &[&SETS, &lock_of(set)]).await?;
    for _ in 0..TRIES {
        let sql = "SELECT id FROM context_threads WHERE participants = $1
                   ORDER BY updated_at DESC, id DESC LIMIT 1";
        let found = query_opt(transaction, sql, &[&&set.as_octets()[..]]).await?;
        let Some(found) = found else { return Ok(None) };
        // Somebody may have made it grow meanwhile; then it is of another set.
        let head = locked(transaction, value(&found, "id")?).await?;
        if head.as_ref().is_some_and(|head| head.set == *set) {
            return Ok(head);
        }
    }
    Err(Error::new(
        ErrorKind::Busy,
        "expected a thread that keeps its participants, it keeps growing",
    ))
}

async fn locked(transaction: &Transaction<'_>, id: &str) -> Result<Option<ThreadHead>, Error> {
    let sql = format!("SELECT {HEAD} FROM context_threads AS t WHERE t.id = $1 FOR NO KEY UPDATE");
    let row = query_opt(transaction, &sql, &[&id]).await?;
    let found = row.map(|row| head(&row)?.read()).transpose()?;
    Ok(found.map(|(head, _)| head))
}

/// Sets that share a lock only wait for each other.
fn lock_of(set: &SetKey) -> i32 {
    let [a, b, c, d, ..] = *set.as_octets();
    i32::from_be_bytes([a, b, c, d])
}

/// The visible members of a thread, and those of the named agents that are silent.
async fn members(
    transaction: &Transaction<'_>,
    thread: &ThreadId,
    named: &[AgentId],
) -> Result<Vec<Member>, Error> {
    let named: Vec<&str> = named.iter().map(AgentId::as_str).collect();
    let sql = format!(
        "SELECT {MEMBER} FROM context_members AS m WHERE m.thread = $1 AND m.role > 0
         UNION ALL
         SELECT {MEMBER} FROM context_members AS m
         WHERE m.thread = $1 AND m.agent = ANY($2) AND m.role = 0"
    );
    let rows = query(transaction, &sql, &[&thread.as_str(), &named]).await?;
    rows.iter().map(member).collect()
}

async fn append(transaction: &Transaction<'_>, accepted: &Accepted) -> Result<(), Error> {
    let head = accepted.head();
    put_head(transaction, head).await?;
    // None of them needs an answer to another, so all are on their way at once.
    let (message, members, copies, unread, agents) = tokio::join!(
        put_message(transaction, accepted),
        put_members(transaction, accepted),
        put_blind_copies(transaction, accepted),
        put_unread(transaction, accepted),
        put_agents(transaction, accepted),
    );
    // The first that failed says why, those behind it only that the transaction is over.
    message.and(members).and(copies).and(unread).and(agents)
}

async fn put_head(transaction: &Transaction<'_>, head: &ThreadHead) -> Result<(), Error> {
    let sql = "INSERT INTO context_threads (id, participants, created_at, updated_at, last)
               VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (id) DO UPDATE
               SET participants = EXCLUDED.participants, updated_at = EXCLUDED.updated_at, last = EXCLUDED.last";
    execute(
        transaction,
        sql,
        &[
            &head.id.as_str(),
            &&head.set.as_octets()[..],
            &millis(head.created_at),
            &millis(head.updated_at),
            &number(head.last),
        ],
    )
    .await?;
    Ok(())
}

async fn put_message(transaction: &Transaction<'_>, accepted: &Accepted) -> Result<(), Error> {
    let message = MessageRow::of(accepted.message());
    let sql = "INSERT INTO context_messages (thread, seq, id, sender, recipient, copies, blind_copies, reply_to,
                                             payload, snapshot, sent_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    execute(
        transaction,
        sql,
        &[
            &message.thread,
            &message.seq,
            &message.id,
            &message.sender,
            &message.recipient,
            &message.copies,
            &message.blind_copies,
            &message.reply_to,
            &message.payload,
            &message.snapshot,
            &message.sent_at,
        ],
    )
    .await?;
    Ok(())
}

async fn put_members(transaction: &Transaction<'_>, accepted: &Accepted) -> Result<(), Error> {
    let rows: Vec<MemberRow> = accepted.members().iter().map(MemberRow::of).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let numbers = |column: fn(&MemberRow) -> i64| rows.iter().map(column).collect::<Vec<_>>();
    let agents: Vec<&str> = rows.iter().map(|row| row.agent.as_str()).collect();
    let roles: Vec<i16> = rows.iter().map(|row| row.role).collect();
    let sql = "INSERT INTO context_members (thread, agent, since, role, joined_seq, joined_place, joined_at, read)
               SELECT $1, * FROM unnest($2::text[], $3::bigint[], $4::smallint[], $5::bigint[], $6::bigint[],
                                        $7::bigint[], $8::bigint[])
               ON CONFLICT (thread, agent) DO UPDATE
               SET since = EXCLUDED.since, role = EXCLUDED.role, joined_seq = EXCLUDED.joined_seq,
                   joined_place = EXCLUDED.joined_place, joined_at = EXCLUDED.joined_at, read = EXCLUDED.read";
    execute(
        transaction,
        sql,
        &[
            &accepted.head().id.as_str(),
            &agents,
            &numbers(|row| row.since),
            &roles,
            &numbers(|row| row.joined.seq),
            &numbers(|row| row.joined.place),
            &numbers(|row| row.joined.at),
            &numbers(|row| row.read),
        ],
    )
    .await?;
    Ok(())
}

async fn put_blind_copies(transaction: &Transaction<'_>, accepted: &Accepted) -> Result<(), Error> {
    let sql = "INSERT INTO context_blind_copies (thread, agent, sender, seq, place, at)
               VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
    for copy in accepted.blind_copies() {
        let joined = JoinedRow::of(&copy.joined);
        execute(
            transaction,
            sql,
            &[
                &accepted.head().id.as_str(),
                &copy.agent.as_str(),
                &copy.by.as_str(),
                &joined.seq,
                &joined.place,
                &joined.at,
            ],
        )
        .await?;
    }
    Ok(())
}

async fn put_unread(transaction: &Transaction<'_>, accepted: &Accepted) -> Result<(), Error> {
    let head = accepted.head();
    let agents: Vec<&str> = accepted
        .delivered_to()
        .iter()
        .map(AgentId::as_str)
        .collect();
    let sql = "INSERT INTO context_unread (agent, thread, seq) SELECT unnest($1::text[]), $2, $3";
    let last = number(head.last);
    execute(transaction, sql, &[&agents, &head.id.as_str(), &last]).await?;
    Ok(())
}

/// Only those that are not there, by name: who inserts a name that another transaction is about to
/// insert waits for it.
async fn put_agents(transaction: &Transaction<'_>, accepted: &Accepted) -> Result<(), Error> {
    let mut agents: Vec<&str> = accepted.agents().map(AgentId::as_str).collect();
    agents.sort_unstable();
    let sql = "INSERT INTO context_agents (name, created_at)
               SELECT name, $2 FROM unnest($1::text[]) AS n (name)
               WHERE NOT EXISTS (SELECT 1 FROM context_agents AS a WHERE a.name = n.name)
               ORDER BY name COLLATE \"C\" ON CONFLICT DO NOTHING";
    execute(
        transaction,
        sql,
        &[&agents, &millis(accepted.head().updated_at)],
    )
    .await?;
    Ok(())
}

/// Keeps the receipt under the idempotency key. Of two at once one fails, and finds it then.
async fn remember(
    transaction: &Transaction<'_>,
    post: &ContextPost,
    accepted: &Accepted,
) -> Result<(), Error> {
    let (Some((key, _)), Some(record)) = (&post.retry, accepted.record()) else {
        return Ok(());
    };
    let (owner, sender) = scope(post);
    let sql = "INSERT INTO context_retries (owner, sender, way, key, digest, message, thread, delivered, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    execute(
        transaction,
        sql,
        &[
            &owner,
            &sender,
            &post.post.way(),
            &key.as_str(),
            &&record.digest.as_octets()[..],
            &record.receipt.message_id.as_str(),
            &record.receipt.thread_id.as_str(),
            &list(&record.receipt.delivered_to),
            &millis(post.stamp.now),
        ],
    )
    .await?;
    Ok(())
}

/// Marks a thread read up to its last message.
pub(super) async fn mark_thread_read(
    connection: &mut Object,
    agent: &AgentId,
    thread: &ThreadId,
) -> Result<(), Error> {
    let transaction = connection.transaction().await?;
    let Some(head) = locked(&transaction, thread.as_str()).await? else {
        return Ok(());
    };
    let sql =
        format!("SELECT {MEMBER} FROM context_members AS m WHERE m.thread = $1 AND m.agent = $2");
    let row = query_opt(&transaction, &sql, &[&thread.as_str(), &agent.as_str()]).await?;
    let found = row.as_ref().map(member).transpose()?;
    let Some(read) = mark_read(found.as_ref().map(|member| (&head, member))) else {
        return Ok(());
    };
    let values: super::statement::Values<'_> = &[&thread.as_str(), &agent.as_str(), &number(read)];
    let sql = "UPDATE context_members SET read = $3 WHERE thread = $1 AND agent = $2";
    execute(&transaction, sql, values).await?;
    let sql = "DELETE FROM context_unread WHERE thread = $1 AND agent = $2 AND seq <= $3";
    execute(&transaction, sql, values).await?;
    transaction.commit().await?;
    Ok(())
}

/// Whose idempotency keys these are: a bearer's, or in open mode those of a claimed sender.
fn scope(post: &ContextPost) -> (i64, &str) {
    match post.owner {
        Some(owner) => (row_id(owner), ""),
        None => (0, post.post.sender().as_str()),
    }
}
