use std::collections::{BTreeSet, VecDeque};

use super::ReceiverOptions;
use crate::{EnvelopeId, MonitorFact, OrderKey};

/// The envelopes that came lately, for telling repeats by id (section 7, rule 5).
#[derive(Debug, Default)]
pub(super) struct Seen {
    ids: BTreeSet<EnvelopeId>,
    keys: BTreeSet<OrderKey>,
}

impl Seen {
    /// How far behind the cursor a repeat may come.
    const WINDOW_MS: u64 = 60_000;

    pub(super) fn contains(&self, id: EnvelopeId) -> bool {
        self.ids.contains(&id)
    }

    pub(super) fn insert(&mut self, key: OrderKey) {
        if self.ids.insert(key.envelope_id) {
            self.keys.insert(key);
        }
    }

    fn remove(&mut self, key: OrderKey) {
        if self.keys.remove(&key) {
            self.ids.remove(&key.envelope_id);
        }
    }

    /// Forgets what is too old or too much, the lowest keys first.
    pub(super) fn trim(&mut self, cursor: OrderKey, options: &ReceiverOptions) {
        while let Some(&first) = self.keys.first() {
            let is_old = cursor.created_at.millis_since(first.created_at) > Self::WINDOW_MS;
            let count = self.keys.len();
            if (count > options.seen && is_old) || count > options.seen_most {
                self.remove(first);
            } else {
                break;
            }
        }
    }
}

/// The facts that came lately, by what makes two of them one (section 9).
#[derive(Debug, Default)]
pub(super) struct SeenFacts {
    known: BTreeSet<MonitorFact>,
    order: VecDeque<MonitorFact>,
}

impl SeenFacts {
    /// Notes a fact. Gives whether it is new.
    pub(super) fn insert(&mut self, fact: &MonitorFact, most: usize) -> bool {
        // Envelope, recipient and fact decide; an envelope has one monitor, and time does not
        // make a fact another one.
        let mut key = fact.clone();
        key.at_ms = crate::Timestamp::default();
        if !self.known.insert(key.clone()) {
            return false;
        }
        self.order.push_back(key);
        if self.order.len() > most
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }
}
