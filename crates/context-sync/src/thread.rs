use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::{AgentId, Seq, ThreadId, Timestamp};

/// What a store keeps of a thread beside its messages and members.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // a row, filled in by a store
pub struct ThreadHead {
    /// Its id.
    pub id: ThreadId,
    /// The visible participants as they are now.
    pub set: SetKey,
    /// When its first message was taken.
    pub created_at: Timestamp,
    /// When its last message was taken.
    pub updated_at: Timestamp,
    /// The place of its last message.
    pub last: Seq,
}

/// A set of agents as one key: threads are chosen by who takes part in them (section 4).
///
/// SHA-256 of the ids in order, each behind its length, so that it fits an index however many there
/// are. Order and repetition make no difference.
///
/// ```
/// use context_sync::{AgentId, SetKey};
///
/// let [ann, ben]: [AgentId; 2] = ["ann@demo", "ben@demo"].map(|id| id.parse().unwrap());
/// assert_eq!(SetKey::of([&ann, &ben]), SetKey::of([&ben, &ann, &ben]));
/// assert_ne!(SetKey::of([&ann, &ben]), SetKey::of([&ann]));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SetKey([u8; 32]);

impl SetKey {
    /// The key of a set.
    pub fn of<'a>(agents: impl IntoIterator<Item = &'a AgentId>) -> Self {
        let mut agents: Vec<_> = agents.into_iter().collect();
        agents.sort_unstable();
        agents.dedup();
        let mut hash = Sha256::new();
        for agent in agents {
            hash.update([agent.as_str().len() as u8]); // at most `AgentId::MAX`
            hash.update(agent.as_str());
        }
        Self(hash.finalize().into())
    }

    /// The key that a store kept.
    #[must_use]
    pub const fn from_octets(octets: [u8; 32]) -> Self {
        Self(octets)
    }

    /// The octets, for a store.
    #[must_use]
    pub const fn as_octets(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for SetKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SetKey(")?;
        for octet in &self.0[..4] {
            write!(f, "{octet:02x}")?;
        }
        f.write_str("…)")
    }
}
