use strict_json::Object;

use crate::json::{self, maybe, optional, required};
use crate::write::Members;
use crate::{AgentId, Error, Handoff, JsonObject, JsonText, Limits, SetKey, ThreadId};

/// The body of `POST /agents/register`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // section 4
pub struct RegisterRequest {
    /// Who wants to be known.
    pub agent: AgentId,
}

/// The body of `POST /messages/send` (section 4).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SendRequest {
    /// Who sends.
    pub from: AgentId,
    /// Whom it is addressed to.
    pub to: AgentId,
    /// The thread that it belongs to. Without, the one of these participants.
    pub thread_id: Option<ThreadId>,
    /// Who gets a copy.
    pub cc: Vec<AgentId>,
    /// Who gets a blind copy.
    pub bcc: Vec<AgentId>,
    /// Where answers are wanted.
    pub reply_to: Option<AgentId>,
    /// What it says.
    pub content: Content,
}

/// The body of `POST /messages/reply-all` (section 4).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReplyAllRequest {
    /// Who replies.
    pub from: AgentId,
    /// The thread.
    pub thread_id: ThreadId,
    /// What it says.
    pub content: Content,
}

/// The body of `POST /mailbox/{id}/read`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // section 4
pub struct MarkReadRequest {
    /// The thread.
    pub thread_id: ThreadId,
}

/// What a message says, and what its sender knew.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Content {
    /// What it says.
    pub payload: JsonText,
    /// What the sender knew.
    pub snapshot: JsonObject,
    /// How the snapshot is to be cut down (section 8).
    pub handoff: Option<Handoff>,
}

/// Where a message is to go: what a store has to look up.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)] // section 4, and a match must not forget one
pub enum Target {
    /// The thread with this id.
    Thread(ThreadId),
    /// The newest updated thread of these visible participants.
    Set(SetKey),
}

impl RegisterRequest {
    /// Reads a body.
    ///
    /// # Errors
    ///
    /// When it is no strict JSON object with an `agentId` of the grammar.
    pub fn parse(octets: &[u8], limits: &Limits) -> Result<Self, Error> {
        let document = json::document(octets, &limits.request())?;
        let agent = required(json::object(&document)?, "agentId", json::text)?;
        Ok(Self { agent })
    }

    /// Appends the body as JSON.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut body = Members::open(out);
        body.text("agentId", self.agent.as_str());
        body.close();
    }
}

impl SendRequest {
    /// A message to one agent.
    #[must_use]
    pub fn new(from: AgentId, to: AgentId, content: Content) -> Self {
        Self {
            from,
            to,
            thread_id: None,
            cc: Vec::new(),
            bcc: Vec::new(),
            reply_to: None,
            content,
        }
    }

    /// Reads a body. Fields that nobody defined are ignored, and `null` stands for absent.
    ///
    /// # Errors
    ///
    /// When it is no strict JSON object, a field has the wrong type or grammar, or more than
    /// [`Limits::recipients`](field@crate::Limits::recipients) are named.
    pub fn parse(octets: &[u8], limits: &Limits) -> Result<Self, Error> {
        let document = json::document(octets, &limits.request())?;
        let body = json::object(&document)?;
        let from = required(body, "from", json::text)?;
        let to = required(body, "to", json::text)?;
        // The empty thread id is no thread (section 4).
        let thread = optional(body, "threadId").filter(|id| id.as_str() != Some(""));
        let agents = |name, most| maybe(body, name, |value| json::agents(value, most));
        let most = limits.recipients.saturating_sub(1);
        let cc = agents("cc", most)?.unwrap_or_default();
        let bcc = agents("bcc", most.saturating_sub(cc.len()))?.unwrap_or_default();
        Ok(Self {
            from,
            to,
            thread_id: thread
                .map(json::text)
                .transpose()
                .map_err(|error: Error| error.field("threadId"))?,
            cc,
            bcc,
            reply_to: maybe(body, "replyTo", json::text)?,
            content: Content::read(body, limits)?,
        })
    }

