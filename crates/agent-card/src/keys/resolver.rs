use std::collections::BTreeSet;
use std::fmt;

use super::{Jwk, Jwks, Origin};
use crate::jws::Algorithm;

/// Finds the keys that the caller trusts for a signature. It does no I/O.
///
/// What a request holds was written by whoever signed, so it selects among trusted keys and proves
/// nothing. The verifier still checks of each key that it fits the algorithm, speaks for the origin, is valid
/// now and is not revoked.
pub trait KeyResolver {
    /// The keys that go by this name, in the order in which they should be tried. None at all
    /// means the key is unknown.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] when it cannot be told now, for instance because keys have to be fetched first. It
    /// fails this signature alone.
    fn resolve(&self, request: &KeyRequest<'_>) -> Result<Vec<TrustedKey>, Unavailable>;
}

/// What a signature says of its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyRequest<'a> {
    /// The name of the key.
    pub kid: &'a str,
    /// The algorithm of the signature, already on the caller's list.
    pub algorithm: Algorithm,
    /// Where the signer says his keys are; see [`JkuPolicy`](super::JkuPolicy).
    pub jku: Option<&'a str>,
    /// Where the card came from, as the caller told the verifier.
    pub origin: Option<&'a Origin>,
}

/// It cannot be told now which keys are trusted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // it says one thing
pub struct Unavailable;

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected the keys to be at hand")
    }
}

impl std::error::Error for Unavailable {}

impl<R: KeyResolver + ?Sized> KeyResolver for &R {
    fn resolve(&self, request: &KeyRequest<'_>) -> Result<Vec<TrustedKey>, Unavailable> {
        (**self).resolve(request)
    }
}

/// A key that the caller trusts, for every origin or for some.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedKey {
    jwk: Jwk,
    label: String,
    origins: Option<BTreeSet<Origin>>,
}

impl TrustedKey {
    /// A key that may speak for every origin.
    #[must_use]
    pub fn new(jwk: Jwk) -> Self {
        Self {
            jwk,
            label: String::new(),
            origins: None,
        }
    }

    /// The same key under a name of the caller's, which comes back in the outcome.
    #[must_use]
    pub fn labelled(self, label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            ..self
        }
    }

    /// The same key, for cards from these origins only.
    #[must_use]
    pub fn bound_to(self, origins: impl IntoIterator<Item = Origin>) -> Self {
        Self {
            origins: Some(origins.into_iter().collect()),
            ..self
        }
    }

    /// The key and what its owner says about it.
    #[must_use]
    pub fn jwk(&self) -> &Jwk {
        &self.jwk
    }

    /// The caller's name for it; empty without one.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Whether it may speak for a card from there. A key bound to origins speaks for no card of
    /// unknown origin.
    #[must_use]
    pub fn speaks_for(&self, origin: Option<&Origin>) -> bool {
        let Some(origins) = &self.origins else {
            return true;
        };
        origin.is_some_and(|origin| origins.contains(origin))
    }
}

/// The keys a caller trusts, looked up by `kid`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedKeys(Vec<TrustedKey>);

impl TrustedKeys {
    /// The keys of a set, for cards from one origin only.
    #[must_use]
    pub fn of_origin(set: &Jwks, origin: &Origin) -> Self {
        set.keys()
            .iter()
            .map(|jwk| TrustedKey::new(jwk.clone()).bound_to([origin.clone()]))
            .collect()
    }
}

impl FromIterator<TrustedKey> for TrustedKeys {
    fn from_iter<I: IntoIterator<Item = TrustedKey>>(keys: I) -> Self {
        Self(keys.into_iter().collect())
    }
}

impl Extend<TrustedKey> for TrustedKeys {
    fn extend<I: IntoIterator<Item = TrustedKey>>(&mut self, keys: I) {
        self.0.extend(keys);
    }
}

impl IntoIterator for TrustedKeys {
    type Item = TrustedKey;
    type IntoIter = std::vec::IntoIter<TrustedKey>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl KeyResolver for TrustedKeys {
    fn resolve(&self, request: &KeyRequest<'_>) -> Result<Vec<TrustedKey>, Unavailable> {
        Ok(self
            .0
            .iter()
            .filter(|key| key.jwk.kid() == Some(request.kid))
            .cloned()
            .collect())
    }
}
