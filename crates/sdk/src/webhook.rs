//! Webhooks of a mail service, told from those that anybody else posts.
//!
//! The scheme is Svix's, which Resend and others use and
//! [Standard Webhooks](https://www.standardwebhooks.com) writes down: HMAC-SHA256 over
//! `ID.TIMESTAMP.BODY` with a shared secret. No HTTP is here: bring the header fields and the body of a
//! request that your server took.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::{Error, ErrorKind};

/// Verifies webhooks with the secrets of a service.
///
/// ```
/// use mailmesh::webhook::{Delivery, Verdict, Verifier};
///
/// let verifier = Verifier::new("whsec_plJ3nmyCDGBKInavdOK15jsl")?; // from a file, in earnest
/// let delivery = Delivery {
///     id: "msg_loFOjxBNrRLzqYUf",
///     timestamp: "1731705121",
///     signature: "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=",
///     body: br#"{"event_type":"ping","data":{"success":true}}"#,
/// };
/// assert_eq!(verifier.verify(&delivery, 1_731_705_200), Verdict::Genuine);
/// assert_eq!(verifier.verify(&delivery, 1_731_709_999), Verdict::OutsideWindow);
/// # Ok::<(), mailmesh::Error>(())
/// ```
///
/// A genuine delivery can be sent again by whoever saw it: keep the ids of the last
/// [`window`](Self::with_window), and take none of them twice.
pub struct Verifier {
    keys: Vec<Key>,
    window: u32,
}

/// What came: three header fields and the body as it was received, before anything parsed it.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs)] // built by the caller
pub struct Delivery<'a> {
    /// `svix-id` or `webhook-id`.
    pub id: &'a str,
    /// `svix-timestamp` or `webhook-timestamp`.
    pub timestamp: &'a str,
    /// `svix-signature` or `webhook-signature`.
    pub signature: &'a str,
    /// The body.
    pub body: &'a [u8],
}

/// Whether a delivery is what it claims to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// Signed with a secret of the verifier, just now.
    Genuine,
    /// Not signed with any of them.
    NotSigned,
    /// Signed too long ago or in the future. Whether the signature is good is not said.
    OutsideWindow,
    /// The header fields are none of the scheme.
    Malformed,
}

type Key = Hmac<Sha256>;

impl Verifier {
    /// Octets of a secret, without encoding.
    pub const SECRET: std::ops::RangeInclusive<usize> = 16..=64;
    /// The longest id, in octets.
    pub const MAX_ID: usize = 256;
    /// The most signatures that are looked at.
    pub const MAX_SIGNATURES: usize = 16;

    /// A verifier with one secret: `whsec_` and base64, or base64 alone.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] when it is no base64, or decodes to fewer than 16 or more than 64 octets.
    pub fn new(secret: &str) -> Result<Self, Error> {
        let keys = vec![key(secret)?];
        Ok(Self { keys, window: 300 })
    }

    /// The same with one more secret, for the time in which a service changes it.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn with_secret(mut self, secret: &str) -> Result<Self, Error> {
        self.keys.push(key(secret)?);
        Ok(self)
    }

    /// The same with another window: so many seconds may lie between the clocks, either way. Default
    /// 300.
    #[must_use]
    pub fn with_window(mut self, seconds: u32) -> Self {
        self.window = seconds;
        self
    }

    /// Verifies a delivery at a time, in seconds since 1970. It takes the same time whichever octet of
    /// a signature is wrong.
    #[must_use]
    pub fn verify(&self, delivery: &Delivery<'_>, now: i64) -> Verdict {
        let Delivery {
            id,
            timestamp,
            signature,
            body,
        } = delivery;
        let is_id = (1..=Self::MAX_ID).contains(&id.len())
            && id
                .bytes()
                .all(|octet| octet.is_ascii_graphic() && octet != b'.');
        let is_number = (1..=15).contains(&timestamp.len())
            && timestamp.bytes().all(|octet| octet.is_ascii_digit());
        let (true, true, Ok(signed_at)) = (is_id, is_number, timestamp.parse::<i64>()) else {
            return Verdict::Malformed;
        };
        if now.abs_diff(signed_at) > u64::from(self.window) {
            return Verdict::OutsideWindow;
        }
        let signatures = signature.split(' ').take(Self::MAX_SIGNATURES);
        // Other versions of the scheme may stand beside this one.
        let signatures = signatures.filter_map(|text| text.strip_prefix("v1,"));
        let signatures: Vec<_> = signatures
            .filter_map(|text| BASE64_STANDARD.decode(text).ok())
            .collect();
        let mut is_signed = false;
        for key in &self.keys {
            let digest = digest(key, id, timestamp, body);
            for signature in &signatures {
                // All are compared, each in constant time.
                is_signed |= digest.clone().verify_slice(signature).is_ok();
            }
        }
        match is_signed {
            true => Verdict::Genuine,
            false => Verdict::NotSigned,
        }
    }

    /// The signature field of a delivery, made with the first secret: for those who test a receiver.
    #[must_use]
    pub fn sign(&self, id: &str, timestamp: &str, body: &[u8]) -> String {
        let Some(key) = self.keys.first() else {
            return String::new();
        };
        let digest = digest(key, id, timestamp, body).finalize().into_bytes();
        format!("v1,{}", BASE64_STANDARD.encode(digest))
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("secrets", &self.keys.len())
            .field("window", &self.window)
            .finish()
    }
}

