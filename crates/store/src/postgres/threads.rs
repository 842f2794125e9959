//! Threads as their members see them, each answer from one view of the database.

use std::collections::{BTreeMap, HashMap};
use std::ops::RangeInclusive;

use context_sync::{
    AgentId, BlindCopy, Context, ContextPlan, Mailbox, Member, MessageId, Page, Participants,
    RosterView, Seq, StoredMessage, Summary, Thread, ThreadId,
};
use deadpool_postgres::{GenericClient, Object, Transaction};
use tokio_postgres::{IsolationLevel, Row};

use super::agents::agent_key;
use super::row::value;
use super::statement::{execute, query, query_opt};
use crate::context_row::{
    self, BlindCopyRow, HeadRow, JoinedRow, MemberRow, MessageRow, SIZE, Seat, by_thread, millis,
    number, parsed,
};
use crate::{AgentKey, ContextAgent, ContextOptions, Error};

/// The columns of [`head`], of `t`.
pub(super) const HEAD: &str =
    "t.id, t.participants, t.created_at, t.updated_at, t.last, t.covered, t.covered_at";

/// The columns of [`member`], of `m`.
pub(super) const MEMBER: &str = "m.thread, m.agent, m.since, m.role, m.joined_seq, m.joined_place, m.joined_at, m.read, \
     m.shown";

/// The columns of [`message`], of `c`.
const MESSAGE: &str = "c.thread, c.seq, c.id, c.sender, c.recipient, c.copies, c.blind_copies, \
                       c.reply_to, c.payload, c.snapshot, c.sent_at";

/// The agents that a bearer has claimed.
pub(super) async fn owned(
    client: &impl GenericClient,
    owner: AgentKey,
) -> Result<Vec<AgentId>, Error> {
    let sql = "SELECT name FROM context_agents WHERE owner = $1 ORDER BY name";
    let rows = query(client, sql, &[&row_id(owner)]).await?;
    rows.iter().map(|row| parsed(value(row, "name")?)).collect()
}

/// Who has claimed an agent.
pub(super) async fn owner(connection: &Object, agent: &AgentId) -> Result<Option<AgentKey>, Error> {
    let sql = "SELECT owner FROM context_agents WHERE name = $1";
    let row = query_opt(connection, sql, &[&agent.as_str()]).await?;
    let owner = row
        .map(|row| value::<Option<i64>>(&row, "owner"))
        .transpose()?;
    Ok(owner.flatten().map(agent_key))
}

/// What is known of an agent.
pub(super) async fn agent(
    connection: &Object,
    agent: &AgentId,
) -> Result<Option<ContextAgent>, Error> {
    let sql =
        "SELECT created_at, (SELECT count(*) FROM context_members WHERE agent = $1) AS threads,
                      (SELECT count(*) FROM context_unread WHERE agent = $1) AS unread
               FROM context_agents WHERE name = $1";
    let Some(row) = query_opt(connection, sql, &[&agent.as_str()]).await? else {
        return Ok(None);
    };
    let count = |column| value::<i64>(&row, column).map(i64::unsigned_abs);
    Ok(Some(ContextAgent {
        created_at: context_row::time(value(&row, "created_at")?)?,
        threads: count("threads")?,
        unread: count("unread")?,
    }))
}

/// The context of a thread, for one of its members.
pub(super) async fn sync(
    connection: &mut Object,
    id: &ThreadId,
    viewer: &AgentId,
    options: &ContextOptions,
) -> Result<Option<Context>, Error> {
    let (context, due) = {
        let view = one_view(connection).await?;
        let Some(seat) = seat(&view, id, viewer).await? else {
            return Ok(None);
        };
        let (mut contexts, due) = contexts(&view, std::slice::from_ref(&seat), options).await?;
        (contexts.pop(), due)
    };
    cover(connection, &due).await?;
    Ok(context)
}

/// A thread, for one of its members.
pub(super) async fn thread(
    connection: &mut Object,
    id: &ThreadId,
    viewer: &AgentId,
) -> Result<Option<Thread>, Error> {
    let view = one_view(connection).await?;
    let Some(seat) = seat(&view, id, viewer).await? else {
        return Ok(None);
    };
    Ok(shown(&view, &[seat], viewer).await?.pop())
}

