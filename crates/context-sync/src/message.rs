use strict_json::{Object, Value};

use crate::json::{self, maybe, optional, required};
use crate::write::Members;
use crate::{
    AgentId, Error, JsonObject, JsonText, Limits, Member, MessageId, Seq, ThreadId, Timestamp,
};

/// A message as one viewer may see it (section 3).
///
/// A server gets one only through an answer of this crate, such as [`Context`](crate::Context) or
/// [`Thread`](crate::Thread), which takes out what its viewer may not see.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// The thread that it stands in.
    pub thread_id: ThreadId,
    /// Who sent it.
    pub from: AgentId,
    /// Whom it is addressed to.
    pub to: AgentId,
    /// Who has a copy.
    pub cc: Vec<AgentId>,
    /// Who has a blind copy: empty for everybody but the sender (section 6).
    pub bcc: Vec<AgentId>,
    /// Where answers are wanted; it routes nothing.
    pub reply_to: Option<AgentId>,
    /// What it says.
    pub payload: JsonText,
    /// What the sender knew.
    pub snapshot: JsonObject,
    /// When it was taken, by the clock of the server.
    pub timestamp: Timestamp,
}

/// A message as a store keeps it: its place in the thread, and everybody who has a copy.
///
/// It cannot be written as an answer; an answer is made of it for a viewer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // a row, filled in by a store
pub struct StoredMessage {
    /// Its place in the thread.
    pub seq: Seq,
    /// Its id.
    pub id: MessageId,
    /// The thread that it stands in.
    pub thread_id: ThreadId,
    /// Who sent it.
    pub from: AgentId,
    /// Whom it is addressed to.
    pub to: AgentId,
    /// Who has a copy, each once.
    pub cc: Vec<AgentId>,
    /// Who has a blind copy, each once.
    pub bcc: Vec<AgentId>,
    /// Where answers are wanted.
    pub reply_to: Option<AgentId>,
    /// What it says.
    pub payload: JsonText,
    /// What the sender knew.
    pub snapshot: JsonObject,
    /// When it was taken.
    pub timestamp: Timestamp,
}

impl StoredMessage {
    /// What a message counts in an answer beside its content: its payload, its snapshot and the
    /// names of those who have copies, in octets.
    pub const AROUND: u64 = 1 << 10;

    /// What it counts in an answer to a viewer, in octets: the blind copies for their sender only, so
    /// that nobody learns of them from what there is no room for.
    #[must_use]
    pub fn size_for(&self, viewer: &AgentId) -> u64 {
        let blind = match self.from == *viewer {
            true => names(&self.bcc),
            false => 0,
        };
        self.frame_size() + (self.snapshot.as_str().len() + blind) as u64
    }

    /// What it counts among unread messages, which bring no snapshot of their own.
    #[must_use]
    pub fn frame_size(&self) -> u64 {
        (self.payload.as_str().len() + names(&self.cc)) as u64 + Self::AROUND
    }

    /// What a member of the thread may see of it: nothing when it stands before the member's first
    /// message, and the blind copies only for their sender (section 6).
    #[must_use]
    pub fn seen_by(&self, viewer: &Member) -> Option<Message> {
        (self.seq >= viewer.since).then(|| Message {
            id: self.id.clone(),
            thread_id: self.thread_id.clone(),
            from: self.from.clone(),
            to: self.to.clone(),
            cc: self.cc.clone(),
            bcc: match self.from == viewer.agent {
                true => self.bcc.clone(),
                false => Vec::new(),
            },
            reply_to: self.reply_to.clone(),
            payload: self.payload.clone(),
            snapshot: self.snapshot.clone(),
            timestamp: self.timestamp,
        })
    }

    /// Whether it waits for a member: addressed to it by somebody else, and behind the place up to
    /// which it has read (section 5).
    #[must_use]
    pub fn is_unread_by(&self, member: &Member) -> bool {
        self.from != member.agent
            && self.is_addressed_to(&member.agent)
            && member.read.is_none_or(|read| self.seq > read)
    }

    fn is_addressed_to(&self, agent: &AgentId) -> bool {
        self.to == *agent || self.cc.contains(agent) || self.bcc.contains(agent)
    }
}

/// The octets of names as a list, of JSON.
fn names(agents: &[AgentId]) -> usize {
    let names = agents.iter().map(|agent| agent.as_str().len() + 3);
    2 + names.sum::<usize>()
}

impl Message {
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let mut members = Members::open(out);
        self.write_envelope(&mut members);
        members.json("payload", self.payload.as_str());
        members.json("contextSnapshot", self.snapshot.as_str());
        members.integer("timestamp", self.timestamp.as_millis());
        self.write_copies(&mut members);
        members.close();
    }

    /// What messages and frames begin with.
    pub(crate) fn write_envelope(&self, members: &mut Members<'_>) {
        members.text("id", self.id.as_str());
        members.text("threadId", self.thread_id.as_str());
        members.text("from", self.from.as_str());
        members.text("to", self.to.as_str());
    }

    /// What messages and frames end with.
    pub(crate) fn write_copies(&self, members: &mut Members<'_>) {
        members.some_agents("cc", &self.cc);
        members.some_agents("bcc", &self.bcc);
        if let Some(reply_to) = &self.reply_to {
            members.text("replyTo", reply_to.as_str());
        }
    }

    /// Reads what a server answered: only what the published clients need has to be there
    /// (section 9).
    pub(crate) fn read(value: Value<'_>, limits: &Limits) -> Result<Self, Error> {
        Self::of_members(json::members(value)?, limits)
    }

    pub(crate) fn of_members(object: Object<'_>, limits: &Limits) -> Result<Self, Error> {
        let agents = |name| {
            maybe(object, name, |value| json::agents(value, usize::MAX))
                .map(Option::unwrap_or_default)
        };
        Ok(Self {
            id: required(object, "id", json::text)?,
            thread_id: required(object, "threadId", json::text)?,
            from: required(object, "from", json::text)?,
            to: required(object, "to", json::text)?,
            cc: agents("cc")?,
            bcc: agents("bcc")?,
            reply_to: maybe(object, "replyTo", json::text)?,
            payload: match optional(object, "payload") {
                Some(payload) => json::any(payload, limits)?,
                None => JsonText::null(),
            },
            snapshot: maybe(object, "contextSnapshot", |value| {
                json::snapshot(value, limits)
            })?
            .unwrap_or_else(JsonObject::empty),
            timestamp: required(object, "timestamp", json::timestamp)?,
        })
    }
}
