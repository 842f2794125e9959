//! What replicas tell each other: which mailboxes a commit changed.

use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The channel of the notices. A database holds one store.
pub(super) const CHANNEL: &str = "mailmesh";

/// The longest payload, one octet below what PostgreSQL refuses (NOTIFY, "Parameters").
const MAX_OCTETS: usize = 7_999;

/// Stands for what does not fit.
const ALL: &str = "*";

/// What changed, by the numbers of agents in the database: no notice carries a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Notice {
    /// Mailboxes and facts that changed.
    pub(super) changed: BTreeSet<i64>,
    /// Agents whose token is no longer good.
    pub(super) revoked: BTreeSet<i64>,
}

impl Notice {
    /// The agents' mailboxes changed.
    pub(super) fn of(changed: impl IntoIterator<Item = i64>) -> Self {
        Self {
            changed: changed.into_iter().collect(),
            revoked: BTreeSet::new(),
        }
    }

    /// The agent's token is no longer good.
    pub(super) fn revoked(agent: i64) -> Self {
        Self {
            changed: BTreeSet::from([agent]),
            revoked: BTreeSet::from([agent]),
        }
    }

    /// The payload: numbers apart by blanks, those of revoked agents behind a `-`; `*` when they
    /// do not fit.
    pub(super) fn payload(&self) -> String {
        let mut payload = String::new();
        for agent in &self.changed {
            let _ = write!(payload, "{agent} "); // a string takes everything
        }
        for agent in &self.revoked {
            let _ = write!(payload, "-{agent} ");
        }
        payload.truncate(payload.trim_end().len());
        if payload.len() > MAX_OCTETS {
            ALL.clone_into(&mut payload);
        }
        payload
    }

    /// Reads a payload. `None` is everything: too much, or not understood.
    pub(super) fn parse(payload: &str) -> Option<Self> {
        let mut notice = Self::default();
        for word in payload.split_ascii_whitespace() {
            let number: i64 = word.parse().ok()?;
            if number < 0 {
                notice.revoked.insert(-number);
            } else {
                notice.changed.insert(number);
            }
        }
        Some(notice)
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_OCTETS, Notice};

    #[test]
    fn what_was_told_is_heard() {
        for notice in [
            Notice::default(),
            Notice::of([3, 1, 2]),
            Notice::revoked(7),
            Notice::of(1..=1_000),
        ] {
            assert_eq!(Notice::parse(&notice.payload()), Some(notice));
        }
    }

    #[test]
    fn what_does_not_fit_is_everything() {
        let crowd = Notice::of(1_000_000..1_001_000);
        assert_eq!(crowd.payload().len(), MAX_OCTETS, "the longest that fits");
        assert!(Notice::parse(&crowd.payload()).is_some());
        let more = Notice::of(1_000_000..1_001_001);
        assert_eq!(Notice::parse(&more.payload()), None);
        for odd in ["*", "1 x", "--1", "99999999999999999999", "é"] {
            assert_eq!(Notice::parse(odd), None, "{odd:?}");
        }
    }
}
