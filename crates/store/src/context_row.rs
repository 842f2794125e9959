//! Rows of context-sync, as both engines keep them.

use std::collections::BTreeMap;
use std::str::FromStr;

use context_sync::{
    AgentId, BlindCopy, Context, ContextPlan, GraphEdge, GraphNode, IndexEntry, Joined, JsonObject,
    JsonText, Limits, Member, Page, Receipt, Role, Seq, SetKey, Shown, ShownMarks, Standing,
    StoredMessage, Summary, SummaryText, ThreadHead, ThreadId, ThreadPlan, Timestamp, Unread,
    UnreadPlan, UnreadSize, UnreadThread, VisibleRole,
};

use crate::{ContextOptions, Error, ErrorKind};

/// A thread, its coverage, and the row of the member who looks at it.
#[derive(Clone, Debug)]
pub(crate) struct Seat {
    pub(crate) head: ThreadHead,
    pub(crate) summary: Option<Summary>,
    pub(crate) member: Member,
}

/// Columns of a thread.
pub(crate) struct HeadRow {
    pub(crate) id: String,
    pub(crate) participants: Vec<u8>,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) last: i64,
    pub(crate) covered: i64,
    pub(crate) covered_at: i64,
}

/// Columns of a member.
pub(crate) struct MemberRow {
    pub(crate) agent: String,
    pub(crate) since: i64,
    pub(crate) role: i16,
    pub(crate) joined: JoinedRow,
    pub(crate) read: i64,
    pub(crate) shown: Option<i64>,
}

/// Columns of a mention.
pub(crate) struct JoinedRow {
    pub(crate) seq: i64,
    pub(crate) place: i64,
    pub(crate) at: i64,
}

/// Columns of a blind copy.
pub(crate) struct BlindCopyRow {
    pub(crate) agent: String,
    pub(crate) sender: String,
    pub(crate) joined: JoinedRow,
}

/// Columns of a message.
pub(crate) struct MessageRow {
    pub(crate) thread: String,
    pub(crate) seq: i64,
    pub(crate) id: String,
    pub(crate) sender: String,
    pub(crate) recipient: String,
    pub(crate) copies: String,
    pub(crate) blind_copies: String,
    pub(crate) reply_to: Option<String>,
    pub(crate) payload: String,
    pub(crate) snapshot: String,
    pub(crate) sent_at: i64,
}

impl Seat {
    /// What the context of the thread needs.
    pub(crate) fn plan(&self, options: &ContextOptions) -> ContextPlan<'_> {
        ContextPlan::new(
            &self.head,
            &self.member,
            self.summary.as_ref(),
            options.window,
            options.now,
            &options.limits,
        )
    }

    /// What the thread itself needs: a page of its messages, or the newest.
    pub(crate) fn thread(&self, page: Option<Page>, limits: &Limits) -> ThreadPlan<'_> {
        ThreadPlan::new(&self.head, &self.member, page, limits)
    }
}

impl HeadRow {
    pub(crate) fn read(self) -> Result<(ThreadHead, Option<Summary>), Error> {
        let summary = match self.covered {
            0 => None,
            covered => Some(Summary {
                through: place(covered)?,
                text: SummaryText::default(),
                generated_at: time(self.covered_at)?,
            }),
        };
        let head = ThreadHead {
            id: parsed(&self.id)?,
            set: SetKey::from_octets(octets(&self.participants)?),
            created_at: time(self.created_at)?,
            updated_at: time(self.updated_at)?,
            last: place(self.last)?,
        };
        Ok((head, summary))
    }
}

impl MemberRow {
    pub(crate) fn read(self) -> Result<Member, Error> {
        let role = match self.role {
            SILENT => None,
            CC => Some(VisibleRole::Cc),
            TO => Some(VisibleRole::To),
            _ => return Err(damaged()),
        };
        let joined = self.joined;
        Ok(Member {
            agent: parsed(&self.agent)?,
            since: place(self.since)?,
            standing: match role {
                Some(role) => Some(Standing {
                    role,
                    joined: joined.read()?,
                }),
                None => None,
            },
            read: match self.read {
                0 => None,
                read => Some(place(read)?),
            },
            shown: match self.shown {
                None => Shown::All,
                Some(0) => Shown::Through(None),
                Some(through) => Shown::Through(Some(place(through)?)),
            },
        })
    }

    /// The columns of a member.
    pub(crate) fn of(member: &Member) -> Self {
        let standing = member.standing.as_ref();
        Self {
            agent: member.agent.to_string(),
            since: number(member.since),
            role: standing.map_or(SILENT, |standing| match Role::from(standing.role) {
                Role::Cc => CC,
                _ => TO,
            }),
            joined: standing
                .map_or_else(JoinedRow::none, |standing| JoinedRow::of(&standing.joined)),
            read: member.read.map_or(0, number),
            shown: shown(member.shown),
        }
    }
}

/// Roles as columns keep them.
const SILENT: i16 = 0;
const CC: i16 = 1;
const TO: i16 = 2;

