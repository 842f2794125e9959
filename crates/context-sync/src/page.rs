/// A page of the threads of an agent, or of the messages of a thread. Without one, all are shown that
/// there is room for (section 8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    limit: u64,
    offset: u64,
}

impl Page {
    /// The most that a page has.
    pub const MAX: u64 = 1000;

    /// The size of a page that is asked for by its offset only.
    pub const DEFAULT: u64 = 100;

    /// So many, from 1 to [`MAX`](Self::MAX), behind the first `offset`, or `None`.
    #[must_use]
    pub fn new(limit: u64, offset: u64) -> Option<Self> {
        let fits = (1..=Self::MAX).contains(&limit) && i64::try_from(offset).is_ok();
        fits.then_some(Self { limit, offset })
    }

    /// How many at most.
    #[must_use]
    pub fn limit(self) -> u64 {
        self.limit
    }

    /// How many stand before.
    #[must_use]
    pub fn offset(self) -> u64 {
        self.offset
    }
}
