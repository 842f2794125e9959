//! Ed25519 (RFC 8032 5.1), the variant without prehash.

use ed25519_dalek::{Signature, Signer as _, SigningKey, Verifier as _, VerifyingKey};

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
///
/// The verdict is that of `verify_strict`, which decodes R to see its order. `verify` compares R with the
/// canonical encoding of the point that S and the key make, and just eight of those are of small order.
/// That the key is not, [`public`] made sure.
pub(super) fn verify(key: &VerifyingKey, message: &[u8], signature: &[u8]) -> bool {
    Signature::from_slice(signature).is_ok_and(|signature| {
        !SMALL_ORDER.contains(signature.r_bytes()) && key.verify(message, &signature).is_ok()
    })
}

/// The canonical encodings of the points whose order divides eight.
const SMALL_ORDER: [[u8; LENGTH]; 8] = {
    let mut first = [0; LENGTH];
    first[0] = 1;
    let mut second = [0xff; LENGTH];
    (second[0], second[31]) = (0xec, 0x7f);
    let fourth = [0; LENGTH];
    let eighth = [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98,
        0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53,
        0xfc, 0x05,
    ];
    let other_eighth = [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67,
        0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac,
        0x03, 0x7a,
    ];
    [
        first,
        second,
        fourth,
        negative(fourth),
        eighth,
        negative(eighth),
        other_eighth,
        negative(other_eighth),
    ]
};

/// The encoding of -P.
const fn negative(mut point: [u8; LENGTH]) -> [u8; LENGTH] {
    point[31] ^= 0x80;
    point
}

pub(super) fn sign(key: &SigningKey, message: &[u8]) -> Vec<u8> {
    key.sign(message).to_bytes().to_vec()
}
