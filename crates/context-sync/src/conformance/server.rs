use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use crate::{
    Accepted, AgentId, BlindCopy, BodyDigest, Caller, Context, ContextPlan, Decision, End,
    IdempotencyKey, Limits, Mailbox, MailboxPlan, MarkReadRequest, Member, MessageId, Owner, Page,
    Participants, Portion, Post, Record, Refusal, RegisterRequest, Registration, Retry, Room,
    RosterView, Route, Seq, Shown, ShownMarks, Stamp, Status, StoredMessage, Summary, Target,
    Thread, ThreadHead, ThreadId, ThreadPlan, ThreadView, Timestamp, Title, Unread, UnreadPlan,
    UnreadSize, UnreadThread, View, Window, Wish, mark_read, register, write_ok, write_ready,
};

/// A context-sync server in memory, for tests: the look-ups and commits that a store has to do, and
/// no rule of the protocol.
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_structs)] // a fixture
pub struct Server {
    /// The clock.
    pub now: Timestamp,
    /// What is taken in.
    pub limits: Limits,
    /// The agents, and the principals that own them.
    pub agents: BTreeMap<AgentId, Option<String>>,
    heads: BTreeMap<ThreadId, ThreadHead>,
    members: BTreeMap<ThreadId, BTreeMap<String, Member>>,
    blind_copies: BTreeMap<ThreadId, BTreeMap<(String, String), BlindCopy>>,
    messages: BTreeMap<ThreadId, Vec<StoredMessage>>,
    deliveries: BTreeMap<AgentId, BTreeSet<(ThreadId, Seq)>>,
    summaries: BTreeMap<ThreadId, Summary>,
    records: BTreeMap<(String, &'static str, IdempotencyKey), Record>,
    /// How many ids were minted.
    minted: u64,
}

/// An answer: a status and a body.
pub type Answer = (u16, Vec<u8>);

impl Server {
    /// A server without agents, at a time.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self {
            now,
            limits: Limits::default(),
            agents: BTreeMap::new(),
            heads: BTreeMap::new(),
            members: BTreeMap::new(),
            blind_copies: BTreeMap::new(),
            messages: BTreeMap::new(),
            deliveries: BTreeMap::new(),
            summaries: BTreeMap::new(),
            records: BTreeMap::new(),
            minted: 0,
        }
    }

    /// Goes on with the ids that `other` would mint next, to compare the two.
    pub fn forget_ids(&mut self, other: &Self) {
        self.minted = other.minted;
    }

    /// Answers a request in open mode.
    pub fn open(&mut self, method: &str, target: &str, body: &[u8]) -> Answer {
        self.answer(None, method, target, None, body)
    }

    /// Answers a request with the key of a principal.
    pub fn keyed(&mut self, principal: &str, method: &str, target: &str, body: &[u8]) -> Answer {
        self.answer(Some(principal), method, target, None, body)
    }

    /// Answers a request, with an idempotency key if there is one.
    pub fn answer(
        &mut self,
        principal: Option<&str>,
        method: &str,
        target: &str,
        key: Option<&IdempotencyKey>,
        body: &[u8],
    ) -> Answer {
        let mut out = Vec::new();
        match self.respond(principal, method, target, key, body, &mut out) {
            Ok(status) => (status, out),
            Err(refusal) => {
                out.clear();
                refusal.write(&mut out);
                (refusal.status().code(), out)
            }
        }
    }

    fn respond(
        &mut self,
        principal: Option<&str>,
        method: &str,
        target: &str,
        key: Option<&IdempotencyKey>,
        body: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<u16, Refusal> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let caller = self.caller(principal);
        let limits = self.limits;
        match Route::parse(method, path, query)? {
            Route::Register => {
                let request = RegisterRequest::parse(body, &limits)?;
                let owner = self.owner(&request.agent, principal);
                let registered = match register(request, &caller, Title::Nobody, owner, &limits) {
                    Registration::Registered(registered) => registered,
                    Registration::Refused(refusal) => return Err(refusal),
                };
                let owner = self.agents.entry(registered.agent.clone()).or_default();
                *owner = owner.take().or_else(|| principal.map(str::to_owned));
                registered.write(out);
                return Ok(201);
            }
            Route::Send => {
                let post = Post::parse_send(body, &limits)?;
                self.post(post, &caller, principal, key, body, out)?;
            }
            Route::ReplyAll => {
                let post = Post::parse_reply_all(body, &limits)?;
                self.post(post, &caller, principal, key, body, out)?;
            }
            Route::MarkRead { agent } => {
                caller.check(&agent)?;
                let request = MarkReadRequest::parse(body, &limits)?;
                let found = self.heads.get(&request.thread_id);
                let found = found.zip(self.member(&request.thread_id, &agent));
                if let Some(read) = mark_read(found) {
                    self.set_read(&request.thread_id, &agent, read);
                }
                write_ok(out);
            }
            Route::Unread { agent, window } => {
                caller.check(&agent)?;
                self.unread(&agent, window).write(out);
            }
            Route::Mailbox { agent, page } => {
                caller.check(&agent)?;
                self.mailbox(&agent, page).write(out);
            }
            Route::Thread {
                thread,
                viewer,
                page,
            } => {
                let viewer = caller.viewer(viewer)?;
                let head = self.heads.get(&thread).ok_or_else(Refusal::no_thread)?;
                let member = self.member(&thread, &viewer);
                let member = member.ok_or_else(Refusal::no_thread)?;
                let plan = ThreadPlan::new(head, member, page, &limits);
                self.thread(&plan).write(out);
            }
            Route::Sync {
                thread,
                viewer,
                window,
            } => {
                let viewer = caller.viewer(viewer)?;
                let context = self
                    .context(&thread, &viewer, window, self.limits.portion)
                    .ok_or_else(Refusal::no_thread)?;
                context.write(out);
            }
            Route::Participants { thread, viewer } => {
                let viewer = caller.viewer(viewer)?;
                let member = self
                    .member(&thread, &viewer)
                    .ok_or_else(Refusal::no_thread)?;
                let (members, blind_copies) = self.rows(&thread);
                Participants::of(&RosterView {
                    viewer: member,
                    members: &members,
                    blind_copies: &blind_copies,
                })
                .write(out);
            }
            Route::Health => write_ok(out),
            Route::Ready => write_ready(true, out),
            // Cards tell of a server's address and build, which this one has not.
            Route::ServerCard | Route::AgentCard { .. } => {
                return Err(Refusal::new(Status::NotFound, "agent not found"));
            }
            // It keeps no notes.
            Route::PutNode { .. }
            | Route::PutEdge { .. }
            | Route::QueryGraph { .. }
            | Route::PutIndexEntry { .. }
            | Route::SearchIndex { .. }
            | Route::IndexEntry { .. }
            | Route::RemoveIndexEntry { .. } => return Err(Refusal::no_route()),
        }
        Ok(200)
    }

    fn post(
        &mut self,
        post: Post,
        caller: &Caller,
        principal: Option<&str>,
        key: Option<&IdempotencyKey>,
        body: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), Refusal> {
        caller.check(post.sender())?;
        let name = principal.map_or_else(|| post.sender().to_string(), str::to_owned);
        let way = post.way();
        let record = key.and_then(|key| self.records.get(&(name.clone(), way, key.clone())));
        let head = match post.target() {
            Target::Thread(id) => self.heads.get(&id),
            Target::Set(set) => self
                .heads
                .values()
                .filter(|head| head.set == set)
                .max_by_key(|head| (head.updated_at, head.id.clone())),
        };
        let members = self.roster(head, &post.named());
        let stamp = stamp(&mut self.minted, self.now);
        let view = View {
            thread: head.map(|head| ThreadView {
                head,
                members: &members,
            }),
            retry: key.map(|_| Retry {
                digest: BodyDigest::of(body),
                known: record,
            }),
        };
        let decision = post.decide(&view, &stamp, &self.limits);
        self.commit(decision, name, way, key, out)
    }

    /// The agents that have a row in a thread, and those rows.
    fn rows(&self, thread: &ThreadId) -> (Vec<Member>, Vec<BlindCopy>) {
        let members = self
            .members
            .get(thread)
            .into_iter()
            .flat_map(BTreeMap::values);
        let blind_copies = self
            .blind_copies
            .get(thread)
            .into_iter()
            .flat_map(BTreeMap::values);
        (members.cloned().collect(), blind_copies.cloned().collect())
    }

    fn caller(&self, principal: Option<&str>) -> Caller {
        let Some(principal) = principal else {
            return Caller::Open;
        };
        let owned = self
            .agents
            .iter()
            .filter(|(_, owner)| owner.as_deref() == Some(principal));
        Caller::Keyed {
            claimed: owned.map(|(agent, _)| agent.clone()).collect(),
            own: None,
        }
    }

    fn owner(&self, agent: &AgentId, principal: Option<&str>) -> Owner {
        match self.agents.get(agent) {
            None => Owner::Unknown,
            Some(None) => Owner::Nobody,
            Some(owner) if owner.as_deref() == principal => Owner::Caller,
            Some(_) => Owner::Another,
        }
    }

    fn member(&self, thread: &ThreadId, agent: &AgentId) -> Option<&Member> {
        self.members.get(thread)?.get(agent.as_str())
    }

    /// The visible members of a thread, and those of the named agents that are silent.
    fn roster(&self, head: Option<&ThreadHead>, named: &[AgentId]) -> Vec<Member> {
        let rows = head.and_then(|head| self.members.get(&head.id));
        let is_asked = |member: &&Member| member.is_visible() || named.contains(&member.agent);
        rows.into_iter()
            .flat_map(BTreeMap::values)
            .filter(is_asked)
            .cloned()
            .collect()
    }

    fn commit(
        &mut self,
        decision: Decision,
        name: String,
        route: &'static str,
        key: Option<&IdempotencyKey>,
        out: &mut Vec<u8>,
    ) -> Result<(), Refusal> {
        let accepted = match decision {
            Decision::Accepted(accepted) => accepted,
            Decision::Replayed(receipt) => {
                receipt.write(out);
                return Ok(());
            }
            Decision::Refused(refusal) => return Err(refusal),
        };
        if let Some((record, key)) = accepted.record().zip(key) {
            self.records
                .insert((name, route, key.clone()), record.clone());
        }
        self.store(&accepted);
        accepted.receipt().write(out);
        Ok(())
    }

    fn store(&mut self, accepted: &Accepted) {
        let head = accepted.head();
        let before = self.heads.insert(head.id.clone(), head.clone());
        assert_eq!(before.is_none(), accepted.is_new_thread());
        assert!(before.is_none_or(|before| before.last.next() == Some(head.last)));
        self.messages
            .entry(head.id.clone())
            .or_default()
            .push(accepted.message().clone());
        let members = self.members.entry(head.id.clone()).or_default();
        for member in accepted.members() {
            members.insert(member.agent.to_string(), member.clone());
        }
        let blind_copies = self.blind_copies.entry(head.id.clone()).or_default();
        for copy in accepted.blind_copies() {
            let key = (copy.agent.to_string(), copy.by.to_string());
            blind_copies.entry(key).or_insert_with(|| copy.clone());
        }
        for agent in accepted.delivered_to() {
            let mailbox = self.deliveries.entry(agent.clone()).or_default();
            mailbox.insert((head.id.clone(), head.last));
        }
        for agent in accepted.agents() {
            self.agents.entry(agent.clone()).or_default();
        }
    }

    fn set_read(&mut self, thread: &ThreadId, agent: &AgentId, read: Seq) {
        if let Some(member) = self.member_mut(thread, agent) {
            member.read = Some(read);
        }
    }

    fn member_mut(&mut self, thread: &ThreadId, agent: &AgentId) -> Option<&mut Member> {
        self.members.get_mut(thread)?.get_mut(agent.as_str())
    }

    /// The messages delivered to an agent behind its read marks.
    fn waiting(&self, agent: &AgentId) -> Vec<(ThreadId, Seq)> {
        let delivered = self.deliveries.get(agent).into_iter().flatten();
        let is_new = |(thread, seq): &&(ThreadId, Seq)| {
            let member = self.member(thread, agent);
            member.is_some_and(|member| member.read < Some(*seq))
        };
        delivered.filter(is_new).cloned().collect()
    }

    fn unread(&mut self, agent: &AgentId, window: Window) -> Unread {
        let mut waiting: BTreeMap<ThreadId, Vec<StoredMessage>> = BTreeMap::new();
        for (thread, seq) in self.waiting(agent) {
            let message = self.messages[&thread][seq.get() as usize - 1].clone();
            waiting.entry(thread).or_default().push(message);
        }
        let limits = self.limits;
        let sizes = waiting.iter().filter_map(|(thread, messages)| {
            let newest = self.messages[thread].last()?;
            UnreadSize::of(messages, newest, agent)
        });
        let plan = UnreadPlan::new(sizes.collect(), &limits);
        let mut threads = Vec::new();
        for (thread, part) in plan.parts() {
            let mut room = Room::of(part.room);
            let messages = &waiting[thread];
            let fits = messages
                .iter()
                .take_while(|message| room.admits(message.frame_size() + part.repeated));
            let shown = &messages[..fits.count()];
            let context = self.context(thread, agent, window, plan.around());
            threads.push((thread, context.unwrap_or_default(), shown));
        }
        let threads = threads
            .into_iter()
            .filter_map(|(thread, context, messages)| {
                Some(UnreadThread {
                    member: self.member(thread, agent)?,
                    context,
                    messages,
                })
            });
        let (unread, marks) = plan.assemble(threads.collect(), &limits);
        self.mark_shown(agent, &waiting, &marks);
        unread
    }

    fn mark_shown(
        &mut self,
        agent: &AgentId,
        waiting: &BTreeMap<ThreadId, Vec<StoredMessage>>,
        marks: &ShownMarks,
    ) {
        for mark in &marks.threads {
            let last = self.heads[&mark.thread].last;
            if let Some(member) = self.member_mut(&mark.thread, agent) {
                member.shown = mark.over(member.shown, last);
            }
        }
        if let Some(shown) = &marks.others_than {
            for thread in waiting.keys().filter(|thread| !shown.contains(thread)) {
                if let Some(member) = self.member_mut(thread, agent) {
                    member.shown = Shown::Through(member.read);
                }
            }
        }
    }

    fn context(
        &mut self,
        thread: &ThreadId,
        viewer: &AgentId,
        window: Window,
        room: usize,
    ) -> Option<Context> {
        let head = self.heads.get(thread)?;
        let member = self.member(thread, viewer)?;
        let stored = self.summaries.get(thread);
        let plan = ContextPlan::new(head, member, stored, window, self.now, &self.limits);
        let plan = plan.within(room);
        let messages = &self.messages[thread];
        let ids = plan.covered().map(|places| within(messages, places));
        let ids = ids.unwrap_or_default().iter();
        let ids: Vec<MessageId> = ids.map(|message| message.id.clone()).collect();
        let recent = Portion {
            places: plan.recent(),
            room: plan.room() as u64,
            from: End::Newest,
        };
        let context = plan.assemble(&self.read(thread, member, &recent), ids);
        if let Some(summary) = plan.commit().cloned() {
            self.summaries.insert(thread.clone(), summary);
        }
        Some(context)
    }

    fn mailbox(&self, agent: &AgentId, page: Option<Page>) -> Mailbox {
        let plan = MailboxPlan::new(page, &self.limits);
        let heads = self.heads.values();
        let mut seats: Vec<_> = heads
            .filter_map(|head| Some((head, self.member(&head.id, agent)?)))
            .collect();
        let total = seats.len() as u64;
        seats.sort_unstable_by(|(left, _), (right, _)| {
            (right.updated_at, &right.id).cmp(&(left.updated_at, &left.id))
        });
        let mut room = plan.room();
        let threads: Vec<_> = seats
            .into_iter()
            .skip(plan.offset() as usize)
            .take(plan.most() as usize)
            .take_while(|(head, _)| room.admits(MailboxPlan::size(self.names(head, agent))))
            .map(|(head, member)| ThreadPlan::new(head, member, None, &self.limits))
            .collect();
        let wishes: Vec<_> = threads.iter().map(|thread| self.wish(thread)).collect();
        let threads = plan.share(&threads, &wishes);
        let threads = threads.iter().map(|thread| self.thread(thread)).collect();
        plan.assemble(threads, self.waiting(agent).len() as u64, total)
    }

    /// How many names of a thread an agent may know, as they are counted.
    fn names(&self, head: &ThreadHead, agent: &AgentId) -> u64 {
        let (members, blind_copies) = self.rows(&head.id);
        let visible = members.iter().filter(|member| member.is_visible()).count();
        let got = blind_copies.iter().filter(|copy| copy.agent == *agent);
        let sent = blind_copies.iter().filter(|copy| copy.by == *agent);
        (visible + got.count() + sent.count()) as u64
    }

    fn thread(&self, plan: &ThreadPlan<'_>) -> Thread {
        let id = &plan.head().id;
        let (members, blind_copies) = self.rows(id);
        let portion = plan.portion();
        let messages = portion.map(|portion| self.read(id, plan.viewer(), &portion));
        plan.assemble(&members, &blind_copies, &messages.unwrap_or_default())
    }

    fn wish(&self, plan: &ThreadPlan<'_>) -> Wish {
        let places = plan.portion().map(|portion| portion.places);
        let messages = places.map(|places| within(&self.messages[&plan.head().id], places));
        let messages = messages.unwrap_or_default().iter();
        let mut sizes = messages.map(|message| message.size_for(&plan.viewer().agent));
        let first = sizes.next_back().unwrap_or_default();
        let all = first + sizes.sum::<u64>();
        Wish { all, first }
    }

    /// What there is room for, oldest first.
    fn read(&self, thread: &ThreadId, viewer: &Member, portion: &Portion) -> Vec<StoredMessage> {
        let messages = within(&self.messages[thread], portion.places.clone());
        let mut room = Room::of(portion.room);
        let mut fits = |message: &&StoredMessage| room.admits(message.size_for(&viewer.agent));
        let fitting = match portion.from {
            End::Oldest => messages.iter().take_while(&mut fits).count(),
            End::Newest => messages.iter().rev().take_while(&mut fits).count(),
        };
        match portion.from {
            End::Oldest => messages[..fitting].to_vec(),
            End::Newest => messages[messages.len() - fitting..].to_vec(),
        }
    }
}

fn within(messages: &[StoredMessage], places: RangeInclusive<Seq>) -> &[StoredMessage] {
    &messages[places.start().get() as usize - 1..places.end().get() as usize]
}

/// Ids that are counted: a test is the same on every run.
fn stamp(minted: &mut u64, now: Timestamp) -> Stamp {
    let mut id = || {
        *minted += 1;
        let mut octets = [0; 16];
        octets[8..].copy_from_slice(&minted.to_be_bytes());
        octets
    };
    Stamp {
        now,
        message_id: MessageId::mint(id()),
        thread_id: ThreadId::mint(id()),
    }
}