/// The participants of a thread, for one of its members.
pub(super) async fn participants(
    connection: &mut Object,
    id: &ThreadId,
    viewer: &AgentId,
) -> Result<Option<Participants>, Error> {
    let view = one_view(connection).await?;
    let Some(seat) = seat(&view, id, viewer).await? else {
        return Ok(None);
    };
    let mut rosters = rosters(&view, &[id.as_str()], viewer).await?;
    let (members, blind_copies) = rosters.remove(id.as_str()).unwrap_or_default();
    Ok(Some(Participants::of(&RosterView {
        viewer: &seat.member,
        members: &members,
        blind_copies: &blind_copies,
    })))
}

/// The threads of an agent. It takes five questions, however many threads that is.
pub(super) async fn threads(
    connection: &mut Object,
    agent: &AgentId,
    page: Option<Page>,
) -> Result<Mailbox, Error> {
    let view = one_view(connection).await?;
    let fits = |number| i64::try_from(number).unwrap_or(i64::MAX);
    let limit = page.map(|page| fits(page.limit()));
    let offset = page.map_or(0, |page| fits(page.offset()));
    let sql = format!(
        "SELECT {HEAD}, {MEMBER} FROM context_members AS m
         JOIN context_threads AS t ON t.id = m.thread WHERE m.agent = $1
         ORDER BY t.updated_at DESC, t.id DESC LIMIT $2 OFFSET $3"
    );
    let rows = query(&view, &sql, &[&agent.as_str(), &limit, &offset]).await?;
    let seats: Vec<Seat> = rows.iter().map(seat_of).collect::<Result<_, _>>()?;
    let threads = shown(&view, &seats, agent).await?;
    let sql = "SELECT (SELECT count(*) FROM context_members WHERE agent = $1) AS threads,
                      (SELECT count(*) FROM context_unread WHERE agent = $1) AS unread";
    let row = query_opt(&view, sql, &[&agent.as_str()]).await?;
    let count = |column| match &row {
        Some(row) => value::<i64>(row, column).map(i64::unsigned_abs),
        None => Ok(0),
    };
    let unread = count("unread")?;
    Ok(match page {
        None => Mailbox::of(threads, unread),
        Some(page) => Mailbox::page_of(threads, unread, page, count("threads")?),
    })
}

/// Several questions, one state of the database.
pub(super) async fn one_view(connection: &mut Object) -> Result<Transaction<'_>, Error> {
    let view = connection
        .build_transaction()
        .isolation_level(IsolationLevel::RepeatableRead)
        .read_only(true);
    Ok(view.start().await?)
}

async fn seat(
    client: &impl GenericClient,
    thread: &ThreadId,
    agent: &AgentId,
) -> Result<Option<Seat>, Error> {
    let sql = format!(
        "SELECT {HEAD}, {MEMBER} FROM context_threads AS t
         JOIN context_members AS m ON m.thread = t.id WHERE t.id = $1 AND m.agent = $2"
    );
    let row = query_opt(client, &sql, &[&thread.as_str(), &agent.as_str()]).await?;
    row.as_ref().map(seat_of).transpose()
}

/// The contexts of threads, and the summaries that are due.
pub(super) async fn contexts(
    view: &Transaction<'_>,
    seats: &[Seat],
    options: &ContextOptions,
) -> Result<(Vec<Context>, Vec<(ThreadId, Summary)>), Error> {
    let plans: Vec<ContextPlan<'_>> = seats.iter().map(|seat| seat.plan(options)).collect();
    let recent: Vec<_> = seats
        .iter()
        .zip(&plans)
        .map(|(seat, plan)| (&seat.head.id, plan.recent(), plan.room()))
        .collect();
    let recent = by_thread(messages(view, &recent).await?);
    let covered: Vec<_> = seats
        .iter()
        .zip(&plans)
        .filter_map(|(seat, plan)| Some((&seat.head.id, plan.covered()?)))
        .collect();
    let mut covered = ids(view, &covered).await?;
    let mut contexts = Vec::with_capacity(seats.len());
    let mut due = Vec::new();
    for (seat, plan) in seats.iter().zip(&plans) {
        let id = &seat.head.id;
        let messages = recent.get(id).map(Vec::as_slice).unwrap_or_default();
        contexts.push(plan.assemble(messages, covered.remove(id.as_str()).unwrap_or_default()));
        due.extend(plan.commit().map(|summary| (id.clone(), summary.clone())));
    }
    Ok((contexts, due))
}

