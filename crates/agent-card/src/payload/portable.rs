use std::fmt;

use crate::Pointer;

/// A member that makes the payloads of a card differ: [`Spec`](crate::Profile::Spec) signs it,
/// [`Sdk`](crate::Profile::Sdk) does not.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// The member that is empty.
    pub path: Pointer,
    /// What would help.
    pub remedy: Remedy,
}

/// How a member stops to make payloads differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Remedy {
    /// Nothing is lost without it.
    LeaveOut,
    /// It is a required field, so it should say something.
    Fill,
    /// A requirement without scopes; any scope keeps it.
    AddScope,
    /// A scheme without fields or a scope without words; a description keeps it.
    Describe,
}

impl Remedy {
    /// What to do, as a phrase: `leave it out`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LeaveOut => "leave it out",
            Self::Fill => "give it a value",
            Self::AddScope => "give it a scope",
            Self::Describe => "give it a description",
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.remedy.as_str())
    }
}

/// A card whose payloads differ: what one implementation signs, another would not verify.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotPortable {
    differences: Vec<Difference>,
}

impl NotPortable {
    pub(super) fn new(differences: Vec<Difference>) -> Self {
        Self { differences }
    }

    /// The members that make the payloads differ, at least one.
    #[must_use]
    pub fn differences(&self) -> &[Difference] {
        &self.differences
    }
}

impl fmt::Display for NotPortable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected a card without empty members")?;
        for (n, difference) in self.differences.iter().enumerate() {
            f.write_str(if n == 0 { ": " } else { ", " })?;
            difference.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for NotPortable {}
