use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use crate::backoff::Backoff;
use crate::{Code, EnvelopeId, EnvelopePost, Error, ErrorKind, Limits, Timestamp};

mod event;

pub use event::{Answer, OutboxAction, OutboxEvent, Outcome, Parcel};

/// Sends the envelopes of one agent, each once (section 16).
///
/// An envelope is made durable before the first try, and every try sends the same octets under the
/// same id, so that the operator can tell a retry from a second envelope. What it has to do comes
/// out as [`OutboxAction`]s, what happens goes in as [`OutboxEvent`]s.
///
/// **Driving rule.** After [`restore`](Self::restore), [`submit`](Self::submit) and each
/// [`handle`](Self::handle), carry out what [`poll`](Self::poll) gives until it gives `None`; then
/// wait for something to happen, or for [`timeout`](Self::timeout), which is an
/// [`OutboxEvent::Tick`].
///
/// All that has to survive a crash is the set of [`Parcel`]s: [`OutboxAction::Persist`] adds one,
/// [`OutboxAction::Forget`] removes one.
#[derive(Debug)]
pub struct Outbox {
    options: OutboxOptions,
    envelopes: BTreeMap<EnvelopeId, Envelope>,
    /// When to send what, those that came first first.
    due: BTreeSet<(Timestamp, u64, EnvelopeId)>,
    in_flight: usize,
    submitted: u64,
    /// Nothing is sent before: the operator was out of reach, or asked to slow down.
    pause: Timestamp,
    backoff: Backoff,
    actions: VecDeque<OutboxAction>,
    now: Timestamp,
}

/// How much an [`Outbox`] does at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // configuration, built with `..OutboxOptions::default()`
pub struct OutboxOptions {
    /// Requests at a time. Default 4.
    pub in_flight: usize,
    /// Envelopes kept at a time. Default 10,000.
    pub envelopes: usize,
    /// Octets of one envelope. Default 1 MiB, what operators take.
    pub body: usize,
}

#[derive(Debug)]
struct Envelope {
    parcel: Arc<Parcel>,
    /// Its place among those that wait.
    turn: u64,
    stage: Stage,
    failures: u32,
    /// A try may have reached the operator without its answer reaching us.
    is_uncertain: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Not durable yet.
    Draft,
    /// To be sent.
    Waiting,
    /// A try is under way.
    Sent,
    /// Its outcome was reported.
    Settled,
}

impl Outbox {
    /// An outbox with the parcels that survived, which are sent again; of two under one id the
    /// first. The seed is for the jitter of the back-off.
    #[must_use]
    pub fn restore(
        parcels: impl IntoIterator<Item = Parcel>,
        options: OutboxOptions,
        seed: u64,
    ) -> Self {
        let mut outbox = Self {
            options,
            envelopes: BTreeMap::new(),
            due: BTreeSet::new(),
            in_flight: 0,
            submitted: 0,
            pause: Timestamp::default(),
            backoff: Backoff::new(seed),
            actions: VecDeque::new(),
            now: Timestamp::default(),
        };
        for parcel in parcels {
            let id = parcel.id();
            if outbox.envelopes.contains_key(&id) {
                continue;
            }
            outbox.insert(parcel, Stage::Waiting, true);
            outbox.schedule(id, Timestamp::default());
        }
        outbox
    }

    /// Takes an envelope to send.
    ///
    /// # Errors
    ///
    /// With [`ErrorKind::TooLarge`] when its body or the outbox is full, with
    /// [`ErrorKind::Inconsistent`] when an envelope of this id is being sent. Nothing changes then.
    pub fn submit(&mut self, post: &EnvelopePost) -> Result<(), Error> {
        let parcel = Parcel::of(post);
        if parcel.body().len() > self.options.body.min(Limits::default().body) {
            return Err(full("a shorter envelope"));
        }
        if self.envelopes.len() >= self.options.envelopes {
            return Err(full("room in the outbox"));
        }
        if self.envelopes.contains_key(&post.id()) {
            return Err(Error::new(
                ErrorKind::Inconsistent,
                Code::InvalidEnvelopeId,
                "an id that is not being sent",
            ));
        }
        let parcel = self.insert(parcel, Stage::Draft, false);
        self.actions.push_back(OutboxAction::Persist(parcel));
        Ok(())
    }

    /// Takes in what happened. A time before the last one counts as the last one.
    pub fn handle(&mut self, event: OutboxEvent, now: Timestamp) {
        self.now = self.now.max(now);
        match event {
            OutboxEvent::Tick => {}
            OutboxEvent::Persisted(id) => {
                if self.advance(id, Stage::Draft, Stage::Waiting) {
                    self.schedule(id, self.now);
                }
            }
            OutboxEvent::Answered(id, answer) => {
                if self.advance(id, Stage::Sent, Stage::Waiting) {
                    self.in_flight -= 1;
                    self.answer(id, answer);
                }
            }
            OutboxEvent::Recorded(id) => {
                if self.advance(id, Stage::Settled, Stage::Settled) {
                    self.envelopes.remove(&id);
                    self.actions.push_back(OutboxAction::Forget(id));
                }
            }
        }
        self.send();
    }

