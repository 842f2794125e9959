use std::collections::{BTreeMap, BTreeSet};

use asmtp_envelope::{
    Code, Decision, Entry, EntryState, Envelope, EnvelopeId, EnvelopePost, Error, ErrorBody,
    FileId, Gate, Handle, HttpUrl, Limits, Listing, MonitorFact, Order, OrderKey, Page, PushFrame,
    Reader, Receipt, Record, Row, Timestamp, View, accept,
};

/// An operator that keeps everything in memory. It does what a server does around the decisions of
/// `asmtp-envelope`, and nothing of its own.
#[derive(Clone, Debug)]
pub struct Operator {
    /// Its clock. Tests move it, backwards as well.
    pub now: Timestamp,
    /// The agents there are.
    pub gates: BTreeMap<Handle, Gate>,
    /// Uploaded files that nothing has claimed, and who uploaded them.
    pub files: BTreeMap<FileId, Handle>,
    base: HttpUrl,
    stored: BTreeMap<EnvelopeId, Stored>,
    mailboxes: BTreeMap<Handle, Mailbox>,
}

#[derive(Clone, Debug)]
struct Stored {
    envelope: Envelope,
    record: Record,
    key: OrderKey,
    size_hint: u64,
}

/// What an agent sent and received.
#[derive(Clone, Debug, Default)]
struct Mailbox {
    keys: BTreeSet<OrderKey>,
    received: BTreeMap<EnvelopeId, EntryState>,
}

/// What goes to the sockets of an agent.
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_enums)] // the two of the protocol
pub enum Pushed {
    /// The header of a new envelope.
    Notify(PushFrame<'static>),
    /// What became of one.
    Fact(MonitorFact),
}

impl Operator {
    /// An operator without agents, reachable at `base`.
    #[must_use]
    pub fn new(base: &str, now: Timestamp) -> Self {
        Self {
            now,
            gates: BTreeMap::new(),
            files: BTreeMap::new(),
            base: base.parse().unwrap(),
            stored: BTreeMap::new(),
            mailboxes: BTreeMap::new(),
        }
    }

    /// `POST /messages`: the receipt, and what to push to whom in this order.
    ///
    /// # Errors
    ///
    /// With the answer that refuses the post.
    pub fn post(
        &mut self,
        from: &Handle,
        body: &[u8],
    ) -> Result<(Receipt, Vec<(Handle, Pushed)>), ErrorBody> {
        let post = EnvelopePost::parse(body, &Limits::default())?;
        let sender = self.gates.get(from);
        let sender = sender.ok_or_else(|| ErrorBody::new(Code::Unauthorized, "unknown bearer"))?;
        let recipients: Vec<_> = post
            .recipients()
            .filter_map(|(handle, _)| self.gates.get(handle).cloned())
            .collect();
        let files: Vec<_> = post
            .file_ids()
            .filter(|id| self.files.get(id) == Some(from))
            .cloned()
            .collect();
        let concerned = post.recipients().map(|(handle, _)| handle);
        let view = View {
            sender,
            recipients: &recipients,
            known: self.stored.get(&post.id()).map(|stored| &stored.record),
            files: &files,
            last: concerned
                .chain([from])
                .filter_map(|handle| self.mailboxes.get(handle)?.keys.last().copied())
                .max(),
            base: &self.base,
        };
        match accept(post, &view, self.now) {
            Decision::Accepted(accepted) => Ok((accepted.receipt(), self.commit(&accepted))),
            Decision::Replayed(receipt) => Ok((receipt, Vec::new())),
            Decision::Refused(body) => Err(body),
        }
    }

