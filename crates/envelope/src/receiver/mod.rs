use std::collections::{BTreeMap, VecDeque};

use crate::backoff::Backoff;
use crate::{EnvelopeId, Listing, MonitorFact, Order, OrderKey, Page, Push, PushFrame, Timestamp};

mod event;
mod seen;

pub use event::{Action, Event, Failure, Ticket};

use seen::{Seen, SeenFacts};

/// Receives the mail of one agent, and loses none (sections 7 and 16).
///
/// It opens a socket, lists the mailbox from its cursor, and then follows the frames. What it has
/// to tell, ask and save comes out as [`Action`]s, what happens goes in as [`Event`]s.
///
/// **Driving rule.** After [`new`](Self::new) and after each [`handle`](Self::handle), carry out
/// what [`poll`](Self::poll) gives until it gives `None`; then wait for something to happen, or
/// for [`timeout`](Self::timeout), which is an [`Event::Tick`].
///
/// Envelopes come out one at a time in key order; the next one follows when the last one was
/// [handled](Event::Handled). The cursor moves behind the handler and is saved behind that, one
/// save at a time, so that a crash at any point repeats an envelope and never skips one. All that
/// has to survive is the key of the last [`Action::Save`] that was done.
///
/// ```
/// use asmtp_envelope::{Action, Event, Page, Receiver, ReceiverOptions, Timestamp};
///
/// let now = Timestamp::new(1_795_215_861_457).unwrap();
/// let mut receiver = Receiver::new(None, ReceiverOptions::default(), 7);
/// receiver.handle(Event::Tick, now);
/// let Some(Action::Connect(ticket)) = receiver.poll() else { panic!() };
/// receiver.handle(Event::Opened(ticket), now);
/// let Some(Action::List(ticket, listing)) = receiver.poll() else { panic!() };
/// assert_eq!(listing.to_string(), "limit=1000");
/// receiver.handle(Event::Listed(ticket, Page::default()), now);
/// assert!(receiver.is_live());
/// ```
#[derive(Debug)]
pub struct Receiver {
    options: ReceiverOptions,
    state: State,
    /// Everything up to here was handled.
    handled: Option<OrderKey>,
    /// Everything up to here was handled or is pending: where a listing goes on. During a catch-up
    /// only pages move it (section 7, rule 1).
    known: Option<OrderKey>,
    /// Headers that were not delivered yet. Those behind `known` wait for the catch-up to end.
    pending: BTreeMap<OrderKey, PushFrame<'static>>,
    /// What the handler has now.
    handling: Option<OrderKey>,
    /// Frames were dropped since the last listing was asked for.
    missed: bool,
    seen: Seen,
    facts: SeenFacts,
    saved: Option<OrderKey>,
    saving: Option<OrderKey>,
    /// Rows to ask for next. Fewer after a listing that failed, since a page that is too long
    /// fails every time.
    rows: u16,
    tickets: u64,
    socket: Option<Ticket>,
    request: Option<Ticket>,
    opened_at: Option<Timestamp>,
    backoff: Backoff,
    actions: VecDeque<Action>,
    now: Timestamp,
}

/// How a [`Receiver`] begins and how much it keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // configuration, built with `..ReceiverOptions::default()`
pub struct ReceiverOptions {
    /// What to do without a saved cursor.
    pub start: Start,
    /// Rows to ask for at a time: 1 to 1,000. Default 1,000.
    pub page: u16,
    /// Headers kept for a handler that is behind. Frames beyond it are dropped and listed later.
    /// Default 10,000.
    pub pending: usize,
    /// Ids kept at least for telling repeats. Default 5,000 (section 7, rule 5).
    pub seen: usize,
    /// Ids kept at most. Those of the last 60 seconds stay unless they are more. Default 100,000.
    pub seen_most: usize,
}

/// Where a receiver without a cursor begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)] // all or nothing
pub enum Start {
    /// With the first envelope of the mailbox.
    #[default]
    Beginning,
    /// Behind the last one. Nothing is delivered before that place is saved.
    End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Down {
        until: Timestamp,
    },
    Connecting,
    /// Looking for the end of the mailbox, then saving it.
    Anchoring,
    CatchUp,
    Live,
    Stopped,
}

impl Receiver {
    /// How long a connection has to hold for the back-off to start anew.
    const STEADY_MS: u64 = 60_000;

