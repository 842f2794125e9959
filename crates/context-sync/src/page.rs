/// A page of the threads of an agent. Without one, all are shown (section 8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    limit: u64,
    offset: u64,
}

impl Page {
    /// The most threads of a page.
    pub const MAX: u64 = 1000;

    /// The size of a page that is asked for by its offset only.
    pub const DEFAULT: u64 = 100;

    /// So many threads, from 1 to [`MAX`](Self::MAX), behind the first `offset`, or `None`.
    #[must_use]
    pub fn new(limit: u64, offset: u64) -> Option<Self> {
        let fits = (1..=Self::MAX).contains(&limit) && i64::try_from(offset).is_ok();
        fits.then_some(Self { limit, offset })
    }

    /// How many threads at most.
    #[must_use]
    pub fn limit(self) -> u64 {
        self.limit
    }

    /// How many threads stand before.
    #[must_use]
    pub fn offset(self) -> u64 {
        self.offset
    }
}
