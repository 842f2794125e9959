//! Threads as their members see them.

use std::ops::RangeInclusive;

use async_trait::async_trait;
use context_sync::{
    AgentId, BlindCopy, Context, End, Graph, GraphQuery, IndexEntries, IndexEntry, IndexSearch,
    Limits, Mailbox, MailboxPlan, Member, MessageId, Page, Participants, Portion, Refusal,
    Registration, Room, RosterView, Seq, StoredMessage, Summary, Thread, ThreadId, ThreadPlan,
    Unread, Wish,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::batch::Batch;
use super::row::{agent_key, parsed};
use super::{SqliteStore, notes};
use crate::context_row::{
    self, BlindCopyRow, HeadRow, JoinedRow, MemberRow, MessageRow, Seat, columns_for, millis,
    names_for, number, size_for,
};
use crate::{
    AgentKey, ContextAgent, ContextClaim, ContextNote, ContextOptions, ContextPost, ContextStore,
    Error, Posted,
};

#[async_trait]
impl ContextStore for SqliteStore {
    async fn context_agents(&self, owner: AgentKey) -> Result<Vec<AgentId>, Error> {
        self.glance(move |view| owned(view, owner)).await
    }

    async fn context_owner(&self, agent: &AgentId) -> Result<Option<AgentKey>, Error> {
        let agent = agent.clone();
        self.glance(move |view| {
            let mut statement =
                view.prepare_cached("SELECT owner FROM context_agents WHERE name = ?1")?;
            let owner = statement.query_one([agent.as_str()], |row| row.get(0));
            let owner: Option<Option<i64>> = owner.optional()?;
            Ok(owner.flatten().map(agent_key))
        })
        .await
    }

    async fn register(&self, claim: ContextClaim) -> Result<Registration, Error> {
        self.write(move |batch| batch.register(&claim)).await
    }

    async fn post_message(&self, post: ContextPost) -> Result<Posted, Error> {
        let content = match &post.post {
            context_sync::Post::Send(request) => &request.content,
            context_sync::Post::ReplyAll(request) => &request.content,
        };
        let weight = content.payload.as_str().len() + content.snapshot.as_str().len();
        let limits = *self.limits();
        self.write_heavy(weight, move |batch| batch.post_message(&post, &limits))
            .await
    }

    async fn mark_thread_read(&self, agent: &AgentId, thread: &ThreadId) -> Result<(), Error> {
        let (agent, thread) = (agent.clone(), thread.clone());
        self.write(move |batch| batch.mark_thread_read(&agent, &thread))
            .await
    }

    async fn unread(&self, agent: &AgentId, options: ContextOptions) -> Result<Unread, Error> {
        self.show_unread(agent, options).await
    }

    async fn threads(
        &self,
        agent: &AgentId,
        page: Option<Page>,
        limits: Limits,
    ) -> Result<Mailbox, Error> {
        let agent = agent.clone();
        self.query(move |view| threads(view, &agent, page, &limits))
            .await
    }

    async fn thread(
        &self,
        id: &ThreadId,
        viewer: &AgentId,
        page: Option<Page>,
        limits: Limits,
    ) -> Result<Option<Thread>, Error> {
        let (id, viewer) = (id.clone(), viewer.clone());
        self.query(move |connection| {
            let view = connection.unchecked_transaction()?;
            let Some(seat) = seat(&view, &id, &viewer)? else {
                return Ok(None);
            };
            let plan = seat.thread(page, &limits);
            shown(&view, &plan).map(Some)
        })
        .await
    }

    async fn sync(
        &self,
        id: &ThreadId,
        viewer: &AgentId,
        options: ContextOptions,
    ) -> Result<Option<Context>, Error> {
        let (id, viewer) = (id.clone(), viewer.clone());
        let found = self.query(move |connection| {
            let view = connection.unchecked_transaction()?;
            let Some(seat) = seat(&view, &id, &viewer)? else {
                return Ok(None);
            };
            let mut due = Vec::new();
            let context = context(&view, &seat, &options, &mut due)?;
            Ok(Some((context, due)))
        });
        let Some((context, due)) = found.await? else {
            return Ok(None);
        };
        self.cover(due).await?;
        Ok(Some(context))
    }

    async fn participants(
        &self,
        id: &ThreadId,
        viewer: &AgentId,
    ) -> Result<Option<Participants>, Error> {
        let (id, viewer) = (id.clone(), viewer.clone());
        self.query(move |connection| {
            let view = connection.unchecked_transaction()?;
            let Some(seat) = seat(&view, &id, &viewer)? else {
                return Ok(None);
            };
            let (members, blind_copies) = roster(&view, &id, &viewer)?;
            Ok(Some(Participants::of(&RosterView {
                viewer: &seat.member,
                members: &members,
                blind_copies: &blind_copies,
            })))
        })
        .await
    }

    async fn context_agent(&self, agent: &AgentId) -> Result<Option<ContextAgent>, Error> {
        let agent = agent.clone();
        self.query(move |view| {
            let mut statement = view.prepare_cached(
                "SELECT created_at, (SELECT count(*) FROM context_members WHERE agent = ?1),
                        (SELECT count(*) FROM context_unread WHERE agent = ?1)
                 FROM context_agents WHERE name = ?1",
            )?;
            let found = statement
                .query_one([agent.as_str()], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                })
                .optional()?;
            let Some((created_at, threads, unread)) = found else {
                return Ok(None);
            };
            Ok(Some(ContextAgent {
                created_at: context_row::time(created_at)?,
                threads,
                unread,
            }))
        })
        .await
    }

    async fn put_note(
        &self,
        agent: &AgentId,
        note: ContextNote,
        limits: Limits,
    ) -> Result<Result<(), Refusal>, Error> {
        let agent = agent.clone();
        self.write(move |batch| batch.put_note(&agent, &note, &limits))
            .await
    }

    async fn query_graph(&self, agent: &AgentId, query: &GraphQuery) -> Result<Graph, Error> {
        let (agent, query) = (agent.clone(), query.clone());
        self.query(move |view| notes::query_graph(view, &agent, &query))
            .await
    }

    async fn index_entry(&self, agent: &AgentId, key: &str) -> Result<Option<IndexEntry>, Error> {
        let (agent, key) = (agent.clone(), key.to_owned());
        self.query(move |view| notes::index_entry(view, &agent, &key))
            .await
    }

    async fn search_index(
        &self,
        agent: &AgentId,
        search: &IndexSearch,
    ) -> Result<IndexEntries, Error> {
        let (agent, search) = (agent.clone(), search.clone());
        self.query(move |view| notes::search_index(view, &agent, &search))
            .await
    }

    async fn remove_index_entry(&self, agent: &AgentId, key: &str) -> Result<bool, Error> {
        let (agent, key) = (agent.clone(), key.to_owned());
        self.write(move |batch| {
            let mut statement =
                batch.sql("DELETE FROM context_index WHERE agent = ?1 AND key = ?2")?;
            Ok(statement.execute([agent.as_str(), &key])? > 0)
        })
        .await
    }
}

