use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

use crate::{Error, ErrorKind, Receipt};

/// The value of an `Idempotency-Key` header: 1 to 255 visible ASCII characters (section 5).
///
/// It is unique for a principal, or in open mode for a claimed sender, and a route.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IdempotencyKey(Box<str>);

impl IdempotencyKey {
    /// The longest, in octets.
    pub const MAX: usize = 255;

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for IdempotencyKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let is_legal = text.bytes().all(|octet| octet.is_ascii_graphic());
        if is_legal && (1..=Self::MAX).contains(&text.len()) {
            return Ok(Self(text.into()));
        }
        Err(Error::new(
            ErrorKind::Invalid,
            "an idempotency key: 1 to 255 visible ASCII characters",
        ))
    }
}

/// The digest of a request body: SHA-256 of its octets. A client tries again with the same ones.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct BodyDigest([u8; 32]);

impl BodyDigest {
    /// The digest of a body.
    #[must_use]
    pub fn of(body: &[u8]) -> Self {
        Self(Sha256::digest(body).into())
    }

    /// The digest that a store kept.
    #[must_use]
    pub const fn from_octets(octets: [u8; 32]) -> Self {
        Self(octets)
    }

    /// The octets, for a store.
    #[must_use]
    pub const fn as_octets(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for BodyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BodyDigest(…)")
    }
}

/// A request with an idempotency key, and what is known of that key.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs)] // an input
pub struct Retry<'a> {
    /// The digest of the body that came now.
    pub digest: BodyDigest,
    /// What was kept under the key, if anything.
    pub known: Option<&'a Record>,
}

/// What stays of an accepted request under its idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // a row, filled in by a store
pub struct Record {
    /// What was asked.
    pub digest: BodyDigest,
    /// What was answered.
    pub receipt: Receipt,
}
