use std::time::Duration;

use asmtp_envelope::Timestamp;

/// How fast something may happen: `burst` times at once, and `per_second` in the long run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // configuration
pub struct Rate {
    /// How often in a second, in the long run. 0 counts as 1.
    pub per_second: u32,
    /// How often at once, after a rest. 0 counts as 1.
    pub burst: u32,
}

/// How fast envelopes may be sent (ASMTP, 14 and 19). The counts are kept in the store, so that
/// they hold for all processes that share it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // configuration
pub struct Rates {
    /// By one sender, whatever becomes of them: 200 in a second, 1,000 at once by default.
    pub sender: Rate,
    /// By one sender to one recipient, accepted ones: 100 in a second, 500 at once by default.
    pub pair: Rate,
}

impl Rate {
    /// Takes one token from a bucket, given the time in microseconds when it will be full again,
    /// and returns that time from then on. This one number is all there is to keep of a bucket.
    ///
    /// # Errors
    ///
    /// How long the bucket stays empty.
    pub(crate) fn take(self, full_at: Option<u64>, now: Timestamp) -> Result<u64, Duration> {
        let token = 1_000_000 / u64::from(self.per_second.clamp(1, 1_000_000));
        let capacity = token * u64::from(self.burst.max(1));
        let now = now.as_millis() * 1_000;
        // A clock that stepped back must not lock a sender out for the length of the step.
        let full_at = full_at.unwrap_or(now).clamp(now, now + capacity);
        let next = full_at + token;
        match next.checked_sub(now + capacity) {
            None | Some(0) => Ok(next),
            Some(wait) => Err(Duration::from_micros(wait)),
        }
    }
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            sender: Rate {
                per_second: 200,
                burst: 1_000,
            },
            pair: Rate {
                per_second: 100,
                burst: 500,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use asmtp_envelope::Timestamp;

    use super::Rate;

    const RATE: Rate = Rate {
        per_second: 10,
        burst: 3,
    };

    fn at(millis: u64) -> Timestamp {
        Timestamp::new(1_795_215_861_457 + millis).unwrap()
    }

    #[test]
    fn a_burst_is_taken_and_then_the_rate() {
        let mut bucket = None;
        for _ in 0..3 {
            bucket = Some(RATE.take(bucket, at(0)).unwrap());
        }
        assert_eq!(RATE.take(bucket, at(0)), Err(Duration::from_millis(100)));
        assert_eq!(RATE.take(bucket, at(60)), Err(Duration::from_millis(40)));
        bucket = Some(RATE.take(bucket, at(100)).unwrap());
        assert!(RATE.take(bucket, at(199)).is_err());
        assert!(RATE.take(bucket, at(200)).is_ok());
    }

    #[test]
    fn a_rest_fills_the_bucket_and_no_more() {
        let mut bucket = Some(RATE.take(None, at(0)).unwrap());
        for _ in 0..3 {
            bucket = Some(RATE.take(bucket, at(3_600_000)).unwrap());
        }
        assert!(RATE.take(bucket, at(3_600_000)).is_err());
    }

    #[test]
    fn a_clock_that_steps_back_costs_one_burst_at_most() {
        let bucket = Some(RATE.take(None, at(3_600_000)).unwrap());
        assert!(RATE.take(bucket, at(0)).unwrap_err() <= Duration::from_millis(100));
    }

    #[test]
    fn odd_rates_work() {
        let odd = Rate {
            per_second: 0,
            burst: 0,
        };
        let bucket = odd.take(None, at(0)).unwrap();
        assert_eq!(odd.take(Some(bucket), at(0)), Err(Duration::from_secs(1)));
        let fast = Rate {
            per_second: u32::MAX,
            burst: u32::MAX,
        };
        assert!(fast.take(None, Timestamp::MAX).is_ok());
    }
}
