use std::sync::OnceLock;

use super::{Matched, Signer};
use crate::{AgentCard, Limits, Payloads, Profile, Uncovered};

/// A card made of nothing but what was signed.
///
/// It is read from the verified payload, not from what was received: members that no signature
/// covers are not in it. They are listed, since who has only seen the received card may be
/// misled by them.
#[derive(Clone, Debug)]
pub struct VerifiedCard {
    payload: Vec<u8>,
    /// Made of the payload when it is first asked for.
    card: OnceLock<AgentCard>,
    matched: Matched,
    uncovered: Vec<Uncovered>,
    signers: Vec<Signer>,
}

impl VerifiedCard {
    pub(super) fn new(payloads: Payloads, profile: Profile, signers: Vec<Signer>) -> Self {
        let matched = Matched::of(profile, payloads.agree());
        let (payload, uncovered) = payloads.into_parts(profile);
        Self {
            payload,
            card: OnceLock::new(),
            matched,
            uncovered,
            signers,
        }
    }

    /// The card. It has no signatures: these are not signed.
    #[must_use]
    pub fn card(&self) -> &AgentCard {
        self.card.get_or_init(|| read(&self.payload))
    }

    /// The card, owned.
    #[must_use]
    pub fn into_card(self) -> AgentCard {
        let card = self.card.into_inner();
        card.unwrap_or_else(|| read(&self.payload))
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

/// Whether the card has been read yet makes no difference.
impl PartialEq for VerifiedCard {
    fn eq(&self, other: &Self) -> bool {
        (&self.payload, self.matched, &self.uncovered, &self.signers)
            == (
                &other.payload,
                other.matched,
                &other.uncovered,
                &other.signers,
            )
    }
}

/// Reads a payload. The walk that wrote it has held its members against the same tables.
fn read(payload: &[u8]) -> AgentCard {
    // The received text was within the caller's limits; numbers can be longer in canonical form.
    let limits = Limits {
        size: usize::MAX,
        depth: Limits::DEPTH_CAP,
        nodes: usize::MAX,
        ..Limits::default()
    };
    AgentCard::parse(payload, &limits)
        .map(|parsed| parsed.card)
        .expect("a payload is a card") // of schema fields with the right types only
}
