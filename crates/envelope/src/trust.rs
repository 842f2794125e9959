use crate::{AllowlistEntry, Code, Error, ErrorKind, Handle, Limits, json};

/// Whom an agent exchanges mail with: its policy, its allowlist and its blocks (section 10).
///
/// A gate may be cut down to the entries that concern the peers it is asked about. The answers are
/// the same, and a store need not load the rest.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // facts, filled in by a store
pub struct Gate {
    /// Whose gate it is.
    pub agent: Handle,
    /// Whether the allowlist counts.
    pub policy: Policy,
    /// Who passes.
    pub allowlist: Vec<AllowlistEntry>,
    /// Who does not, whatever the policy. A block is one-way.
    pub blocks: Vec<Handle>,
}

/// Whether an agent's allowlist counts. Only its owner sets it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)] // the two of the protocol
pub enum Policy {
    /// Only those on the allowlist pass.
    #[default]
    Allowlist,
    /// Everybody passes.
    Open,
}

/// Who may see an agent's profile (section 10).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)] // the two of the protocol
pub enum Visibility {
    /// The agent itself and the peers on its allowlist.
    #[default]
    Private,
    /// Every agent.
    Public,
}

impl Gate {
    /// A gate without entries.
    #[must_use]
    pub fn new(agent: Handle, policy: Policy) -> Self {
        Self {
            agent,
            policy,
            allowlist: Vec::new(),
            blocks: Vec::new(),
        }
    }

    /// Whether mail may go from `sender` to the agent of this gate: both gates let the other
    /// pass, and the recipient does not block the sender (section 10). To oneself it always may.
    ///
    /// Every condition is looked at, whatever the others gave, so that time tells none of them.
    #[must_use]
    pub fn admits(&self, sender: &Self) -> bool {
        let is_self = self.agent == sender.agent;
        let mutual = self.lets_pass(&sender.agent) & sender.lets_pass(&self.agent);
        is_self | (mutual & !self.is_blocking(&sender.agent))
    }

    /// Whether `peer` may see the agent's profile.
    #[must_use]
    pub fn shows(&self, visibility: Visibility, peer: &Handle) -> bool {
        visibility == Visibility::Public || *peer == self.agent || self.is_listed(peer)
    }

    fn lets_pass(&self, peer: &Handle) -> bool {
        self.is_listed(peer) | (self.policy == Policy::Open)
    }

    fn is_listed(&self, peer: &Handle) -> bool {
        let covers = |found, entry: &AllowlistEntry| found | entry.covers(peer);
        self.allowlist.iter().fold(false, covers)
    }

    fn is_blocking(&self, peer: &Handle) -> bool {
        let equals = |found, blocked: &Handle| found | (blocked == peer);
        self.blocks.iter().fold(false, equals)
    }
}

/// Checks that `agent` may block `target`, which need not exist (section 10).
///
/// # Errors
///
/// With `INVALID_BLOCK_TARGET` when it is the agent itself.
pub fn check_block(agent: &Handle, target: &Handle) -> Result<(), Error> {
    if agent == target {
        return Err(Error::new(
            ErrorKind::Forbidden,
            Code::InvalidBlockTarget,
            "another agent, nobody blocks itself",
        )
        .member("handle"));
    }
    Ok(())
}

/// Reads a request to add to an allowlist, `{"entries":[…]}` with at least one.
///
/// # Errors
///
/// With `INVALID_JSON`, `INVALID_ENTRIES` or `INVALID_ALLOWLIST_ENTRY`.
pub fn read_entries(octets: &[u8], limits: &Limits) -> Result<Vec<AllowlistEntry>, Error> {
    let document = json::document(octets, limits.body, limits)?;
    let entries = json::root(&document)?.get("entries");
    let entries = entries
        .and_then(|entries| entries.as_array())
        .filter(|entries| !entries.is_empty())
        .ok_or_else(|| {
            Error::new(
                ErrorKind::Invalid,
                Code::InvalidEntries,
                "a list of allowlist entries that is not empty",
            )
        })
        .map_err(|error| error.member("entries"))?;
    let read =
        |(at, entry)| json::text(entry).map_err(|error: Error| error.member("entries").element(at));
    entries.iter().enumerate().map(read).collect()
}
