//! From the store to the sockets: who is connected, and what each of them is sent.
//!
//! Frames are read back from the store in key order, whichever process committed them. So a socket
//! gets what a listing would show, and the wake-ups only say when to look.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use asmtp_envelope::{Listing, OrderKey};
use axum::body::Bytes;
use mailmesh_store::{
    AgentKey, Error, ErrorKind, FactKey, Principal, Store, TokenHash, Wake, Wakes,
};
use tokio::sync::{Notify, OnceCell, watch};
use tokio::time;

use crate::config::Limits;

/// Rows that are read at a time.
pub(crate) const PAGE: u16 = 250;
/// Rows that are read first when a mailbox stirred: there is rarely more than one, and stores answer
/// short listings sooner.
const FEW: u16 = 16;
/// How long a mailbox rests after the store failed.
const REST: Duration = Duration::from_millis(500);

/// The mailboxes with sockets.
#[derive(Debug)]
pub(crate) struct Hub {
    store: Arc<dyn Store>,
    limits: Limits,
    mailboxes: Mutex<HashMap<AgentKey, Arc<Mailbox>>>,
    /// How many sockets there are.
    seats: watch::Sender<usize>,
    is_closed: AtomicBool,
}

/// A mailbox with sockets.
#[derive(Debug)]
struct Mailbox {
    agent: Principal,
    /// Where its sockets have got to. Set by the first one that wants live frames.
    start: OnceCell<()>,
    state: Mutex<State>,
    /// There may be something to read.
    stirred: Notify,
    /// Its bearers may have changed.
    suspect: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    position: Position,
    /// All its sockets.
    lines: Vec<Arc<Line>>,
    is_gone: bool,
}

/// How far a mailbox was read: what lies behind it is still to be pushed.
#[derive(Clone, Copy, Debug, Default)]
struct Position {
    entry: Option<OrderKey>,
    fact: FactKey,
}

/// What waits for one socket.
#[derive(Debug)]
pub(crate) struct Line {
    token: TokenHash,
    limits: Limits,
    queue: Mutex<Queue>,
    filled: Notify,
}

#[derive(Debug, Default)]
struct Queue {
    is_live: bool,
    frames: VecDeque<Frame>,
    octets: usize,
    end: Option<Ending>,
}

/// A message for a socket.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    /// The key of an envelope; a fact has none.
    pub(crate) key: Option<OrderKey>,
    /// The same octets for every socket.
    pub(crate) octets: Bytes,
}

/// Why this side ends a socket (6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The node stops.
    GoingAway,
    /// The bearer is no longer the agent's.
    Revoked,
    /// More waits than may.
    SlowConsumer,
}

/// The place of one socket in the hub. Dropping it gives the place up.
#[derive(Debug)]
pub(crate) struct Seat {
    hub: Arc<Hub>,
    mailbox: Arc<Mailbox>,
    line: Arc<Line>,
}

/// Why a socket got no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoSeat {
    /// The agent has all the sockets it may have.
    Taken,
    /// The node stops.
    Closed,
}

impl Hub {
    pub(crate) fn new(store: Arc<dyn Store>, limits: Limits) -> Self {
        Self {
            store,
            limits,
            mailboxes: Mutex::default(),
            seats: watch::Sender::new(0),
            is_closed: AtomicBool::new(false),
        }
    }

    /// Passes on what the store tells, until the store is closed.
    pub(crate) async fn run(self: Arc<Self>, mut wakes: Wakes) {
        loop {
            match wakes.next().await {
                Ok(Wake::Mailboxes(agents)) => {
                    let mailboxes = lock(&self.mailboxes);
                    let stirred = agents.iter().filter_map(|agent| mailboxes.get(agent));
                    stirred.for_each(|mailbox| mailbox.stirred.notify_one());
                }
                Ok(Wake::Revoked(agent)) => {
                    let mailbox = lock(&self.mailboxes).get(&agent).cloned();
                    if let Some(mailbox) = mailbox {
                        // A new bearer may be in use already; only the store knows whose is old.
                        mailbox.suspect();
                    }
                }
                Ok(Wake::All) => lock(&self.mailboxes).values().for_each(|m| m.suspect()),
                Err(error) => {
                    tracing::debug!(%error, "no more wake-ups");
                    return;
                }
            }
        }
    }

