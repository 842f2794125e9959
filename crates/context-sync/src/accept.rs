use std::collections::BTreeMap;

use crate::request::distinct;
use crate::{
    AgentId, BlindCopy, Content, Joined, Limits, Member, MessageId, Receipt, Record, Refusal,
    ReplyAllRequest, Retry, SendRequest, Seq, SetKey, Shown, Standing, Status, StoredMessage,
    ThreadHead, ThreadId, Timestamp, VisibleRole,
};

/// What a store knows when a message comes in, looked up in the transaction that will commit.
///
/// For [`send`] the thread is what [`SendRequest::target`] names, for [`reply_all`] the one with
/// the id of the request. The sender has passed [`Caller::check`](crate::Caller::check).
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs)] // an input
pub struct View<'a> {
    /// The thread, if there is one.
    pub thread: Option<ThreadView<'a>>,
    /// The idempotency key, if the request has one.
    pub retry: Option<Retry<'a>>,
}

/// A thread as it is before a message: one row of its own, and at most
/// [`Limits::participants`](field@crate::Limits::participants) and the named agents' rows.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs)] // an input
pub struct ThreadView<'a> {
    /// Its own row.
    pub head: &'a ThreadHead,
    /// Its visible members, and those silent ones that the message names or is from
    /// ([`SendRequest::named`]). In any order.
    pub members: &'a [Member],
}

/// What the world gives to a message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // an input
pub struct Stamp {
    /// The clock.
    pub now: Timestamp,
    /// The id that the message gets.
    pub message_id: MessageId,
    /// The id that a new thread gets.
    pub thread_id: ThreadId,
}

/// What becomes of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
#[allow(clippy::exhaustive_enums)] // a match must not forget one
pub enum Decision {
    /// Commit it, then answer 200.
    Accepted(Box<Accepted>),
    /// It is a retry: answer 200 with the receipt of the first time, and do nothing else.
    Replayed(Receipt),
    /// Answer this, and leave no trace.
    Refused(Refusal),
}

/// A message to commit in one transaction, and what follows from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    head: ThreadHead,
    is_new_thread: bool,
    message: StoredMessage,
    members: Vec<Member>,
    blind_copies: Vec<BlindCopy>,
    delivered_to: Vec<AgentId>,
    record: Option<Record>,
}

/// Decides on a message (sections 4 to 7).
///
/// An unknown thread and one that the sender has no part in are refused in the same words. The same
/// input gives the same decision.
pub fn send(request: SendRequest, view: &View<'_>, stamp: &Stamp, limits: &Limits) -> Decision {
    if let Some(decision) = replay(view) {
        return decision;
    }
    if request.thread_id.is_some() && view.thread.is_none() {
        return Decision::Refused(Refusal::no_thread());
    }
    if 1 + request.cc.len() + request.bcc.len() > limits.recipients {
        return invalid("fewer recipients");
    }
    let mail = Mail {
        from: request.from,
        to: request.to,
        cc: distinct(&request.cc),
        bcc: distinct(&request.bcc),
        reply_to: request.reply_to,
        content: request.content,
    };
    append(mail, view, stamp, limits)
}

/// Decides on a reply to all: to the first of the other visible participants in order, with copies
/// to the rest (section 4).
pub fn reply_all(
    request: ReplyAllRequest,
    view: &View<'_>,
    stamp: &Stamp,
    limits: &Limits,
) -> Decision {
    if let Some(decision) = replay(view) {
        return decision;
    }
    let Some(thread) = view.thread else {
        return Decision::Refused(Refusal::no_thread());
    };
    if thread.member(&request.from).is_none() {
        return Decision::Refused(Refusal::no_thread());
    }
    let visible = thread.members.iter().filter(|member| member.is_visible());
    let mut others: Vec<_> = visible
        .map(|member| member.agent.clone())
        .filter(|agent| *agent != request.from)
        .collect();
    others.sort_unstable();
    if others.len() > limits.recipients {
        return invalid("fewer recipients");
    }
    let mut others = others.into_iter();
    let Some(to) = others.next() else {
        return invalid("no other visible participants to reply to");
    };
    let mail = Mail {
        from: request.from,
        to,
        cc: others.collect(),
        bcc: Vec::new(),
        reply_to: None,
        content: request.content,
    };
    append(mail, view, stamp, limits)
}