impl SqliteStore {
    /// Keeps summaries that are due, unless others that cover more are there by now.
    async fn cover(&self, due: Vec<(ThreadId, Summary)>) -> Result<(), Error> {
        if due.is_empty() {
            return Ok(());
        }
        self.write(move |batch| batch.cover(&due)).await
    }
}

impl Batch<'_> {
    pub(super) fn cover(&mut self, due: &[(ThreadId, Summary)]) -> Result<(), Error> {
        for (thread, summary) in due {
            self.sql(
                "UPDATE context_threads SET covered = ?2, covered_at = ?3 WHERE id = ?1 AND covered < ?2",
            )?
            .execute(params![
                thread.as_str(),
                number(summary.through),
                millis(summary.generated_at)
            ])?;
        }
        Ok(())
    }
}

/// The agents that a bearer has claimed.
pub(super) fn owned(view: &Connection, owner: AgentKey) -> Result<Vec<AgentId>, Error> {
    let mut statement = view.prepare_cached(
        "SELECT name FROM context_agents INDEXED BY context_agents_by_owner
         WHERE owner = ?1 ORDER BY name",
    )?;
    let agents = statement.query_map([owner.as_u64()], |row| parsed(row, 0))?;
    Ok(agents.collect::<Result<_, _>>()?)
}

