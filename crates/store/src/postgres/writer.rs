//! The writers of one replica: tasks that commit messages in groups.
//!
//! While a writer waits for the disk, further messages gather; the next free writer takes them all
//! in one transaction. So a lone message pays one commit and a thousand at once pay few, and
//! several groups commit side by side.

use std::fmt;
use std::slice;
use std::sync::Arc;

use asmtp_envelope::{EnvelopePost, Handle};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore, oneshot};

use super::connector::Connector;
use super::error::is_conflict;
use super::group;
use crate::{
    AcceptOptions, Acceptance, ContextEnvelope, Delivery, Error, ErrorKind, Limits, OrderKey,
};

/// The most messages in one transaction: bounds how long the first waits for the last.
const GROUP: usize = 256;

/// The most octets in one transaction, unless its first message has more.
const GROUP_OCTETS: usize = 8 << 20;

/// How often a group is tried when it meets other transactions. Then its messages go one by one.
const TRIES: usize = 3;

/// Octets of queue room one unit of the semaphore stands for, and what a small message costs.
const UNIT: usize = 1_024;

/// The way to the writers, which end when the last of these is dropped.
pub(super) struct Writer {
    requests: UnboundedSender<Request>,
    room: Arc<Semaphore>,
    units: u32,
}

/// One message on its way in.
pub(super) enum Message {
    /// As mail, decided elsewhere.
    Mail(Box<Delivery>),
    /// As an envelope, to be decided on.
    Envelope {
        sender: Handle,
        post: Box<EnvelopePost>,
        options: Box<AcceptOptions>,
    },
    /// As the envelope of a message of a thread, whose transaction it shares.
    Thread(Box<ContextEnvelope>),
}

/// What became of a message.
#[derive(Clone, Debug)]
pub(super) enum Outcome {
    Delivered(OrderKey),
    Decided(Acceptance),
    Carried,
}

/// A message that waits, holding its share of the queue.
struct Request {
    message: Message,
    weight: usize,
    answer: oneshot::Sender<Result<Outcome, Error>>,
    _room: OwnedSemaphorePermit,
}

impl Writer {
    /// Starts the tasks.
    pub(super) fn start(connector: &Arc<Connector>, writers: usize, limits: Limits) -> Self {
        let units = u32::try_from(limits.queue_octets / UNIT)
            .unwrap_or(u32::MAX)
            .clamp(1, 1 << 28);
        let (requests, queue) = unbounded_channel();
        let queue = Arc::new(Mutex::new(queue));
        for _ in 0..writers.max(1) {
            tokio::spawn(run(Arc::clone(connector), Arc::clone(&queue), limits));
        }
        Self {
            requests,
            room: Arc::new(Semaphore::new(units as usize)),
            units,
        }
    }

    /// Has a message committed. `weight` is what it holds in memory; when the queue is full, this
    /// waits before it hands over.
    pub(super) async fn write(&self, weight: usize, message: Message) -> Result<Outcome, Error> {
        let units = u32::try_from(weight / UNIT + 1)
            .unwrap_or(u32::MAX)
            .min(self.units);
        let room = Arc::clone(&self.room)
            .acquire_many_owned(units)
            .await
            .map_err(|_| stopped())?;
        let (answer, answered) = oneshot::channel();
        let request = Request {
            message,
            weight,
            answer,
            _room: room,
        };
        self.requests.send(request).map_err(|_| stopped())?;
        answered.await.map_err(|_| stopped())?
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer")
            .field("free_units", &self.room.available_permits())
            .finish_non_exhaustive()
    }
}

async fn run(
    connector: Arc<Connector>,
    queue: Arc<Mutex<UnboundedReceiver<Request>>>,
    limits: Limits,
) {
    loop {
        // Held until the group has its locks: so messages to one mailbox keep their order. Let go
        // before the commit, behind which the next group gathers.
        let mut turn = queue.lock().await;
        let group = gather(&mut turn).await;
        if group.is_empty() {
            return;
        }
        let (messages, answers): (Vec<_>, Vec<_>) = group
            .into_iter()
            .map(|request| (request.message, (request.answer, request._room)))
            .unzip();
        let outcomes = commit(&connector, &messages, &limits, turn).await;
        for ((answer, _), outcome) in answers.into_iter().zip(outcomes) {
            // A caller that no longer listens has still had its message stored.
            let _ = answer.send(outcome);
        }
    }
}

/// Waits for a message and takes those that wait behind it. None when no more can come.
async fn gather(queue: &mut UnboundedReceiver<Request>) -> Vec<Request> {
    let mut group: Vec<Request> = queue.recv().await.into_iter().collect();
    let mut octets = group.first().map_or(0, |request| request.weight);
    while group.len() < GROUP && octets < GROUP_OCTETS {
        let Ok(request) = queue.try_recv() else { break };
        octets += request.weight;
        group.push(request);
    }
    group
}

/// Commits a group. One outcome for each message, in their order.
async fn commit<T: Send>(
    connector: &Connector,
    messages: &[Message],
    limits: &Limits,
    turn: T,
) -> Vec<Result<Outcome, Error>> {
    let error = match attempt(connector, messages, limits, &mut Some(turn)).await {
        Ok(outcomes) => return outcomes,
        Err(error) => error,
    };
    let alone = messages.len() == 1;
    if alone || error.kind() == ErrorKind::Unavailable {
        tracing::warn!(kind = ?error.kind(), messages = messages.len(), "a commit failed");
        return messages.iter().map(|_| Err(error.clone())).collect();
    }
    // One message that the database refuses takes the others with it; they go in without it.
    let mut outcomes = Vec::with_capacity(messages.len());
    for message in messages {
        let one = attempt(connector, slice::from_ref(message), limits, &mut None::<()>).await;
        outcomes.push(one.and_then(|mut one| one.pop().ok_or_else(stopped)?));
    }
    outcomes
}

/// Tries a group until it met no other transaction. An error means that nothing of it is stored,
/// unless the database went away.
async fn attempt<T: Send>(
    connector: &Connector,
    messages: &[Message],
    limits: &Limits,
    turn: &mut Option<T>,
) -> Result<Vec<Result<Outcome, Error>>, Error> {
    let mut tries = 1;
    loop {
        match group::commit(connector, messages, limits, turn).await {
            Err(error) if is_conflict(&error) && tries < TRIES => tries += 1,
            done => return done,
        }
    }
}

fn stopped() -> Error {
    Error::new(
        ErrorKind::Io,
        "expected a running writer, it has stopped: open the store again",
    )
}
