//! Messages, contexts and threads as a model sees them: in the published form, each long value once.

use std::collections::BTreeSet;

use context_sync::{
    AgentId, Context, ContextFrame, Message, MessageId, Participant, Thread, ThreadSummary,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::answer::Share;
use super::excerpt::{Excerpt, Json};
use super::lack::Lack;

/// Things in a summary that are told.
const THINGS: usize = 20;

/// Characters of a value that is told a second time in an answer.
const REPEATED: usize = 500;

/// What was told already in one answer, and how much of each value may be told.
#[derive(Debug)]
pub(super) struct Teller {
    share: Share,
    told: BTreeSet<(MessageId, Part)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Payload,
    Snapshot,
}

/// A message around another.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct MessageView {
    id: String,
    thread_id: String,
    from: String,
    to: String,
    /// What it says.
    payload: Json,
    /// What its sender knew.
    #[schemars(with = "Map<String, Value>")]
    context_snapshot: Json,
    /// Milliseconds since 1970.
    timestamp: u64,
    #[serde(flatten)]
    rest: Rest,
}

/// An unread message and what it stands in.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct FrameView {
    id: String,
    thread_id: String,
    from: String,
    to: String,
    /// Milliseconds since 1970.
    timestamp: u64,
    /// What it says.
    payload: Json,
    /// What is around it. It stands with the last of several messages of one thread, and is left out
    /// of the others.
    context: ContextView,
    #[serde(flatten)]
    rest: Rest,
}

/// What not every message has.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Rest {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cc: Vec<String>,
    /// Blind copies; only of what this agent sent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    bcc: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_to: Option<String>,
    #[serde(flatten)]
    lack: Lack,
}

/// What an agent needs to come into a thread cold.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ContextView {
    /// What the sender of the newest message knew.
    #[schemars(with = "Map<String, Value>")]
    snapshot: Json,
    thread_summary: String,
    /// Oldest first.
    recent_messages: Vec<MessageView>,
    /// An estimate.
    token_count: u64,
    /// What is known of the messages before these.
    #[serde(skip_serializing_if = "Option::is_none")]
    thread_summary_structured: Option<SummaryView>,
    #[serde(flatten)]
    lack: Lack,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct SummaryView {
    text: String,
    decisions: Vec<Json>,
    open_questions: Vec<Json>,
    #[schemars(with = "Map<String, Value>")]
    artifacts: Json,
    covers_message_ids: Vec<String>,
    generated_at: u64,
    #[serde(flatten)]
    lack: Lack,
}

/// A thread, with its newest messages.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ThreadView {
    id: String,
    participants: Vec<String>,
    /// Who is in it by blind copies, as far as this agent may know.
    silent_participants: Vec<String>,
    /// The newest, oldest first. `truncated` tells how many there are.
    messages: Vec<MessageView>,
    created_at: u64,
    updated_at: u64,
    #[serde(flatten)]
    lack: Lack,
}

/// Who takes part in a thread.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ParticipantView {
    agent_id: String,
    /// to, cc or bcc.
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    joined_at: u64,
}

impl Teller {
    pub(super) fn new(share: Share) -> Self {
        Self {
            share,
            told: BTreeSet::new(),
        }
    }

    fn tell(&mut self, of: &MessageId, part: Part, json: &str) -> Excerpt {
        let is_new = self.told.insert((of.clone(), part));
        let most = match is_new {
            true => self.share.value,
            false => self.share.value.min(REPEATED),
        };
        Excerpt::of(json, most)
    }

    /// The messages among which others stand, newest last.
    fn messages(
        &mut self,
        all: &[Message],
        name: &'static str,
        lack: &mut Lack,
    ) -> Vec<MessageView> {
        let newest = lack.newest(all, name, self.share.recent);
        let views = newest.iter().map(|message| MessageView::of(message, self));
        views.collect()
    }

    /// Unread messages, oldest first. Their payloads are told before anything else is.
    pub(super) fn frames(
        &mut self,
        frames: &[&ContextFrame],
        around: Option<&Context>,
    ) -> (Vec<FrameView>, Option<ContextView>) {
        let payloads: Vec<_> = frames
            .iter()
            .map(|frame| {
                let message = frame.message();
                self.tell(&message.id, Part::Payload, message.payload.as_str())
            })
            .collect();
        let around = around.map(|context| ContextView::of(context, self));
        let mut told = BTreeSet::new();
        let mut views = Vec::new();
        for (frame, payload) in frames.iter().zip(payloads).rev() {
            let is_last = told.insert(&frame.message().thread_id);
            let context = match is_last {
                true => ContextView::of(frame.context(), self),
                false => ContextView::elsewhere(frame.context()),
            };
            views.push(FrameView::of(frame.message(), payload, context));
        }
        views.reverse();
        (views, around)
    }
}

impl MessageView {
    fn of(message: &Message, teller: &mut Teller) -> Self {
        let mut rest = Rest::of(message);
        let payload = teller.tell(&message.id, Part::Payload, message.payload.as_str());
        let snapshot = teller.tell(&message.id, Part::Snapshot, message.snapshot.as_str());
        Self {
            id: message.id.to_string(),
            thread_id: message.thread_id.to_string(),
            from: message.from.to_string(),
            to: message.to.to_string(),
            payload: rest.lack.of("payload", payload),
            context_snapshot: rest.lack.of("contextSnapshot", snapshot),
            timestamp: message.timestamp.as_millis(),
            rest,
        }
    }
}

