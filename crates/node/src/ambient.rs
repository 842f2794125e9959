//! The one place where the node takes time and random octets; everything else gets them passed.

use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use asmtp_envelope::{Code, Timestamp};

use crate::refusal::Refusal;

/// Where a node takes the time from.
///
/// It may stand still or step back: order keys rise all the same (4.1).
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> SystemTime + Send + Sync>);

impl Clock {
    /// The clock of this machine.
    #[must_use]
    pub fn system() -> Self {
        Self::new(SystemTime::now)
    }

    /// A clock that asks `now`, for tests.
    pub fn new(now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The time in milliseconds. Before 1970 it is 1970.
    pub(crate) fn now(&self) -> Timestamp {
        let since = (self.0)().duration_since(UNIX_EPOCH).unwrap_or_default();
        let millis = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
        Timestamp::new(millis).unwrap_or(Timestamp::MAX)
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// Octets from the system's secure source.
///
/// # Errors
///
/// With `UNAVAILABLE` when the system has none: nothing is minted from less.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], Refusal> {
    let mut octets = [0; N];
    match getrandom::fill(&mut octets) {
        Ok(()) => Ok(octets),
        Err(_) => Err(Refusal::new(
            Code::Unavailable,
            "no random octets to be had",
        )),
    }
}
