use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::Notify;

use crate::{AgentKey, Error, ErrorKind};

/// The most mailboxes told one by one. More are [`Wake::All`].
const MOST: usize = 4_096;

/// What may have changed in a store.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)] // a match must not forget one
pub enum Wake {
    /// These mailboxes have something new, or their senders new facts.
    Mailboxes(BTreeSet<AgentKey>),
    /// The bearer of this agent is no longer its own: it was rotated, or the agent removed.
    Revoked(AgentKey),
    /// Anything, bearers included.
    All,
}

/// Tells what changed in a store. Made by [`Upkeep::wakes`](crate::Upkeep::wakes).
///
/// It never misses: every commit after it was made, by this process or another, is in one of the
/// wakes that follow. What gathers between two calls of [`next`](Self::next) is one wake for all
/// mailboxes; when it is too much, or nobody can say what happened, it is [`Wake::All`].
#[derive(Debug)]
pub struct Wakes(Arc<Slot>);

/// Where commits are told to all [`Wakes`] of a store.
#[derive(Clone, Debug, Default)]
pub(crate) struct WakeHub(Arc<Mutex<Listeners>>);

#[derive(Debug, Default)]
struct Listeners {
    slots: Vec<Weak<Slot>>,
    is_closed: bool,
}

/// What one listener has not taken yet.
#[derive(Debug, Default)]
struct Slot {
    pending: Mutex<Pending>,
    filled: Notify,
}

#[derive(Debug, Default)]
struct Pending {
    revoked: BTreeSet<AgentKey>,
    mailboxes: BTreeSet<AgentKey>,
    all: bool,
    is_closed: bool,
}

impl Wakes {
    /// Waits for a commit that was not told yet. Dropping the future loses nothing.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`] when the store was closed.
    pub async fn next(&mut self) -> Result<Wake, Error> {
        loop {
            // Made before the look, so that what is told in between ends the wait.
            let filled = self.0.filled.notified();
            if let Some(wake) = lock(&self.0.pending).take()? {
                return Ok(wake);
            }
            filled.await;
        }
    }
}

impl WakeHub {
    /// A listener for everything from now on.
    pub(crate) fn subscribe(&self) -> Wakes {
        let slot = Arc::new(Slot::default());
        let mut listeners = lock(&self.0);
        lock(&slot.pending).is_closed = listeners.is_closed;
        listeners.slots.push(Arc::downgrade(&slot));
        Wakes(slot)
    }

    /// Tells every listener.
    pub(crate) fn tell(&self, wake: &Wake) {
        self.each(|pending| pending.add(wake));
    }

    /// Ends every listener: there will be no more commits.
    pub(crate) fn close(&self) {
        lock(&self.0).is_closed = true;
        self.each(|pending| pending.is_closed = true);
    }

    fn each(&self, change: impl Fn(&mut Pending)) {
        lock(&self.0).slots.retain(|slot| {
            let Some(slot) = slot.upgrade() else {
                return false;
            };
            change(&mut lock(&slot.pending));
            slot.filled.notify_one();
            true
        });
    }
}

impl Pending {
    fn add(&mut self, wake: &Wake) {
        match wake {
            Wake::Mailboxes(mailboxes) if !self.all => self.mailboxes.extend(mailboxes),
            Wake::Revoked(agent) if !self.all => drop(self.revoked.insert(*agent)),
            Wake::Mailboxes(_) | Wake::Revoked(_) => {}
            Wake::All => self.all = true,
        }
        if self.all || self.mailboxes.len() + self.revoked.len() > MOST {
            *self = Self {
                all: true,
                is_closed: self.is_closed,
                ..Self::default()
            };
        }
    }

    fn take(&mut self) -> Result<Option<Wake>, Error> {
        if std::mem::take(&mut self.all) {
            return Ok(Some(Wake::All));
        }
        // First, so that no frame goes to a socket that has to close.
        if let Some(agent) = self.revoked.pop_first() {
            return Ok(Some(Wake::Revoked(agent)));
        }
        if !self.mailboxes.is_empty() {
            return Ok(Some(Wake::Mailboxes(std::mem::take(&mut self.mailboxes))));
        }
        if self.is_closed {
            return Err(Error::new(
                ErrorKind::Io,
                "expected an open store, it was closed",
            ));
        }
        Ok(None)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing that is done under these locks leaves a value half changed.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::{MOST, Wake, WakeHub};
    use crate::AgentKey;

    fn mailboxes(numbers: std::ops::Range<u64>) -> Wake {
        Wake::Mailboxes(numbers.map(AgentKey::new).collect())
    }

    #[tokio::test]
    async fn what_gathers_is_told_once_and_revocations_first() {
        let hub = WakeHub::default();
        let mut wakes = hub.subscribe();
        hub.tell(&mailboxes(1..3));
        hub.tell(&mailboxes(2..4));
        hub.tell(&Wake::Revoked(AgentKey::new(9)));
        assert_eq!(wakes.next().await.unwrap(), Wake::Revoked(AgentKey::new(9)));
        assert_eq!(wakes.next().await.unwrap(), mailboxes(1..4));
        assert!(wakes.next().now_or_never().is_none());
    }

    #[tokio::test]
    async fn what_does_not_fit_is_all() {
        let hub = WakeHub::default();
        let mut wakes = hub.subscribe();
        hub.tell(&Wake::Revoked(AgentKey::new(0)));
        hub.tell(&mailboxes(0..MOST as u64));
        assert_eq!(wakes.next().await.unwrap(), Wake::All);
        assert!(wakes.next().now_or_never().is_none());
    }

    #[tokio::test]
    async fn a_closed_store_ends_every_listener_behind_the_last_wake() {
        let hub = WakeHub::default();
        let mut early = hub.subscribe();
        hub.tell(&Wake::All);
        hub.close();
        assert_eq!(early.next().await.unwrap(), Wake::All);
        assert!(early.next().await.is_err());
        assert!(hub.subscribe().next().await.is_err());
    }
}
