use strict_json::{Object, Value};

use crate::json::{self, maybe, required};
use crate::write::{self, Members};
use crate::{AgentId, Error, Limits, Message, Page, RosterView, ThreadHead, ThreadId, Timestamp};

/// A thread as one viewer may see it (sections 3 and 6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thread {
    id: ThreadId,
    participants: Vec<AgentId>,
    silent_participants: Vec<AgentId>,
    messages: Vec<Message>,
    created_at: Timestamp,
    updated_at: Timestamp,
    omitted: u64,
    page: Option<(Page, u64)>,
}

/// The answer to a request for the threads of an agent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mailbox {
    threads: Vec<Thread>,
    unread_count: u64,
    page: Option<Page>,
    total: Option<u64>,
}

impl Thread {
    /// The thread with these messages, of `total`.
    pub(crate) fn of(
        head: &ThreadHead,
        view: &RosterView<'_>,
        messages: Vec<Message>,
        page: Option<(Page, u64)>,
        total: u64,
    ) -> Self {
        let omitted = match page {
            Some(_) => 0,
            None => total.saturating_sub(messages.len() as u64),
        };
        Self {
            id: head.id.clone(),
            participants: view.visible(),
            silent_participants: view.silent(),
            messages,
            created_at: head.created_at,
            updated_at: head.updated_at,
            omitted,
            page,
        }
    }

    /// About how many octets an answer is at most: its messages, and one however large it is.
    #[must_use]
    pub fn most(limits: &Limits) -> usize {
        limits.portion.saturating_add(limits.body)
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

    /// How many messages the answer leaves out, all of them older than those it has: there was no
    /// room for them. Pages show them.
    #[must_use]
    pub fn omitted(&self) -> u64 {
        self.omitted
    }

    /// The page and how many messages the viewer may see in all, when a page was asked for.
    ///
    /// A page may have fewer messages than its limit where they are large. The next one begins
    /// behind the last message that this one has.
    #[must_use]
    pub fn page(&self) -> Option<(Page, u64)> {
        self.page
    }

    /// Reads the answer to a request for one thread, `{"thread":…}`.
    ///
    /// # Errors
    ///
    /// When it is no strict JSON object, or a field that clients need is missing or of the wrong
    /// type.
    pub fn parse(octets: &[u8], limits: &Limits) -> Result<Self, Error> {
        let document = json::document(octets, &limits.answer())?;
        let body = json::object(&document)?;
        let thread = required(body, "thread", |value| Self::read(value, limits))?;
        let (page, total) = page(body)?;
        Ok(Self {
            page: page.zip(total),
            ..thread
        })
    }

    /// Appends the answer to a request for one thread as JSON.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut body = Members::open(out);
        self.write_value(body.value("thread"));
        let (page, total) = self.page.unzip();
        write_page(page, total, &mut body);
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
            omitted: maybe(object, "omittedMessages", json::integer)?.unwrap_or_default(),
            page: None,
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
        if self.omitted > 0 {
            members.integer("omittedMessages", self.omitted);
        }
        members.close();
    }
}

impl Mailbox {
    /// The answer with these threads, of `total`.
    pub(crate) fn of(
        threads: Vec<Thread>,
        unread_count: u64,
        page: Option<Page>,
        total: u64,
    ) -> Self {
        let is_part = page.is_some() || (threads.len() as u64) < total;
        Self {
            threads,
            unread_count,
            page,
            total: is_part.then_some(total),
        }
    }

    /// About how many octets an answer is at most: messages, one however large it is, and what stands
    /// around them.
    #[must_use]
    pub fn most(limits: &Limits) -> usize {
        Thread::most(limits).saturating_add(limits.portion)
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
    ///
    /// A page may have fewer threads than its limit where many take part in them. The next one begins
    /// behind the last thread that this one has.
    #[must_use]
    pub fn page(&self) -> Option<(Page, u64)> {
        self.page.zip(self.total)
    }

    /// How many threads there are in all, unless these are all: when a page was asked for, and when
    /// there was no room for more. Pages show the others.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        self.total
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
        let threads = |value| json::list(value, |thread| Thread::read(thread, limits));
        let (page, total) = page(body)?;
        Ok(Self {
            threads: maybe(body, "threads", threads)?.unwrap_or_default(),
            unread_count: maybe(body, "unreadCount", json::integer)?.unwrap_or_default(),
            page: page.filter(|_| total.is_some()),
            total,
        })
    }

    /// Appends the answer as JSON.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut body = Members::open(out);
        write::list(&self.threads, body.value("threads"), Thread::write_value);
        body.integer("unreadCount", self.unread_count);
        write_page(self.page, self.total, &mut body);
        body.close();
    }
}

/// What an answer says of its page, and how many there are in all.
fn page(body: Object<'_>) -> Result<(Option<Page>, Option<u64>), Error> {
    let number = |name| maybe(body, name, json::integer);
    let page = number("limit")?.zip(number("offset")?);
    let page = page.and_then(|(limit, offset)| Page::new(limit, offset));
    Ok((page, number("total")?))
}

fn write_page(page: Option<Page>, total: Option<u64>, body: &mut Members<'_>) {
    if let Some(total) = total {
        body.integer("total", total);
    }
    if let Some(page) = page {
        body.integer("limit", page.limit());
        body.integer("offset", page.offset());
    }
}
