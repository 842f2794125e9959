use std::ops::RangeInclusive;

use strict_json::Value;

use crate::json::{self, maybe, optional};
use crate::write::{self, Members};
use crate::{
    Error, JsonObject, Limits, Member, Message, MessageId, Seq, StoredMessage, Summary,
    SummaryText, ThreadHead, ThreadSummary, Timestamp, Window,
};

/// What a member of a thread that starts cold needs to know (section 3).
///
/// A server makes one by [`ContextPlan::assemble`], a client reads one from an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    snapshot: JsonObject,
    summary: Option<ThreadSummary>,
    summary_text: String,
    recent: Vec<Message>,
    token_count: u64,
}

/// The messages that a context needs, and no others: a store reads them by thread and place.
///
/// It costs by the window, however long the thread is. Look-ups before: the thread, the viewer's
/// row in it (without one the answer is [`Refusal::no_thread`](crate::Refusal::no_thread)), and the
/// summary.
#[derive(Clone, Debug)]
pub struct ContextPlan<'a> {
    viewer: &'a Member,
    recent: RangeInclusive<Seq>,
    covered: Option<RangeInclusive<Seq>>,
    stored: Option<&'a Summary>,
    commit: Option<Summary>,
    tokens: Option<u64>,
    room: usize,
}

impl<'a> ContextPlan<'a> {
    /// Plans the context of a thread for a viewer.
    #[must_use]
    pub fn new(
        head: &ThreadHead,
        viewer: &'a Member,
        stored: Option<&'a Summary>,
        window: Window,
        now: Timestamp,
        limits: &Limits,
    ) -> Self {
        let last = head.last.get();
        let older = last.saturating_sub(window.messages().into());
        let through = stored.map_or(0, |stored| stored.through.get());
        let is_due = older >= through.saturating_add(Summary::THRESHOLD);
        let commit = Seq::new(older)
            .filter(|_| is_due)
            .map(|older| Summary::extended(stored, older, now));
        let through = commit.as_ref().map(|commit| commit.through);
        let through = through.or_else(|| stored.map(|stored| stored.through));
        Self {
            viewer,
            recent: Seq::new(older + 1).unwrap_or(head.last).max(viewer.since)..=head.last,
            covered: through.and_then(|through| {
                let most = limits.covered_ids.max(1);
                let first = Seq::new((through.get() + 1).saturating_sub(most));
                let first = first.unwrap_or(Seq::FIRST).max(viewer.since);
                (first <= through).then_some(first..=through)
            }),
            stored,
            commit,
            tokens: window.tokens(),
            room: limits.portion,
        }
    }

    /// The same with so much room, in octets, instead of [`Limits::portion`](field@Limits::portion).
    #[must_use]
    pub fn within(self, room: usize) -> Self {
        Self { room, ..self }
    }

    /// The messages to read: the newest of these, as many as there is [`room`](Self::room) for, and
    /// never less than one.
    #[must_use]
    pub fn recent(&self) -> RangeInclusive<Seq> {
        self.recent.clone()
    }

    /// How many octets the messages to read may be together. Each counts its content, and
    /// [`StoredMessage::AROUND`].
    #[must_use]
    pub fn room(&self) -> usize {
        self.room
    }

    /// The messages whose ids to read, if any.
    #[must_use]
    pub fn covered(&self) -> Option<RangeInclusive<Seq>> {
        self.covered.clone()
    }

    /// The summary to keep instead of the stored one, unless one that covers more is there by now.
    /// Losing it loses nothing: the next reader makes it again.
    #[must_use]
    pub fn commit(&self) -> Option<&Summary> {
        self.commit.as_ref()
    }

    /// Makes the context of the messages and ids that were read, both oldest first.
    ///
    /// What the viewer may not see is left out, whatever was read. Coverage goes by the window, not
    /// by what there was room for.
    #[must_use]
    pub fn assemble(&self, recent: &[StoredMessage], covered: Vec<MessageId>) -> Context {
        let seen = recent
            .iter()
            .filter(|message| self.recent.contains(&message.seq));
        let mut recent: Vec<_> = seen
            .filter_map(|message| message.seen_by(self.viewer))
            .collect();
        let kept = self.commit.as_ref().or(self.stored);
        // A summary tells of the whole thread, so only those who see all of it may read it.
        let sees_all = self.viewer.since == Seq::FIRST;
        let summary = kept
            .filter(|_| self.covered.is_some())
            .map(|kept| ThreadSummary {
                text: match sees_all {
                    true => kept.text.clone(),
                    false => SummaryText::default(),
                },
                covers_message_ids: covered,
                generated_at: kept.generated_at,
            });
        let summary_text = summary
            .as_ref()
            .map(|summary| summary.text.text.clone())
            .unwrap_or_default();
        let (from, token_count) = fit(&summary_text, &recent, self.tokens);
        recent.drain(..from);
        let newest = recent.last();
        Context {
            snapshot: newest.map_or_else(JsonObject::empty, |newest| newest.snapshot.clone()),
            summary,
            summary_text,
            recent,
            token_count,
        }
    }
}

