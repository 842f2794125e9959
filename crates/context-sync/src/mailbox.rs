use strict_json::Value;

use crate::json::{self, maybe, required};
use crate::write::{self, Members};
use crate::{
    AgentId, Error, Limits, Message, Page, RosterView, StoredMessage, ThreadHead, ThreadId,
    Timestamp,
};

/// A thread as one viewer may see it (sections 3 and 6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thread {
    id: ThreadId,
    participants: Vec<AgentId>,
    silent_participants: Vec<AgentId>,
    messages: Vec<Message>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// The answer to a request for the threads of an agent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mailbox {
    threads: Vec<Thread>,
    unread_count: u64,
    page: Option<(Page, u64)>,
}

impl Thread {
    /// Makes the thread for a viewer of its messages, oldest first.
    ///
    /// Look-ups: those of [`RosterView`], and the messages from the viewer's first on. What the
    /// viewer may not see is left out, whatever was read.
    #[must_use]
    pub fn of(head: &ThreadHead, view: &RosterView<'_>, messages: &[StoredMessage]) -> Self {
        let seen = messages
            .iter()
            .filter_map(|message| message.seen_by(view.viewer));
        Self {
            id: head.id.clone(),
            participants: view.visible(),
            silent_participants: view.silent(),
            messages: seen.collect(),
            created_at: head.created_at,
            updated_at: head.updated_at,
        }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &ThreadId {
        &self.id
    }

    /// Who takes part for all to see, in order.
    #[must_use]
    pub fn participants(&self) -> &[AgentId] {
        &self.participants
    }

    /// Who has blind copies, as far as the viewer may know, in order.
    #[must_use]
    pub fn silent_participants(&self) -> &[AgentId] {
        &self.silent_participants
    }

    /// Its messages, oldest first.
    #[must_use]
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// When its first message was taken.
    #[must_use]
    pub fn created_at(&self) -> Timestamp {
        self.created_at
    }

    /// When its last message was taken.
    #[must_use]
    pub fn updated_at(&self) -> Timestamp {
        self.updated_at
    }

    /// Reads the answer to a request for one thread, `{"thread":…}`.
    ///
    /// # Errors
    ///
    /// When it is no strict JSON object, or a field that clients need is missing or of the wrong
    /// type.
    pub fn parse(octets: &[u8], limits: &Limits) -> Result<Self, Error> {
        let document = json::document(octets, &limits.answer())?;
        required(json::object(&document)?, "thread", |value| {
            Self::read(value, limits)
        })
    }

    /// Appends the answer to a request for one thread as JSON.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut body = Members::open(out);
        self.write_value(body.value("thread"));
        body.close();
    }

    fn read(value: Value<'_>, limits: &Limits) -> Result<Self, Error> {
        let object = json::members(value)?;
        let agents = |name| {
            maybe(object, name, |value| json::agents(value, usize::MAX))
                .map(Option::unwrap_or_default)
        };
        let messages = |value| json::list(value, |message| Message::read(message, limits));
        Ok(Self {
            id: required(object, "id", json::text)?,
            participants: agents("participants")?,
            silent_participants: agents("silentParticipants")?,
            messages: maybe(object, "messages", messages)?.unwrap_or_default(),
            created_at: required(object, "createdAt", json::timestamp)?,
            updated_at: required(object, "updatedAt", json::timestamp)?,
        })
    }

    fn write_value(&self, out: &mut Vec<u8>) {
        let mut members = Members::open(out);
        members.text("id", self.id.as_str());
        members.agents("participants", &self.participants);
        members.agents("silentParticipants", &self.silent_participants);
        write::list(&self.messages, members.value("messages"), Message::write);
        members.integer("createdAt", self.created_at.as_millis());
        members.integer("updatedAt", self.updated_at.as_millis());
        members.close();
    }
}

impl Mailbox {
    /// Makes the answer of all threads of an agent, which are put in order: the newest updated
    /// first.
    ///
    /// Look-ups: the agent's rows, by agent; the number of messages delivered to it behind its read
    /// marks; and what [`Thread::of`] asks for.
    #[must_use]
    pub fn of(mut threads: Vec<Thread>, unread_count: u64) -> Self {
        threads.sort_unstable_by(|left, right| {
            let newest_first = right.updated_at.cmp(&left.updated_at);
            newest_first.then_with(|| right.id.cmp(&left.id))
        });
        Self {
            threads,
            unread_count,
            page: None,
        }
    }

    /// The same for a page of the threads, of `total` in all. The unread count stays that of all
    /// threads (section 5).
    #[must_use]
    pub fn page_of(threads: Vec<Thread>, unread_count: u64, page: Page, total: u64) -> Self {
        Self {
            page: Some((page, total)),
            ..Self::of(threads, unread_count)
        }
    }

    /// The threads.
    #[must_use]
    pub fn threads(&self) -> &[Thread] {
        &self.threads
    }

    /// How many messages wait in all threads.
    #[must_use]
    pub fn unread_count(&self) -> u64 {
        self.unread_count
    }

    /// The page and how many threads there are in all, when a page was asked for.
    #[must_use]
    pub fn page(&self) -> Option<(Page, u64)> {
        self.page
    }

    /// Reads an answer.
    ///
    /// # Errors
    ///
    /// When it is no strict JSON object, or a field that clients need is missing or of the wrong
    /// type.
    pub fn parse(octets: &[u8], limits: &Limits) -> Result<Self, Error> {
        let document = json::document(octets, &limits.answer())?;
        let body = json::object(&document)?;
        let number = |name| maybe(body, name, json::integer);
        let threads = |value| json::list(value, |thread| Thread::read(thread, limits));
        let page = match (number("limit")?, number("offset")?, number("total")?) {
            (Some(limit), Some(offset), Some(total)) => {
                Page::new(limit, offset).map(|page| (page, total))
            }
            _ => None,
        };
        Ok(Self {
            threads: maybe(body, "threads", threads)?.unwrap_or_default(),
            unread_count: number("unreadCount")?.unwrap_or_default(),
            page,
        })
    }

    /// Appends the answer as JSON.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut body = Members::open(out);
        write::list(&self.threads, body.value("threads"), Thread::write_value);
        body.integer("unreadCount", self.unread_count);
        if let Some((page, total)) = self.page {
            body.integer("total", total);
            body.integer("limit", page.limit());
            body.integer("offset", page.offset());
        }
        body.close();
    }
}
