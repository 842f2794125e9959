use std::fmt::Debug;

use asmtp_envelope::Timestamp;
use async_trait::async_trait;

use crate::{Error, Retention, Swept, Wakes};

/// What a server does with a store beside the requests of agents.
///
/// # Errors
///
/// As those of [`MailStore`](crate::MailStore).
#[async_trait]
pub trait Upkeep: Debug + Send + Sync {
    /// Removes what is over its time: pending files, entries by retention, those of removed
    /// agents, and ids that need not be remembered any more. It works in small steps, so that
    /// requests go on meanwhile, and may run at any time, on several replicas too.
    async fn sweep(&self, now: Timestamp, retention: &Retention) -> Result<Swept, Error>;

    /// Tells what changes from now on.
    fn wakes(&self) -> Wakes;

    /// Whether the store answers.
    async fn ping(&self) -> Result<(), Error>;
}
