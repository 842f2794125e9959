use std::collections::BTreeSet;

use asmtp_envelope::{
    Action, Event, Failure, OrderKey, Push, Receiver, ReceiverOptions, Start, Ticket, Timestamp,
};

use crate::asmtp::sample::{frame, id, key, page};
use crate::tape::Tape;

/// A receiver under any list of events, those of a hostile operator and a careless driver
/// included: one delivery and one save at a time, saves that rise and never pass what was not
/// handled, and an end to the work after each event.
pub fn envelope_receiver(octets: &[u8]) {
    let mut tape = Tape::new(octets);
    let options = ReceiverOptions {
        start: if tape.flip() {
            Start::End
        } else {
            Start::Beginning
        },
        page: tape.below(5) as u16,
        pending: tape.below(6),
        seen: tape.below(8),
        seen_most: tape.below(16),
    };
    let cursor = tape.flip().then(|| key(tape.below(8) as u64));
    let mut driver = Driver {
        receiver: Receiver::new(cursor, options, 1),
        tickets: Vec::new(),
        working: None,
        saving: None,
        saved: cursor,
        handled: BTreeSet::new(),
        stopped: false,
    };
    let mut now = Timestamp::new(1_795_300_000_000).expect("a time");
    while !tape.has_ended() {
        let event = driver.event(&mut tape);
        now = now.saturating_add(500 * tape.below(256) as u64);
        driver.tell(event, now);
    }
}

struct Driver {
    receiver: Receiver,
    tickets: Vec<Ticket>,
    working: Option<OrderKey>,
    saving: Option<OrderKey>,
    saved: Option<OrderKey>,
    handled: BTreeSet<OrderKey>,
    stopped: bool,
}

impl Driver {
    fn event(&mut self, tape: &mut Tape<'_>) -> Event {
        let ticket = match self.tickets.len() {
            0 => return Event::Tick,
            // Mostly the newest, sometimes any.
            tickets if tape.flip() => self.tickets[tape.below(tickets.min(256))],
            tickets => self.tickets[tickets - 1],
        };
        let n = tape.below(24) as u64;
        match tape.below(12) {
            0 => Event::Tick,
            1 => Event::Opened(ticket),
            2..=4 => Event::Pushed(ticket, Push::Notify(frame(n))),
            5 => Event::Garbled(ticket),
            6 | 7 => {
                let rows = n..n + tape.below(5) as u64;
                let next = tape.flip().then(|| tape.below(24) as u64);
                Event::Listed(ticket, page(rows, next))
            }
            8 => {
                let failure = match tape.below(16) {
                    0 => Failure::Credential,
                    n => Failure::of_status(503, (n > 12).then_some(1000 * n as u64)),
                };
                Event::Failed(ticket, failure)
            }
            9 => Event::Saved,
            // The right answer, or one for an envelope that nobody was given.
            10 => Event::Handled(self.working.map_or_else(|| id(n), |key| key.envelope_id)),
            _ => Event::Handled(id(n)),
        }
    }

    fn tell(&mut self, event: Event, now: Timestamp) {
        match event {
            Event::Saved => self.saved = self.saving.take().or(self.saved),
            Event::Handled(id) => {
                self.handled
                    .extend(self.working.take_if(|key| key.envelope_id == id));
            }
            _ => {}
        }
        self.receiver.handle(event, now);
        let mut actions = 0;
        while let Some(action) = self.receiver.poll() {
            actions += 1;
            assert!(actions < 8, "one event, a few things to do");
            self.carry_out(action);
        }
        assert!(
            self.receiver
                .timeout()
                .is_none_or(|at| at <= now.saturating_add(60_000))
        );
    }

    fn carry_out(&mut self, action: Action) {
        match action {
            Action::Connect(ticket) | Action::List(ticket, _) => {
                assert!(!self.stopped);
                self.tickets.push(ticket);
            }
            Action::Deliver(frame) => {
                assert!(!self.stopped);
                let before = self.working.replace(frame.key());
                assert_eq!(before, None, "one delivery at a time");
            }
            Action::Save(key) => {
                assert_eq!(self.saving.replace(key), None, "one save at a time");
                assert!(Some(key) > self.saved, "saves rise");
                // It may have been delivered again since: what was seen is forgotten in time.
                let is_handled = self.working != Some(key) || self.handled.contains(&key);
                assert!(is_handled, "not before it is handled");
            }
            Action::Stop => self.stopped = true,
            _ => {}
        }
    }
}
