use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Code, Error, ErrorKind};

/// Milliseconds since 1970, from 0 to 2^53−1 (section 1).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(try_from = "u64", into = "u64")]
pub struct Timestamp(u64);

impl Timestamp {
    /// The greatest: 2^53−1, the last integer that every JSON reader keeps exact.
    pub const MAX: Self = Self((1 << 53) - 1);

    /// The time so many milliseconds after 1970 began, or `None` beyond [`MAX`](Self::MAX).
    #[must_use]
    pub const fn new(millis: u64) -> Option<Self> {
        if millis <= Self::MAX.0 {
            Some(Self(millis))
        } else {
            None
        }
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// The time `millis` later, at most [`MAX`](Self::MAX).
    #[must_use]
    pub fn saturating_add(self, millis: u64) -> Self {
        Self(self.0.saturating_add(millis)).min(Self::MAX)
    }

    /// The milliseconds from `earlier` to this, or 0 when that is later.
    #[must_use]
    pub fn millis_since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The next millisecond, if there is one.
    pub(crate) fn successor(self) -> Option<Self> {
        Self::new(self.0 + 1)
    }

    /// Reads a JSON number: an integer token without sign, fraction or exponent (section 19).
    pub(crate) fn from_token(token: &str) -> Option<Self> {
        let is_integer = token.starts_with(|first: char| first.is_ascii_digit());
        Self::new(token.parse().ok().filter(|_| is_integer)?)
    }
}

impl TryFrom<u64> for Timestamp {
    type Error = Error;

    fn try_from(millis: u64) -> Result<Self, Error> {
        Self::new(millis).ok_or_else(|| {
            Error::new(
                ErrorKind::OutOfRange,
                Code::InvalidRequest,
                "milliseconds up to 2^53-1",
            )
        })
    }
}

impl From<Timestamp> for u64 {
    fn from(time: Timestamp) -> Self {
        time.0
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn only_integer_tokens_up_to_two_to_the_53_are_times() {
        for (token, millis) in [("0", 0), ("9007199254740991", (1 << 53) - 1)] {
            assert_eq!(
                Timestamp::from_token(token).map(Timestamp::as_millis),
                Some(millis)
            );
        }
        for wrong in [
            "-1",
            "-0",
            "1.0",
            "1e3",
            "+1",
            "",
            "9007199254740992",
            "99999999999999999999",
        ] {
            assert_eq!(Timestamp::from_token(wrong), None, "{wrong}");
        }
    }
}