impl FrameView {
    fn of(message: &Message, payload: Excerpt, context: ContextView) -> Self {
        let mut rest = Rest::of(message);
        Self {
            id: message.id.to_string(),
            thread_id: message.thread_id.to_string(),
            from: message.from.to_string(),
            to: message.to.to_string(),
            timestamp: message.timestamp.as_millis(),
            payload: rest.lack.of("payload", payload),
            context,
            rest,
        }
    }
}

impl Rest {
    fn of(message: &Message) -> Self {
        let mut lack = Lack::default();
        Self {
            cc: lack.agents(&message.cc, "cc"),
            bcc: lack.agents(&message.bcc, "bcc"),
            reply_to: message.reply_to.as_ref().map(AgentId::to_string),
            lack,
        }
    }
}

impl ContextView {
    pub(super) fn of(context: &Context, teller: &mut Teller) -> Self {
        let mut lack = Lack::default();
        let most = teller.share.value;
        let snapshot = context.snapshot().as_str();
        let snapshot = match context.recent_messages().last() {
            // It is a copy of what that message brought.
            Some(newest) => teller.tell(&newest.id, Part::Snapshot, snapshot),
            None => Excerpt::of(snapshot, most),
        };
        Self {
            snapshot: lack.of("snapshot", snapshot),
            thread_summary: lack.text(context.thread_summary(), "threadSummary", most),
            recent_messages: teller.messages(
                context.recent_messages(),
                "recentMessages",
                &mut lack,
            ),
            token_count: context.token_count(),
            thread_summary_structured: context
                .summary()
                .map(|summary| SummaryView::of(summary, most)),
            lack,
        }
    }

    /// The context of a message that is not the last of its thread, which has it.
    fn elsewhere(context: &Context) -> Self {
        let mut lack = Lack::default();
        let snapshot = context.snapshot().as_str();
        if snapshot != "{}" {
            lack.truncated.insert("snapshot", snapshot.chars().count());
        }
        let recent = context.recent_messages().len();
        if recent > 0 {
            lack.truncated.insert("recentMessages", recent);
        }
        Self {
            snapshot: Json::empty(),
            thread_summary: String::new(),
            recent_messages: Vec::new(),
            token_count: context.token_count(),
            thread_summary_structured: None,
            lack,
        }
    }
}

impl SummaryView {
    fn of(summary: &ThreadSummary, most: usize) -> Self {
        let mut lack = Lack::default();
        let artifacts = Excerpt::of(summary.text.artifacts.as_str(), most);
        let covered = &summary.covers_message_ids;
        let mut things = |all: &[context_sync::JsonText], name| -> Vec<Json> {
            let shown = lack.newest(all, name, THINGS).iter();
            let shown = shown.map(|thing| Excerpt::of(thing.as_str(), most.min(REPEATED)));
            shown.map(|thing| lack.of(name, thing)).collect()
        };
        Self {
            decisions: things(&summary.text.decisions, "decisions"),
            open_questions: things(&summary.text.open_questions, "openQuestions"),
            text: lack.text(&summary.text.text, "text", most),
            artifacts: lack.of("artifacts", artifacts),
            covers_message_ids: lack
                .newest(covered, "coversMessageIds", THINGS)
                .iter()
                .map(MessageId::to_string)
                .collect(),
            generated_at: summary.generated_at.as_millis(),
            lack,
        }
    }
}

impl ThreadView {
    pub(super) fn of(thread: &Thread, teller: &mut Teller) -> Self {
        let mut lack = Lack::default();
        let messages = teller.messages(thread.messages(), "messages", &mut lack);
        // The server may have left out some already.
        let omitted = usize::try_from(thread.omitted()).unwrap_or(usize::MAX);
        if omitted > 0 {
            let all = thread.messages().len().saturating_add(omitted);
            lack.truncated.insert("messages", all);
        }
        Self {
            id: thread.id().to_string(),
            participants: lack.agents(thread.participants(), "participants"),
            silent_participants: lack.agents(thread.silent_participants(), "silentParticipants"),
            messages,
            created_at: thread.created_at().as_millis(),
            updated_at: thread.updated_at().as_millis(),
            lack,
        }
    }
}

impl ParticipantView {
    pub(super) fn of(participant: &Participant) -> Self {
        Self {
            agent_id: participant.agent.to_string(),
            role: participant.role.map(|role| role.as_str()),
            joined_at: participant.joined_at.as_millis(),
        }
    }
}

#[cfg(test)]
mod tests {
    use context_sync::{Limits, Thread};

    use super::*;

    #[test]
    fn what_the_server_left_out_is_told() {
        let message = |at: u64| {
            format!(
                r#"{{"id":"m{at}","threadId":"t","from":"ann","to":"ben","payload":{at},"timestamp":{at}}}"#
            )
        };
        let messages = [message(1), message(2)].join(",");
        let truncated = |omitted: &str, recent| {
            let body = format!(
                r#"{{"thread":{{"id":"t","createdAt":1,"updatedAt":2,"messages":[{messages}]{omitted}}}}}"#
            );
            let thread = Thread::parse(body.as_bytes(), &Limits::default()).unwrap();
            let share = Share {
                items: 1,
                recent,
                value: 100,
            };
            let view = ThreadView::of(&thread, &mut Teller::new(share));
            view.lack.truncated.get("messages").copied()
        };
        assert_eq!(truncated("", 2), None);
        assert_eq!(truncated("", 1), Some(2));
        assert_eq!(truncated(r#","omittedMessages":40"#, 2), Some(42));
        assert_eq!(truncated(r#","omittedMessages":40"#, 1), Some(42));
    }
}
