use serde_json::{Map, Value as Json};
use strict_json::Document;

use super::jwk::Members;
use super::{Jwk, KeyError, KeyErrorKind, KeyRequest, KeyResolver, TrustedKey, Unavailable};
use crate::Limits;

/// A JWK Set (RFC 7517 5): the keys that could be read, and why the others could not.
///
/// As a [`KeyResolver`] it lets every key speak for every card, which is right when the set was
/// obtained from the one agent whose card is to be verified; see [`TrustedKey::bound_to`] for
/// the other case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Jwks {
    keys: Vec<Jwk>,
    skipped: Vec<SkippedKey>,
}

/// An entry of a JWK Set that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SkippedKey {
    /// Which one, counted from 0.
    pub index: usize,
    /// Why. [`Unsupported`](KeyErrorKind::Unsupported) is no fault of the set.
    pub error: KeyError,
}

impl Jwks {
    /// Reads a JWK Set. A key that is malformed or not understood is left out and does not spoil
    /// the others (RFC 7517 5).
    ///
    /// # Errors
    ///
    /// A [`KeyError`] when the text is not one JSON object within the limits with an array
    /// `keys`.
    pub fn parse(json: &[u8], limits: &Limits) -> Result<Self, KeyError> {
        let document = Document::parse(json, &limits.json()).map_err(|_| Members::not_json())?;
        let set = document.root().as_object().ok_or_else(Members::not_json)?;
        let Some(entries) = set.get("keys").and_then(|keys| keys.as_array()) else {
            return Err(KeyError::new(
                KeyErrorKind::InvalidMember,
                "keys",
                "an array of keys",
            ));
        };
        let mut read = Self::default();
        for (index, entry) in entries.iter().enumerate() {
            match Jwk::read(entry) {
                Ok(key) => read.keys.push(key),
                Err(error) => read.skipped.push(SkippedKey { index, error }),
            }
        }
        Ok(read)
    }

    /// The keys, in order.
    #[must_use]
    pub fn keys(&self) -> &[Jwk] {
        &self.keys
    }

    /// The entries that were left out, in order.
    #[must_use]
    pub fn skipped(&self) -> &[SkippedKey] {
        &self.skipped
    }

    /// The JSON text, without white space: public parts only.
    #[must_use]
    pub fn to_json(&self) -> String {
        let keys = self.keys.iter().map(|key| key.members().into()).collect();
        let set = Map::from_iter([("keys".to_owned(), Json::Array(keys))]);
        Json::Object(set).to_string()
    }
}

impl FromIterator<Jwk> for Jwks {
    fn from_iter<I: IntoIterator<Item = Jwk>>(keys: I) -> Self {
        Self {
            keys: keys.into_iter().collect(),
            skipped: Vec::new(),
        }
    }
}

impl KeyResolver for Jwks {
    fn resolve(&self, request: &KeyRequest<'_>) -> Result<Vec<TrustedKey>, Unavailable> {
        Ok(self
            .keys
            .iter()
            .filter(|key| key.kid() == Some(request.kid))
            .map(|key| TrustedKey::new(key.clone()))
            .collect())
    }
}
