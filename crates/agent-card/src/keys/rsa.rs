//! RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 8.2), as RS256 has it.
//!
//! Arithmetic is `crypto-bigint`'s. The padding of a signature is never parsed: the one encoding
//! that a message has is made and compared as a whole (RFC 8017 8.2.2 step 4), which leaves no
//! room for forged padding.

use crypto_bigint::BoxedUint;
use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
#[cfg(feature = "rs256-sign")]
use zeroize::{Zeroize as _, Zeroizing};

use super::{KeyError, KeyErrorKind};

/// The smallest modulus, in bits (RFC 7518 3.3).
const SMALLEST: u32 = 2048;

/// The largest modulus, in bits: the work grows with its square, and the key may be hostile.
const LARGEST: u32 = 8192;

/// The largest public exponent, in bits. Keys in use have 2 or 17.
const LARGEST_EXPONENT: u32 = 33;

/// DigestInfo of SHA-256 up to the digest (RFC 8017 9.2, note 1).
const DIGEST_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];

/// A public key.
#[derive(Clone)]
pub(super) struct RsaPublicKey {
    /// The modulus without leading zeros, and what Montgomery multiplication needs of it.
    n: Vec<u8>,
    montgomery: BoxedMontyParams,
    e: u64,
}

impl RsaPublicKey {
    /// Takes the `n` and `e` of a JWK (RFC 7518 6.3.1), each with at most one leading zero, as some
    /// writers leave the sign octet of DER there.
    pub(super) fn new(n: &[u8], e: &[u8]) -> Result<Self, KeyError> {
        let n = magnitude(n, "n")?;
        let e = magnitude(e, "e")?;
        let size = bits(n);
        if !(SMALLEST..=LARGEST).contains(&size) {
            return Err(KeyError::new(
                KeyErrorKind::UnsafeKey,
                "n",
                "a modulus of 2048 to 8192 bits",
            ));
        }
        let modulus = BoxedUint::from_be_slice_vartime(n).to_odd();
        let Some(modulus) = modulus.into_option() else {
            return Err(KeyError::new(
                KeyErrorKind::UnsafeKey,
                "n",
                "an odd modulus",
            ));
        };
        let exponent = (bits(e) <= LARGEST_EXPONENT)
            .then(|| {
                e.iter()
                    .fold(0, |value, octet| value << 8 | u64::from(*octet))
            })
            .filter(|value| *value >= 3 && value % 2 == 1);
        let Some(exponent) = exponent else {
            return Err(KeyError::new(
                KeyErrorKind::UnsafeKey,
                "e",
                "an odd exponent of 3 or more, with at most 33 bits",
            ));
        };
        Ok(Self {
            n: n.to_vec(),
            montgomery: BoxedMontyParams::new_vartime(modulus),
            e: exponent,
        })
    }

    /// The modulus, big-endian, without leading zeros.
    pub(super) fn n(&self) -> &[u8] {
        &self.n
    }

    /// The public exponent, big-endian, without leading zeros.
    pub(super) fn e(&self) -> Vec<u8> {
        let octets = self.e.to_be_bytes();
        let zeros = octets.iter().take_while(|octet| **octet == 0).count();
        octets[zeros..].to_vec()
    }

    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.open(signature)
            .is_some_and(|opened| opened.ct_eq(&encode(message, self.n.len())).into())
    }

    /// RSAVP1 (RFC 8017 5.2.2): signature to the power of e, in the length of the modulus; nothing when
    /// the signature has another length or is not below the modulus.
    fn open(&self, signature: &[u8]) -> Option<Vec<u8>> {
        // As octets of one length the numbers compare like the texts.
        if signature.len() != self.n.len() || signature >= self.n.as_slice() {
            return None;
        }
        let base = self.element(signature);
        let mut power = base.clone();
        for bit in (0..self.e.ilog2()).rev() {
            power = power.square();
            if self.e >> bit & 1 == 1 {
                power = power.mul(&base);
            }
        }
        Some(self.octets(&power))
    }

    /// The number as an element of the ring; it is below the modulus.
    fn element(&self, octets: &[u8]) -> BoxedMontyForm {
        let precision = self.montgomery.modulus().bits_precision();
        let number = BoxedUint::from_be_slice_truncated(octets, precision);
        BoxedMontyForm::new(number, &self.montgomery)
    }

    /// The element in the length of the modulus.
    fn octets(&self, element: &BoxedMontyForm) -> Vec<u8> {
        let octets = element.retrieve().to_be_bytes();
        octets[octets.len() - self.n.len()..].to_vec()
    }
}