    /// A receiver that goes on behind a saved cursor. A cursor that was lost or cannot be read is
    /// `None`. The seed is for the jitter of the back-off.
    #[must_use]
    pub fn new(cursor: Option<OrderKey>, options: ReceiverOptions, seed: u64) -> Self {
        Self {
            options,
            state: State::Down {
                until: Timestamp::default(),
            },
            handled: cursor,
            known: cursor,
            pending: BTreeMap::new(),
            handling: None,
            missed: false,
            seen: Seen::default(),
            facts: SeenFacts::default(),
            saved: cursor,
            saving: None,
            rows: options.page.clamp(1, Listing::MAX_LIMIT),
            tickets: 0,
            socket: None,
            request: None,
            opened_at: None,
            backoff: Backoff::new(seed),
            actions: VecDeque::new(),
            now: Timestamp::default(),
        }
    }

    /// Takes in what happened. A time before the last one counts as the last one.
    pub fn handle(&mut self, event: Event, now: Timestamp) {
        self.now = self.now.max(now);
        match event {
            Event::Tick => self.connect_if_due(),
            Event::Opened(ticket) if self.is_socket(ticket) => self.open(),
            Event::Pushed(ticket, push) if self.is_socket(ticket) => self.push(push),
            Event::Garbled(ticket) if self.is_socket(ticket) => self.list_again(),
            Event::Listed(ticket, page) if self.request == Some(ticket) => self.list(page),
            Event::Failed(ticket, failure)
                if self.is_socket(ticket) || self.request == Some(ticket) =>
            {
                self.fail(failure);
            }
            Event::Handled(id) => self.finish(id),
            Event::Saved => self.confirm(),
            // Of a connection or request that is no more.
            Event::Opened(_)
            | Event::Pushed(..)
            | Event::Garbled(_)
            | Event::Listed(..)
            | Event::Failed(..) => {}
        }
        self.deliver();
        self.ask();
        self.save();
    }

    /// The next thing to do.
    #[must_use]
    pub fn poll(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// When to come back with an [`Event::Tick`] if nothing else happens.
    #[must_use]
    pub fn timeout(&self) -> Option<Timestamp> {
        match self.state {
            State::Down { until } => Some(until),
            _ => None,
        }
    }

    /// The key up to which everything was handled. It is durable once it was saved.
    #[must_use]
    pub fn cursor(&self) -> Option<OrderKey> {
        self.handled
    }

    /// Whether it has caught up and follows the frames.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.state == State::Live
    }

