/// How long to wait after each failure in a row: 1 s, doubling to 30 s, give or take 30 % (section
/// 7, rule 7), so that clients who fell together do not come back together.
#[derive(Clone, Debug)]
pub(crate) struct Backoff {
    failures: u32,
    random: u64,
}

impl Backoff {
    const FIRST_MS: u64 = 1_000;
    const LONGEST_MS: u64 = 30_000;
    const JITTER_PERCENT: u64 = 30;

    /// A back-off whose jitter follows from `seed`.
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            failures: 0,
            random: seed,
        }
    }

    /// Counts a failure and gives the milliseconds to wait.
    pub(crate) fn fail(&mut self) -> u64 {
        let wait = Self::after(self.failures);
        self.failures = self.failures.saturating_add(1);
        self.vary(wait)
    }

    /// Milliseconds with jitter for something that counts its failures itself.
    pub(crate) fn nth(&mut self, failures: u32) -> u64 {
        self.vary(Self::after(failures))
    }

    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }

    fn after(failures: u32) -> u64 {
        let doubled = Self::FIRST_MS.checked_shl(failures.min(16));
        doubled.unwrap_or(Self::LONGEST_MS).min(Self::LONGEST_MS)
    }

    fn vary(&mut self, wait: u64) -> u64 {
        let spread = wait * Self::JITTER_PERCENT / 100;
        wait - spread + self.next_random() % (2 * spread + 1)
    }

    /// SplitMix64: good enough to spread clients, and its whole state is one number.
    fn next_random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.random ^ (self.random >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::Backoff;

    #[test]
    fn waits_double_to_thirty_seconds_within_the_jitter() {
        for seed in 0..100 {
            let mut backoff = Backoff::new(seed);
            for base in [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000] {
                let wait = backoff.fail();
                assert!((base * 7 / 10..=base * 13 / 10).contains(&wait), "{wait}");
            }
            backoff.reset();
            assert!(backoff.fail() <= 1_300);
        }
        assert!(Backoff::new(0).nth(u32::MAX) <= 39_000);
    }
}
