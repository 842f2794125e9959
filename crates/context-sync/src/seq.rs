use std::fmt;
use std::num::NonZeroU64;

/// The place of a message in its thread: 1, 2, 3 and so on (section 5).
///
/// It alone decides order, what is unread and how far back a member may look. It fits the signed
/// 64-bit integers of databases, and never stands in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Seq(NonZeroU64);

impl Seq {
    /// The place of the first message.
    pub const FIRST: Self = Self(NonZeroU64::MIN);

    /// The place with a number from 1 to 2^63−1, or `None`.
    #[must_use]
    pub fn new(number: u64) -> Option<Self> {
        let fits = i64::try_from(number).is_ok();
        NonZeroU64::new(number).filter(|_| fits).map(Self)
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> u64 {
        self.0.get()
    }

    /// The place behind this one, if there is one.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        Self::new(self.get() + 1)
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
