use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use asmtp_envelope::{
    Answer, Code, ContentPart, EnvelopeId, EnvelopePost, Outbox, OutboxAction, OutboxEvent,
    OutboxOptions, Parcel, Timestamp,
};

use crate::asmtp::sample::id;
use crate::tape::Tape;

/// An outbox under any list of events, and crashes: nothing is sent that is not durable, every try
/// sends the same octets, no more tries at a time than allowed, and nothing is forgotten before
/// its outcome is recorded.
pub fn envelope_outbox(octets: &[u8]) {
    let mut tape = Tape::new(octets);
    let options = OutboxOptions {
        in_flight: tape.below(4),
        envelopes: 1 + tape.below(6),
        ..OutboxOptions::default()
    };
    let mut driver = Driver::new(options);
    let mut now = Timestamp::new(1_795_300_000_000).expect("a time");
    while !tape.has_ended() {
        now = now.saturating_add(100 * tape.below(256) as u64);
        driver.step(&mut tape, now);
        driver.carry_out();
    }
}

struct Driver {
    options: OutboxOptions,
    outbox: Outbox,
    disk: BTreeMap<EnvelopeId, Parcel>,
    writing: Vec<Arc<Parcel>>,
    under_way: BTreeSet<EnvelopeId>,
    reported: BTreeSet<EnvelopeId>,
    recorded: BTreeSet<EnvelopeId>,
}

impl Driver {
    fn new(options: OutboxOptions) -> Self {
        Self {
            options,
            outbox: Outbox::restore([], options, 1),
            disk: BTreeMap::new(),
            writing: Vec::new(),
            under_way: BTreeSet::new(),
            reported: BTreeSet::new(),
            recorded: BTreeSet::new(),
        }
    }

    fn step(&mut self, tape: &mut Tape<'_>, now: Timestamp) {
        let id = id(tape.below(8) as u64);
        match tape.below(8) {
            0 | 1 => self.submit(id, now),
            2 => {
                if let Some(parcel) = self.writing.pop() {
                    self.disk.insert(parcel.id(), Parcel::clone(&parcel));
                    self.outbox.handle(OutboxEvent::Persisted(parcel.id()), now);
                }
            }
            3 | 4 => {
                self.under_way.remove(&id);
                let answer = answer(tape);
                self.outbox.handle(OutboxEvent::Answered(id, answer), now);
            }
            5 => {
                if self.reported.remove(&id) {
                    self.recorded.insert(id);
                }
                self.outbox.handle(OutboxEvent::Recorded(id), now);
            }
            6 => {
                let disk = std::mem::take(&mut self.disk);
                let parcels = disk.values().cloned();
                *self = Self {
                    outbox: Outbox::restore(parcels, self.options, 2),
                    disk,
                    ..Self::new(self.options)
                };
            }
            _ => self.outbox.handle(OutboxEvent::Tick, now),
        }
    }

    fn submit(&mut self, id: EnvelopeId, now: Timestamp) {
        let parts = vec![ContentPart::text("x").expect("a text")];
        let to = vec!["@a.b".parse().expect("a handle")];
        let post = EnvelopePost::new(id, to, now, parts).expect("a post");
        let before = self.outbox.len();
        match self.outbox.submit(&post) {
            Ok(()) => assert!(before < self.options.envelopes),
            Err(_) => assert_eq!(self.outbox.len(), before),
        }
    }

    fn carry_out(&mut self) {
        while let Some(action) = self.outbox.poll() {
            match action {
                OutboxAction::Persist(parcel) => self.writing.push(parcel),
                OutboxAction::Send(parcel) => {
                    assert_eq!(
                        self.disk.get(&parcel.id()),
                        Some(&*parcel),
                        "the same octets"
                    );
                    assert!(self.under_way.insert(parcel.id()), "one try at a time");
                    assert!(self.under_way.len() <= self.options.in_flight.max(1));
                }
                OutboxAction::Report(id, _) => assert!(self.reported.insert(id)),
                OutboxAction::Forget(id) => {
                    assert!(self.recorded.remove(&id), "its outcome is recorded");
                    self.disk.remove(&id);
                }
                other => panic!("no reason for {other:?}"),
            }
        }
    }
}

fn answer(tape: &mut Tape<'_>) -> Answer {
    match tape.below(6) {
        0 => Answer::Lost,
        1 => Answer::of_response(503, b"", Some(1000)),
        2 => Answer::of_response(429, b"", None),
        3 => Answer::Accepted(None),
        4 => Answer::of_response(409, br#"{"error":"RETRY_MISMATCH"}"#, None),
        _ => Answer::Refused {
            status: 404,
            code: Some(Code::NotFound),
        },
    }
}