/// The answer to a request whose idempotency key is known (section 5).
fn replay(view: &View<'_>) -> Option<Decision> {
    let retry = view.retry?;
    let known = retry.known?;
    Some(if known.digest == retry.digest {
        Decision::Replayed(known.receipt.clone())
    } else {
        Decision::Refused(Refusal::new(
            Status::Conflict,
            "idempotency key already used with a different body",
        ))
    })
}

fn invalid(sentence: &'static str) -> Decision {
    Decision::Refused(Refusal::new(Status::Invalid, sentence))
}

/// A message on its way into a thread, copies without repetition.
struct Mail {
    from: AgentId,
    to: AgentId,
    cc: Vec<AgentId>,
    bcc: Vec<AgentId>,
    reply_to: Option<AgentId>,
    content: Content,
}

fn append(mail: Mail, view: &View<'_>, stamp: &Stamp, limits: &Limits) -> Decision {
    let (head, members) = match view.thread {
        Some(thread) => (Some(thread.head), thread.members),
        None => (None, Default::default()),
    };
    let reach = match (
        head,
        view.thread.and_then(|thread| thread.member(&mail.from)),
    ) {
        (None, _) => Seq::FIRST,
        (Some(_), Some(sender)) => sender.since,
        (Some(_), None) => return Decision::Refused(Refusal::no_thread()),
    };
    let Some(seq) = head.map_or(Some(Seq::FIRST), |head| head.last.next()) else {
        return Decision::Refused(Refusal::new(Status::Unavailable, "the thread is full"));
    };
    // Time never runs backwards within a thread (section 5).
    let at = head.map_or(stamp.now, |head| head.updated_at.max(stamp.now));
    let roster = Roster::after(&mail, members, reach, seq, at);
    if roster.grows && roster.visible() > limits.participants {
        return invalid("fewer participants in the thread");
    }
    let id = head.map_or(&stamp.thread_id, |head| &head.id).clone();
    let set = match head {
        Some(head) if !roster.grows => head.set,
        _ => roster.set(),
    };
    let snapshot = match &mail.content.handoff {
        Some(handoff) => handoff.snapshot(&mail.content.snapshot, &id, at),
        None => mail.content.snapshot,
    };
    let recipients = [&mail.to].into_iter().chain(&mail.cc).chain(&mail.bcc);
    let delivered_to = distinct(recipients.filter(|agent| **agent != mail.from));
    let receipt = Receipt {
        message_id: stamp.message_id.clone(),
        thread_id: id.clone(),
        delivered_to: delivered_to.clone(),
    };
    Decision::Accepted(Box::new(Accepted {
        head: ThreadHead {
            id: id.clone(),
            set,
            created_at: head.map_or(at, |head| head.created_at),
            updated_at: at,
            last: seq,
        },
        is_new_thread: head.is_none(),
        message: StoredMessage {
            seq,
            id: stamp.message_id.clone(),
            thread_id: id,
            from: mail.from,
            to: mail.to,
            cc: mail.cc,
            bcc: mail.bcc,
            reply_to: mail.reply_to,
            payload: mail.content.payload,
            snapshot,
            timestamp: at,
        },
        members: roster.changed(members),
        blind_copies: roster.blind_copies,
        delivered_to,
        record: view.retry.map(|retry| Record {
            digest: retry.digest,
            receipt,
        }),
    }))
}

/// The members of a thread behind a message.
struct Roster {
    members: BTreeMap<AgentId, Member>,
    blind_copies: Vec<BlindCopy>,
    /// Whether somebody has become visible.
    grows: bool,
}

