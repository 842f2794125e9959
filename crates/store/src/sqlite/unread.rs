//! What is unread, as much as one answer has room for.

use std::collections::BTreeMap;

use context_sync::{
    AgentId, Limits, Room, ShownMarks, StoredMessage, Summary, ThreadId, Unread, UnreadPart,
    UnreadPlan, UnreadSize,
};
use rusqlite::{Connection, params};

use super::SqliteStore;
use super::batch::Batch;
use super::threads::{context, message, seat};
use crate::context_row::{self, FRAME_SIZE, SizeRow, list, number, size_for};
use crate::{ContextOptions, Error};

/// The columns of [`message`], of `c`. No frame shows a snapshot of its own, or blind copies: ?3 is the
/// reader as the only one, to whom what is unread is addressed in some way.
const FRAME: &str = "c.thread, c.seq, c.id, c.sender, c.recipient, c.copies, ?3, \
                     c.reply_to, c.payload, '{}', c.sent_at";

/// What is unread, and what to commit before it is given out.
#[derive(Debug)]
struct Read {
    unread: Unread,
    due: Vec<(ThreadId, Summary)>,
    marks: ShownMarks,
}

impl SqliteStore {
    pub(super) async fn show_unread(
        &self,
        agent: &AgentId,
        options: ContextOptions,
    ) -> Result<Unread, Error> {
        let reader = agent.clone();
        let read = self.query(move |view| read(view, &reader, &options));
        let Read { unread, due, marks } = read.await?;
        if !due.is_empty() || marks != ShownMarks::default() {
            let agent = agent.clone();
            self.write(move |batch| {
                batch.cover(&due)?;
                batch.mark_shown(&agent, &marks)
            })
            .await?;
        }
        Ok(unread)
    }
}

impl Batch<'_> {
    fn mark_shown(&mut self, agent: &AgentId, marks: &ShownMarks) -> Result<(), Error> {
        for mark in &marks.threads {
            self.sql(
                "UPDATE context_members SET shown = ?3 WHERE thread = ?1 AND agent = ?2
                 AND (?3 < ifnull(shown, ?3 + 1)
                      OR shown IS ?4 AND (?3 IS NOT NULL
                                          OR ?5 = (SELECT last FROM context_threads WHERE id = ?1)))",
            )?
            .execute(params![
                mark.thread.as_str(),
                agent.as_str(),
                context_row::shown(mark.after),
                context_row::shown(mark.before),
                number(mark.last)
            ])?;
        }
        if let Some(shown) = &marks.others_than {
            let shown = serde_json::Value::from_iter(shown.iter().map(ThreadId::as_str));
            self.sql(
                "UPDATE context_members SET shown = read WHERE agent = ?1 AND shown IS NOT read
                 AND thread IN (SELECT thread FROM context_unread WHERE agent = ?1)
                 AND thread NOT IN (SELECT value FROM json_each(?2))",
            )?
            .execute(params![agent.as_str(), shown.to_string()])?;
        }
        Ok(())
    }
}

fn read(connection: &Connection, agent: &AgentId, options: &ContextOptions) -> Result<Read, Error> {
    let view = connection.unchecked_transaction()?;
    let plan = UnreadPlan::new(sizes(&view, agent, &options.limits)?, &options.limits);
    let around = ContextOptions {
        limits: Limits {
            portion: plan.around(),
            ..options.limits
        },
        ..*options
    };
    let (mut seats, mut contexts, mut due) = (Vec::new(), Vec::new(), Vec::new());
    let mut messages = BTreeMap::new();
    for (thread, part) in plan.parts() {
        if let Some(seat) = seat(&view, thread, agent)? {
            contexts.push(context(&view, &seat, &around, &mut due)?);
            messages.insert(thread.clone(), frames(&view, agent, thread, part)?);
            seats.push(seat);
        }
    }
    let (unread, marks) = context_row::unread(&plan, &seats, contexts, &messages, &options.limits);
    Ok(Read { unread, due, marks })
}

/// What is unread in each thread, the smallest first, as many as an answer can have and one.
fn sizes(view: &Connection, agent: &AgentId, limits: &Limits) -> Result<Vec<UnreadSize>, Error> {
    let newest = size_for("?1").replace("c.", "n.");
    let oldest = FRAME_SIZE.replace("c.", "o.");
    let mut statement = view.prepare_cached(&format!(
        "SELECT g.thread, g.unread, g.frames, {oldest}, t.last, {newest}, octet_length(n.snapshot)
         FROM (SELECT u.thread, min(u.seq) AS first, count(*) AS unread, sum({FRAME_SIZE}) AS frames
               FROM context_unread AS u
               CROSS JOIN context_messages AS c ON c.thread = u.thread AND c.seq = u.seq
               WHERE u.agent = ?1 GROUP BY u.thread) AS g
         CROSS JOIN context_threads AS t ON t.id = g.thread
         CROSS JOIN context_messages AS o ON o.thread = g.thread AND o.seq = g.first
         CROSS JOIN context_messages AS n ON n.thread = g.thread AND n.seq = t.last
         ORDER BY g.frames + g.unread * octet_length(n.snapshot) + {newest}, g.thread LIMIT ?2"
    ))?;
    let most = i64::try_from(UnreadPlan::threads(limits)).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![agent.as_str(), most], |row| {
        Ok(SizeRow {
            thread: row.get(0)?,
            count: row.get(1)?,
            frames: row.get(2)?,
            oldest: row.get(3)?,
            last: row.get(4)?,
            newest: row.get(5)?,
            snapshot: row.get(6)?,
        })
    })?;
    rows.map(|row| row?.read()).collect()
}

/// The oldest unread messages of a thread, as many as there is room for, and never less than one.
fn frames(
    view: &Connection,
    agent: &AgentId,
    thread: &ThreadId,
    part: &UnreadPart,
) -> Result<Vec<StoredMessage>, Error> {
    let mut statement = view.prepare_cached(&format!(
        "SELECT {FRAME}, {FRAME_SIZE} FROM context_unread AS u
         CROSS JOIN context_messages AS c ON c.thread = u.thread AND c.seq = u.seq
         WHERE u.agent = ?1 AND u.thread = ?2 ORDER BY u.seq"
    ))?;
    let own = list(std::slice::from_ref(agent));
    let mut rows = statement.query([agent.as_str(), thread.as_str(), &own])?;
    let (mut messages, mut room) = (Vec::new(), Room::of(part.room));
    while let Some(row) = rows.next()? {
        if !room.admits(part.repeated.saturating_add(row.get(11)?)) {
            break;
        }
        messages.push(message(row)?.read()?);
    }
    Ok(messages)
}