    /// Gives a socket of an agent a place.
    pub(crate) fn seat(
        self: &Arc<Self>,
        agent: &Principal,
        token: TokenHash,
    ) -> Result<Seat, NoSeat> {
        let mut mailboxes = lock(&self.mailboxes);
        if self.is_closed.load(Ordering::Relaxed) {
            return Err(NoSeat::Closed);
        }
        let mailbox = mailboxes.entry(agent.agent).or_insert_with(|| {
            let mailbox = Arc::new(Mailbox::new(agent.clone()));
            tokio::spawn(mailbox.clone().pump(self.store.clone()));
            mailbox
        });
        let line = Arc::new(Line {
            token,
            limits: self.limits,
            queue: Mutex::default(),
            filled: Notify::new(),
        });
        {
            let mut state = lock(&mailbox.state);
            if state.lines.len() >= self.limits.sockets {
                return Err(NoSeat::Taken);
            }
            state.lines.push(line.clone());
        }
        self.seats.send_modify(|seats| *seats += 1);
        Ok(Seat {
            hub: self.clone(),
            mailbox: mailbox.clone(),
            line,
        })
    }

    /// Ends every socket, lets no more in, and waits until they are gone.
    pub(crate) async fn close(&self) {
        {
            let mailboxes = lock(&self.mailboxes);
            self.is_closed.store(true, Ordering::Relaxed);
            mailboxes.values().for_each(|m| m.end(Ending::GoingAway));
        }
        let mut seats = self.seats.subscribe();
        let _ = seats.wait_for(|seats| *seats == 0).await; // the sender is self
    }
}

impl Mailbox {
    fn new(agent: Principal) -> Self {
        Self {
            agent,
            start: OnceCell::new(),
            state: Mutex::default(),
            stirred: Notify::new(),
            suspect: AtomicBool::new(false),
        }
    }

    fn suspect(&self) {
        self.suspect.store(true, Ordering::Release);
        self.stirred.notify_one();
    }

    /// Pushes what is new whenever something is, until the last socket is gone.
    async fn pump(self: Arc<Self>, store: Arc<dyn Store>) {
        loop {
            self.stirred.notified().await;
            if lock(&self.state).is_gone {
                return;
            }
            match self.follow(&*store).await {
                Ok(()) => {}
                // It was removed, and has nothing to read.
                Err(error) if error.kind() == ErrorKind::NotFound => self.end(Ending::Revoked),
                Err(error) => {
                    tracing::warn!(kind = ?error.kind(), "cannot read what to push");
                    self.suspect.store(true, Ordering::Release);
                    time::sleep(REST).await;
                    self.stirred.notify_one();
                }
            }
        }
    }

    /// Ends every socket.
    fn end(&self, ending: Ending) {
        let state = lock(&self.state);
        state.lines.iter().for_each(|line| line.end(ending));
    }

    async fn follow(&self, store: &dyn Store) -> Result<(), Error> {
        if self.suspect.swap(false, Ordering::AcqRel) {
            self.check_bearers(store).await?;
        }
        if self.start.initialized() {
            while self.push(store).await? {}
        }
        Ok(())
    }

    /// Ends the sockets whose bearer is no longer the agent's.
    async fn check_bearers(&self, store: &dyn Store) -> Result<(), Error> {
        let lines = lock(&self.state).lines.clone();
        let mut known: Option<(TokenHash, bool)> = None;
        for line in lines {
            let holds = match known {
                Some((token, holds)) if token == line.token => holds,
                _ => {
                    let principal = store.authenticate(&line.token).await?;
                    principal.is_some_and(|principal| principal.agent == self.agent.agent)
                }
            };
            known = Some((line.token, holds));
            if !holds {
                line.end(Ending::Revoked);
            }
        }
        Ok(())
    }

    /// Pushes one round of frames, then facts. True when there may be more.
    ///
    /// The facts are read first and pushed last: an envelope to oneself is committed together with
    /// its facts, so its frame is among the rows that are read after them (section 9).
    async fn push(&self, store: &dyn Store) -> Result<bool, Error> {
        let handle = &self.agent.handle;
        let mut position = lock(&self.state).position;
        let facts = store
            .facts_after(handle, position.fact, PAGE.into())
            .await?;
        let mut limit = FEW;
        loop {
            let rows = live_rows(store, handle, position.entry, limit).await?;
            let is_last = rows.len() < usize::from(limit);
            limit = PAGE;
            position.entry = rows.last().map_or(position.entry, |frame| frame.key);
            self.hand_out(store, position, &rows).await?;
            if is_last {
                break;
            }
        }
        let is_full = facts.len() >= usize::from(PAGE);
        if let Some(&(last, _)) = facts.last() {
            position.fact = last;
            let frames: Vec<_> = facts
                .into_iter()
                .map(|(_, fact)| {
                    let mut octets = Vec::new();
                    fact.write(&mut octets);
                    Frame {
                        key: None,
                        octets: octets.into(),
                    }
                })
                .collect();
            self.hand_out(store, position, &frames).await?;
        }
        Ok(is_full)
    }

