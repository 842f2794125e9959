use std::fmt;

use super::{Matched, SignatureReport, VerifiedCard};

/// What came of verifying a card: the card as verified, or why not; and the outcome of every
/// signature.
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct Verdict {
    pub(super) signatures: Vec<SignatureReport>,
    pub(super) card: Result<VerifiedCard, Reason>,
}

impl Verdict {
    /// The card as verified.
    ///
    /// # Errors
    ///
    /// The [`Reason`] why there is none.
    pub fn card(&self) -> Result<&VerifiedCard, Reason> {
        self.card.as_ref().map_err(|reason| *reason)
    }

    /// The card as verified, owned.
    ///
    /// # Errors
    ///
    /// The [`Reason`] why there is none.
    pub fn into_card(self) -> Result<VerifiedCard, Reason> {
        self.card
    }

    /// Whether the card is verified.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        self.card.is_ok()
    }

    /// The payload that the policy was met with, if it was.
    #[must_use]
    pub fn matched(&self) -> Option<Matched> {
        self.card.as_ref().ok().map(VerifiedCard::matched)
    }

    /// The outcome of every entry of `signatures`, in order.
    #[must_use]
    pub fn signatures(&self) -> &[SignatureReport] {
        &self.signatures
    }
}

/// Why a card that is well formed is not verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// It has no signatures.
    NotSigned,
    /// It is from before v1.0, when there was a place for signatures and no rule what they are over.
    UnverifiableLegacy,
    /// The valid signatures, if any, do not meet the [`Policy`](super::Policy).
    PolicyNotMet,
    /// In strict mode: somebody could have added or removed a security requirement or scheme
    /// without breaking a signature, and it is there.
    UncoveredSecurity,
}

impl Reason {
    /// The name in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotSigned => "NotSigned",
            Self::UnverifiableLegacy => "UnverifiableLegacy",
            Self::PolicyNotMet => "PolicyNotMet",
            Self::UncoveredSecurity => "UncoveredSecurity",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSigned => "expected a signature",
            Self::UnverifiableLegacy => {
                "expected a v1.0 card; older signatures have no payload rule"
            }
            Self::PolicyNotMet => "expected more valid signatures by trusted keys",
            Self::UncoveredSecurity => "expected every security requirement to be signed",
        })
    }
}

impl std::error::Error for Reason {}
