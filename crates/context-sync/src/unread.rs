use std::sync::Arc;

use strict_json::Value;

use crate::json::{self, maybe, optional};
use crate::write::{self, Members};
use crate::{
    AgentId, Context, Error, JsonObject, Limits, Member, Message, Seq, Shown, StoredMessage,
    ThreadHead,
};

/// The answer to a request for unread messages: oldest first, each with the context of its thread
/// as it is now (sections 3 and 5).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unread {
    frames: Vec<ContextFrame>,
    has_more: bool,
}

/// An unread message and what it stands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextFrame {
    message: Message,
    context: Arc<Context>,
}

/// A thread with unread messages, as it was looked up.
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_structs)] // an input
pub struct UnreadThread<'a> {
    /// The row of the agent that asks.
    pub member: &'a Member,
    /// The thread's context for it.
    pub context: Context,
    /// The messages delivered to it behind its read mark, or the oldest of them. Others are left
    /// out. Their own snapshots are not shown and need not be read.
    pub messages: &'a [StoredMessage],
}

impl Unread {
    /// Makes the answer for one agent of its threads with unread messages, in any order.
    ///
    /// Look-ups: the messages that an [`UnreadPlan`](crate::UnreadPlan) has room for, which makes
    /// the answer by this; for each of their threads the agent's row and what a
    /// [`ContextPlan`](crate::ContextPlan) asks for. It repeats contexts up to
    /// [`Limits::repeated`](field@Limits::repeated).
    #[must_use]
    pub fn of(threads: Vec<UnreadThread<'_>>, limits: &Limits) -> Self {
        let waiting = |thread: &UnreadThread<'_>| {
            let messages = thread.messages.iter();
            let unread = messages.filter(|message| message.is_unread_by(thread.member));
            unread.count().saturating_sub(1)
        };
        let repeated = threads
            .iter()
            .map(|thread| waiting(thread).saturating_mul(thread.context.size()));
        let is_too_much = repeated.fold(0, usize::saturating_add) > limits.repeated;
        let mut frames = Vec::new();
        for UnreadThread {
            member,
            context,
            messages,
        } in threads
        {
            let mut unread: Vec<_> = messages
                .iter()
                .filter(|message| message.is_unread_by(member))
                .collect();
            unread.sort_unstable_by_key(|message| message.seq);
            let has_ids = context
                .summary()
                .is_some_and(|summary| !summary.covers_message_ids.is_empty());
            let full = Arc::new(context);
            let rest = match unread.len() > 1 {
                true if is_too_much => Arc::new(full.without_messages()),
                true if has_ids => Arc::new(full.without_ids()),
                _ => Arc::clone(&full),
            };
            let last = unread.len().saturating_sub(1);
            let seen = unread.iter().enumerate().filter_map(|(at, message)| {
                let context = Arc::clone(if at == last { &full } else { &rest });
                let message_seen = message.seen_by(member)?;
                Some((
                    message.seq,
                    ContextFrame {
                        message: message_seen,
                        context,
                    },
                ))
            });
            frames.extend(seen);
        }
        frames.sort_by(|(left_seq, left), (right_seq, right)| {
            let (left, right) = (&left.message, &right.message);
            let by_time = left.timestamp.cmp(&right.timestamp);
            by_time
                .then_with(|| left.thread_id.cmp(&right.thread_id))
                .then_with(|| left_seq.cmp(right_seq))
        });
        Self {
            frames: frames.into_iter().map(|(_, frame)| frame).collect(),
            has_more: false,
        }
    }

    /// The same answer, which says whether something was left out.
    pub(crate) fn with_more(self, has_more: bool) -> Self {
        Self { has_more, ..self }
    }

    /// About how many octets an answer is at most.
    #[must_use]
    pub fn most(limits: &Limits) -> usize {
        // Of one thread the oldest message, the newest and its snapshot are there in any case.
        let frames = limits.portion.max(limits.body.saturating_mul(3));
        frames
            .saturating_add(limits.portion)
            .saturating_add(limits.repeated)
    }

    /// The messages, oldest first.
    #[must_use]
    pub fn frames(&self) -> &[ContextFrame] {
        &self.frames
    }

    /// Whether messages were left out for which there was no room. They come in the answers after
    /// the threads that are shown here were marked read.
    #[must_use]
    pub fn has_more(&self) -> bool {
        self.has_more
    }

    /// What a client gets that asks for the messages of one sender, or of all: the frames, and the
    /// context of the last of them (section 5).
    pub fn receive(&self, from: Option<&AgentId>) -> (Vec<&ContextFrame>, Context) {
        let frames: Vec<_> = self
            .frames
            .iter()
            .filter(|frame| from.is_none_or(|from| frame.message.from == *from))
            .collect();
        let last = frames.last();
        let context = last.map(|frame| Context::clone(&frame.context));
        (frames, context.unwrap_or_default())
    }

    /// Reads an answer.
    ///
    /// # Errors
    ///
    /// When it is no strict JSON object, or a field that clients need is missing or of the wrong
    /// type.
    pub fn parse(octets: &[u8], limits: &Limits) -> Result<Self, Error> {
        let document = json::document(octets, &limits.answer())?;
        let frame = |value| ContextFrame::read(value, limits);
        let object = json::object(&document)?;
        let frames = maybe(object, "messages", |value| json::list(value, frame));
        Ok(Self {
            frames: frames?.unwrap_or_default(),
            has_more: maybe(object, "hasMore", json::flag)?.unwrap_or_default(),
        })
    }

    /// Appends the answer as JSON. A context that several frames share is written out once and
    /// copied.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut written = std::collections::BTreeMap::new();
        let mut body = Members::open(out);
        write::list(&self.frames, body.value("messages"), |frame, out| {
            frame.write(out, |context, out| {
                let start = out.len();
                match written.get(&Arc::as_ptr(context).addr()) {
                    Some(&(from, to)) => out.extend_from_within(from..to),
                    None => {
                        context.write_value(out);
                        written.insert(Arc::as_ptr(context).addr(), (start, out.len()));
                    }
                }
            });
        });
        if self.has_more {
            body.flag("hasMore", true);
        }
        body.close();
    }
}

