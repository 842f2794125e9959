use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use mailmesh::{Environment, Error};

use crate::random::Random;

/// Time and random octets that repeat: the same seed and the same calls give the same values.
///
/// The clock stands still until it is [advanced](Self::advance).
#[derive(Debug)]
pub struct SimulatedEnvironment {
    unix_time: AtomicI64,
    state: AtomicU64,
}

impl SimulatedEnvironment {
    /// The time at which every simulation begins: 2026-01-02 03:04:05 UTC.
    pub const START: i64 = 1_767_323_045;

    /// An environment whose octets follow from `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            unix_time: AtomicI64::new(Self::START),
            state: AtomicU64::new(seed),
        }
    }

    /// Lets time pass.
    pub fn advance(&self, seconds: i64) {
        self.unix_time.fetch_add(seconds, Ordering::Relaxed);
    }

    fn next(&self) -> u64 {
        let state = self.state.fetch_add(Random::STEP, Ordering::Relaxed);
        Random::mix(state.wrapping_add(Random::STEP))
    }
}

impl Environment for SimulatedEnvironment {
    fn unix_time(&self) -> i64 {
        self.unix_time.load(Ordering::Relaxed)
    }

    fn fill(&self, octets: &mut [u8]) -> Result<(), Error> {
        for chunk in octets.chunks_mut(8) {
            chunk.copy_from_slice(&self.next().to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::SimulatedEnvironment;
    use mailmesh::Environment;

    #[test]
    fn a_seed_repeats_and_another_does_not() {
        let draw = |seed| {
            let mut octets = [0; 24];
            SimulatedEnvironment::new(seed).fill(&mut octets).unwrap();
            octets
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }

    #[test]
    fn time_passes_when_it_is_told_to() {
        let environment = SimulatedEnvironment::new(0);
        environment.advance(60);
        assert_eq!(environment.unix_time(), SimulatedEnvironment::START + 60);
    }
}
