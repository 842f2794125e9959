//! What is unread, as much as one answer has room for.

use context_sync::{
    AgentId, Limits, ShownMarks, StoredMessage, ThreadId, Unread, UnreadPlan, UnreadSize,
};
use deadpool_postgres::{Object, Transaction};

use super::row::value;
use super::statement::{execute, query};
use super::threads::{HEAD, MEMBER, contexts, cover, one_view, read_messages, seat_of};
use crate::context_row::{self, FRAME_SIZE, Seat, SizeRow, by_thread, list, number, size_for};
use crate::{ContextOptions, Error};

/// The columns of a message, of `c`. No frame shows a snapshot of its own, or blind copies: $5 is the
/// reader as the only one, to whom what is unread is addressed in some way.
const FRAME: &str = "c.thread, c.seq, c.id, c.sender, c.recipient, c.copies, $5::text AS blind_copies, \
                     c.reply_to, c.payload, '{}' AS snapshot, c.sent_at";

/// What is unread by an agent. It takes five questions, however many threads that is, and two more
/// when something is left out.
pub(super) async fn unread(
    connection: &mut Object,
    agent: &AgentId,
    options: &ContextOptions,
) -> Result<Unread, Error> {
    let limits = &options.limits;
    let (unread, marks, due) = {
        let view = one_view(connection).await?;
        let plan = UnreadPlan::new(sizes(&view, agent, limits).await?, limits);
        let messages = by_thread(frames(&view, agent, &plan).await?);
        let sql = format!(
            "SELECT {HEAD}, {MEMBER} FROM context_members AS m
             JOIN context_threads AS t ON t.id = m.thread WHERE m.agent = $1 AND m.thread = ANY($2)"
        );
        let ids: Vec<&str> = plan.parts().map(|(thread, _)| thread.as_str()).collect();
        let rows = query(&view, &sql, &[&agent.as_str(), &ids]).await?;
        let seats: Vec<Seat> = rows.iter().map(seat_of).collect::<Result<_, _>>()?;
        let around = ContextOptions {
            limits: Limits {
                portion: plan.around(),
                ..*limits
            },
            ..*options
        };
        let (contexts, due) = contexts(&view, &seats, &around).await?;
        let (unread, marks) = context_row::unread(&plan, &seats, contexts, &messages, limits);
        (unread, marks, due)
    };
    cover(connection, &due).await?;
    mark_shown(connection, agent, &marks).await?;
    Ok(unread)
}

/// What is unread in each thread, the smallest first, as many as an answer can have and one.
async fn sizes(
    view: &Transaction<'_>,
    agent: &AgentId,
    limits: &Limits,
) -> Result<Vec<UnreadSize>, Error> {
    let newest = size_for("$1").replace("c.", "n.");
    let oldest = FRAME_SIZE.replace("c.", "o.");
    let sql = format!(
        "SELECT g.thread, g.unread, g.frames, ({oldest})::bigint AS oldest, t.last,
                ({newest})::bigint AS newest, octet_length(n.snapshot)::bigint AS snapshot
         FROM (SELECT u.thread, min(u.seq) AS first, count(*) AS unread, sum({FRAME_SIZE}) AS frames
               FROM context_unread AS u
               JOIN context_messages AS c ON c.thread = u.thread AND c.seq = u.seq
               WHERE u.agent = $1 GROUP BY u.thread) AS g
         JOIN context_threads AS t ON t.id = g.thread
         JOIN context_messages AS o ON o.thread = g.thread AND o.seq = g.first
         JOIN context_messages AS n ON n.thread = g.thread AND n.seq = t.last
         ORDER BY g.frames + g.unread * octet_length(n.snapshot) + {newest}, g.thread LIMIT $2"
    );
    let most = i64::try_from(UnreadPlan::threads(limits)).unwrap_or(i64::MAX);
    let rows = query(view, &sql, &[&agent.as_str(), &most]).await?;
    let size = |row| {
        let row = SizeRow {
            thread: value(row, "thread")?,
            count: value(row, "unread")?,
            frames: value(row, "frames")?,
            oldest: value(row, "oldest")?,
            last: value(row, "last")?,
            newest: value(row, "newest")?,
            snapshot: value(row, "snapshot")?,
        };
        row.read()
    };
    rows.iter().map(size).collect()
}

