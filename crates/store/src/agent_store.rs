use std::fmt::Debug;

use asmtp_envelope::{AllowlistEntry, Handle, Timestamp};
use async_trait::async_trait;

use crate::{Address, Agent, AgentChange, Block, Error, NewAgent, Principal, TokenHash};

/// Agents, their bearers, and whom they exchange mail with (ASMTP, 10 and 11).
///
/// A handle that was removed is never given again.
///
/// # Errors
///
/// Every call may fail as those of [`MailStore`](crate::MailStore) do. One that names an agent
/// which does not exist, or was removed, fails with [`NotFound`](crate::ErrorKind::NotFound).
#[async_trait]
pub trait AgentStore: Debug + Send + Sync {
    /// Creates an agent. A mailbox that waited under its address becomes its own.
    ///
    /// # Errors
    ///
    /// [`Exists`](crate::ErrorKind::Exists) when the handle, the address or the bearer is taken, or
    /// was once: one that was removed is never given again.
    async fn create_agent(&self, agent: NewAgent, now: Timestamp) -> Result<Agent, Error>;

    /// All agents by handle.
    async fn agents(&self) -> Result<Vec<Agent>, Error>;

    /// One agent.
    async fn agent(&self, handle: &Handle) -> Result<Agent, Error>;

    /// Changes an agent and returns it as it is then.
    async fn update_agent(
        &self,
        handle: &Handle,
        change: AgentChange,
        now: Timestamp,
    ) -> Result<Agent, Error>;

    /// Gives an agent another bearer. The old one is nobody's from here on, which
    /// [`Wakes`](crate::Wakes) tell.
    ///
    /// # Errors
    ///
    /// [`Exists`](crate::ErrorKind::Exists) when another agent has this bearer.
    async fn rotate_token(
        &self,
        handle: &Handle,
        token: TokenHash,
        now: Timestamp,
    ) -> Result<Agent, Error>;

    /// Removes an agent with its mailbox, allowlist and blocks. What it sent stays with those who
    /// received it. Its own entries are gone for everybody at once and leave the disk with the
    /// next [`sweep`](crate::Upkeep::sweep).
    async fn remove_agent(&self, handle: &Handle, now: Timestamp) -> Result<(), Error>;

    /// Whose bearer this is.
    async fn authenticate(&self, token: &TokenHash) -> Result<Option<Principal>, Error>;

    /// The agents whose mailboxes have these addresses, in any order. Who has no handle, or was
    /// removed, is left out.
    async fn agents_at(&self, addresses: &[Address]) -> Result<Vec<Principal>, Error>;

    /// Whom an agent lets pass, sorted.
    async fn allowlist(&self, handle: &Handle) -> Result<Vec<AllowlistEntry>, Error>;

    /// Adds to an allowlist, as far as the entries are not there, and returns it.
    ///
    /// # Errors
    ///
    /// [`Invalid`](crate::ErrorKind::Invalid) when it would have more than
    /// [`Limits::trust_entries`](crate::Limits::trust_entries).
    async fn allow(
        &self,
        handle: &Handle,
        entries: &[AllowlistEntry],
    ) -> Result<Vec<AllowlistEntry>, Error>;

    /// Takes an entry from an allowlist and returns the rest.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) when it is not there.
    async fn disallow(
        &self,
        handle: &Handle,
        entry: &AllowlistEntry,
    ) -> Result<Vec<AllowlistEntry>, Error>;

    /// Blocks `target`, who need not exist. A block that is there stays as it is.
    ///
    /// # Errors
    ///
    /// [`Invalid`](crate::ErrorKind::Invalid) when there are
    /// [`Limits::trust_entries`](crate::Limits::trust_entries) blocks.
    async fn block(&self, handle: &Handle, target: &Handle, now: Timestamp)
    -> Result<Block, Error>;

    /// Ends a block.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) when there is none.
    async fn unblock(&self, handle: &Handle, target: &Handle) -> Result<(), Error>;

    /// The blocks of an agent, newest first, `limit` at most, behind the one with the number
    /// `after`.
    async fn blocks(
        &self,
        handle: &Handle,
        after: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Block>, Error>;

    /// The agents that `viewer` may see (ASMTP, 10) and whose handle or display name holds `text`,
    /// whatever the case of its ASCII letters: by handle, `limit` at most, behind `after`. It looks
    /// at all agents when few match.
    async fn search_agents(
        &self,
        viewer: &Handle,
        text: &str,
        after: Option<&Handle>,
        limit: u32,
    ) -> Result<Vec<Agent>, Error>;
}
