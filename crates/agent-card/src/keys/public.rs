use std::fmt;

use ed25519_dalek::VerifyingKey as Ed25519Key;
use p256::ecdsa::VerifyingKey as P256Key;

use super::rsa::RsaPublicKey;
use super::{KeyError, Thumbprint, ed25519, p256 as es256};
use crate::jws::{Algorithm, base64url};

/// A public key that signatures can be verified with.
///
/// A value that exists is safe to use: the point is on its curve and not of small order, the RSA
/// modulus and exponent are within bounds.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    material: Material,
    /// Every verified signature names it.
    thumbprint: Thumbprint,
}

#[derive(Clone, PartialEq, Eq)]
pub(super) enum Material {
    Ed25519(Ed25519Key),
    P256(P256Key),
    Rsa(RsaPublicKey),
}

/// The kinds of keys this crate uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum KeyType {
    /// `OKP` with the curve `Ed25519` (RFC 8037).
    Ed25519,
    /// `EC` with the curve `P-256` (RFC 7518 6.2).
    P256,
    /// `RSA` (RFC 7518 6.3).
    Rsa,
}

impl KeyType {
    /// Whether signatures of `algorithm` are made with such keys.
    #[must_use]
    pub const fn fits(self, algorithm: Algorithm) -> bool {
        self.algorithm().is_same_as(algorithm)
    }

    /// The algorithm that such keys sign with; for Ed25519 the name `EdDSA`, which every reader
    /// knows.
    #[must_use]
    pub const fn algorithm(self) -> Algorithm {
        match self {
            Self::Ed25519 => Algorithm::EdDsa,
            Self::P256 => Algorithm::Es256,
            Self::Rsa => Algorithm::Rs256,
        }
    }
}

/// The signature is not one of this message under this key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidSignature(());

impl fmt::Display for InvalidSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected a signature of this message by this key")
    }
}

impl std::error::Error for InvalidSignature {}

impl PublicKey {
    /// An Ed25519 key from the encoding of its point (RFC 8032 5.1.5).
    ///
    /// # Errors
    ///
    /// [`UnsafeKey`](super::KeyErrorKind::UnsafeKey) when the octets encode no point, or one of small order.
    pub fn ed25519(point: &[u8; 32]) -> Result<Self, KeyError> {
        ed25519::public(point).map(Self::new)
    }

    /// A P-256 key from the coordinates of its point, big-endian.
    ///
    /// # Errors
    ///
    /// [`UnsafeKey`](super::KeyErrorKind::UnsafeKey) when the point is not on the curve.
    pub fn p256(x: &[u8; 32], y: &[u8; 32]) -> Result<Self, KeyError> {
        es256::public(x, y).map(Self::new)
    }

    /// An RSA key from its modulus and exponent, big-endian, each with at most one leading zero.
    ///
    /// # Errors
    ///
    /// [`UnsafeKey`](super::KeyErrorKind::UnsafeKey) when the modulus is even or not of 2048 to 8192 bits, or
    /// the exponent is even, below 3 or longer than 33 bits;
    /// [`InvalidMember`](super::KeyErrorKind::InvalidMember) for more leading zeros.
    pub fn rsa(modulus: &[u8], exponent: &[u8]) -> Result<Self, KeyError> {
        RsaPublicKey::new(modulus, exponent).map(Self::new)
    }

    /// The key of checked parts. The types of other crates stay out of the public interface.
    pub(super) fn new(material: impl Into<Material>) -> Self {
        let material = material.into();
        Self {
            thumbprint: material.thumbprint(),
            material,
        }
    }

    /// What kind of key it is.
    #[must_use]
    pub const fn key_type(&self) -> KeyType {
        match self.material {
            Material::Ed25519(_) => KeyType::Ed25519,
            Material::P256(_) => KeyType::P256,
            Material::Rsa(_) => KeyType::Rsa,
        }
    }

    /// Verifies a signature in the form of JWS: 64 octets for Ed25519 and ES256, the length of
    /// the modulus for RS256.
    ///
    /// # Errors
    ///
    /// [`InvalidSignature`] when the key does not fit the algorithm, or the signature is not one of
    /// this message.
    pub fn verify(
        &self,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let valid = self.key_type().fits(algorithm)
            && match &self.material {
                Material::Ed25519(key) => ed25519::verify(key, message, signature),
                Material::P256(key) => es256::verify(key, message, signature),
                Material::Rsa(key) => key.verify(message, signature),
            };
        valid.then_some(()).ok_or(InvalidSignature(()))
    }

    /// The thumbprint (RFC 7638).
    #[must_use]
    pub const fn thumbprint(&self) -> Thumbprint {
        self.thumbprint
    }

    /// The encoding of the point; empty for RSA.
    #[cfg(feature = "pem")]
    pub(super) fn encoded_point(&self) -> Vec<u8> {
        match &self.material {
            Material::Ed25519(key) => key.as_bytes().to_vec(),
            Material::P256(key) => key.to_sec1_point(false).as_bytes().to_vec(),
            Material::Rsa(_) => Vec::new(),
        }
    }

    #[cfg(any(feature = "rs256-sign", feature = "pem"))]
    pub(super) fn as_rsa(&self) -> Option<&RsaPublicKey> {
        match &self.material {
            Material::Rsa(key) => Some(key),
            _ => None,
        }
    }

    /// The members that a JWK of this key has to have, in the order of their names.
    pub(super) fn required_members(&self) -> Vec<(&'static str, String)> {
        self.material.required_members()
    }
}

impl Material {
    fn thumbprint(&self) -> Thumbprint {
        let mut text = String::with_capacity(128); // but for RSA
        text.push('{');
        for (name, value) in self.required_members() {
            if text.len() > 1 {
                text.push(',');
            }
            // Names and values are letters, digits, `-` and `_`, so nothing is escaped.
            text.extend(["\"", name, "\":\"", &value, "\""]);
        }
        text.push('}');
        Thumbprint::of(&text)
    }

    fn required_members(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Ed25519(key) => vec![
                ("crv", "Ed25519".into()),
                ("kty", "OKP".into()),
                ("x", base64url::encode(key.as_bytes())),
            ],
            Self::P256(key) => {
                let (x, y) = es256::coordinates(key);
                vec![
                    ("crv", "P-256".into()),
                    ("kty", "EC".into()),
                    ("x", base64url::encode(&x)),
                    ("y", base64url::encode(&y)),
                ]
            }
            Self::Rsa(key) => vec![
                ("e", base64url::encode(&key.e())),
                ("kty", "RSA".into()),
                ("n", base64url::encode(key.n())),
            ],
        }
    }
}

/// The kind and the thumbprint.
impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({:?}, {})", self.key_type(), self.thumbprint())
    }
}

impl From<Ed25519Key> for Material {
    fn from(key: Ed25519Key) -> Self {
        Self::Ed25519(key)
    }
}

impl From<P256Key> for Material {
    fn from(key: P256Key) -> Self {
        Self::P256(key)
    }
}

impl From<RsaPublicKey> for Material {
    fn from(key: RsaPublicKey) -> Self {
        Self::Rsa(key)
    }
}