/// Keeps summaries that are due, unless others that cover more are there by now.
pub(super) async fn cover(connection: &Object, due: &[(ThreadId, Summary)]) -> Result<(), Error> {
    let sql =
        "UPDATE context_threads SET covered = $2, covered_at = $3 WHERE id = $1 AND covered < $2";
    for (thread, summary) in due {
        let (through, at) = (number(summary.through), millis(summary.generated_at));
        execute(connection, sql, &[&thread.as_str(), &through, &at]).await?;
    }
    Ok(())
}

/// Whole threads.
async fn shown(
    view: &Transaction<'_>,
    seats: &[Seat],
    viewer: &AgentId,
) -> Result<Vec<Thread>, Error> {
    let ids: Vec<&str> = seats.iter().map(|seat| seat.head.id.as_str()).collect();
    let rosters = rosters(view, &ids, viewer).await?;
    let parts: Vec<_> = seats
        .iter()
        .map(|seat| {
            (
                &seat.head.id,
                seat.member.since..=seat.head.last,
                usize::MAX,
            )
        })
        .collect();
    let messages = by_thread(messages(view, &parts).await?);
    let nobody = Default::default();
    let thread = |seat: &Seat| {
        let (members, blind_copies) = rosters.get(seat.head.id.as_str()).unwrap_or(&nobody);
        let roster = RosterView {
            viewer: &seat.member,
            members,
            blind_copies,
        };
        let messages = messages.get(&seat.head.id).map(Vec::as_slice);
        Thread::of(&seat.head, &roster, messages.unwrap_or_default())
    };
    Ok(seats.iter().map(thread).collect())
}

/// The visible members of a thread, and the blind copies that a viewer got or sent.
type Roster = (Vec<Member>, Vec<BlindCopy>);

async fn rosters(
    view: &Transaction<'_>,
    threads: &[&str],
    viewer: &AgentId,
) -> Result<HashMap<String, Roster>, Error> {
    let mut rosters: HashMap<String, Roster> = HashMap::new();
    let sql = format!(
        "SELECT {MEMBER} FROM context_members AS m WHERE m.thread = ANY($1) AND m.role > 0"
    );
    for row in &query(view, &sql, &[&threads]).await? {
        let roster = rosters.entry(value(row, "thread")?).or_default();
        roster.0.push(member(row)?);
    }
    let sql = "SELECT thread, agent, sender, seq, place, at FROM context_blind_copies
               WHERE thread = ANY($1) AND agent = $2
               UNION
               SELECT thread, agent, sender, seq, place, at FROM context_blind_copies
               WHERE thread = ANY($1) AND sender = $2";
    for row in &query(view, sql, &[&threads, &viewer.as_str()]).await? {
        let roster = rosters.entry(value(row, "thread")?).or_default();
        let copy = BlindCopyRow {
            agent: value(row, "agent")?,
            sender: value(row, "sender")?,
            joined: JoinedRow {
                seq: value(row, "seq")?,
                place: value(row, "place")?,
                at: value(row, "at")?,
            },
        };
        roster.1.push(copy.read()?);
    }
    Ok(rosters)
}

/// A part of a thread.
type Part<'t> = (&'t ThreadId, RangeInclusive<Seq>);

/// The parts as three columns.
fn columns<'t>(parts: &[Part<'t>]) -> (Vec<&'t str>, Vec<i64>, Vec<i64>) {
    let threads = parts.iter().map(|(thread, _)| thread.as_str()).collect();
    let first = parts.iter().map(|(_, places)| number(*places.start()));
    let last = parts.iter().map(|(_, places)| number(*places.end()));
    (threads, first.collect(), last.collect())
}

