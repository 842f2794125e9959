//! Keys in PEM (RFC 7468): SubjectPublicKeyInfo (RFC 5280 4.1.2.7) and PKCS#8 (RFC 5958).

use pkcs8::der::asn1::{AnyRef, BitStringRef, OctetStringRef, UintRef};
use pkcs8::der::pem::LineEnding;
use pkcs8::der::{Decode as _, Encode as _};
use pkcs8::spki::AlgorithmIdentifierRef;
use pkcs8::{
    Document, ObjectIdentifier, PrivateKeyInfoRef, SecretDocument, SubjectPublicKeyInfoRef,
};
use zeroize::Zeroizing;

use super::signing::Secret;
use super::{KeyError, KeyErrorKind, KeyType, PublicKey, SecretText, SigningKey};

/// RFC 8410 3. There are no parameters.
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// RFC 5480 2.1.1.1, `secp256r1`.
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");

impl PublicKey {
    /// Reads a `PUBLIC KEY`.
    ///
    /// # Errors
    ///
    /// [`Pem`](KeyErrorKind::Pem), [`Unsupported`](KeyErrorKind::Unsupported) for other kinds of keys,
    /// [`UnsafeKey`](KeyErrorKind::UnsafeKey) as for the constructors.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let (label, document) = Document::from_pem(pem).map_err(|_| malformed())?;
        if label != "PUBLIC KEY" {
            return Err(malformed());
        }
        let info = SubjectPublicKeyInfoRef::from_der(document.as_bytes());
        let info = info.map_err(|_| malformed())?;
        let octets = info.subject_public_key.as_bytes().ok_or(malformed())?;
        match key_type(info.algorithm)? {
            KeyType::Ed25519 => super::ed25519::public(octets).map(Self::new),
            KeyType::P256 => super::p256::point(octets).map(Self::new),
            KeyType::Rsa => {
                let key = pkcs1::RsaPublicKeyRef::from_der(octets).map_err(|_| malformed())?;
                Self::rsa(key.modulus.as_bytes(), key.public_exponent.as_bytes())
            }
        }
    }

    /// Writes a `PUBLIC KEY`.
    #[must_use]
    pub fn to_pem(&self) -> String {
        self.write_pem().expect("keys of bounded size have a DER") // at most 8192 bits
    }

    fn write_pem(&self) -> pkcs8::der::Result<String> {
        let octets = self.octets()?;
        let info = SubjectPublicKeyInfoRef {
            algorithm: algorithm(self.key_type()),
            subject_public_key: BitStringRef::from_bytes(&octets)?,
        };
        Document::encode_msg(&info)?.to_pem("PUBLIC KEY", LineEnding::LF)
    }

    /// What is inside of SubjectPublicKeyInfo.
    fn octets(&self) -> pkcs8::der::Result<Vec<u8>> {
        match self.as_rsa() {
            Some(key) => {
                let e = key.e();
                pkcs1::RsaPublicKeyRef {
                    modulus: UintRef::new(key.n())?,
                    public_exponent: UintRef::new(&e)?,
                }
                .to_der()
            }
            None => Ok(self.encoded_point()),
        }
    }
}