impl Roster {
    /// Everyone in `to` and `cc` joins the visible set and the sender with them; a blind copy makes
    /// silent members (section 4).
    fn after(mail: &Mail, members: &[Member], reach: Seq, seq: Seq, at: Timestamp) -> Self {
        let mut roster = Self {
            members: members
                .iter()
                .map(|member| (member.agent.clone(), member.clone()))
                .collect(),
            blind_copies: Vec::new(),
            grows: false,
        };
        let cc = mail.cc.iter().map(|agent| (agent, Some(VisibleRole::Cc)));
        let bcc = mail.bcc.iter().map(|agent| (agent, None));
        let to = [&mail.from, &mail.to].map(|agent| (agent, Some(VisibleRole::To)));
        for (place, (agent, role)) in (0..).zip(to.into_iter().chain(cc).chain(bcc)) {
            let joined = Joined { seq, place, at };
            match role {
                Some(role) => roster.show(agent, role, joined, reach),
                None => roster.hide(agent, &mail.from, joined),
            }
        }
        roster
    }

    fn show(&mut self, agent: &AgentId, role: VisibleRole, joined: Joined, reach: Seq) {
        let member = match self.members.remove(agent) {
            Some(member) => {
                self.grows |= !member.is_visible();
                member.mentioned(role, joined, reach)
            }
            None => {
                self.grows = true;
                Member {
                    agent: agent.clone(),
                    since: reach,
                    standing: Some(Standing { role, joined }),
                    read: None,
                    shown: Shown::All,
                }
            }
        };
        self.members.insert(agent.clone(), member);
    }

    /// The visible mentions came before, so who is visible now needs no blind copy to be known.
    fn hide(&mut self, agent: &AgentId, by: &AgentId, joined: Joined) {
        let member = self.members.entry(agent.clone()).or_insert_with(|| Member {
            agent: agent.clone(),
            since: joined.seq,
            standing: None,
            read: None,
            shown: Shown::All,
        });
        if !member.is_visible() {
            self.blind_copies.push(BlindCopy {
                agent: agent.clone(),
                by: by.clone(),
                joined,
            });
        }
    }

    fn visible(&self) -> usize {
        self.members
            .values()
            .filter(|member| member.is_visible())
            .count()
    }

    fn set(&self) -> SetKey {
        let visible = self.members.values().filter(|member| member.is_visible());
        SetKey::of(visible.map(|member| &member.agent))
    }

    /// The rows that differ from those before.
    fn changed(&self, before: &[Member]) -> Vec<Member> {
        let mut left = self.members.clone();
        for member in before {
            if left.get(&member.agent) == Some(member) {
                left.remove(&member.agent);
            }
        }
        left.into_values().collect()
    }
}

impl<'a> ThreadView<'a> {
    fn member(self, agent: &AgentId) -> Option<&'a Member> {
        self.members.iter().find(|member| member.agent == *agent)
    }
}

impl Accepted {
    /// The row of the thread, to insert or to update.
    #[must_use]
    pub fn head(&self) -> &ThreadHead {
        &self.head
    }

    /// Whether the thread is new.
    #[must_use]
    pub fn is_new_thread(&self) -> bool {
        self.is_new_thread
    }

    /// The message to store.
    #[must_use]
    pub fn message(&self) -> &StoredMessage {
        &self.message
    }

    /// The members to insert or to update.
    #[must_use]
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// Blind copies to note. Those that are noted already stay as they are.
    #[must_use]
    pub fn blind_copies(&self) -> &[BlindCopy] {
        &self.blind_copies
    }

    /// The mailboxes where the message is unread, each once: to, cc, bcc, without the sender.
    #[must_use]
    pub fn delivered_to(&self) -> &[AgentId] {
        &self.delivered_to
    }

    /// The agents to register where they are not known: the sender, and whoever is named
    /// (section 4). They belong to nobody until somebody claims them.
    pub fn agents(&self) -> impl Iterator<Item = &AgentId> {
        [&self.message.from].into_iter().chain(&self.delivered_to)
    }

    /// What to keep under the idempotency key, if the request has one.
    #[must_use]
    pub fn record(&self) -> Option<&Record> {
        self.record.as_ref()
    }

    /// What to answer once it is committed.
    #[must_use]
    pub fn receipt(&self) -> Receipt {
        Receipt {
            message_id: self.message.id.clone(),
            thread_id: self.head.id.clone(),
            delivered_to: self.delivered_to.clone(),
        }
    }
}
