//! Ed25519 (RFC 8032 5.1), the variant without prehash.

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};

use super::{KeyError, KeyErrorKind};

/// Octets of a public key and of a private seed.
pub(super) const LENGTH: usize = 32;

/// Takes the `x` of a JWK (RFC 8037 2).
pub(super) fn public(x: &[u8]) -> Result<VerifyingKey, KeyError> {
    let x = x
        .try_into()
        .map_err(|_| KeyError::new(KeyErrorKind::InvalidMember, "x", "32 octets in base64url"))?;
    VerifyingKey::from_bytes(x)
        .ok()
        // Under a key of small order one signature fits every message.
        .filter(|key| !key.is_weak())
        .ok_or(KeyError::new(
            KeyErrorKind::UnsafeKey,
            "x",
            "a point of Ed25519 that is not of small order",
        ))
}

/// Verifies with the cofactorless equation of RFC 8032 5.1.7: S below L, and neither the key nor
/// R of small order.
pub(super) fn verify(key: &VerifyingKey, message: &[u8], signature: &[u8]) -> bool {
    Signature::from_slice(signature)
        .is_ok_and(|signature| key.verify_strict(message, &signature).is_ok())
}

pub(super) fn sign(key: &SigningKey, message: &[u8]) -> Vec<u8> {
    key.sign(message).to_bytes().to_vec()
}