    fn commit(&mut self, accepted: &asmtp_envelope::Accepted) -> Vec<(Handle, Pushed)> {
        let (id, key) = (accepted.id(), accepted.key());
        let sender = accepted.envelope().from().clone();
        for claim in accepted.claims() {
            self.files.remove(claim);
        }
        self.mailboxes
            .entry(sender.clone())
            .or_default()
            .keys
            .insert(key);
        for (handle, _) in accepted.entries() {
            let mailbox = self.mailboxes.entry(handle.clone()).or_default();
            assert!(
                handle == &sender || mailbox.keys.last().is_none_or(|last| *last < key),
                "a row behind a cursor"
            );
            mailbox.keys.insert(key);
            let before = mailbox.received.insert(id, EntryState::Unread);
            assert_eq!(before, None, "two entries for one envelope");
        }
        let stored = Stored {
            envelope: accepted.envelope().clone(),
            record: accepted.record(),
            key,
            size_hint: accepted.size_hint(),
        };
        assert!(self.stored.insert(id, stored).is_none());
        let frame = accepted.frame().into_owned();
        let notify = |(handle, _): &(Handle, _)| (handle.clone(), Pushed::Notify(frame.clone()));
        let facts = accepted
            .facts()
            .map(|fact| (sender.clone(), Pushed::Fact(fact)));
        accepted.entries().iter().map(notify).chain(facts).collect()
    }

    /// `GET /mailbox`.
    ///
    /// # Errors
    ///
    /// When the query is none.
    pub fn list(&self, agent: &Handle, query: &str) -> Result<Page<'static>, Error> {
        let listing = Listing::parse(query)?;
        let Some(mailbox) = self.mailboxes.get(agent) else {
            return Ok(Page::default());
        };
        let keys = mailbox.keys.range(listing.bounds()).copied();
        let keys: Box<dyn Iterator<Item = OrderKey>> = match listing.order {
            Order::Ascending => Box::new(keys),
            Order::Descending => Box::new(keys.rev()),
        };
        let rows = keys.filter_map(|key| {
            let stored = &self.stored[&key.envelope_id];
            let state = mailbox.received.get(&key.envelope_id);
            let state = state.filter(|&&state| state != EntryState::Removed);
            let entry = Entry {
                sent: stored.envelope.from() == agent,
                received: state.map(|&state| state == EntryState::Read),
            };
            let frame = PushFrame::of(&stored.envelope, stored.key.created_at, stored.size_hint);
            let row = || Row::of(&listing, frame.into_owned(), entry);
            listing.selects(entry).then(row)
        });
        Ok(Page::of(&listing, rows))
    }

    /// `GET /messages/{id}`: the body that the agent gets to see, or `None` for 404.
    pub fn fetch(&mut self, agent: &Handle, id: EnvelopeId) -> Option<Vec<u8>> {
        let envelope = &self.stored.get(&id)?.envelope;
        match envelope.reader(agent) {
            Reader::Stranger => return None,
            Reader::Sender => {}
            Reader::Recipient => self.mark(agent, id),
        }
        let mut body = Vec::new();
        self.stored[&id].envelope.write_for(agent, &mut body);
        Some(body)
    }

    /// Sets a read mark, and gives whether the agent has such an entry.
    pub fn mark_read(&mut self, agent: &Handle, id: EnvelopeId) -> bool {
        let has = self
            .mailboxes
            .get(agent)
            .is_some_and(|mailbox| mailbox.received.contains_key(&id));
        self.mark(agent, id);
        has
    }

    fn mark(&mut self, agent: &Handle, id: EnvelopeId) {
        let mailbox = self.mailboxes.get_mut(agent);
        if let Some(state) = mailbox.and_then(|mailbox| mailbox.received.get_mut(&id)) {
            *state = state.read();
        }
    }

    /// The keys of what an agent received, in order.
    pub fn received(&self, agent: &Handle) -> impl Iterator<Item = OrderKey> {
        self.mailboxes.get(agent).into_iter().flat_map(|mailbox| {
            let is_received = |key: &&OrderKey| mailbox.received.contains_key(&key.envelope_id);
            mailbox.keys.iter().filter(is_received).copied()
        })
    }

    /// What was answered when an envelope was accepted.
    #[must_use]
    pub fn record(&self, id: EnvelopeId) -> Option<&Record> {
        self.stored.get(&id).map(|stored| &stored.record)
    }
}

impl Pushed {
    /// The message on the socket.
    #[must_use]
    pub fn octets(&self) -> Vec<u8> {
        let mut octets = Vec::new();
        match self {
            Self::Notify(frame) => frame.write(&mut octets),
            Self::Fact(fact) => fact.write(&mut octets),
        }
        octets
    }
}
