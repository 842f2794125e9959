//! Verifying cards (A2A 8.4.3): who signed what, and what nobody did.

mod entry;
mod outcome;
mod pending;
mod policy;
mod verdict;
mod verified;

use std::collections::BTreeSet;

use strict_json::{Document, Value};

pub use outcome::{KeyFault, Matched, Outcome, SignatureReport, Signer};
pub use pending::{PendingKey, pending_keys};
pub use policy::Policy;
pub use verdict::{Reason, Verdict};
pub use verified::VerifiedCard;

use crate::jws::{Algorithm, signing_input};
use crate::keys::{KeyRequest, KeyResolver, Origin, Thumbprint, TrustedKey};
use crate::legacy::Form;
use crate::{Error, ErrorKind, Limits, Path, Payloads, Profile, UnixTime};
use entry::Entry;

/// Verifies a card as it was received, with the defaults of [`Verifier`]: one valid signature by a
/// trusted key is enough, over either payload.
///
/// # Errors
///
/// When the card is malformed. That it is not signed, or not by a trusted key, is a
/// [`Verdict`].
pub fn verify(card: &[u8], keys: &dyn KeyResolver, now: UnixTime) -> Result<Verdict, Error> {
    Verifier::new(keys, now).verify(card)
}

/// How cards are verified: by which keys, when, and how strictly.
#[derive(Clone)]
pub struct Verifier<'a> {
    keys: &'a dyn KeyResolver,
    now: UnixTime,
    origin: Option<&'a Origin>,
    revoked: Option<&'a BTreeSet<Thumbprint>>,
    algorithms: BTreeSet<Algorithm>,
    profiles: &'static [Profile],
    policy: Policy,
    strict: bool,
    limits: Limits,
}

impl<'a> Verifier<'a> {
    /// A verifier that allows every [`Algorithm`] and both profiles, and asks for one valid
    /// signature.
    #[must_use]
    pub fn new(keys: &'a dyn KeyResolver, now: UnixTime) -> Self {
        Self {
            keys,
            now,
            origin: None,
            revoked: None,
            algorithms: BTreeSet::from(Algorithm::ALL),
            profiles: &[Profile::Spec, Profile::Sdk],
            policy: Policy::AnyOf,
            strict: false,
            limits: Limits::default(),
        }
    }

    /// Where the card came from. Keys that are bound to origins speak only for cards from there.
    #[must_use]
    pub fn origin(self, origin: &'a Origin) -> Self {
        Self {
            origin: Some(origin),
            ..self
        }
    }

    /// Keys that must not be used any more, whoever trusts them.
    #[must_use]
    pub fn revoked(self, revoked: &'a BTreeSet<Thumbprint>) -> Self {
        Self {
            revoked: Some(revoked),
            ..self
        }
    }

    /// The algorithms that are allowed, by exactly these names.
    #[must_use]
    pub fn algorithms(self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        Self {
            algorithms: algorithms.into_iter().collect(),
            ..self
        }
    }

    /// Allows the payload of one profile only. Under [`Profile::Spec`] signatures that the SDKs
    /// make over cards with empty members are not valid.
    #[must_use]
    pub fn only(self, profile: Profile) -> Self {
        Self {
            profiles: match profile {
                Profile::Spec => &[Profile::Spec],
                Profile::Sdk => &[Profile::Sdk],
            },
            ..self
        }
    }

    /// Which signatures a card needs.
    #[must_use]
    pub fn policy(self, policy: Policy) -> Self {
        Self { policy, ..self }
    }

    /// In strict mode `typ` has to be `JOSE`, no `b64` may be there, and a card with a security
    /// requirement or scheme that no signature covers is refused.
    #[must_use]
    pub fn strict(self, strict: bool) -> Self {
        Self { strict, ..self }
    }

    /// How much of a card is looked at.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Verifies a card as it was received.
    ///
    /// # Errors
    ///
    /// When the card is malformed: as [`Payloads::read`], and when `signatures` is not an array within
    /// the limits. That it is not signed, or not by a trusted key, is a [`Verdict`].
    pub fn verify(&self, card: &[u8]) -> Result<Verdict, Error> {
        let document = Document::parse(card, &self.limits.json())?;
        let payloads = Payloads::of_document(&document, &self.limits)?;
        let entries = signatures(&document, &self.limits)?;
        let refused = |reason| Verdict {
            signatures: Vec::new(),
            card: Err(reason),
        };
        if entries.is_empty() {
            return Ok(refused(Reason::NotSigned));
        }
        if Form::of(&document) == Form::Legacy {
            return Ok(refused(Reason::UnverifiableLegacy));
        }
        let signatures = entries.into_iter().enumerate();
        let signatures: Vec<_> = signatures
            .map(|(index, entry)| self.report(index, entry, &payloads))
            .collect();
        let card = self.judge(&signatures, payloads);
        Ok(Verdict { signatures, card })
    }

    /// What the signatures are good for together.
    ///
    /// The card is rebuilt from the larger payload when the policy is met by signatures over that one
    /// alone, and otherwise from the smaller one, which whoever signed the larger one signed as well.
    fn judge(
        &self,
        signatures: &[SignatureReport],
        payloads: Payloads,
    ) -> Result<VerifiedCard, Reason> {
        let covers_spec = |outcome: Outcome| outcome.matched().is_some_and(Matched::covers_spec);
        let profile = if self.policy.is_met(signatures, covers_spec) {
            Profile::Spec
        } else if self
            .policy
            .is_met(signatures, |outcome| outcome.matched().is_some())
        {
            Profile::Sdk
        } else {
            return Err(Reason::PolicyNotMet);
        };
        if self.strict
            && payloads
                .uncovered(profile)
                .iter()
                .any(|member| member.security)
        {
            return Err(Reason::UncoveredSecurity);
        }
        let signers = signatures.iter().filter_map(|report| report.signer.clone());
        Ok(VerifiedCard::new(payloads, profile, signers.collect()))
    }