/// The newest messages of parts of threads, oldest first in each: as many as there is room for in
/// the part, and never less than one.
async fn messages(
    view: &Transaction<'_>,
    parts: &[(&ThreadId, RangeInclusive<Seq>, usize)],
) -> Result<Vec<StoredMessage>, Error> {
    let places: Vec<_> = parts
        .iter()
        .map(|(thread, places, _)| (*thread, places.clone()))
        .collect();
    let (threads, first, last) = columns(&places);
    let room = |(_, _, room): &_| i64::try_from(*room).unwrap_or(i64::MAX);
    let room: Vec<i64> = parts.iter().map(room).collect();
    let sql = format!(
        "SELECT {MESSAGE} FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[])
             AS p (thread, first, last, room)
         CROSS JOIN LATERAL (
             SELECT c.seq, sum({SIZE}) OVER (ORDER BY c.seq DESC) AS size
             FROM context_messages AS c
             WHERE c.thread = p.thread AND c.seq BETWEEN p.first AND p.last) AS w
         JOIN context_messages AS c ON c.thread = p.thread AND c.seq = w.seq
         WHERE w.size <= p.room OR w.seq = p.last
         ORDER BY c.thread, c.seq"
    );
    read_messages(&query(view, &sql, &[&threads, &first, &last, &room]).await?)
}

/// The ids of parts of threads, oldest first in each.
async fn ids(
    view: &Transaction<'_>,
    parts: &[Part<'_>],
) -> Result<BTreeMap<String, Vec<MessageId>>, Error> {
    let mut ids: BTreeMap<String, Vec<MessageId>> = BTreeMap::new();
    if parts.is_empty() {
        return Ok(ids);
    }
    let (threads, first, last) = columns(parts);
    let sql = "SELECT c.thread, c.id FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS p (thread, first, last)
               CROSS JOIN LATERAL (
                   SELECT c.thread, c.seq, c.id FROM context_messages AS c
                   WHERE c.thread = p.thread AND c.seq BETWEEN p.first AND p.last) AS c
               ORDER BY c.thread, c.seq";
    for row in &query(view, sql, &[&threads, &first, &last]).await? {
        let thread = ids.entry(value(row, "thread")?).or_default();
        thread.push(parsed(value(row, "id")?)?);
    }
    Ok(ids)
}

pub(super) fn head(row: &Row) -> Result<HeadRow, Error> {
    Ok(HeadRow {
        id: value(row, "id")?,
        participants: value(row, "participants")?,
        created_at: value(row, "created_at")?,
        updated_at: value(row, "updated_at")?,
        last: value(row, "last")?,
        covered: value(row, "covered")?,
        covered_at: value(row, "covered_at")?,
    })
}

pub(super) fn member(row: &Row) -> Result<Member, Error> {
    let row = MemberRow {
        agent: value(row, "agent")?,
        since: value(row, "since")?,
        role: value(row, "role")?,
        joined: JoinedRow {
            seq: value(row, "joined_seq")?,
            place: value(row, "joined_place")?,
            at: value(row, "joined_at")?,
        },
        read: value(row, "read")?,
        shown: value(row, "shown")?,
    };
    row.read()
}

pub(super) fn seat_of(row: &Row) -> Result<Seat, Error> {
    let (head, summary) = head(row)?.read()?;
    Ok(Seat {
        head,
        summary,
        member: member(row)?,
    })
}

pub(super) fn read_messages(rows: &[Row]) -> Result<Vec<StoredMessage>, Error> {
    rows.iter().map(|row| message(row)?.read()).collect()
}

fn message(row: &Row) -> Result<MessageRow, Error> {
    Ok(MessageRow {
        thread: value(row, "thread")?,
        seq: value(row, "seq")?,
        id: value(row, "id")?,
        sender: value(row, "sender")?,
        recipient: value(row, "recipient")?,
        copies: value(row, "copies")?,
        blind_copies: value(row, "blind_copies")?,
        reply_to: value(row, "reply_to")?,
        payload: value(row, "payload")?,
        snapshot: value(row, "snapshot")?,
        sent_at: value(row, "sent_at")?,
    })
}

/// The number of an agent of the store.
pub(super) fn row_id(key: AgentKey) -> i64 {
    i64::try_from(key.as_u64()).unwrap_or(i64::MAX) // it came from a row
}
