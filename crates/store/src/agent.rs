//! Agents: who has a mailbox, a handle and a bearer, and what is known of them.

use std::fmt;

use asmtp_envelope::{Handle, Policy, Timestamp, Visibility};

use crate::{Address, TokenHash};

/// Which agent, for as long as the store exists. A number that is never given to another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AgentKey(u64);

/// An agent as its operator knows it. Its bearer is not part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Agent {
    /// Which agent.
    pub key: AgentKey,
    /// Its handle.
    pub handle: Handle,
    /// The address of its mailbox.
    pub address: Address,
    /// Whether its allowlist counts.
    pub policy: Policy,
    /// Who may see its profile.
    pub visibility: Visibility,
    /// What it says of itself.
    pub profile: Profile,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// What an agent says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // built by callers
pub struct Profile {
    /// Its name for people.
    pub display_name: String,
    /// What it does.
    pub description: Option<String>,
    /// Its card, Markdown.
    pub card_body: Option<String>,
}

/// An agent to create.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // what a caller has to say
pub struct NewAgent {
    /// Its handle. One that was ever given is refused.
    pub handle: Handle,
    /// The address of its mailbox. Mail that waits there becomes its own.
    pub address: Address,
    /// The hash of its bearer.
    pub token: TokenHash,
    /// Whether its allowlist counts.
    pub policy: Policy,
    /// Who may see its profile.
    pub visibility: Visibility,
    /// What it says of itself.
    pub profile: Profile,
}

/// What to change about an agent. What is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // built by callers with `..AgentChange::default()`
pub struct AgentChange {
    /// Whether its allowlist counts.
    pub policy: Option<Policy>,
    /// Who may see its profile.
    pub visibility: Option<Visibility>,
    /// Its name for people.
    pub display_name: Option<String>,
    /// What it does; `Some(None)` takes it away.
    pub description: Option<Option<String>>,
    /// Its card; `Some(None)` takes it away.
    pub card_body: Option<Option<String>>,
}

/// Who a bearer is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Principal {
    /// Which agent.
    pub agent: AgentKey,
    /// Its handle.
    pub handle: Handle,
    /// The address of its mailbox.
    pub address: Address,
}

/// One whom an agent takes no mail from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Block {
    /// Its place among the blocks of the agent: later ones are greater.
    pub number: u64,
    /// Who is blocked. There need not be such an agent.
    pub handle: Handle,
    /// Since when.
    pub created_at: Timestamp,
}

impl AgentKey {
    /// A key by its number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Its number.
    #[must_use]
    pub const fn as_u64(self) -> u64 {
        self.0
    }
}

impl fmt::Display for AgentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
