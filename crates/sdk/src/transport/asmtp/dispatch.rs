//! Sending: the outbox of the protocol crate, driven by requests and a folder.

use std::collections::BTreeMap;
use std::future::pending;

use asmtp_envelope::{
    Answer, Code, EnvelopeId, EnvelopePost, Outbox, OutboxAction, OutboxEvent, OutboxOptions,
    Outcome,
};
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::operator::{Operator, refusal};
use super::parcels::{Folder, Parcels};
use super::{now, seed, time_to};
use crate::{Error, ErrorKind};

/// Calls that wait for their turn.
const QUEUE: usize = 64;

/// Sends envelopes, in a task of its own.
pub(super) struct Dispatch {
    jobs: mpsc::Sender<Job>,
    task: JoinHandle<()>,
}

/// An envelope to send, and who waits for the outcome.
struct Job {
    post: EnvelopePost,
    done: oneshot::Sender<Result<(), Error>>,
}

impl Dispatch {
    /// Starts with what an earlier run left behind.
    pub(super) fn start(operator: Operator, folder: Folder) -> Self {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let task = tokio::spawn(run(operator, folder, queue));
        Self { jobs, task }
    }

    /// Sends an envelope and returns when the operator has it. One that is dropped is sent all the
    /// same.
    pub(super) async fn send(&self, post: EnvelopePost) -> Result<(), Error> {
        let ended = || Error::new(ErrorKind::Store, "the task that sends has ended");
        let (done, outcome) = oneshot::channel();
        let job = Job { post, done };
        self.jobs.send(job).await.map_err(|_| ended())?;
        outcome.await.map_err(|_| ended())?
    }
}

impl Drop for Dispatch {
    fn drop(&mut self) {
        // What is not sent is on disk.
        self.task.abort();
    }
}

async fn run(operator: Operator, folder: Folder, mut queue: mpsc::Receiver<Job>) {
    let mut first = None;
    loop {
        if first.is_none() && !folder.has_parcels().await {
            match queue.recv().await {
                Some(job) => first = Some(job),
                None => return,
            }
        }
        let session = match folder.lock(operator.timeouts.connect).await {
            Ok(parcels) => Session::new(&operator, parcels).await,
            Err(error) => Err(error),
        };
        let ended = match session {
            Ok(mut session) => {
                let ended = session.run(first.take(), &mut queue).await;
                session.fail(&ended);
                ended
            }
            Err(error) => Err(error),
        };
        match (ended, first.take()) {
            (Ok(()), _) => {}
            (Err(error), Some(job)) => answer(job.done, Err(error)),
            (Err(error), None) => {
                tracing::warn!(%error, "envelopes wait on disk");
                // Until somebody sends again.
                match queue.recv().await {
                    Some(job) => first = Some(job),
                    None => return,
                }
            }
        }
    }
}

/// From the first envelope to an empty outbox.
struct Session<'o> {
    operator: &'o Operator,
    parcels: Parcels,
    outbox: Outbox,
    waiting: BTreeMap<EnvelopeId, Vec<oneshot::Sender<Result<(), Error>>>>,
    tries: FuturesUnordered<BoxFuture<'o, (EnvelopeId, Answer)>>,
}

impl<'o> Session<'o> {
    async fn new(operator: &'o Operator, parcels: Parcels) -> Result<Self, Error> {
        let kept = parcels.restore().await?;
        let mut waiting = BTreeMap::new();
        for parcel in &kept {
            waiting.insert(parcel.id(), Vec::new());
        }
        Ok(Self {
            operator,
            outbox: Outbox::restore(kept, OutboxOptions::default(), seed()),
            parcels,
            waiting,
            tries: FuturesUnordered::new(),
        })
    }

    async fn run(
        &mut self,
        first: Option<Job>,
        queue: &mut mpsc::Receiver<Job>,
    ) -> Result<(), Error> {
        if let Some(job) = first {
            self.submit(job);
        }
        self.outbox.handle(OutboxEvent::Tick, now());
        loop {
            self.act().await?;
            if self.outbox.is_empty() {
                return Ok(());
            }
            let timeout = self.outbox.timeout();
            let wake = async {
                match timeout {
                    Some(at) => tokio::time::sleep(time_to(at)).await,
                    None => pending().await,
                }
            };
            let event = tokio::select! {
                Some((id, answer)) = self.tries.next() => OutboxEvent::Answered(id, answer),
                Some(job) = queue.recv() => {
                    self.submit(job);
                    OutboxEvent::Tick
                }
                () = wake => OutboxEvent::Tick,
            };
            self.outbox.handle(event, now());
        }
    }

    /// The same message sent twice is one envelope, and both calls get its outcome.
    fn submit(&mut self, Job { post, done }: Job) {
        if let Some(waiting) = self.waiting.get_mut(&post.id()) {
            waiting.push(done);
            return;
        }
        match self.outbox.submit(&post) {
            Ok(()) => drop(self.waiting.insert(post.id(), vec![done])),
            Err(error) => {
                let message = format!("the envelope cannot be kept: {error}");
                answer(done, Err(Error::new(ErrorKind::Busy, message)));
            }
        }
    }

    async fn act(&mut self) -> Result<(), Error> {
        while let Some(action) = self.outbox.poll() {
            let event = match action {
                OutboxAction::Persist(parcel) => {
                    self.parcels.keep(&parcel).await?;
                    OutboxEvent::Persisted(parcel.id())
                }
                OutboxAction::Send(parcel) => {
                    let operator = self.operator;
                    let posted = async move { (parcel.id(), operator.post(&parcel).await) };
                    self.tries.push(Box::pin(posted));
                    continue;
                }
                OutboxAction::Report(id, outcome) => {
                    self.report(id, &outcome);
                    OutboxEvent::Recorded(id)
                }
                OutboxAction::Forget(id) => {
                    self.parcels.forget(id).await?;
                    continue;
                }
                _ => continue,
            };
            self.outbox.handle(event, now());
        }
        Ok(())
    }

    fn report(&mut self, id: EnvelopeId, outcome: &Outcome) {
        let waiting = self.waiting.remove(&id).unwrap_or_default();
        if waiting.is_empty() {
            match meaning(outcome) {
                Ok(()) => tracing::info!(%id, "an envelope that was kept is sent"),
                Err(error) => tracing::warn!(%id, %error, "an envelope that was kept is refused"),
            }
        }
        for done in waiting {
            answer(done, meaning(outcome));
        }
    }

    /// Tells those that still wait why the session ended.
    fn fail(&mut self, ended: &Result<(), Error>) {
        let Err(error) = ended else {
            return;
        };
        for done in std::mem::take(&mut self.waiting).into_values().flatten() {
            answer(done, Err(Error::new(error.kind(), error.to_string())));
        }
    }
}

/// Nobody waits any more when it fails.
fn answer(done: oneshot::Sender<Result<(), Error>>, outcome: Result<(), Error>) {
    let _ = done.send(outcome);
}

fn meaning(outcome: &Outcome) -> Result<(), Error> {
    let refused = |message| Err(Error::new(ErrorKind::Refused, message));
    match outcome {
        Outcome::Accepted(_) => Ok(()),
        Outcome::Rejected { status: 404, .. } => refused(
            "a recipient does not exist, or takes no mail from this agent; nobody got the message",
        ),
        Outcome::Rejected {
            code: Some(Code::RetryMismatch | Code::IdCollision),
            ..
        }
        | Outcome::Mismatch => refused("the operator has another envelope under this id"),
        Outcome::Rejected { status, code, .. } => Err(refusal(*status, *code)),
        _ => refused("the operator did not take the envelope"),
    }
}