impl JoinedRow {
    fn read(self) -> Result<Joined, Error> {
        Ok(Joined {
            seq: place(self.seq)?,
            place: u32::try_from(self.place).map_err(|_| damaged())?,
            at: time(self.at)?,
        })
    }

    pub(crate) fn of(joined: &Joined) -> Self {
        Self {
            seq: number(joined.seq),
            place: i64::from(joined.place),
            at: millis(joined.at),
        }
    }

    fn none() -> Self {
        Self {
            seq: 0,
            place: 0,
            at: 0,
        }
    }
}

impl BlindCopyRow {
    pub(crate) fn read(self) -> Result<BlindCopy, Error> {
        Ok(BlindCopy {
            agent: parsed(&self.agent)?,
            by: parsed(&self.sender)?,
            joined: self.joined.read()?,
        })
    }
}

impl MessageRow {
    pub(crate) fn read(self) -> Result<StoredMessage, Error> {
        Ok(StoredMessage {
            seq: place(self.seq)?,
            id: parsed(&self.id)?,
            thread_id: parsed(&self.thread)?,
            from: parsed(&self.sender)?,
            to: parsed(&self.recipient)?,
            cc: agents(&self.copies)?,
            bcc: agents(&self.blind_copies)?,
            reply_to: self.reply_to.as_deref().map(parsed).transpose()?,
            payload: JsonText::parse(&self.payload, &STORED).map_err(|_| damaged())?,
            snapshot: JsonObject::parse(&self.snapshot, &STORED).map_err(|_| damaged())?,
            timestamp: time(self.sent_at)?,
        })
    }

    pub(crate) fn of(message: &StoredMessage) -> Self {
        Self {
            thread: message.thread_id.to_string(),
            seq: number(message.seq),
            id: message.id.to_string(),
            sender: message.from.to_string(),
            recipient: message.to.to_string(),
            copies: list(&message.cc),
            blind_copies: list(&message.bcc),
            reply_to: message.reply_to.as_ref().map(ToString::to_string),
            payload: message.payload.to_string(),
            snapshot: message.snapshot.to_string(),
            sent_at: millis(message.timestamp),
        }
    }
}

/// What was taken in is shown, whatever the limits were then.
const STORED: Limits = Limits {
    body: usize::MAX,
    answer: usize::MAX,
    depth: Limits::DEPTH_CAP,
    number: usize::MAX,
    recipients: usize::MAX,
    participants: usize::MAX,
    agents: usize::MAX,
    handoff_fields: usize::MAX,
    notes: u64::MAX,
    covered_ids: u64::MAX,
    repeated: usize::MAX,
    portion: usize::MAX,
};

/// What a message counts in an answer, of the table `c`. Neither engine reads the content for it.
const SIZE: &str = "octet_length(c.payload) + octet_length(c.snapshot) \
                               + octet_length(c.copies) + octet_length(c.blind_copies) + 1024";

/// What it counts among unread messages: neither a snapshot nor blind copies are shown there.
pub(crate) const FRAME_SIZE: &str = "octet_length(c.payload) + octet_length(c.copies) + 1024";

const _: () = assert!(StoredMessage::AROUND == 1024);

/// What a message counts for a viewer, a parameter or column: blind copies are its sender's.
pub(crate) fn size_for(viewer: &str) -> String {
    format!("{SIZE} - CASE c.sender WHEN {viewer} THEN 0 ELSE octet_length(c.blind_copies) END")
}

/// Columns of a message for a viewer, for whom the blind copies of others are not even read.
pub(crate) fn columns_for(viewer: &str, columns: &str) -> String {
    let own = format!("CASE c.sender WHEN {viewer} THEN c.blind_copies ELSE '[]' END");
    columns.replace("c.blind_copies", &format!("{own} AS blind_copies"))
}

/// How many names a viewer may know of the thread `t`, as they are counted.
pub(crate) fn names_for(viewer: &str) -> String {
    format!(
        "(SELECT count(*) FROM context_members AS v WHERE v.thread = t.id AND v.role > 0)
         + (SELECT count(*) FROM context_blind_copies AS b WHERE b.thread = t.id AND b.agent = {viewer})
         + (SELECT count(*) FROM context_blind_copies AS b WHERE b.thread = t.id AND b.sender = {viewer})"
    )
}

/// What is unread of a thread, of the engines' answers to one question.
pub(crate) struct SizeRow {
    pub(crate) thread: String,
    pub(crate) count: i64,
    pub(crate) frames: i64,
    pub(crate) oldest: i64,
    pub(crate) last: i64,
    pub(crate) newest: i64,
    pub(crate) snapshot: i64,
}

impl SizeRow {
    pub(crate) fn read(self) -> Result<UnreadSize, Error> {
        Ok(UnreadSize {
            thread: parsed(&self.thread)?,
            count: self.count.unsigned_abs(),
            frames: self.frames.unsigned_abs(),
            oldest: self.oldest.unsigned_abs(),
            last: place(self.last)?,
            newest: self.newest.unsigned_abs(),
            snapshot: self.snapshot.unsigned_abs(),
        })
    }
}