/// The columns of [`head`], of `t`.
pub(super) const HEAD: &str =
    "t.id, t.participants, t.created_at, t.updated_at, t.last, t.covered, t.covered_at";

/// The columns of [`member`], of `m`.
pub(super) const MEMBER: &str = "m.agent, m.since, m.role, m.joined_seq, m.joined_place, m.joined_at, m.read, \
     m.shown";

/// The columns of [`message`], of `c`.
const MESSAGE: &str = "c.thread, c.seq, c.id, c.sender, c.recipient, c.copies, c.blind_copies, \
                       c.reply_to, c.payload, c.snapshot, c.sent_at";

pub(super) fn head(row: &Row<'_>, from: usize) -> rusqlite::Result<HeadRow> {
    Ok(HeadRow {
        id: row.get(from)?,
        participants: row.get(from + 1)?,
        created_at: row.get(from + 2)?,
        updated_at: row.get(from + 3)?,
        last: row.get(from + 4)?,
        covered: row.get(from + 5)?,
        covered_at: row.get(from + 6)?,
    })
}

pub(super) fn member(row: &Row<'_>, from: usize) -> rusqlite::Result<MemberRow> {
    Ok(MemberRow {
        agent: row.get(from)?,
        since: row.get(from + 1)?,
        role: row.get(from + 2)?,
        joined: joined(row, from + 3)?,
        read: row.get(from + 6)?,
        shown: row.get(from + 7)?,
    })
}

fn joined(row: &Row<'_>, from: usize) -> rusqlite::Result<JoinedRow> {
    Ok(JoinedRow {
        seq: row.get(from)?,
        place: row.get(from + 1)?,
        at: row.get(from + 2)?,
    })
}

pub(super) fn message(row: &Row<'_>) -> rusqlite::Result<MessageRow> {
    Ok(MessageRow {
        thread: row.get(0)?,
        seq: row.get(1)?,
        id: row.get(2)?,
        sender: row.get(3)?,
        recipient: row.get(4)?,
        copies: row.get(5)?,
        blind_copies: row.get(6)?,
        reply_to: row.get(7)?,
        payload: row.get(8)?,
        snapshot: row.get(9)?,
        sent_at: row.get(10)?,
    })
}

fn seat_of(head: HeadRow, member: MemberRow) -> Result<Seat, Error> {
    let (head, summary) = head.read()?;
    Ok(Seat {
        head,
        summary,
        member: member.read()?,
    })
}

/// A thread, for one of its members.
pub(super) fn seat(
    view: &Connection,
    thread: &ThreadId,
    agent: &AgentId,
) -> Result<Option<Seat>, Error> {
    let mut statement = view.prepare_cached(&format!(
        "SELECT {HEAD}, {MEMBER} FROM context_threads AS t
         JOIN context_members AS m ON m.thread = t.id WHERE t.id = ?1 AND m.agent = ?2"
    ))?;
    let found = statement
        .query_one([thread.as_str(), agent.as_str()], |row| {
            Ok((head(row, 0)?, member(row, 7)?))
        })
        .optional()?;
    found
        .map(|(head, member)| seat_of(head, member))
        .transpose()
}

