use serde::{Deserialize, Serialize};

use crate::handle::{is_label, split};
use crate::text_type::text_type;
use crate::{Code, Error, ErrorKind, Handle};

/// Whom an allowlist lets pass: one handle, or with `@owner.*` every agent of an owner
/// (section 1). The glob stands in the name's place only.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AllowlistEntry(Box<str>);

text_type!(AllowlistEntry);

impl AllowlistEntry {
    /// Whether it lets `peer` pass.
    #[must_use]
    pub fn covers(&self, peer: &Handle) -> bool {
        match self.0.strip_suffix(".*") {
            Some(owner) => owner.strip_prefix('@') == Some(peer.owner()),
            None => *self.0 == *peer.as_str(),
        }
    }

    fn check(text: &str) -> Result<(), Error> {
        match split(text) {
            Some((owner, name)) if is_label(owner) && (name == "*" || is_label(name)) => Ok(()),
            _ => Err(Error::new(
                ErrorKind::Invalid,
                Code::InvalidAllowlistEntry,
                "an allowlist entry, @owner.name or @owner.*",
            )),
        }
    }
}

impl From<Handle> for AllowlistEntry {
    fn from(handle: Handle) -> Self {
        Self(handle.as_str().into())
    }
}

#[cfg(test)]
mod tests {
    use super::AllowlistEntry;

    #[test]
    fn a_glob_covers_an_owner_and_no_other_that_begins_alike() {
        let covers = |entry: &str, peer: &str| {
            let entry: AllowlistEntry = entry.parse().unwrap();
            entry.covers(&peer.parse().unwrap())
        };
        assert!(covers("@acme.*", "@acme.alice"));
        assert!(covers("@acme.alice", "@acme.alice"));
        assert!(!covers("@acme.*", "@acmes.alice"));
        assert!(!covers("@acme.*", "@acm.alice"));
        assert!(!covers("@acme.alice", "@acme.alices"));
        for wrong in ["@*.x", "@*.*", "@a.b*", "@a.", "a.*", "@a.*.*"] {
            assert!(wrong.parse::<AllowlistEntry>().is_err(), "{wrong}");
        }
    }
}