    /// Appends the body as JSON.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut body = Members::open(out);
        body.text("from", self.from.as_str());
        body.text("to", self.to.as_str());
        self.content.write(&mut body);
        if let Some(thread) = &self.thread_id {
            body.text("threadId", thread.as_str());
        }
        body.some_agents("cc", &self.cc);
        body.some_agents("bcc", &self.bcc);
        if let Some(reply_to) = &self.reply_to {
            body.text("replyTo", reply_to.as_str());
        }
        body.close();
    }

    /// Which thread it goes to. Blind copies make no difference (section 4).
    #[must_use]
    pub fn target(&self) -> Target {
        match &self.thread_id {
            Some(id) => Target::Thread(id.clone()),
            None => Target::Set(SetKey::of(
                [&self.from, &self.to].into_iter().chain(&self.cc),
            )),
        }
    }

    /// All who are named: the sender, to, cc and bcc, each once.
    #[must_use]
    pub fn named(&self) -> Vec<AgentId> {
        let first = [&self.from, &self.to];
        distinct(first.into_iter().chain(&self.cc).chain(&self.bcc))
    }
}

impl ReplyAllRequest {
    /// A reply to all visible participants of a thread.
    #[must_use]
    pub fn new(from: AgentId, thread_id: ThreadId, content: Content) -> Self {
        Self {
            from,
            thread_id,
            content,
        }
    }

    /// Reads a body.
    ///
    /// # Errors
    ///
    /// When it is no strict JSON object, or a field has the wrong type or grammar.
    pub fn parse(octets: &[u8], limits: &Limits) -> Result<Self, Error> {
        let document = json::document(octets, &limits.request())?;
        let body = json::object(&document)?;
        Ok(Self {
            from: required(body, "from", json::text)?,
            thread_id: required(body, "threadId", json::text)?,
            content: Content::read(body, limits)?,
        })
    }

    /// Appends the body as JSON.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut body = Members::open(out);
        body.text("from", self.from.as_str());
        body.text("threadId", self.thread_id.as_str());
        self.content.write(&mut body);
        body.close();
    }
}

impl MarkReadRequest {
    /// Reads a body.
    ///
    /// # Errors
    ///
    /// When it is no strict JSON object with a `threadId` that is not empty.
    pub fn parse(octets: &[u8], limits: &Limits) -> Result<Self, Error> {
        let document = json::document(octets, &limits.request())?;
        let thread_id = required(json::object(&document)?, "threadId", json::text)?;
        Ok(Self { thread_id })
    }

    /// Appends the body as JSON.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut body = Members::open(out);
        body.text("threadId", self.thread_id.as_str());
        body.close();
    }
}

impl Content {
    /// A payload, with an empty snapshot.
    #[must_use]
    pub fn new(payload: JsonText) -> Self {
        Self {
            payload,
            snapshot: JsonObject::empty(),
            handoff: None,
        }
    }

    fn read(body: Object<'_>, limits: &Limits) -> Result<Self, Error> {
        let payload = maybe(body, "payload", |value| json::any(value, limits))?;
        let snapshot = maybe(body, "contextSnapshot", |value| {
            json::snapshot(value, limits)
        })?;
        Ok(Self {
            payload: payload.unwrap_or_else(JsonText::null),
            snapshot: snapshot.unwrap_or_else(JsonObject::empty),
            handoff: optional(body, "handoff")
                .map(|value| Handoff::read(value, limits))
                .transpose()
                .map_err(|error| error.field("handoff"))?,
        })
    }

    fn write(&self, body: &mut Members<'_>) {
        if self.payload.as_str() != "null" {
            body.json("payload", self.payload.as_str());
        }
        if self.snapshot.as_str() != "{}" {
            body.json("contextSnapshot", self.snapshot.as_str());
        }
        if let Some(handoff) = &self.handoff {
            handoff.write(body.value("handoff"));
        }
    }
}

/// The agents in order, each where it stands first.
pub(crate) fn distinct<'a>(agents: impl IntoIterator<Item = &'a AgentId>) -> Vec<AgentId> {
    let mut seen = std::collections::BTreeSet::new();
    agents
        .into_iter()
        .filter(|agent| seen.insert(*agent))
        .cloned()
        .collect()
}
