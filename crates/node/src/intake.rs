//! Whose bodies are read: so many at a time of everybody, and so many of each caller. A caller that
//! sends slowly holds up its own requests only.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mailmesh_store::AgentKey;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use crate::config::Limits;
use crate::refusal::Refusal;

/// Who sends a body. The administrator is no agent.
pub(crate) type Caller = Option<AgentKey>;

/// Seconds after which a caller may have ended a body of its own.
const RETRY: u64 = 1;

/// The bodies that are read.
#[derive(Debug)]
pub(crate) struct Intake {
    everybody: Arc<Semaphore>,
    each: usize,
    /// The turns of those who send something.
    callers: Mutex<HashMap<Caller, Arc<Semaphore>>>,
}

/// The turn of one body. Dropping it lets the next one in.
#[derive(Debug)]
pub(crate) struct Turn {
    // In this order: the place looks whether anybody else is left.
    _of_caller: OwnedSemaphorePermit,
    _of_everybody: OwnedSemaphorePermit,
    _place: Place,
}

/// A place among the bodies of one caller, read or waiting.
#[derive(Debug)]
struct Place {
    intake: Arc<Intake>,
    caller: Caller,
    turns: Arc<Semaphore>,
}

impl Intake {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            everybody: Arc::new(Semaphore::new(limits.bodies)),
            each: limits.caller_bodies,
            callers: Mutex::default(),
        }
    }

    /// Waits until a body of this caller may be read.
    ///
    /// # Errors
    ///
    /// With `RATE_LIMITED` when its others are not done by the deadline, with `UNAVAILABLE` when
    /// as many are read as may be of everybody.
    pub(crate) async fn turn(
        self: &Arc<Self>,
        caller: Caller,
        deadline: Instant,
    ) -> Result<Turn, Refusal> {
        let place = self.place(caller);
        let own = timeout_at(deadline, place.turns.clone().acquire_owned()).await;
        let Ok(Ok(of_caller)) = own else {
            let message = "expected fewer bodies of one caller at a time";
            return Err(Refusal::limited(message, RETRY).closing());
        };
        let of_everybody = self.everybody.clone().try_acquire_owned();
        let of_everybody = of_everybody
            .map_err(|_| Refusal::unavailable("too many bodies at a time").closing())?;
        Ok(Turn {
            _of_caller: of_caller,
            _of_everybody: of_everybody,
            _place: place,
        })
    }

    fn place(self: &Arc<Self>, caller: Caller) -> Place {
        let mut callers = self.callers();
        let turns = callers
            .entry(caller)
            .or_insert_with(|| Arc::new(Semaphore::new(self.each)));
        Place {
            intake: self.clone(),
            caller,
            turns: turns.clone(),
        }
    }

    fn callers(&self) -> MutexGuard<'_, HashMap<Caller, Arc<Semaphore>>> {
        // Nothing that is done under this lock leaves the map half changed.
        self.callers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut callers = self.intake.callers();
        // The map's and this one: places are made under the lock, so there is no other.
        if Arc::strong_count(&self.turns) == 2 {
            callers.remove(&self.caller);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use asmtp_envelope::Code;

    use super::*;

    fn intake(bodies: usize, caller_bodies: usize) -> Arc<Intake> {
        Arc::new(Intake::new(&Limits {
            bodies,
            caller_bodies,
            ..Limits::default()
        }))
    }

    fn caller(number: u64) -> Caller {
        Some(AgentKey::new(number))
    }

    #[tokio::test]
    async fn a_caller_waits_for_its_own_bodies_only() {
        let intake = intake(3, 1);
        let now = Instant::now();
        let slow = intake.turn(caller(1), now).await.unwrap();
        let refused = intake.turn(caller(1), now).await.unwrap_err();
        assert_eq!(refused.code(), Some(Code::RateLimited));
        let other = intake.turn(None, now).await.unwrap();
        let (next, ()) = tokio::join!(
            intake.turn(caller(1), now + Duration::from_secs(60)),
            async { drop(slow) },
        );
        drop((other, next.unwrap()));
        assert!(intake.callers().is_empty(), "nobody is remembered");
    }

    #[tokio::test]
    async fn everybody_together_has_a_limit_too() {
        let intake = intake(2, 2);
        let now = Instant::now();
        let _held = [
            intake.turn(caller(1), now).await.unwrap(),
            intake.turn(caller(2), now).await.unwrap(),
        ];
        let refused = intake.turn(caller(3), now).await.unwrap_err();
        assert_eq!(refused.code(), Some(Code::Unavailable));
        assert_eq!(intake.callers().len(), 2);
    }
}
