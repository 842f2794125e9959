use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Code, Error, ErrorKind, Timestamp};

/// An envelope's id: a ULID that its sender chose (section 1).
///
/// 26 characters of Crockford's base 32, upper case only, beginning with [`PREFIX`](Self::PREFIX).
/// Ids compare as their text does. The time inside is the sender's claim and never used.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EnvelopeId([u8; Self::LEN]);

impl EnvelopeId {
    /// The length of an id in octets.
    pub const LEN: usize = 26;

    /// How every id begins. A ULID of before 2004-11-03 or after 2039-09-07 begins otherwise, so
    /// that this constant has to move in time.
    pub const PREFIX: &str = "01";

    /// The id that compares below every other.
    pub(crate) const LEAST: Self = Self(*b"01000000000000000000000000");

    /// Makes an id from the time and 80 random bits, which have to come from a generator that
    /// nobody can predict.
    ///
    /// # Errors
    ///
    /// With [`ErrorKind::OutOfRange`] when an id of that time does not begin with
    /// [`PREFIX`](Self::PREFIX).
    ///
    /// ```
    /// use asmtp_envelope::{EnvelopeId, Timestamp};
    ///
    /// let now = Timestamp::new(1_795_215_861_457).unwrap();
    /// let id = EnvelopeId::mint(now, [7; 10])?;
    /// assert_eq!(id.as_str(), "01M7XK89PH0W3GE1R70W3GE1R7");
    /// # Ok::<(), asmtp_envelope::Error>(())
    /// ```
    pub fn mint(now: Timestamp, random: [u8; 10]) -> Result<Self, Error> {
        let mut octets = [0; 16];
        octets[..6].copy_from_slice(&now.as_millis().to_be_bytes()[2..]);
        octets[6..].copy_from_slice(&random);
        let bits = u128::from_be_bytes(octets);
        let mut text = [0; Self::LEN];
        for (place, character) in text.iter_mut().rev().enumerate() {
            *character = ALPHABET[(bits >> (5 * place)) as usize % ALPHABET.len()];
        }
        // A time of 48 bits at most, so that the shift below loses nothing.
        if now.as_millis() >> 48 != 0 || !text.starts_with(Self::PREFIX.as_bytes()) {
            return Err(Error::new(
                ErrorKind::OutOfRange,
                Code::InvalidEnvelopeId,
                "a time from 2004-11-03T19:53:47.776Z to 2039-09-07T15:47:35.551Z",
            ));
        }
        Ok(Self(text))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

const IS_LEGAL: [bool; 256] = {
    let mut is_legal = [false; 256];
    let mut at = 0;
    while at < ALPHABET.len() {
        is_legal[ALPHABET[at] as usize] = true;
        at += 1;
    }
    is_legal
};

const EXPECTED: &str = "a ULID in upper case that begins with 01";

impl FromStr for EnvelopeId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = Error::new(ErrorKind::Invalid, Code::InvalidEnvelopeId, EXPECTED);
        let octets: [u8; Self::LEN] = text.as_bytes().try_into().map_err(|_| wrong)?;
        let is_legal = |octet: &u8| IS_LEGAL[usize::from(*octet)];
        // Without an early end, which so few octets are not worth.
        if octets.starts_with(Self::PREFIX.as_bytes())
            && octets
                .iter()
                .map(is_legal)
                .fold(true, |all, legal| all & legal)
        {
            Ok(Self(octets))
        } else {
            Err(wrong)
        }
    }
}

impl TryFrom<String> for EnvelopeId {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<EnvelopeId> for String {
    fn from(id: EnvelopeId) -> Self {
        id.as_str().to_owned()
    }
}

impl fmt::Display for EnvelopeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for EnvelopeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EnvelopeId({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::{ALPHABET, EnvelopeId};
    use crate::Timestamp;

    fn mint(millis: u64) -> Option<EnvelopeId> {
        EnvelopeId::mint(Timestamp::new(millis)?, [0xFF; 10]).ok()
    }

    #[test]
    fn ids_are_minted_within_the_prefix_exactly() {
        let (first, last) = (1 << 40, (1 << 41) - 1);
        assert_eq!(mint(first).unwrap().as_str(), "0100000000ZZZZZZZZZZZZZZZZ");
        assert_eq!(mint(last).unwrap().as_str(), "01ZZZZZZZZZZZZZZZZZZZZZZZZ");
        assert_eq!(mint(first - 1), None);
        assert_eq!(mint(last + 1), None);
        assert_eq!(mint((1 << 48) + first), None, "no bit is lost");
    }

    #[test]
    fn the_alphabet_is_what_reading_accepts() {
        for octet in 0..=127_u8 {
            let text = format!("01{}", char::from(octet).to_string().repeat(24));
            assert_eq!(
                text.parse::<EnvelopeId>().is_ok(),
                ALPHABET.contains(&octet),
                "{octet}"
            );
        }
    }
}
