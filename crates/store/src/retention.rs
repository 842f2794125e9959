use std::time::Duration;

/// How long things are kept (ASMTP, 14).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // configuration, built with `..Retention::default()`
pub struct Retention {
    /// How long entries stay in a mailbox, and facts with their sender. For ever by default.
    pub entries: Option<Duration>,
    /// Whether a monitored envelope that retention removes unread is told to its sender as
    /// expired. Not by default: it tells that nobody fetched it.
    pub expired_facts: bool,
    /// How long the id of an envelope that is gone is remembered, for retries, and an idempotency key
    /// of context-sync: 24 hours by default and at least.
    pub tombstones: Duration,
}

/// What a sweep removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Swept {
    /// Entries, by age and of removed agents.
    pub entries: u64,
    /// Files that nothing claimed in time.
    pub files: u64,
    /// Ids of envelopes that were gone for long enough.
    pub tombstones: u64,
}

impl Retention {
    /// The least time that ids are remembered (ASMTP, 3.3).
    pub const LEAST_TOMBSTONES: Duration = Duration::from_secs(24 * 60 * 60);
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            entries: None,
            expired_facts: false,
            tombstones: Self::LEAST_TOMBSTONES,
        }
    }
}