    /// The next thing to do.
    #[must_use]
    pub fn poll(&mut self) -> Option<OutboxAction> {
        self.actions.pop_front()
    }

    /// When to come back with an [`OutboxEvent::Tick`] if nothing else happens.
    #[must_use]
    pub fn timeout(&self) -> Option<Timestamp> {
        let (due, ..) = self.due.first()?;
        (self.in_flight < self.in_flight_most()).then(|| self.pause.max(*due))
    }

    /// How many envelopes are not done with.
    #[must_use]
    pub fn len(&self) -> usize {
        self.envelopes.len()
    }

    /// Whether all envelopes are done with.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.envelopes.is_empty()
    }

    fn insert(&mut self, parcel: Parcel, stage: Stage, is_uncertain: bool) -> Arc<Parcel> {
        let parcel = Arc::new(parcel);
        self.submitted += 1;
        let envelope = Envelope {
            parcel: Arc::clone(&parcel),
            turn: self.submitted,
            stage,
            failures: 0,
            is_uncertain,
        };
        self.envelopes.insert(parcel.id(), envelope);
        parcel
    }

    /// Moves an envelope on from the stage it has to be in. What comes twice is passed over.
    fn advance(&mut self, id: EnvelopeId, from: Stage, to: Stage) -> bool {
        let envelope = self.envelopes.get_mut(&id);
        envelope
            .filter(|envelope| envelope.stage == from)
            .map(|envelope| envelope.stage = to)
            .is_some()
    }

    fn schedule(&mut self, id: EnvelopeId, at: Timestamp) {
        if let Some(envelope) = self.envelopes.get(&id) {
            self.due.insert((at, envelope.turn, id));
        }
    }

    fn send(&mut self) {
        while self.in_flight < self.in_flight_most() && self.pause <= self.now {
            let Some(&(at, turn, id)) = self.due.first().filter(|(at, ..)| *at <= self.now) else {
                break;
            };
            self.due.remove(&(at, turn, id));
            if let Some(envelope) = self.envelopes.get_mut(&id) {
                envelope.stage = Stage::Sent;
                self.in_flight += 1;
                let parcel = Arc::clone(&envelope.parcel);
                self.actions.push_back(OutboxAction::Send(parcel));
            }
        }
    }

    fn answer(&mut self, id: EnvelopeId, answer: Answer) {
        match answer {
            Answer::Accepted(receipt) => {
                let receipt = receipt.filter(|receipt| receipt.id == id);
                self.settle(id, |_| Outcome::Accepted(receipt));
            }
            Answer::Refused { status, code } => {
                self.settle(id, |may_be_stored| match code {
                    Some(Code::RetryMismatch) if may_be_stored => Outcome::Mismatch,
                    _ => Outcome::Rejected {
                        status,
                        code,
                        may_be_stored,
                    },
                });
            }
            Answer::Later { retry_after_ms } => {
                self.pause = self.retry(id, retry_after_ms, false);
            }
            Answer::Unavailable { retry_after_ms } => {
                self.retry(id, retry_after_ms, true);
            }
            Answer::Lost => {
                let wait = self.backoff.fail();
                self.pause = self.now.saturating_add(wait);
                self.retry(id, Some(wait), true);
            }
        }
    }

    fn settle(&mut self, id: EnvelopeId, outcome: impl FnOnce(bool) -> Outcome) {
        self.backoff.reset();
        if let Some(envelope) = self.envelopes.get_mut(&id) {
            envelope.stage = Stage::Settled;
            let outcome = outcome(envelope.is_uncertain);
            self.actions.push_back(OutboxAction::Report(id, outcome));
        }
    }

    /// Plans another try of the same octets. Gives when.
    fn retry(&mut self, id: EnvelopeId, wait_ms: Option<u64>, is_uncertain: bool) -> Timestamp {
        let mut at = self.now;
        if let Some(envelope) = self.envelopes.get_mut(&id) {
            let wait = self.backoff.nth(envelope.failures);
            at = self.now.saturating_add(wait.max(wait_ms.unwrap_or(0)));
            envelope.failures = envelope.failures.saturating_add(1);
            envelope.is_uncertain |= is_uncertain;
        }
        self.schedule(id, at);
        at
    }

    fn in_flight_most(&self) -> usize {
        self.options.in_flight.max(1)
    }
}

impl Default for OutboxOptions {
    fn default() -> Self {
        Self {
            in_flight: 4,
            envelopes: 10_000,
            body: 1 << 20,
        }
    }
}

fn full(expected: &'static str) -> Error {
    Error::new(ErrorKind::TooLarge, Code::PayloadTooLarge, expected)
}