/// How far a member was shown a thread, as a column keeps it.
pub(crate) fn shown(shown: Shown) -> Option<i64> {
    match shown {
        Shown::All => None,
        Shown::Through(through) => Some(through.map_or(0, number)),
    }
}

/// Columns of a node.
pub(crate) struct NodeRow {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) metadata: String,
    pub(crate) updated_at: i64,
}

/// Columns of an edge.
pub(crate) struct EdgeRow {
    pub(crate) source: String,
    pub(crate) target: String,
    pub(crate) kind: String,
    pub(crate) weight: String,
}

/// Columns of an entry of an index.
pub(crate) struct EntryRow {
    pub(crate) key: String,
    pub(crate) category: String,
    pub(crate) summary: String,
    pub(crate) metadata: String,
    pub(crate) updated_at: i64,
}

impl NodeRow {
    pub(crate) fn read(self) -> Result<GraphNode, Error> {
        Ok(GraphNode {
            kind: parsed(&self.kind)?,
            metadata: JsonObject::parse(&self.metadata, &STORED).map_err(|_| damaged())?,
            updated_at: time(self.updated_at)?,
            id: self.id,
            name: self.name,
            description: self.description,
        })
    }
}

impl EdgeRow {
    pub(crate) fn read(self) -> Result<GraphEdge, Error> {
        Ok(GraphEdge {
            weight: JsonText::parse(&self.weight, &STORED).map_err(|_| damaged())?,
            source: self.source,
            target: self.target,
            kind: self.kind,
        })
    }
}

impl EntryRow {
    pub(crate) fn read(self) -> Result<IndexEntry, Error> {
        Ok(IndexEntry {
            category: parsed(&self.category)?,
            metadata: JsonObject::parse(&self.metadata, &STORED).map_err(|_| damaged())?,
            updated_at: time(self.updated_at)?,
            key: self.key,
            summary: self.summary,
        })
    }
}

/// The receipt that stays under an idempotency key.
pub(crate) fn receipt(message: &str, thread: &str, delivered: &str) -> Result<Receipt, Error> {
    Ok(Receipt {
        message_id: parsed(message)?,
        thread_id: parsed(thread)?,
        delivered_to: agents(delivered)?,
    })
}

/// The messages of threads, each oldest first, by thread.
pub(crate) fn by_thread(messages: Vec<StoredMessage>) -> BTreeMap<ThreadId, Vec<StoredMessage>> {
    let mut threads: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for message in messages {
        let thread = threads.entry(message.thread_id.clone()).or_default();
        thread.push(message);
    }
    threads
}

/// What is unread in the threads that an agent takes part in, as far as it was read.
pub(crate) fn unread(
    plan: &UnreadPlan,
    seats: &[Seat],
    contexts: Vec<Context>,
    unread: &BTreeMap<ThreadId, Vec<StoredMessage>>,
    limits: &Limits,
) -> (Unread, ShownMarks) {
    let threads = seats.iter().zip(contexts).filter_map(|(seat, context)| {
        Some(UnreadThread {
            member: &seat.member,
            context,
            messages: unread.get(&seat.head.id)?,
        })
    });
    plan.assemble(threads.collect(), limits)
}

/// A list of agents as a column keeps it.
pub(crate) fn list(agents: &[AgentId]) -> String {
    serde_json::Value::from_iter(agents.iter().map(AgentId::as_str)).to_string()
}

fn agents(column: &str) -> Result<Vec<AgentId>, Error> {
    let names: Vec<String> = serde_json::from_str(column).map_err(|_| damaged())?;
    names.iter().map(|name| parsed(name)).collect()
}

/// A text as the value that it was.
pub(crate) fn parsed<T: FromStr>(text: &str) -> Result<T, Error> {
    text.parse().map_err(|_| damaged())
}

/// A digest as it was kept.
pub(crate) fn octets(column: &[u8]) -> Result<[u8; 32], Error> {
    column.try_into().map_err(|_| damaged())
}

/// A place in a thread as a column keeps it.
pub(crate) fn number(seq: Seq) -> i64 {
    i64::try_from(seq.get()).unwrap_or(i64::MAX) // a place fits
}

/// A time as a column keeps it.
pub(crate) fn millis(time: Timestamp) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX) // below 2^53
}

pub(crate) fn time(column: i64) -> Result<Timestamp, Error> {
    let millis = u64::try_from(column).map_err(|_| damaged())?;
    Timestamp::new(millis).ok_or_else(damaged)
}

fn place(column: i64) -> Result<Seq, Error> {
    let number = u64::try_from(column).map_err(|_| damaged())?;
    Seq::new(number).ok_or_else(damaged)
}

fn damaged() -> Error {
    Error::new(
        ErrorKind::Corrupt,
        "expected other values in the database, it is damaged",
    )
}
