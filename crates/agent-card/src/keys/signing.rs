use std::fmt;

use ed25519_dalek::SigningKey as Ed25519Key;
use p256::ecdsa::SigningKey as P256Key;
use strict_json::Document;
use zeroize::Zeroizing;

use super::jwk::{Members, public_key};
#[cfg(feature = "rs256-sign")]
use super::rsa::RsaPrivateKey;
use super::{KeyError, KeyErrorKind, KeyType, PublicKey, ed25519, p256 as es256};
use crate::Limits;
use crate::jws::{Algorithm, base64url};

/// A private key, with the `kid` it signs under.
///
/// `Debug` says nothing of it, and it is zeroed when dropped.
pub struct SigningKey {
    kid: Option<String>,
    secret: Secret,
}

/// The boxes keep moves from leaving copies behind.
pub(super) enum Secret {
    Ed25519(Box<Ed25519Key>),
    P256(Box<P256Key>),
    #[cfg(feature = "rs256-sign")]
    Rsa(Box<RsaPrivateKey>),
}

impl SigningKey {
    /// Makes a key of 32 random octets, which the caller draws from a generator fit for keys.
    ///
    /// # Errors
    ///
    /// [`NotForThis`](KeyErrorKind::NotForThis) for RS256, whose keys are made elsewhere;
    /// [`UnsafeKey`](KeyErrorKind::UnsafeKey) for the few octets, one case in 2^32, that are no
    /// scalar of P-256: draw again.
    pub fn generate(algorithm: Algorithm, random: &[u8; 32]) -> Result<Self, KeyError> {
        let secret = match algorithm {
            Algorithm::EdDsa | Algorithm::Ed25519 => Secret::ed25519(random),
            Algorithm::Es256 => Secret::p256(random)?,
            Algorithm::Rs256 => {
                return Err(KeyError::new(
                    KeyErrorKind::NotForThis,
                    "alg",
                    "EdDSA or ES256, whose keys are made of 32 octets",
                ));
            }
        };
        Ok(Self::new(secret))
    }

    /// Reads a private JWK (RFC 7517, RFC 7518 6, RFC 8037 2), its `kid` included.
    ///
    /// # Errors
    ///
    /// As [`Jwk::parse`](super::Jwk::parse) for the public part;
    /// [`NotPrivate`](KeyErrorKind::NotPrivate) without `d`,
    /// [`PrivateMismatch`](KeyErrorKind::PrivateMismatch) when `d` belongs to another key,
    /// [`NotForThis`](KeyErrorKind::NotForThis) when `use`, `key_ops` or `alg` does not let it sign, and
    /// [`Unsupported`](KeyErrorKind::Unsupported) for RSA without the feature `rs256-sign`.
    pub fn from_jwk(json: &[u8], limits: &Limits) -> Result<Self, KeyError> {
        let document = Document::parse(json, &limits.json()).map_err(|_| Members::not_json())?;
        let members = Members::of(document.root())?;
        let public = public_key(&members)?;
        members.may_sign(public.key_type())?;
        let kid = members.text("kid")?.map(str::to_owned);
        let Some(d) = members.secret("d")? else {
            return Err(KeyError::new(
                KeyErrorKind::NotPrivate,
                "d",
                "a private key",
            ));
        };
        let secret = match public.key_type() {
            KeyType::Ed25519 => Secret::ed25519(
                d.as_slice()
                    .try_into()
                    .map_err(|_| Secret::invalid("32 octets in base64url"))?,
            ),
            KeyType::P256 => Secret::p256(&d)?,
            KeyType::Rsa => Secret::rsa(&public, &d)?,
        };
        let key = Self { kid, secret };
        if key.public() == public {
            Ok(key)
        } else {
            Err(Secret::mismatch())
        }
    }

    pub(super) fn new(secret: Secret) -> Self {
        Self { kid: None, secret }
    }

    /// The same key under another `kid`.
    #[must_use]
    pub fn with_kid(self, kid: impl Into<String>) -> Self {
        Self {
            kid: Some(kid.into()),
            ..self
        }
    }

    /// The `kid` it signs under.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// What kind of key it is.
    #[must_use]
    pub fn key_type(&self) -> KeyType {
        match self.secret {
            Secret::Ed25519(_) => KeyType::Ed25519,
            Secret::P256(_) => KeyType::P256,
            #[cfg(feature = "rs256-sign")]
            Secret::Rsa(_) => KeyType::Rsa,
        }
    }