/// The messages of a thread that there is room for, oldest first.
fn messages(
    view: &Connection,
    thread: &ThreadId,
    viewer: &AgentId,
    portion: &Portion,
) -> Result<Vec<StoredMessage>, Error> {
    let order = match portion.from {
        End::Oldest => "ASC",
        End::Newest => "DESC",
    };
    let mut statement = view.prepare_cached(&format!(
        "SELECT {}, {} FROM context_messages AS c
         WHERE c.thread = ?1 AND c.seq BETWEEN ?2 AND ?3 ORDER BY c.seq {order}",
        columns_for("?4", MESSAGE),
        size_for("?4")
    ))?;
    let mut rows = statement.query(params![
        thread.as_str(),
        number(*portion.places.start()),
        number(*portion.places.end()),
        viewer.as_str()
    ])?;
    let mut messages = Vec::new();
    let mut room = Room::of(portion.room);
    while let Some(row) = rows.next()? {
        if !room.admits(row.get(11)?) {
            break;
        }
        messages.push(message(row)?.read()?);
    }
    if portion.from == End::Newest {
        messages.reverse();
    }
    Ok(messages)
}

/// What a thread would put into an answer. No content is read for it.
fn wish(view: &Connection, plan: &ThreadPlan<'_>) -> Result<Wish, Error> {
    let mut wish = Wish { all: 0, first: 0 };
    let Some(Portion { places, room, .. }) = plan.portion() else {
        return Ok(wish);
    };
    let mut statement = view.prepare_cached(&format!(
        "SELECT {} FROM context_messages AS c
         WHERE c.thread = ?1 AND c.seq BETWEEN ?2 AND ?3 ORDER BY c.seq DESC",
        size_for("?4")
    ))?;
    let mut rows = statement.query(params![
        plan.head().id.as_str(),
        number(*places.start()),
        number(*places.end()),
        plan.viewer().agent.as_str()
    ])?;
    while let Some(row) = rows.next()? {
        let size: u64 = row.get(0)?;
        if wish.first == 0 {
            wish.first = size;
        }
        wish.all += size;
        // Beyond the room it makes no difference by how much.
        if wish.all > room {
            break;
        }
    }
    Ok(wish)
}

/// The ids of a part of a thread, oldest first.
fn ids(
    view: &Connection,
    thread: &ThreadId,
    places: &RangeInclusive<Seq>,
) -> Result<Vec<MessageId>, Error> {
    let mut statement = view.prepare_cached(
        "SELECT id FROM context_messages WHERE thread = ?1 AND seq BETWEEN ?2 AND ?3 ORDER BY seq",
    )?;
    let values = params![
        thread.as_str(),
        number(*places.start()),
        number(*places.end())
    ];
    let ids = statement.query_map(values, |row| parsed(row, 0))?;
    Ok(ids.collect::<Result<_, _>>()?)
}

/// The context of a thread. A summary that is due is noted.
pub(super) fn context(
    view: &Connection,
    seat: &Seat,
    options: &ContextOptions,
    due: &mut Vec<(ThreadId, Summary)>,
) -> Result<Context, Error> {
    let plan = seat.plan(options);
    let thread = &seat.head.id;
    let covered = match plan.covered() {
        Some(places) => ids(view, thread, &places)?,
        None => Vec::new(),
    };
    let recent = Portion {
        places: plan.recent(),
        room: plan.room() as u64,
        from: End::Newest,
    };
    let recent = messages(view, thread, &seat.member.agent, &recent)?;
    due.extend(
        plan.commit()
            .map(|summary| (thread.clone(), summary.clone())),
    );
    Ok(plan.assemble(&recent, covered))
}

