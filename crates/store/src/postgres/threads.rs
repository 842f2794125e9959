//! Threads as their members see them, each answer from one view of the database.

use std::collections::{BTreeMap, HashMap};
use std::ops::RangeInclusive;

use context_sync::{
    AgentId, BlindCopy, Context, ContextPlan, End, Limits, Mailbox, MailboxPlan, Member, MessageId,
    Page, Participants, Portion, RosterView, Seq, StoredMessage, Summary, Thread, ThreadId,
    ThreadPlan, Wish,
};
use deadpool_postgres::{GenericClient, Object, Transaction};
use tokio_postgres::types::ToSql;
use tokio_postgres::{IsolationLevel, Row};

use super::agents::agent_key;
use super::row::value;
use super::statement::{execute, query, query_opt};
use crate::context_row::{
    self, BlindCopyRow, HeadRow, JoinedRow, MemberRow, MessageRow, Seat, by_thread, columns_for,
    millis, names_for, number, parsed, size_for,
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
    page: Option<Page>,
    limits: &Limits,
) -> Result<Option<Thread>, Error> {
    let view = one_view(connection).await?;
    let Some(seat) = seat(&view, id, viewer).await? else {
        return Ok(None);
    };
    let plan = seat.thread(page, limits);
    Ok(shown(&view, &[plan], viewer).await?.pop())
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

/// The threads of an agent. It takes six questions, however many threads that is.
pub(super) async fn threads(
    connection: &mut Object,
    agent: &AgentId,
    page: Option<Page>,
    limits: &Limits,
) -> Result<Mailbox, Error> {
    let view = one_view(connection).await?;
    let plan = MailboxPlan::new(page, limits);
    let seats = seats(&view, agent, &plan).await?;
    let threads = seats.iter().map(|seat| seat.thread(None, limits));
    let threads: Vec<_> = threads.collect();
    let threads = plan.share(&threads, &wishes(&view, &threads, agent).await?);
    let threads = shown(&view, &threads, agent).await?;
    let sql = "SELECT (SELECT count(*) FROM context_members WHERE agent = $1) AS threads,
                      (SELECT count(*) FROM context_unread WHERE agent = $1) AS unread";
    let row = query_opt(&view, sql, &[&agent.as_str()]).await?;
    let count = |column| match &row {
        Some(row) => value::<i64>(row, column).map(i64::unsigned_abs),
        None => Ok(0),
    };
    Ok(plan.assemble(threads, count("unread")?, count("threads")?))
}

/// The threads of an agent that are listed.
async fn seats(
    view: &Transaction<'_>,
    agent: &AgentId,
    plan: &MailboxPlan,
) -> Result<Vec<Seat>, Error> {
    let fits = |number| i64::try_from(number).unwrap_or(i64::MAX);
    let (most, before) = (fits(plan.most()), fits(plan.offset()));
    // The names are counted of those threads only that may be listed.
    let sql = format!(
        "SELECT {HEAD}, {MEMBER}, {} AS names FROM (
             SELECT m.thread FROM context_members AS m
             JOIN context_threads AS t ON t.id = m.thread WHERE m.agent = $1
             ORDER BY t.updated_at DESC, t.id DESC LIMIT $2 OFFSET $3) AS p
         JOIN context_threads AS t ON t.id = p.thread
         JOIN context_members AS m ON m.thread = p.thread AND m.agent = $1
         ORDER BY t.updated_at DESC, t.id DESC",
        names_for("$1")
    );
    let (mut seats, mut room) = (Vec::new(), plan.room());
    for row in &query(view, &sql, &[&agent.as_str(), &most, &before]).await? {
        let names: i64 = value(row, "names")?;
        if !room.admits(MailboxPlan::size(names.unsigned_abs())) {
            break;
        }
        seats.push(seat_of(row)?);
    }
    Ok(seats)
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
pub(super) async fn contexts<'s>(
    view: &Transaction<'_>,
    seats: &'s [Seat],
    options: &ContextOptions,
) -> Result<(Vec<Context>, Vec<(ThreadId, Summary)>), Error> {
    let plans: Vec<ContextPlan<'_>> = seats.iter().map(|seat| seat.plan(options)).collect();
    let recent = |(seat, plan): (&'s Seat, &ContextPlan<'_>)| Part {
        thread: &seat.head.id,
        portion: Portion {
            places: plan.recent(),
            room: plan.room() as u64,
            from: End::Newest,
        },
    };
    let recent: Vec<_> = seats.iter().zip(&plans).map(recent).collect();
    let recent = match seats.first() {
        Some(seat) => messages(view, &recent, &seat.member.agent).await?,
        None => Vec::new(),
    };
    let recent = by_thread(recent);
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

/// What threads would put into an answer, in the order of the plans. No content is read for it.
async fn wishes(
    view: &Transaction<'_>,
    plans: &[ThreadPlan<'_>],
    viewer: &AgentId,
) -> Result<Vec<Wish>, Error> {
    let parts = parts(plans);
    let Columns {
        threads,
        first,
        last,
        ..
    } = Columns::of(&parts);
    let sql = format!(
        "SELECT coalesce(sum(c.size), 0)::bigint AS whole,
                coalesce(sum(c.size) FILTER (WHERE c.seq = p.last), 0)::bigint AS newest
         FROM unnest($1::text[], $2::bigint[], $3::bigint[]) WITH ORDINALITY AS p (thread, first, last, at)
         LEFT JOIN LATERAL (
             SELECT c.seq, {} AS size FROM context_messages AS c
             WHERE c.thread = p.thread AND c.seq BETWEEN p.first AND p.last) AS c ON true
         GROUP BY p.at ORDER BY p.at",
        size_for("$4")
    );
    let rows = query(view, &sql, &[&threads, &first, &last, &viewer.as_str()]).await?;
    let wish = |row: &Row| -> Result<Wish, Error> {
        let count = |column| value::<i64>(row, column).map(i64::unsigned_abs);
        Ok(Wish {
            all: count("whole")?,
            first: count("newest")?,
        })
    };
    rows.iter().map(wish).collect()
}

/// Threads, with the messages that there is room for.
async fn shown(
    view: &Transaction<'_>,
    plans: &[ThreadPlan<'_>],
    viewer: &AgentId,
) -> Result<Vec<Thread>, Error> {
    let ids: Vec<&str> = plans.iter().map(|plan| plan.head().id.as_str()).collect();
    let rosters = rosters(view, &ids, viewer).await?;
    let messages = by_thread(messages(view, &parts(plans), viewer).await?);
    let nobody = Default::default();
    let thread = |plan: &ThreadPlan<'_>| {
        let id = &plan.head().id;
        let (members, blind_copies) = rosters.get(id.as_str()).unwrap_or(&nobody);
        let messages = messages.get(id).map(Vec::as_slice);
        plan.assemble(members, blind_copies, messages.unwrap_or_default())
    };
    Ok(plans.iter().map(thread).collect())
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
struct Part<'t> {
    thread: &'t ThreadId,
    portion: Portion,
}

/// The parts of threads that are read.
fn parts<'t>(plans: &[ThreadPlan<'t>]) -> Vec<Part<'t>> {
    let part = |plan: &ThreadPlan<'t>| {
        Some(Part {
            thread: &plan.head().id,
            portion: plan.portion()?,
        })
    };
    plans.iter().filter_map(part).collect()
}

