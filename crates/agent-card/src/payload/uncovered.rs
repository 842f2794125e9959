use std::fmt;

use crate::Pointer;

/// A received member that a payload does not hold. Whoever has the card in hands may have added
/// or changed it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Uncovered {
    /// The member, as a whole.
    pub path: Pointer,
    /// Why the payload does not hold it.
    pub reason: UncoveredReason,
    /// Whether it says what callers have to do to be let in, and the payload does not say the
    /// same without it.
    pub security: bool,
}

/// Why a payload does not hold a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UncoveredReason {
    /// v1.0 does not know it. It may be from an older or a later version.
    Unknown,
    /// It is empty, and the profile is [`Sdk`](crate::Profile::Sdk).
    Empty,
}

impl fmt::Display for Uncovered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.path.fmt(f)
    }
}