/// The visible members of a thread, and the blind copies that the viewer got or sent.
fn roster(
    view: &Connection,
    thread: &ThreadId,
    viewer: &AgentId,
) -> Result<(Vec<Member>, Vec<BlindCopy>), Error> {
    let thread = thread.as_str();
    let mut statement = view.prepare_cached(&format!(
        "SELECT {MEMBER} FROM context_members AS m INDEXED BY context_members_visible
         WHERE m.thread = ?1 AND m.role > 0"
    ))?;
    let rows = statement.query_map([thread], |row| member(row, 0))?;
    let members = rows.map(|row| row?.read()).collect::<Result<_, _>>()?;
    let mut statement = view.prepare_cached(
        "SELECT agent, sender, seq, place, at FROM context_blind_copies WHERE thread = ?1 AND agent = ?2
         UNION
         SELECT agent, sender, seq, place, at FROM context_blind_copies WHERE thread = ?1 AND sender = ?2",
    )?;
    let rows = statement.query_map([thread, viewer.as_str()], |row| {
        Ok(BlindCopyRow {
            agent: row.get(0)?,
            sender: row.get(1)?,
            joined: joined(row, 2)?,
        })
    })?;
    let blind_copies = rows.map(|row| row?.read()).collect::<Result<_, _>>()?;
    Ok((members, blind_copies))
}

/// A thread, with the messages that there is room for.
fn shown(view: &Connection, plan: &ThreadPlan<'_>) -> Result<Thread, Error> {
    let (thread, viewer) = (&plan.head().id, &plan.viewer().agent);
    let (members, blind_copies) = roster(view, thread, viewer)?;
    let messages = match plan.portion() {
        Some(portion) => messages(view, thread, viewer, &portion)?,
        None => Vec::new(),
    };
    Ok(plan.assemble(&members, &blind_copies, &messages))
}

fn threads(
    connection: &Connection,
    agent: &AgentId,
    page: Option<Page>,
    limits: &Limits,
) -> Result<Mailbox, Error> {
    let view = connection.unchecked_transaction()?;
    let plan = MailboxPlan::new(page, limits);
    let seats = seats(&view, agent, &plan)?;
    let threads = seats.iter().map(|seat| seat.thread(None, limits));
    let threads: Vec<_> = threads.collect();
    let wishes = threads.iter().map(|thread| wish(&view, thread));
    let wishes: Vec<_> = wishes.collect::<Result<_, _>>()?;
    let threads = plan.share(&threads, &wishes);
    let threads = threads.iter().map(|thread| shown(&view, thread));
    let threads = threads.collect::<Result<_, _>>()?;
    let count = |statement| -> Result<u64, Error> {
        let mut statement = view.prepare_cached(statement)?;
        Ok(statement.query_one([agent.as_str()], |row| row.get(0))?)
    };
    let unread = count("SELECT count(*) FROM context_unread WHERE agent = ?1")?;
    let total = count("SELECT count(*) FROM context_members WHERE agent = ?1")?;
    Ok(plan.assemble(threads, unread, total))
}

/// The threads of an agent that are listed.
fn seats(view: &Connection, agent: &AgentId, plan: &MailboxPlan) -> Result<Vec<Seat>, Error> {
    let mut statement = view.prepare_cached(&format!(
        "SELECT {HEAD}, {MEMBER} FROM context_members AS m
         CROSS JOIN context_threads AS t ON t.id = m.thread WHERE m.agent = ?1
         ORDER BY t.updated_at DESC, t.id DESC LIMIT ?2 OFFSET ?3"
    ))?;
    let fits = |number| i64::try_from(number).unwrap_or(i64::MAX);
    let (most, before) = (fits(plan.most()), fits(plan.offset()));
    let mut names = view.prepare_cached(&format!(
        "SELECT {} FROM context_threads AS t WHERE t.id = ?1",
        names_for("?2")
    ))?;
    let mut rows = statement.query(params![agent.as_str(), most, before])?;
    let (mut seats, mut room) = (Vec::new(), plan.room());
    while let Some(row) = rows.next()? {
        let seat = seat_of(head(row, 0)?, member(row, 7)?)?;
        let thread = seat.head.id.as_str();
        let names = names.query_one([thread, agent.as_str()], |row| row.get(0))?;
        if !room.admits(MailboxPlan::size(names)) {
            break;
        }
        seats.push(seat);
    }
    Ok(seats)
}
