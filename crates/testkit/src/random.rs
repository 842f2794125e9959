//! Random numbers that repeat.

/// SplitMix64: equidistributed, and one addition keeps its whole state.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// How far the state moves with each number.
    pub const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

    /// Numbers that follow from `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(Self::STEP);
        Self::mix(self.0)
    }

    /// So many octets.
    pub fn octets(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| (self.next_u64() >> 56) as u8).collect()
    }

    /// The number of a state.
    #[must_use]
    pub fn mix(state: u64) -> u64 {
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}
