//! ECDSA on P-256 with SHA-256, as ES256 has it (RFC 7518 3.4).

use p256::ecdsa::signature::{Signer as _, Verifier as _};
use p256::ecdsa::{Signature, SigningKey, VerifyingKey};

use super::{KeyError, KeyErrorKind};

/// Octets of a coordinate and of a private scalar.
pub(super) const LENGTH: usize = 32;

/// Takes the `x` and `y` of a JWK (RFC 7518 6.2.1): a point of the curve, in full length.
pub(super) fn public(x: &[u8], y: &[u8]) -> Result<VerifyingKey, KeyError> {
    for (member, coordinate) in [("x", x), ("y", y)] {
        if coordinate.len() != LENGTH {
            return Err(KeyError::new(
                KeyErrorKind::InvalidMember,
                member,
                "32 octets in base64url",
            ));
        }
    }
    // SEC 1, 2.3.3: 04 is the mark of an uncompressed point.
    point(&[&[4], x, y].concat())
}

/// Takes an encoded point (SEC 1, 2.3.4), compressed or not.
pub(super) fn point(octets: &[u8]) -> Result<VerifyingKey, KeyError> {
    VerifyingKey::from_sec1_bytes(octets)
        .map_err(|_| KeyError::new(KeyErrorKind::UnsafeKey, "x", "with y a point of P-256"))
}

/// The coordinates of a public key.
pub(super) fn coordinates(key: &VerifyingKey) -> ([u8; LENGTH], [u8; LENGTH]) {
    let point = key.to_sec1_point(false);
    let (mut x, mut y) = ([0; LENGTH], [0; LENGTH]);
    let octets = point.as_bytes();
    x.copy_from_slice(&octets[1..=LENGTH]);
    y.copy_from_slice(&octets[1 + LENGTH..]);
    (x, y)
}

/// Takes a private scalar: 32 octets, neither zero nor the order of the curve or above.
pub(super) fn private(d: &[u8]) -> Option<SigningKey> {
    (d.len() == LENGTH).then(|| SigningKey::from_slice(d).ok())?
}

/// Takes 64 octets only; RFC 7518 asks for no low S, so a high one verifies too.
pub(super) fn verify(key: &VerifyingKey, message: &[u8], signature: &[u8]) -> bool {
    Signature::from_slice(signature).is_ok_and(|signature| key.verify(message, &signature).is_ok())
}

/// Signs with the deterministic nonce of RFC 6979, so no randomness is needed.
pub(super) fn sign(key: &SigningKey, message: &[u8]) -> Vec<u8> {
    let signature: Signature = key.sign(message);
    signature.to_vec()
}
