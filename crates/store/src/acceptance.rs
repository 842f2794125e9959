use std::time::Duration;

use asmtp_envelope::{Decision, HttpUrl, Timestamp};

use crate::{Index, Rates};

/// What accepting an envelope takes beside the post.
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_structs)] // built by callers with `..AcceptOptions::new(now, base)`
pub struct AcceptOptions {
    /// The time.
    pub now: Timestamp,
    /// The public URL that the URLs of files are built from.
    pub base: HttpUrl,
    /// How much one sender may send. `None` for no limit.
    pub rates: Option<Rates>,
    /// What mail listings show of it. What stands at its default here is read from the envelope:
    /// ids, handles and subject as they are on the wire.
    pub index: Index,
}

/// What became of a post.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
#[allow(clippy::exhaustive_enums)] // a match must not forget one
pub enum Acceptance {
    /// It was decided by the rules of the protocol. An accepted envelope is on disk.
    Decided(Decision),
    /// The sender sends too fast, or too fast to one of the recipients. Nothing was stored.
    Limited {
        /// After how long it will be taken, if nothing else is sent meanwhile.
        retry_after: Duration,
    },
    /// The mailbox of a recipient, who takes mail of this sender, is full. Nothing was stored.
    Full,
}

impl AcceptOptions {
    /// Without rates and an index.
    #[must_use]
    pub fn new(now: Timestamp, base: HttpUrl) -> Self {
        Self {
            now,
            base,
            rates: None,
            index: Index::default(),
        }
    }
}