    /// Gives frames to every live socket and moves on, in one step: a socket that joins gets each
    /// frame here, or finds it in its replay.
    ///
    /// The bearers are checked after the frames were read, so no socket gets one that was committed
    /// after its bearer was revoked.
    async fn hand_out(
        &self,
        store: &dyn Store,
        position: Position,
        frames: &[Frame],
    ) -> Result<(), Error> {
        if frames.is_empty() {
            return Ok(());
        }
        self.check_bearers(store).await?;
        let mut state = lock(&self.state);
        state.position = position;
        for line in &state.lines {
            line.push(frames);
        }
        Ok(())
    }
}

/// Received envelopes behind a key, oldest first.
pub(crate) async fn live_rows(
    store: &dyn Store,
    handle: &asmtp_envelope::Handle,
    after: Option<OrderKey>,
    limit: u16,
) -> Result<Vec<Frame>, Error> {
    let listing = Listing {
        after,
        limit,
        ..Listing::default()
    };
    let rows = store.list_envelopes(handle, &listing).await?;
    let frame = |row: mailmesh_store::ListedRow| Frame {
        key: Some(row.key),
        octets: row.frame.into(),
    };
    Ok(rows.into_iter().map(frame).collect())
}

impl Seat {
    /// What waits for this socket.
    pub(crate) fn line(&self) -> &Line {
        &self.line
    }

    /// Whose socket it is.
    pub(crate) fn agent(&self) -> &Principal {
        &self.mailbox.agent
    }

    /// From here on every frame that is committed comes to [`line`](Self::line).
    pub(crate) async fn go_live(&self) -> Result<(), Error> {
        let mailbox = &self.mailbox;
        let start = || async {
            let last = self.hub.store.last_keys(&mailbox.agent.handle).await?;
            lock(&mailbox.state).position = Position {
                entry: last.entry,
                fact: last.fact,
            };
            Ok::<_, Error>(())
        };
        mailbox.start.get_or_try_init(start).await?;
        {
            // Under the lock of the mailbox, where frames are handed out.
            let _state = lock(&mailbox.state);
            lock(&self.line.queue).is_live = true;
        }
        mailbox.stirred.notify_one();
        Ok(())
    }

    /// Whether the bearer of the socket still is the agent's. Asked once the socket has its place,
    /// where a revocation finds it: one that came before is seen here.
    pub(crate) async fn is_sound(&self) -> Result<bool, Error> {
        let principal = self.hub.store.authenticate(&self.line.token).await?;
        Ok(principal.is_some_and(|principal| principal.agent == self.mailbox.agent.agent))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut mailboxes = lock(&self.hub.mailboxes);
        let mut state = lock(&self.mailbox.state);
        state.lines.retain(|line| !Arc::ptr_eq(line, &self.line));
        if state.lines.is_empty() {
            state.is_gone = true;
            mailboxes.remove(&self.mailbox.agent.agent);
            self.mailbox.stirred.notify_one();
        }
        self.hub.seats.send_modify(|seats| *seats -= 1);
    }
}

impl Line {
    fn push(&self, frames: &[Frame]) {
        let mut queue = lock(&self.queue);
        if !queue.is_live || queue.end.is_some() {
            return;
        }
        for frame in frames {
            queue.octets += frame.octets.len();
            queue.frames.push_back(frame.clone());
        }
        let is_over = queue.frames.len() > self.limits.queue_frames
            || queue.octets > self.limits.queue_octets;
        if is_over {
            queue.finish(Ending::SlowConsumer);
        }
        drop(queue);
        self.filled.notify_one();
    }

    fn end(&self, ending: Ending) {
        lock(&self.queue).finish(ending);
        self.filled.notify_one();
    }

    /// What is there: a frame, or how the socket ends.
    pub(crate) fn take(&self) -> Option<Result<Frame, Ending>> {
        let mut queue = lock(&self.queue);
        if let Some(ending) = queue.end {
            return Some(Err(ending));
        }
        let frame = queue.frames.pop_front()?;
        queue.octets -= frame.octets.len();
        Some(Ok(frame))
    }

    /// How the socket ends, if it has to.
    pub(crate) fn ending(&self) -> Option<Ending> {
        lock(&self.queue).end
    }

    /// Waits until there is something. One wait at a time: only one of several would end.
    pub(crate) async fn filled(&self) {
        self.filled.notified().await;
    }

    /// Waits until the socket has to end.
    pub(crate) async fn ended(&self) -> Ending {
        loop {
            if let Some(ending) = self.ending() {
                return ending;
            }
            self.filled().await;
        }
    }
}

impl Queue {
    fn finish(&mut self, ending: Ending) {
        self.end.get_or_insert(ending);
        self.frames = VecDeque::new();
        self.octets = 0;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing that is done under these locks leaves a value half changed.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