impl SigningKey {
    /// Reads a `PRIVATE KEY` that is not encrypted. It has no `kid` yet.
    ///
    /// # Errors
    ///
    /// [`Pem`](KeyErrorKind::Pem), [`Unsupported`](KeyErrorKind::Unsupported) for other kinds of keys and
    /// for RSA without the feature `rs256-sign`, [`UnsafeKey`](KeyErrorKind::UnsafeKey) and
    /// [`PrivateMismatch`](KeyErrorKind::PrivateMismatch) as [`SigningKey::from_jwk`].
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let (label, document) = SecretDocument::from_pem(pem).map_err(|_| malformed())?;
        if label != "PRIVATE KEY" {
            return Err(malformed());
        }
        let info = PrivateKeyInfoRef::from_der(document.as_bytes()).map_err(|_| malformed())?;
        let octets = info.private_key.as_bytes();
        let (secret, point) = match key_type(info.algorithm)? {
            KeyType::Ed25519 => {
                let seed = <&OctetStringRef>::from_der(octets).map_err(|_| malformed())?;
                let seed = seed.as_bytes().try_into().map_err(|_| malformed())?;
                let point = info.public_key.and_then(|point| point.as_bytes());
                (Secret::ed25519(seed), point)
            }
            KeyType::P256 => {
                let key = sec1::EcPrivateKey::from_der(octets).map_err(|_| malformed())?;
                let curve = key
                    .parameters
                    .and_then(|parameters| parameters.named_curve());
                if curve.is_some_and(|curve| curve != P256) {
                    return Err(malformed());
                }
                (Secret::p256(key.private_key)?, key.public_key)
            }
            KeyType::Rsa => {
                let key = pkcs1::RsaPrivateKeyRef::from_der(octets).map_err(|_| malformed())?;
                let e = key.public_exponent.as_bytes();
                let public = PublicKey::rsa(key.modulus.as_bytes(), e)?;
                (Secret::rsa(&public, key.private_exponent.as_bytes())?, None)
            }
        };
        let key = Self::new(secret);
        match point {
            Some(point) if point != key.public().encoded_point() => Err(Secret::mismatch()),
            _ => Ok(key),
        }
    }

    /// Writes a `PRIVATE KEY`, not encrypted.
    ///
    /// # Errors
    ///
    /// [`Unsupported`](KeyErrorKind::Unsupported) for RSA: the form holds the factors of the
    /// modulus, and this type does not.
    pub fn to_pem(&self) -> Result<SecretText, KeyError> {
        let point = self.public().encoded_point();
        let octets = match self.secret() {
            Secret::Ed25519(key) => {
                OctetStringRef::new(key.as_bytes()).and_then(|seed| seed.to_der())
            }
            Secret::P256(key) => {
                let scalar = Zeroizing::new(key.to_bytes());
                sec1::EcPrivateKey {
                    private_key: &scalar,
                    parameters: None,
                    public_key: Some(&point),
                }
                .to_der()
            }
            #[cfg(feature = "rs256-sign")]
            Secret::Rsa(_) => {
                let expected = "a key of Ed25519 or P-256";
                return Err(KeyError::new(KeyErrorKind::Unsupported, "", expected));
            }
        };
        let octets = Zeroizing::new(octets.map_err(|_| malformed())?);
        let private_key = OctetStringRef::new(&octets).map_err(|_| malformed())?;
        let info = PrivateKeyInfoRef::new(algorithm(self.key_type()), private_key);
        let pem = SecretDocument::encode_msg(&info)
            .and_then(|document| document.to_pem("PRIVATE KEY", LineEnding::LF))
            .map_err(|_| malformed())?;
        Ok(SecretText::new(pem))
    }
}

/// How a key type is named in both forms.
fn algorithm(key_type: KeyType) -> AlgorithmIdentifierRef<'static> {
    match key_type {
        KeyType::Ed25519 => AlgorithmIdentifierRef {
            oid: ED25519,
            parameters: None,
        },
        KeyType::P256 => AlgorithmIdentifierRef {
            oid: sec1::ALGORITHM_OID,
            parameters: Some(AnyRef::from(&P256)),
        },
        KeyType::Rsa => pkcs1::ALGORITHM_ID,
    }
}

fn key_type(named: AlgorithmIdentifierRef<'_>) -> Result<KeyType, KeyError> {
    [KeyType::Ed25519, KeyType::P256, KeyType::Rsa]
        .into_iter()
        .find(|key_type| algorithm(*key_type) == named)
        .ok_or(KeyError::new(
            KeyErrorKind::Unsupported,
            "",
            "a key of Ed25519, P-256 or RSA",
        ))
}

const fn malformed() -> KeyError {
    KeyError::new(
        KeyErrorKind::Pem,
        "",
        "PEM of a PUBLIC KEY or an unencrypted PRIVATE KEY",
    )
}