/// Parts as columns.
struct Columns<'t> {
    threads: Vec<&'t str>,
    first: Vec<i64>,
    last: Vec<i64>,
    room: Vec<i64>,
    is_newest: Vec<bool>,
}

impl<'t> Columns<'t> {
    fn of(parts: &[Part<'t>]) -> Self {
        let portions = || parts.iter().map(|part| &part.portion);
        let room = |portion: &Portion| i64::try_from(portion.room).unwrap_or(i64::MAX);
        Self {
            threads: parts.iter().map(|part| part.thread.as_str()).collect(),
            first: portions().map(|one| number(*one.places.start())).collect(),
            last: portions().map(|one| number(*one.places.end())).collect(),
            room: portions().map(room).collect(),
            is_newest: portions().map(|one| one.from == End::Newest).collect(),
        }
    }
}

/// The messages of parts of threads that there is room for, oldest first in each.
async fn messages(
    view: &Transaction<'_>,
    parts: &[Part<'_>],
    viewer: &AgentId,
) -> Result<Vec<StoredMessage>, Error> {
    let Columns {
        threads,
        first,
        last,
        room,
        is_newest,
    } = Columns::of(parts);
    // Rows behind the first one that does not fit do not fit either, since sizes only add up.
    let sql = format!(
        "SELECT {} FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::boolean[])
             AS p (thread, first, last, room, is_newest)
         CROSS JOIN LATERAL (
             SELECT c.seq, sum({}) OVER (
                 ORDER BY CASE WHEN p.is_newest THEN -c.seq ELSE c.seq END) AS size
             FROM context_messages AS c
             WHERE c.thread = p.thread AND c.seq BETWEEN p.first AND p.last) AS w
         JOIN context_messages AS c ON c.thread = p.thread AND c.seq = w.seq
         WHERE w.size <= p.room OR w.seq = CASE WHEN p.is_newest THEN p.last ELSE p.first END
         ORDER BY c.thread, c.seq",
        columns_for("$6", MESSAGE),
        size_for("$6")
    );
    let viewer = viewer.as_str();
    let values: [&(dyn ToSql + Sync); 6] = [&threads, &first, &last, &room, &is_newest, &viewer];
    read_messages(&query(view, &sql, &values).await?)
}

/// The ids of parts of threads, oldest first in each.
async fn ids(
    view: &Transaction<'_>,
    parts: &[(&ThreadId, RangeInclusive<Seq>)],
) -> Result<BTreeMap<String, Vec<MessageId>>, Error> {
    let mut ids: BTreeMap<String, Vec<MessageId>> = BTreeMap::new();
    if parts.is_empty() {
        return Ok(ids);
    }
    let threads: Vec<_> = parts.iter().map(|(thread, _)| thread.as_str()).collect();
    let first = parts.iter().map(|(_, places)| number(*places.start()));
    let last = parts.iter().map(|(_, places)| number(*places.end()));
    let (first, last): (Vec<_>, Vec<_>) = first.zip(last).unzip();
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
