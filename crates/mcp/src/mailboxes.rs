use std::fmt;

use mailmesh::AgentMailbox;

use crate::failure::Failure;

/// The mailboxes a server has, by name. The first is the one that is meant when none is named.
#[derive(Clone, Debug)]
pub struct Mailboxes(Vec<Named>);

/// Why a set of mailboxes cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NameError {
    /// The name is empty, longer than 64 octets, or holds a slash or a control character.
    Unusable,
    /// Another mailbox has the name, or it as its address.
    Taken,
}

#[derive(Clone, Debug)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) mailbox: AgentMailbox,
}

/// The longest name of a mailbox, in octets.
const LONGEST: usize = 64;

impl Mailboxes {
    /// One mailbox, named by its address.
    #[must_use]
    pub fn of(mailbox: AgentMailbox) -> Self {
        let name = mailbox.address().to_owned();
        Self(vec![Named { name, mailbox }])
    }

    /// These and one more.
    ///
    /// # Errors
    ///
    /// When the name cannot be one, or is taken.
    pub fn with(mut self, name: &str, mailbox: AgentMailbox) -> Result<Self, NameError> {
        let is_sound = (1..=LONGEST).contains(&name.len())
            && !name.chars().any(|c| c.is_control() || c == '/');
        if !is_sound {
            return Err(NameError::Unusable);
        }
        if self.find(name).is_some() {
            return Err(NameError::Taken);
        }
        let name = name.to_owned();
        self.0.push(Named { name, mailbox });
        Ok(self)
    }

    /// One mailbox under a name.
    ///
    /// # Errors
    ///
    /// When the name cannot be one.
    pub fn named(name: &str, mailbox: AgentMailbox) -> Result<Self, NameError> {
        Self(Vec::new()).with(name, mailbox)
    }

    /// None: a server of something else than mail.
    #[cfg(feature = "context")]
    pub(crate) fn none() -> Self {
        Self(Vec::new())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Named> {
        self.0.iter()
    }

    /// The mailbox of this name or address; without one, the first.
    pub(crate) fn pick(&self, name: Option<&str>) -> Result<&Named, Failure> {
        let found = match name {
            Some(name) => self.find(name),
            None => self.0.first(),
        };
        found.ok_or_else(|| {
            let names: Vec<&str> = self.iter().map(|named| named.name.as_str()).collect();
            let advice = format!(
                "Use one of these, or leave `mailbox` out: {}.",
                names.join(", ")
            );
            Failure::new("There is no mailbox of this name.", advice)
        })
    }

    pub(crate) fn is_default(&self, named: &Named) -> bool {
        self.0.first().is_some_and(|first| first.name == named.name)
    }

    fn find(&self, name: &str) -> Option<&Named> {
        let by_name = self.iter().find(|named| named.name == name);
        by_name.or_else(|| {
            self.iter()
                .find(|named| named.mailbox.address().eq_ignore_ascii_case(name))
        })
    }
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unusable => "expected a name of 1 to 64 octets without a slash",
            Self::Taken => "expected a name that no other mailbox has",
        })
    }
}

impl std::error::Error for NameError {}
