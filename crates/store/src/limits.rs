/// What a store takes at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // configuration, built with `..Limits::default()`
pub struct Limits {
    /// Octets of one message, 64 MiB by default.
    pub message_octets: usize,
    /// Entries one message gets, 1,000 by default.
    pub postings: usize,
    /// Keywords on one entry, 64 by default.
    pub keywords: usize,
    /// Entries that one mailbox has received, 100,000 by default. A message that would go over it
    /// is not stored for anybody: [`ErrorKind::Full`](crate::ErrorKind::Full) or
    /// [`Acceptance::Full`](crate::Acceptance::Full).
    pub mailbox_entries: Option<u64>,
    /// Octets of the messages that one mailbox has received, no limit by default.
    pub mailbox_octets: Option<u64>,
    /// Entries in an agent's allowlist, and in its blocks: 10,000 by default.
    pub trust_entries: u32,
    /// Files of one agent that nothing has claimed yet, 1,000 by default.
    pub pending_files: u32,
    /// Octets of messages that wait for the writer, 128 MiB by default. Further writes wait
    /// before they are taken, so that memory stays bounded.
    pub queue_octets: usize,
    /// Octets of the database, no limit by default. A write beyond it ends in
    /// [`ErrorKind::Full`](crate::ErrorKind::Full).
    pub store_octets: Option<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message_octets: 64 << 20,
            postings: 1_000,
            keywords: 64,
            mailbox_entries: Some(100_000),
            mailbox_octets: None,
            trust_entries: 10_000,
            pending_files: 1_000,
            queue_octets: 128 << 20,
            store_octets: None,
        }
    }
}
