use std::fmt;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The SHA-256 of a bearer: all that is kept of it (ASMTP, 1 and 11).
///
/// Comparing takes the same time wherever two hashes differ, and `Debug` shows nothing.
///
/// ```
/// use mailmesh_store::TokenHash;
///
/// let hash = TokenHash::of("correct horse");
/// assert_eq!(hash, TokenHash::from_bytes(*hash.as_bytes()));
/// assert_ne!(hash, TokenHash::of("battery staple"));
/// assert_eq!(format!("{hash:?}"), "TokenHash(hidden)");
/// ```
#[derive(Clone, Copy, Eq)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// The hash of a bearer.
    #[must_use]
    pub fn of(bearer: &str) -> Self {
        Self(Sha256::digest(bearer).into())
    }

    /// A hash that was stored.
    #[must_use]
    pub const fn from_bytes(octets: [u8; 32]) -> Self {
        Self(octets)
    }

    /// Its octets, for storing.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl PartialEq for TokenHash {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(hidden)")
    }
}