impl PartialEq for RsaPublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.n == other.n && self.e == other.e
    }
}

impl Eq for RsaPublicKey {}

/// A private key: the exponent, without the factors of the modulus.
#[cfg(feature = "rs256-sign")]
pub(super) struct RsaPrivateKey {
    public: RsaPublicKey,
    d: BoxedUint,
}

#[cfg(feature = "rs256-sign")]
impl RsaPrivateKey {
    /// Takes the `d` of a JWK (RFC 7518 6.3.2); nothing when it does not undo the public exponent.
    pub(super) fn new(public: &RsaPublicKey, d: &[u8]) -> Option<Self> {
        let precision = public.montgomery.modulus().bits_precision();
        let key = Self {
            public: public.clone(),
            d: BoxedUint::from_be_slice(d, precision).ok()?,
        };
        // For a wrong exponent the chance to bring this number back is nil.
        key.sign(b"key check").map(|_| key)
    }

    pub(super) fn public(&self) -> &RsaPublicKey {
        &self.public
    }

    /// The private exponent, big-endian, in the length of the modulus.
    pub(super) fn d(&self) -> Zeroizing<Vec<u8>> {
        let octets = Zeroizing::new(self.d.to_be_bytes());
        Zeroizing::new(octets[octets.len() - self.public.n.len()..].to_vec())
    }

    /// Signs with an exponentiation whose time does not depend on the exponent. A result that does
    /// not verify is withheld: a fault in the computation could tell the key.
    pub(super) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let encoded = encode(message, self.public.n.len());
        let signature = self.public.element(&encoded).pow(&self.d);
        let signature = self.public.octets(&signature);
        self.public.verify(message, &signature).then_some(signature)
    }
}

#[cfg(feature = "rs256-sign")]
impl Drop for RsaPrivateKey {
    fn drop(&mut self) {
        self.d.zeroize();
    }
}

/// EMSA-PKCS1-v1_5 (RFC 8017 9.2): 00 01 ff … ff 00 DigestInfo.
fn encode(message: &[u8], length: usize) -> Vec<u8> {
    let digest = Sha256::digest(message);
    let tail = DIGEST_INFO.len() + digest.len();
    let mut encoded = vec![0xff; length];
    encoded[0] = 0;
    encoded[1] = 1;
    encoded[length - tail - 1] = 0;
    encoded[length - tail..length - digest.len()].copy_from_slice(&DIGEST_INFO);
    encoded[length - digest.len()..].copy_from_slice(&digest);
    encoded
}

/// The number without the one leading zero that is tolerated.
fn magnitude<'a>(octets: &'a [u8], member: &'static str) -> Result<&'a [u8], KeyError> {
    let number = octets.strip_prefix(&[0]).unwrap_or(octets);
    match number.first() {
        Some(first) if *first != 0 => Ok(number),
        _ => Err(KeyError::new(
            KeyErrorKind::InvalidMember,
            member,
            "a positive number without leading zeros",
        )),
    }
}

/// The bits of a number without leading zeros; too long for a key means too many bits.
fn bits(number: &[u8]) -> u32 {
    let octets = u32::try_from(number.len()).unwrap_or(u32::MAX / 8);
    let zeros = number.first().map_or(0, |first| first.leading_zeros());
    octets.saturating_mul(8) - zeros
}
