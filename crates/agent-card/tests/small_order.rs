//! Ed25519 signatures whose key or R has a part of small order: the verdict is that of `verify_strict`.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use agent_card::jws::Algorithm;
use agent_card::keys::PublicKey;
use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT as BASE, EIGHT_TORSION};
use curve25519_dalek::{EdwardsPoint, Scalar};
use ed25519_dalek::{Signature, Verifier as _, VerifyingKey};
use proptest::prelude::*;
use sha2::{Digest as _, Sha512};

/// A signature by the key `secret`, whose public point is moved by one of the eight points of small order; so is R.
struct Moved {
    key: VerifyingKey,
    message: [u8; 2],
    signature: Signature,
}

impl Moved {
    fn new(secret: Scalar, nonce: Scalar, by: [usize; 2], message: u16) -> Self {
        let point = |scalar: Scalar, by: usize| scalar * BASE + EIGHT_TORSION[by];
        let encoded = |point: EdwardsPoint| point.compress().to_bytes();
        let (key, r) = (encoded(point(secret, by[0])), encoded(point(nonce, by[1])));
        let message = message.to_be_bytes();
        let digest = Sha512::new().chain_update(r).chain_update(key);
        let challenge = digest.chain_update(message).finalize().into();
        let challenge = Scalar::from_bytes_mod_order_wide(&challenge);
        let s = nonce + challenge * secret;
        Self {
            key: VerifyingKey::from_bytes(&key).unwrap(),
            message,
            signature: Signature::from_components(r, s.to_bytes()),
        }
    }

    fn holds(&self) -> bool {
        self.key.verify(&self.message, &self.signature).is_ok()
    }

    fn holds_strictly(&self) -> bool {
        let strictly = self.key.verify_strict(&self.message, &self.signature);
        strictly.is_ok()
    }

    /// Our verdict; a key of small order is none.
    fn holds_here(&self) -> bool {
        let signature = self.signature.to_bytes();
        PublicKey::ed25519(self.key.as_bytes()).is_ok_and(|key| {
            let verified = key.verify(Algorithm::EdDsa, &self.message, &signature);
            verified.is_ok()
        })
    }
}

#[test]
fn each_r_of_small_order_is_refused_where_the_equation_holds() {
    for r in 0..EIGHT_TORSION.len() {
        // The equation holds when the challenge has the right rest modulo eight.
        let mut signatures = (0..1000).map(|m| Moved::new(7_u8.into(), Scalar::ZERO, [1, r], m));
        let found = signatures.find(Moved::holds).unwrap();
        assert!(!found.holds_strictly() && !found.holds_here(), "{r}");
    }
}

proptest! {
    #[test]
    fn the_verdict_is_the_strict_one(
        secret in 0..3_u8,
        nonce in 0..3_u8,
        by in [0..8_usize, 0..8_usize],
        message in any::<u16>(),
    ) {
        let moved = Moved::new(secret.into(), nonce.into(), by, message);
        prop_assert_eq!(moved.holds_here(), moved.holds_strictly());
    }
}
