use std::fmt;

use crate::{AgentId, Seq, Timestamp};

/// What an agent is in a thread, weakest first (section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(clippy::exhaustive_enums)] // section 3
pub enum Role {
    /// It has blind copies, and only their senders know.
    Bcc,
    /// It has copies.
    Cc,
    /// It is addressed, or has sent.
    To,
}

impl Role {
    /// As it stands in an answer.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bcc => "bcc",
            Self::Cc => "cc",
            Self::To => "to",
        }
    }

    pub(crate) fn from_wire(text: &str) -> Option<Self> {
        [Self::Bcc, Self::Cc, Self::To]
            .into_iter()
            .find(|role| role.as_str() == text)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A participant of a thread, as a store keeps it: one row for each agent and thread.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // a row, filled in by a store
pub struct Member {
    /// Who it is.
    pub agent: AgentId,
    /// The first message that it may see.
    pub since: Seq,
    /// How it stands before the others. Without, it is silent: known to itself and to those who
    /// sent it blind copies.
    pub standing: Option<Standing>,
    /// The last message that it has marked read.
    pub read: Option<Seq>,
    /// How far it may mark the thread read. Posting a message leaves it as it is.
    pub shown: Shown,
}

/// How far the last answer of unread messages went in a thread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)] // a column, and a store must not forget one
pub enum Shown {
    /// It left out nothing.
    #[default]
    All,
    /// It left out what comes behind this message: all of the thread behind `None`.
    Through(Option<Seq>),
}

/// How a visible member stands in a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // a part of a row
pub struct Standing {
    /// The strongest role that it ever had.
    pub role: VisibleRole,
    /// When it became visible.
    pub joined: Joined,
}

/// The role of a member whom everybody in the thread knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(clippy::exhaustive_enums)] // section 3
pub enum VisibleRole {
    /// [`Role::Cc`].
    Cc,
    /// [`Role::To`].
    To,
}

impl From<VisibleRole> for Role {
    fn from(role: VisibleRole) -> Self {
        match role {
            VisibleRole::Cc => Self::Cc,
            VisibleRole::To => Self::To,
        }
    }
}

/// A mention of an agent. They are in the order in which agents join: by message, and in one
/// message sender, to, cc, bcc.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(clippy::exhaustive_structs)] // a part of a row
pub struct Joined {
    /// The message that mentions it.
    pub seq: Seq,
    /// Where in that message, the sender being 0.
    pub place: u32,
    /// The time of that message.
    pub at: Timestamp,
}

/// That somebody sent a silent agent a blind copy, and when first: one row for each agent, sender
/// and thread.
///
/// Only these two may learn of it, so a store reads the rows of one viewer: where it is `agent`,
/// and where it is `by`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // a row, filled in by a store
pub struct BlindCopy {
    /// Who got it.
    pub agent: AgentId,
    /// Who sent it.
    pub by: AgentId,
    /// The first of these messages.
    pub joined: Joined,
}

impl Member {
    /// Whether the others know of it.
    #[must_use]
    pub fn is_visible(&self) -> bool {
        self.standing.is_some()
    }

    /// The same member after a visible mention in a role, by somebody who may see the thread from
    /// `reach` on: the strongest role stays, and the first time it was visible.
    pub(crate) fn mentioned(mut self, role: VisibleRole, joined: Joined, reach: Seq) -> Self {
        // Nobody can show more of a thread than they see (section 11).
        self.since = self.since.min(reach);
        self.standing = Some(match self.standing {
            Some(standing) => Standing {
                role: standing.role.max(role),
                ..standing
            },
            None => Standing { role, joined },
        });
        self
    }
}
