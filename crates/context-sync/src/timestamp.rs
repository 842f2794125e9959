use std::fmt;

/// Milliseconds since 1970, from 0 to 2^53−1 (section 1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The greatest: 2^53−1, the last integer that every JSON reader keeps exact.
    pub const MAX: Self = Self((1 << 53) - 1);

    /// The time so many milliseconds after 1970 began, or `None` beyond [`MAX`](Self::MAX).
    #[must_use]
    pub const fn new(millis: u64) -> Option<Self> {
        if millis <= Self::MAX.0 {
            Some(Self(millis))
        } else {
            None
        }
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