fn key(secret: &str) -> Result<Key, Error> {
    let invalid = |message| Error::new(ErrorKind::Invalid, message);
    let encoded = secret.trim().trim_start_matches("whsec_");
    let octets = BASE64_STANDARD
        .decode(encoded)
        .map_err(|_| invalid("expected a webhook secret: whsec_ and base64"))?;
    if !Verifier::SECRET.contains(&octets.len()) {
        return Err(invalid("expected a webhook secret of 16 to 64 octets"));
    }
    Key::new_from_slice(&octets).map_err(|_| invalid("expected a webhook secret"))
}

fn digest(key: &Key, id: &str, timestamp: &str, body: &[u8]) -> Key {
    let mut digest = key.clone();
    for piece in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        digest.update(piece);
    }
    digest
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"type":"email.received"}"#;

    fn verifier() -> Verifier {
        Verifier::new("whsec_plJ3nmyCDGBKInavdOK15jsl").unwrap()
    }

    fn verdict(timestamp: &str, signature: &str) -> Verdict {
        let delivery = Delivery {
            id: "msg_1",
            timestamp,
            signature,
            body: BODY,
        };
        verifier().verify(&delivery, 1_000_000)
    }

    #[test]
    fn one_good_signature_is_enough() {
        let good = verifier().sign("msg_1", "1000000", BODY);
        let other = Verifier::new("whsec_AAAAAAAAAAAAAAAAAAAAAAAA").unwrap();
        let bad = other.sign("msg_1", "1000000", BODY);
        assert_eq!(verdict("1000000", &good), Verdict::Genuine);
        let several = format!("v1,x {bad} v2,abc {good}");
        assert_eq!(verdict("1000000", &several), Verdict::Genuine);
        for wrong in [
            "",
            "v1,",
            &bad,
            good.trim_start_matches("v1,"),
            &good.replace("v1", "v2"),
        ] {
            assert_eq!(verdict("1000000", wrong), Verdict::NotSigned, "{wrong}");
        }
        let many = format!("{}{good}", "v1,x ".repeat(Verifier::MAX_SIGNATURES));
        assert_eq!(verdict("1000000", &many), Verdict::NotSigned);
    }

    #[test]
    fn the_window_ends_at_its_edge() {
        for (timestamp, expected) in [
            ("999700", Verdict::Genuine),
            ("999699", Verdict::OutsideWindow),
            ("1000300", Verdict::Genuine),
            ("1000301", Verdict::OutsideWindow),
            ("999999999999999", Verdict::OutsideWindow),
            ("9999999999999999", Verdict::Malformed),
            ("-1000000", Verdict::Malformed),
            ("1e6", Verdict::Malformed),
            ("", Verdict::Malformed),
        ] {
            let signature = verifier().sign("msg_1", timestamp, BODY);
            assert_eq!(verdict(timestamp, &signature), expected, "{timestamp}");
        }
    }

    #[test]
    fn a_point_cannot_wander_from_one_field_to_another() {
        let signature = verifier().sign("a", "1000000", b"1000000.x");
        let delivery = Delivery {
            id: "a.1000000",
            timestamp: "1000000",
            signature: &signature,
            body: b"x",
        };
        assert_eq!(verifier().verify(&delivery, 1_000_000), Verdict::Malformed);
    }

    #[test]
    fn a_secret_changes_hands_and_is_not_shown() {
        let (old, new) = ("whsec_plJ3nmyCDGBKInavdOK15jsl", "AAAAAAAAAAAAAAAAAAAAAAAA");
        let verifier = Verifier::new(new).unwrap().with_secret(old).unwrap();
        assert_eq!(
            format!("{verifier:?}"),
            "Verifier { secrets: 2, window: 300 }"
        );
        let signature = self::verifier().sign("i", "5", b"");
        let delivery = Delivery {
            id: "i",
            timestamp: "5",
            signature: &signature,
            body: b"",
        };
        assert_eq!(verifier.verify(&delivery, 5), Verdict::Genuine);
        for wrong in ["", "whsec_", "whsec_AAAA", "whsec_???", &"A".repeat(100)] {
            let error = Verifier::new(wrong).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Invalid, "{wrong}");
        }
    }
}
