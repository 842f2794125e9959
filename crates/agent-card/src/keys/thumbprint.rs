use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

use crate::jws::base64url;

/// The SHA-256 thumbprint of a public key (RFC 7638), the name that a key cannot choose.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Thumbprint([u8; 32]);

impl Thumbprint {
    /// Of the required members in order, without white space (RFC 7638 3.3).
    pub(super) fn of(required_members: &str) -> Self {
        Self(Sha256::digest(required_members).into())
    }

    /// The digest.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// base64url, as thumbprints are written in `kid` and in URIs (RFC 9278).
impl fmt::Display for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base64url::encode(&self.0))
    }
}

impl fmt::Debug for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Thumbprint({self})")
    }
}

/// Reads base64url of 32 octets.
impl FromStr for Thumbprint {
    type Err = InvalidThumbprint;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        base64url::decode(text)
            .and_then(|octets| octets.try_into().ok())
            .map(Self)
            .ok_or(InvalidThumbprint(()))
    }
}

/// A text that is no [`Thumbprint`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidThumbprint(());

impl fmt::Display for InvalidThumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected a SHA-256 digest in base64url without padding")
    }
}

impl std::error::Error for InvalidThumbprint {}