    /// Whether it gave up, because the operator no longer takes its bearer.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.state == State::Stopped
    }

    fn connect_if_due(&mut self) {
        if let State::Down { until } = self.state
            && until <= self.now
        {
            let ticket = self.ticket();
            self.socket = Some(ticket);
            self.state = State::Connecting;
            self.actions.push_back(Action::Connect(ticket));
        }
    }

    fn open(&mut self) {
        if self.state != State::Connecting {
            return;
        }
        self.opened_at = Some(self.now);
        if self.known.is_some() || self.options.start == Start::Beginning {
            self.state = State::CatchUp;
            return;
        }
        self.state = State::Anchoring;
        let newest = Listing {
            order: Order::Descending,
            limit: 1,
            ..Listing::default()
        };
        self.request(newest);
    }

    fn push(&mut self, push: Push) {
        match push {
            Push::Notify(frame) => self.notify(frame),
            Push::Fact(fact) => self.inform(fact),
            Push::Unknown => {}
        }
    }

    fn notify(&mut self, frame: PushFrame<'static>) {
        if self.seen.contains(frame.id()) {
            return;
        }
        if self.pending.len() >= self.options.pending {
            self.list_again();
            return;
        }
        let key = frame.key();
        self.keep(frame);
        if self.state == State::Live {
            self.known = self.known.max(Some(key));
        }
    }

    fn inform(&mut self, fact: MonitorFact) {
        if self.facts.insert(&fact, self.options.seen) {
            self.actions.push_back(Action::Inform(fact));
        }
    }

    /// A frame is missing: the mailbox is the truth (6.4).
    fn list_again(&mut self) {
        self.missed = true;
        if self.state == State::Live {
            self.state = State::CatchUp;
        }
    }

    fn list(&mut self, page: Page<'static>) {
        self.request = None;
        self.rows = self.rows.saturating_mul(2).min(self.page());
        if let Some((rows, error)) = page.unreadable {
            self.actions.push_back(Action::Report { rows, error });
        }
        match self.state {
            State::Anchoring => {
                let newest = page.rows.first().map(|row| row.frame.key());
                self.handled = newest.or(Some(OrderKey::LEAST));
                self.known = self.handled;
            }
            State::CatchUp => self.take_in(page),
            _ => {}
        }
    }

    fn take_in(&mut self, page: Page<'static>) {
        let before = self.known;
        for row in page.rows {
            self.known = self.known.max(Some(row.frame.key()));
            if !self.seen.contains(row.frame.id()) {
                self.keep(row.frame);
            }
        }
        match page.next_cursor {
            Some(cursor) => {
                self.known = self.known.max(Some(cursor));
                if self.known == before {
                    // A page that leads nowhere would be asked for again and again.
                    self.fail(Failure::Passing {
                        retry_after_ms: None,
                    });
                }
            }
            None if self.missed => {}
            None => {
                let newest = self.pending.last_key_value().map(|(&key, _)| key);
                self.known = self.known.max(newest);
                self.state = State::Live;
            }
        }
    }

    fn keep(&mut self, frame: PushFrame<'static>) {
        let key = frame.key();
        self.seen.insert(key);
        self.pending.insert(key, frame);
    }

    fn fail(&mut self, failure: Failure) {
        if self.socket.take().is_some() {
            self.actions.push_back(Action::Disconnect);
        }
        if self.request.take().is_some() {
            self.rows = (self.rows / 2).max(1);
        }
        let opened_at = self.opened_at.take();
        let Failure::Passing { retry_after_ms } = failure else {
            self.state = State::Stopped;
            self.actions.push_back(Action::Stop);
            return;
        };
        if opened_at.is_some_and(|opened| self.now.millis_since(opened) >= Self::STEADY_MS) {
            self.backoff.reset();
        }
        let wait = self.backoff.fail().max(retry_after_ms.unwrap_or(0));
        self.state = State::Down {
            until: self.now.saturating_add(wait),
        };
    }

    fn finish(&mut self, id: EnvelopeId) {
        if let Some(key) = self.handling.take_if(|key| key.envelope_id == id) {
            self.handled = self.handled.max(Some(key));
            self.seen.trim(key, &self.options);
        }
    }

    fn confirm(&mut self) {
        if let Some(key) = self.saving.take() {
            self.saved = Some(key);
            if self.state == State::Anchoring {
                self.state = State::CatchUp;
            }
        }
    }

    fn deliver(&mut self) {
        let is_busy = self.handling.is_some() || self.state == State::Stopped;
        if is_busy || !self.has_place() {
            return;
        }
        let first = self.pending.first_entry();
        if let Some(first) = first.filter(|first| Some(*first.key()) <= self.known) {
            let (key, frame) = first.remove_entry();
            self.handling = Some(key);
            self.actions.push_back(Action::Deliver(frame));
        }
    }

    /// Asks for the next page when all of the last one went to the handler.
    fn ask(&mut self) {
        let first = self.pending.first_key_value().map(|(&key, _)| key);
        let is_drained = first.is_none() || first > self.known;
        let is_due = self.state == State::CatchUp && self.request.is_none() && is_drained;
        if is_due && self.has_place() {
            self.missed = false;
            self.request(Listing {
                limit: self.rows,
                after: self.known,
                ..Listing::default()
            });
        }
    }

    /// Whether it is settled where it begins. What is saved as the end of the mailbox must not be
    /// looked for again after a crash, or what came meanwhile would count as history.
    fn has_place(&self) -> bool {
        self.options.start == Start::Beginning || self.saved.is_some()
    }

    fn page(&self) -> u16 {
        self.options.page.clamp(1, Listing::MAX_LIMIT)
    }

    fn request(&mut self, listing: Listing) {
        let ticket = self.ticket();
        self.request = Some(ticket);
        self.actions.push_back(Action::List(ticket, listing));
    }

    /// One save at a time: what moved meanwhile is saved together (section 7, rule 4).
    fn save(&mut self) {
        if self.saving.is_none()
            && self.handled > self.saved
            && let Some(key) = self.handled
        {
            self.saving = Some(key);
            self.actions.push_back(Action::Save(key));
        }
    }

    fn ticket(&mut self) -> Ticket {
        self.tickets += 1;
        Ticket(self.tickets)
    }

    fn is_socket(&self, ticket: Ticket) -> bool {
        self.socket == Some(ticket)
    }
}

impl Default for ReceiverOptions {
    fn default() -> Self {
        Self {
            start: Start::Beginning,
            page: 1000,
            pending: 10_000,
            seen: 5_000,
            seen_most: 100_000,
        }
    }
}