/// The oldest unread messages of each thread, as many as there is room for, and never less than one.
async fn frames(
    view: &Transaction<'_>,
    agent: &AgentId,
    plan: &UnreadPlan,
) -> Result<Vec<StoredMessage>, Error> {
    let fits = |octets| i64::try_from(octets).unwrap_or(i64::MAX);
    let threads: Vec<&str> = plan.parts().map(|(thread, _)| thread.as_str()).collect();
    let room: Vec<i64> = plan.parts().map(|(_, part)| fits(part.room)).collect();
    let repeated: Vec<i64> = plan.parts().map(|(_, part)| fits(part.repeated)).collect();
    let sql = format!(
        "SELECT {FRAME} FROM unnest($2::text[], $3::bigint[], $4::bigint[]) AS p (thread, room, repeated)
         CROSS JOIN LATERAL (
             SELECT c.seq, sum({FRAME_SIZE} + p.repeated) OVER by_place AS size,
                    row_number() OVER by_place AS nth
             FROM context_unread AS u
             JOIN context_messages AS c ON c.thread = u.thread AND c.seq = u.seq
             WHERE u.agent = $1 AND u.thread = p.thread
             WINDOW by_place AS (ORDER BY c.seq)) AS w
         JOIN context_messages AS c ON c.thread = p.thread AND c.seq = w.seq
         WHERE w.size <= p.room OR w.nth = 1
         ORDER BY c.thread, c.seq"
    );
    let own = list(std::slice::from_ref(agent));
    let values: super::statement::Values<'_> = &[&agent.as_str(), &threads, &room, &repeated, &own];
    read_messages(&query(view, &sql, values).await?)
}

/// Keeps how far the answer went. Rows are locked in one order, whoever reads at the same time.
async fn mark_shown(connection: &Object, agent: &AgentId, marks: &ShownMarks) -> Result<(), Error> {
    if !marks.threads.is_empty() {
        let threads = marks.threads.iter();
        let ids: Vec<&str> = threads.clone().map(|mark| mark.thread.as_str()).collect();
        let after = threads.clone().map(|mark| context_row::shown(mark.after));
        let before = threads.clone().map(|mark| context_row::shown(mark.before));
        let (after, before): (Vec<_>, Vec<_>) = (after.collect(), before.collect());
        let last: Vec<i64> = threads.map(|mark| number(mark.last)).collect();
        let sql = "WITH rows AS (
                       SELECT m.thread, p.after, p.before, p.last
                       FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::bigint[])
                           AS p (thread, after, before, last)
                       JOIN context_members AS m ON m.thread = p.thread AND m.agent = $1
                       ORDER BY m.thread FOR NO KEY UPDATE OF m)
                   UPDATE context_members AS m SET shown = r.after FROM rows AS r
                   WHERE m.thread = r.thread AND m.agent = $1
                   AND (r.after < coalesce(m.shown, r.after + 1)
                        OR m.shown IS NOT DISTINCT FROM r.before
                           AND (r.after IS NOT NULL
                                OR r.last = (SELECT t.last FROM context_threads AS t WHERE t.id = m.thread)))";
        let values: super::statement::Values<'_> = &[&agent.as_str(), &ids, &after, &before, &last];
        execute(connection, sql, values).await?;
    }
    if let Some(shown) = &marks.others_than {
        let shown: Vec<&str> = shown.iter().map(ThreadId::as_str).collect();
        let sql = "WITH rows AS (
                       SELECT m.thread FROM context_members AS m
                       WHERE m.agent = $1 AND m.shown IS DISTINCT FROM m.read
                       AND m.thread IN (SELECT u.thread FROM context_unread AS u WHERE u.agent = $1)
                       AND NOT m.thread = ANY($2)
                       ORDER BY m.thread FOR NO KEY UPDATE)
                   UPDATE context_members AS m SET shown = m.read FROM rows AS r
                   WHERE m.thread = r.thread AND m.agent = $1";
        execute(connection, sql, &[&agent.as_str(), &shown]).await?;
    }
    Ok(())
}
