use super::{Matched, Signer};
use crate::{AgentCard, Error, Limits, Payloads, Profile, Uncovered};

/// A card made of nothing but what was signed.
///
/// It is read from the verified payload, not from what was received: members that no signature
/// covers are not in it. They are listed, since who has only seen the received card may be
/// misled by them.
#[derive(Clone, Debug, PartialEq)]
pub struct VerifiedCard {
    card: AgentCard,
    payload: Vec<u8>,
    matched: Matched,
    uncovered: Vec<Uncovered>,
    signers: Vec<Signer>,
}

impl VerifiedCard {
    pub(super) fn new(
        payloads: &Payloads,
        profile: Profile,
        signers: Vec<Signer>,
        limits: &Limits,
    ) -> Result<Self, Error> {
        let payload = payloads.of(profile).to_vec();
        // Numbers can be longer in canonical form, and the text has passed the limits already.
        let limits = Limits {
            size: limits.size.max(payload.len()),
            ..*limits
        };
        Ok(Self {
            card: AgentCard::parse(&payload, &limits)?.card,
            payload,
            matched: Matched::of(profile, payloads.agree()),
            uncovered: payloads.uncovered(profile).to_vec(),
            signers,
        })
    }

    /// The card. It has no signatures: these are not signed.
    #[must_use]
    pub fn card(&self) -> &AgentCard {
        &self.card
    }

    /// The card, owned.
    #[must_use]
    pub fn into_card(self) -> AgentCard {
        self.card
    }

    /// The octets that were verified, in canonical form.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Which payload that is.
    #[must_use]
    pub fn matched(&self) -> Matched {
        self.matched
    }

    /// The members of the received card that are not in this one, because no signature covers
    /// them.
    #[must_use]
    pub fn uncovered(&self) -> &[Uncovered] {
        &self.uncovered
    }

    /// The keys whose signatures are valid, in the order of the entries.
    #[must_use]
    pub fn signers(&self) -> &[Signer] {
        &self.signers
    }
}