impl ContextFrame {
    /// The message. Its own snapshot is in no frame, only in the context (section 3).
    #[must_use]
    pub fn message(&self) -> &Message {
        &self.message
    }

    /// The context of its thread.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.context
    }

    fn write(&self, out: &mut Vec<u8>, context: impl FnOnce(&Arc<Context>, &mut Vec<u8>)) {
        let mut members = Members::open(out);
        self.message.write_envelope(&mut members);
        members.integer("timestamp", self.message.timestamp.as_millis());
        members.json("payload", self.message.payload.as_str());
        context(&self.context, members.value("context"));
        self.message.write_copies(&mut members);
        members.close();
    }

    fn read(value: Value<'_>, limits: &Limits) -> Result<Self, Error> {
        let object = json::members(value)?;
        let context = optional(object, "context").map(|context| Context::read(context, limits));
        let message = Message::of_members(object, limits)?;
        Ok(Self {
            // Another server may show it; the frame has none.
            message: Message {
                snapshot: JsonObject::empty(),
                ..message
            },
            context: Arc::new(context.transpose()?.unwrap_or_default()),
        })
    }
}

/// Decides on a request to mark a thread read up to now (section 5): the read mark to commit, or
/// nothing when there is nothing to do. The answer is the same in either case, so that nobody
/// learns whether a thread exists.
///
/// When the last answer of unread messages left some of the thread out, only what it showed is
/// marked ([`Member::shown`]). That stays until the next such answer, so that a repeated request
/// marks no more than the first.
///
/// Look-ups: the thread and the agent's row in it, in the transaction that will commit.
#[must_use]
pub fn mark_read(thread: Option<(&ThreadHead, &Member)>) -> Option<Seq> {
    let (head, member) = thread?;
    let through = match member.shown {
        Shown::All => Some(head.last),
        Shown::Through(last) => last,
    };
    through.filter(|through| member.read < Some(*through))
}

/// Appends the answer to a request to mark a thread read, and that of `/health`: `{"ok":true}`.
pub fn write_ok(out: &mut Vec<u8>) {
    out.extend_from_slice(br#"{"ok":true}"#);
}

/// Appends the answer of `/ready`, `{"ready":true}`: 200, or 503 when it is false.
pub fn write_ready(is_ready: bool, out: &mut Vec<u8>) {
    let mut body = Members::open(out);
    body.flag("ready", is_ready);
    body.close();
}
