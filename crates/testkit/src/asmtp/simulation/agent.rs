use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use asmtp_envelope::{
    EnvelopeId, Handle, OrderKey, Outbox, OutboxOptions, Outcome, Parcel, Receiver, ReceiverOptions,
};

/// One agent: what survives a crash, and the process that does not.
#[derive(Debug)]
pub(super) struct Agent {
    pub(super) handle: Handle,
    pub(super) disk: Disk,
    pub(super) process: Process,
    /// Which process this is. What is addressed to an earlier one is lost.
    pub(super) incarnation: u64,
    /// Every envelope that a handler took, over all processes.
    pub(super) handled: BTreeSet<EnvelopeId>,
    pub(super) deliveries: usize,
    /// What the sender wants sent.
    pub(super) submitted: BTreeSet<EnvelopeId>,
    pub(super) outcomes: BTreeMap<EnvelopeId, Outcome>,
}

/// What survives.
#[derive(Debug, Default)]
pub(super) struct Disk {
    pub(super) cursor: Option<OrderKey>,
    pub(super) parcels: BTreeMap<EnvelopeId, Parcel>,
}

#[derive(Debug)]
pub(super) struct Process {
    pub(super) receiver: Receiver,
    pub(super) outbox: Outbox,
    /// What it is writing, in order.
    pub(super) writes: VecDeque<Write>,
    /// What the handler works on.
    pub(super) handling: Option<OrderKey>,
    /// What it handled last.
    pub(super) last: Option<OrderKey>,
}

/// A write to the disk that takes its time.
#[derive(Clone, Debug)]
pub(super) enum Write {
    Cursor(OrderKey),
    Parcel(Arc<Parcel>),
    Outcome(EnvelopeId, Outcome),
    Forget(EnvelopeId),
}

impl Agent {
    pub(super) fn new(handle: Handle, options: ReceiverOptions) -> Self {
        let disk = Disk::default();
        Self {
            process: Process::start(&disk, options, 0),
            handle,
            disk,
            incarnation: 0,
            handled: BTreeSet::new(),
            deliveries: 0,
            submitted: BTreeSet::new(),
            outcomes: BTreeMap::new(),
        }
    }

    /// Starts a new process on what the old one left behind.
    pub(super) fn restart(&mut self, options: ReceiverOptions) {
        self.incarnation += 1;
        self.process = Process::start(&self.disk, options, self.incarnation);
    }

    /// Makes the oldest write durable.
    pub(super) fn write(&mut self) -> Option<Write> {
        let write = self.process.writes.pop_front()?;
        match &write {
            Write::Cursor(key) => self.disk.cursor = Some(*key),
            Write::Parcel(parcel) => {
                self.disk.parcels.insert(parcel.id(), Parcel::clone(parcel));
            }
            Write::Outcome(id, outcome) => {
                self.outcomes.insert(*id, outcome.clone());
            }
            Write::Forget(id) => {
                self.disk.parcels.remove(id);
            }
        }
        Some(write)
    }
}

impl Process {
    fn start(disk: &Disk, options: ReceiverOptions, seed: u64) -> Self {
        let parcels: Vec<Parcel> = disk.parcels.values().cloned().collect();
        // What is saved is text; a parcel that does not survive that would be another envelope.
        let json = serde_json::to_string(&(&parcels, &disk.cursor)).unwrap();
        let restored: (Vec<Parcel>, Option<OrderKey>) = serde_json::from_str(&json).unwrap();
        assert_eq!(restored, (parcels, disk.cursor));
        let (parcels, cursor) = restored;
        Self {
            receiver: Receiver::new(cursor, options, seed),
            outbox: Outbox::restore(parcels, OutboxOptions::default(), seed),
            writes: VecDeque::new(),
            handling: None,
            last: None,
        }
    }
}
