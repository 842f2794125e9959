use std::fmt;
use std::str::FromStr;

/// A signature algorithm of a JWS header (RFC 7518 3.1, RFC 8037 3.1, RFC 9864 2.2).
///
/// There is no variant for `none` or for a symmetric algorithm, so neither can be allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// `EdDSA`, which with the keys of this crate always means Ed25519.
    EdDsa,
    /// `Ed25519`, the fully specified name of RFC 9864 for the same signatures.
    Ed25519,
    /// `ES256`: ECDSA on P-256 with SHA-256, R and S in 32 octets each.
    Es256,
    /// `RS256`: RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
}

impl Algorithm {
    /// All of them, which is what a verifier allows by default.
    pub const ALL: [Self; 4] = [Self::EdDsa, Self::Ed25519, Self::Es256, Self::Rs256];

    /// The name in a header.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Ed25519 => "Ed25519",
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
        }
    }

    /// Whether both names stand for the same signatures. Only `EdDSA` and `Ed25519` do.
    #[must_use]
    pub const fn is_same_as(self, other: Self) -> bool {
        matches!(
            (self, other),
            (Self::EdDsa | Self::Ed25519, Self::EdDsa | Self::Ed25519)
                | (Self::Es256, Self::Es256)
                | (Self::Rs256, Self::Rs256)
        )
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Reads the name, with the case that the registry gives it.
impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.as_str() == name)
            .ok_or(UnknownAlgorithm(()))
    }
}

/// A name that is none of [`Algorithm`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownAlgorithm(());

impl fmt::Display for UnknownAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected EdDSA, Ed25519, ES256 or RS256")
    }
}

impl std::error::Error for UnknownAlgorithm {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_with_their_case_only() {
        for algorithm in Algorithm::ALL {
            assert_eq!(algorithm.as_str().parse(), Ok(algorithm));
        }
        for name in ["none", "NONE", "HS256", "PS256", "eddsa", "ES384", ""] {
            assert!(name.parse::<Algorithm>().is_err(), "{name}");
        }
    }
}