    /// The public key that verifies what this one signs.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        match &self.secret {
            Secret::Ed25519(key) => PublicKey::new(key.verifying_key()),
            Secret::P256(key) => PublicKey::new(*key.verifying_key()),
            #[cfg(feature = "rs256-sign")]
            Secret::Rsa(key) => PublicKey::new(key.public().clone()),
        }
    }

    /// Signs a message; the signature has the form of JWS. The same message always gets the same
    /// signature: ES256 takes its nonce from RFC 6979.
    ///
    /// # Errors
    ///
    /// [`NotForThis`](KeyErrorKind::NotForThis) when the key does not fit the algorithm;
    /// [`PrivateMismatch`](KeyErrorKind::PrivateMismatch) when an RSA signature came out wrong,
    /// which is then withheld, since it would tell the key.
    pub fn sign(&self, algorithm: Algorithm, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        if !self.key_type().fits(algorithm) {
            return Err(KeyError::new(
                KeyErrorKind::NotForThis,
                "alg",
                "an algorithm that fits the key",
            ));
        }
        match &self.secret {
            Secret::Ed25519(key) => Ok(ed25519::sign(key, message)),
            Secret::P256(key) => Ok(es256::sign(key, message)),
            #[cfg(feature = "rs256-sign")]
            Secret::Rsa(key) => key.sign(message).ok_or_else(Secret::mismatch),
        }
    }

    /// The private JWK, with `kid` when there is one, `alg` and `use`.
    #[must_use]
    pub fn to_jwk(&self) -> SecretText {
        let d = match &self.secret {
            Secret::Ed25519(key) => encode_secret(key.as_bytes()),
            Secret::P256(key) => encode_secret(&Zeroizing::new(key.to_bytes())),
            #[cfg(feature = "rs256-sign")]
            Secret::Rsa(key) => encode_secret(&key.d()),
        };
        let jwk = super::Jwk::new(self.public())
            .with_algorithm(self.key_type().algorithm())
            .for_signatures();
        let jwk = match &self.kid {
            Some(kid) => jwk.with_kid(kid),
            None => jwk,
        };
        let public = jwk.to_json();
        let mut text = SecretText::with_capacity(public.len() + d.len() + 7);
        // The last octet is the brace that closes the object.
        text.push(&public[..public.len() - 1]);
        text.push(",\"d\":\"");
        text.push(&d);
        text.push("\"}");
        text
    }

    #[cfg(feature = "pem")]
    pub(super) fn secret(&self) -> &Secret {
        &self.secret
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(secret)")
    }
}

impl Secret {
    pub(super) fn ed25519(seed: &[u8; ed25519::LENGTH]) -> Self {
        Self::Ed25519(Box::new(Ed25519Key::from_bytes(seed)))
    }

    pub(super) fn p256(d: &[u8]) -> Result<Self, KeyError> {
        let key = es256::private(d).ok_or_else(|| Self::invalid("a scalar of P-256"))?;
        Ok(Self::P256(Box::new(key)))
    }

    #[cfg(feature = "rs256-sign")]
    pub(super) fn rsa(public: &PublicKey, d: &[u8]) -> Result<Self, KeyError> {
        let key = public.as_rsa().and_then(|key| RsaPrivateKey::new(key, d));
        Ok(Self::Rsa(Box::new(key.ok_or_else(Self::mismatch)?)))
    }

    #[cfg(not(feature = "rs256-sign"))]
    pub(super) fn rsa(_: &PublicKey, _: &[u8]) -> Result<Self, KeyError> {
        Err(KeyError::new(
            KeyErrorKind::Unsupported,
            "kty",
            "OKP or EC, unless the feature rs256-sign is on",
        ))
    }

    fn invalid(expected: &'static str) -> KeyError {
        KeyError::new(KeyErrorKind::UnsafeKey, "d", expected)
    }

    pub(super) fn mismatch() -> KeyError {
        KeyError::new(
            KeyErrorKind::PrivateMismatch,
            "d",
            "the private part of the same key",
        )
    }
}

fn encode_secret(octets: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(base64url::encode(octets))
}

/// A text that holds a private key: `Debug` says nothing of it, and it is zeroed when dropped.
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    #[cfg(feature = "pem")]
    pub(super) fn new(text: Zeroizing<String>) -> Self {
        Self(text)
    }

    fn with_capacity(octets: usize) -> Self {
        Self(Zeroizing::new(String::with_capacity(octets)))
    }

    /// Growing would leave a copy behind, so the capacity has to suffice.
    fn push(&mut self, text: &str) {
        debug_assert!(self.0.len() + text.len() <= self.0.capacity());
        self.0.push_str(text);
    }

    /// The text, to be written where keys are kept.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(secret)")
    }
}