/// The first message that the budget has room for, and the tokens from there on: a quarter of the
/// UTF-16 length of the summary and the payloads, each behind a line feed, rounded up (section 3).
fn fit(summary: &str, messages: &[Message], budget: Option<u64>) -> (usize, u64) {
    let tokens = |length: usize| length.div_ceil(4) as u64;
    let mut length = summary.encode_utf16().count();
    let mut from = messages.len();
    for (at, message) in messages.iter().enumerate().rev() {
        let longer = length + 1 + message.payload.text_length();
        let is_over = budget.is_some_and(|budget| tokens(longer) > budget);
        if is_over && from < messages.len() {
            break;
        }
        (from, length) = (at, longer);
    }
    (from, tokens(length).max(1))
}

impl Context {
    /// About how many octets an answer is at most: its messages, and one however large it is.
    #[must_use]
    pub fn most(limits: &Limits) -> usize {
        limits.portion.saturating_add(limits.body)
    }

    /// What the sender of the newest message knew. It replaces what was known before.
    #[must_use]
    pub fn snapshot(&self) -> &JsonObject {
        &self.snapshot
    }

    /// The summary of older messages in words, empty without a summariser.
    #[must_use]
    pub fn thread_summary(&self) -> &str {
        &self.summary_text
    }

    /// The summary of older messages, where there is one.
    #[must_use]
    pub fn summary(&self) -> Option<&ThreadSummary> {
        self.summary.as_ref()
    }

    /// The last messages, oldest first.
    #[must_use]
    pub fn recent_messages(&self) -> &[Message] {
        &self.recent
    }

    /// About how many tokens the summary and the payloads are.
    #[must_use]
    pub fn token_count(&self) -> u64 {
        self.token_count
    }

    /// The same context without the ids that its summary covers: they stand once for each thread
    /// in an answer (section 11).
    pub(crate) fn without_ids(&self) -> Self {
        let mut context = self.clone();
        if let Some(summary) = &mut context.summary {
            summary.covers_message_ids.clear();
        }
        context
    }

    /// The same context without its messages, too, for an answer that would repeat too much.
    pub(crate) fn without_messages(&self) -> Self {
        let mut context = self.without_ids();
        context.recent.clear();
        context
    }

    /// About how many octets it is written as, the ids that its summary covers left out.
    pub(crate) fn size(&self) -> usize {
        let message = |message: &Message| {
            let agents = 2 + message.cc.len() + message.bcc.len();
            let content = message.payload.as_str().len() + message.snapshot.as_str().len();
            content + agents * 32 + 200
        };
        let around = self.snapshot.as_str().len() + self.summary_text.len() + 100;
        self.recent.iter().map(message).sum::<usize>() + around
    }

    /// Reads the answer to a sync, `{"context":…}`.
    ///
    /// # Errors
    ///
    /// When it is no strict JSON object, or a field that clients need is missing or of the wrong
    /// type.
    pub fn parse(octets: &[u8], limits: &Limits) -> Result<Self, Error> {
        let document = json::document(octets, &limits.answer())?;
        let context = optional(json::object(&document)?, "context");
        context
            .map_or_else(
                || Ok(Self::default()),
                |context| Self::read(context, limits),
            )
            .map_err(|error| error.field("context"))
    }

    /// Appends the answer to a sync as JSON.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut body = Members::open(out);
        self.write_value(body.value("context"));
        body.close();
    }

    pub(crate) fn read(value: Value<'_>, limits: &Limits) -> Result<Self, Error> {
        let object = json::members(value)?;
        let messages = |value| json::list(value, |message| Message::read(message, limits));
        let text = |value| json::string(value).map(str::to_owned);
        Ok(Self {
            snapshot: maybe(object, "snapshot", |value| json::snapshot(value, limits))?
                .unwrap_or_else(JsonObject::empty),
            summary: maybe(object, "threadSummaryStructured", |value| {
                ThreadSummary::read(value, limits)
            })?
            .flatten(),
            summary_text: maybe(object, "threadSummary", text)?.unwrap_or_default(),
            recent: maybe(object, "recentMessages", messages)?.unwrap_or_default(),
            token_count: maybe(object, "tokenCount", json::integer)?.unwrap_or_default(),
        })
    }

    pub(crate) fn write_value(&self, out: &mut Vec<u8>) {
        let mut members = Members::open(out);
        members.json("snapshot", self.snapshot.as_str());
        members.text("threadSummary", &self.summary_text);
        write::list(
            &self.recent,
            members.value("recentMessages"),
            Message::write,
        );
        members.integer("tokenCount", self.token_count);
        if let Some(summary) = &self.summary {
            summary.write(members.value("threadSummaryStructured"));
        }
        members.close();
    }
}

impl Default for Context {
    /// The context of no message at all.
    fn default() -> Self {
        Self {
            snapshot: JsonObject::empty(),
            summary: None,
            summary_text: String::new(),
            recent: Vec::new(),
            token_count: 0,
        }
    }
}
