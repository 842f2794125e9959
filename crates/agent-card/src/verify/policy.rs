use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use super::{Outcome, SignatureReport};

/// Which signatures a card needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Policy {
    /// One that is valid.
    #[default]
    AnyOf,
    /// All that are there are valid.
    AllOf,
    /// A valid one under each of these names, of which there has to be one.
    Kids(BTreeSet<String>),
    /// Valid ones by so many different keys, told apart by their thumbprints.
    Threshold(NonZeroUsize),
}

impl Policy {
    /// Whether the signatures meet it, when only those that `counts` admits are taken for valid.
    pub(super) fn is_met(
        &self,
        signatures: &[SignatureReport],
        counts: impl Fn(Outcome) -> bool,
    ) -> bool {
        let mut valid = signatures.iter().filter(|report| counts(report.outcome));
        match self {
            Self::AnyOf => valid.next().is_some(),
            Self::AllOf => !signatures.is_empty() && valid.count() == signatures.len(),
            Self::Kids(kids) => {
                let found: BTreeSet<_> = valid.filter_map(|report| report.kid.as_deref()).collect();
                !kids.is_empty() && kids.iter().all(|kid| found.contains(kid.as_str()))
            }
            Self::Threshold(keys) => {
                let signers = valid.filter_map(|report| report.signer.as_ref());
                let distinct: BTreeSet<_> = signers.map(|signer| signer.thumbprint).collect();
                distinct.len() >= keys.get()
            }
        }
    }
}