    fn report(&self, index: usize, value: Value<'_>, payloads: &Payloads) -> SignatureReport {
        let mut report = SignatureReport {
            index,
            outcome: Outcome::BadEncoding,
            kid: None,
            algorithm: None,
            signer: None,
        };
        match Entry::read(value, self.strict, &self.limits) {
            Ok(entry) => {
                (report.outcome, report.signer) = match self.check(&entry, payloads) {
                    Ok((matched, signer)) => (Outcome::Valid(matched), Some(signer)),
                    Err(outcome) => (outcome, None),
                };
                let (kid, algorithm) = entry.header.into_names();
                (report.kid, report.algorithm) = (Some(kid), Some(algorithm));
            }
            Err(outcome) => report.outcome = outcome,
        }
        report
    }

    /// Looks for a key that may be used and that made the signature.
    fn check(&self, entry: &Entry<'_>, payloads: &Payloads) -> Result<(Matched, Signer), Outcome> {
        let algorithm = entry.header.algorithm().parse().ok();
        let Some(algorithm) = algorithm.filter(|name| self.algorithms.contains(name)) else {
            return Err(Outcome::AlgNotAllowed);
        };
        let request = KeyRequest {
            kid: entry.header.kid(),
            algorithm,
            jku: entry.header.jku(),
            origin: self.origin,
        };
        let candidates = self
            .keys
            .resolve(&request)
            .map_err(|_| Outcome::ResolverUnavailable)?;
        let mut candidates: Vec<_> = candidates
            .into_iter()
            .filter(|key| key.speaks_for(self.origin))
            .collect();
        if candidates.is_empty() {
            return Err(Outcome::KeyNotFound);
        }
        candidates.retain(|key| key.jwk().may_verify(algorithm));
        if candidates.is_empty() {
            return Err(Outcome::KeyMismatch);
        }
        candidates.truncate(self.limits.candidates);
        let mut refused = None;
        let mut tried = false;
        let inputs = self.signing_inputs(entry, payloads);
        for key in &candidates {
            if let Some(fault) = self.fault(key) {
                refused = refused.or(Some(fault));
                continue;
            }
            tried = true;
            let mut inputs = inputs.iter();
            let verified = inputs.find(|(_, input)| {
                let key = key.jwk().key();
                key.verify(algorithm, input, &entry.signature).is_ok()
            });
            if let Some(&(matched, _)) = verified {
                let signer = Signer {
                    thumbprint: key.jwk().key().thumbprint(),
                    label: key.label().to_owned(),
                };
                return Ok((matched, signer));
            }
        }
        Err(match refused {
            Some(fault) if !tried => Outcome::KeyExpired(fault),
            _ => Outcome::BadSignature,
        })
    }

    /// What the signature of an entry may be over (RFC 7515 5.2): one text for each allowed payload.
    fn signing_inputs(&self, entry: &Entry<'_>, payloads: &Payloads) -> Vec<(Matched, Vec<u8>)> {
        let agree = payloads.agree();
        let profiles = if agree {
            &self.profiles[..1]
        } else {
            self.profiles
        };
        let inputs = profiles.iter().map(|&profile| {
            let input = signing_input(entry.protected, payloads.of(profile));
            (Matched::of(profile, agree), input)
        });
        inputs.collect()
    }

    /// Why a key must not be used now.
    fn fault(&self, key: &TrustedKey) -> Option<KeyFault> {
        let validity = key.jwk().validity();
        let thumbprint = key.jwk().key().thumbprint();
        let revoked = self.revoked.is_some_and(|all| all.contains(&thumbprint));
        if revoked {
            Some(KeyFault::Revoked)
        } else if validity.contains(self.now) {
            None
        } else if validity.not_before.is_some_and(|start| self.now < start) {
            Some(KeyFault::NotYetValid)
        } else {
            Some(KeyFault::Expired)
        }
    }
}

impl std::fmt::Debug for Verifier<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verifier")
            .field("now", &self.now)
            .field("origin", &self.origin)
            .field("algorithms", &self.algorithms)
            .field("profiles", &self.profiles)
            .field("policy", &self.policy)
            .field("strict", &self.strict)
            .finish_non_exhaustive()
    }
}

/// The entries of `signatures`; none when the member is absent or null.
fn signatures<'d>(document: &'d Document<'_>, limits: &Limits) -> Result<Vec<Value<'d>>, Error> {
    let root = Path::Root;
    let at = root.member("signatures");
    let Some(card) = document.root().as_object() else {
        let detail = "expected an object";
        return Err(Error::new(ErrorKind::WrongType, &root, detail));
    };
    let Some(value) = card.get("signatures").filter(|value| !value.is_null()) else {
        return Ok(Vec::new());
    };
    let Some(entries) = value.as_array() else {
        let detail = "expected an array";
        return Err(Error::new(ErrorKind::WrongType, &at, detail));
    };
    if entries.len() > limits.signatures {
        let detail = "expected fewer signatures";
        return Err(Error::new(ErrorKind::TooManySignatures, &at, detail));
    }
    Ok(entries.iter().collect())
}
