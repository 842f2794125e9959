//! The order of messages, and the ids of entries that are made of it.

use std::fmt;
use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::{Error, ErrorKind};

/// The place of a message in the order of its store, in microseconds since 1970.
///
/// It is the time of acceptance as long as the clock moves forward, and one more than the last key
/// whenever it does not: keys only rise, no two messages share one, and none is given again after
/// its message is gone. All entries of one message share its key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OrderKey(u64);

/// Which way a message went through a mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(clippy::exhaustive_enums)] // a message comes or goes
pub enum Direction {
    /// The owner of the mailbox sent it.
    Out,
    /// The owner of the mailbox was sent it.
    In,
}

/// The id of an entry in its mailbox. Ids are ordered as their entries arrived.
///
/// As text it is the key in decimals, `1795215861473000`, followed by `.out` for what the owner
/// sent. It stays the same when the entry moves to another folder and is never given again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(clippy::exhaustive_structs)] // the two halves of an id
pub struct EntryId {
    /// The key of the message.
    pub key: OrderKey,
    /// Which of the at most two entries a message has in one mailbox.
    pub direction: Direction,
}

impl OrderKey {
    /// The key before all others.
    pub const START: Self = Self(0);

    /// The greatest key: databases know signed integers only.
    pub const MAX: Self = Self(i64::MAX.unsigned_abs());

    /// A key by its number.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] when it is beyond [`OrderKey::MAX`].
    pub fn from_micros(micros: u64) -> Result<Self, Error> {
        if micros > Self::MAX.0 {
            return Err(Error::new(
                ErrorKind::Invalid,
                "expected an order key below 2^63",
            ));
        }
        Ok(Self(micros))
    }

    /// Its number.
    #[must_use]
    pub fn as_micros(self) -> u64 {
        self.0
    }

    /// The key of a message accepted at `now` behind this one (ASMTP, 4.1).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] when no greater key is left, some 290,000 years after 1970.
    pub fn next(self, now: SystemTime) -> Result<Self, Error> {
        let now = now
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_micros());
        let next = now.max(u128::from(self.0) + 1);
        Self::from_micros(u64::try_from(next).unwrap_or(u64::MAX))
    }

    /// As a database keeps it.
    pub(crate) fn to_i64(self) -> i64 {
        i64::try_from(self.0).unwrap_or(i64::MAX)
    }
}

impl Direction {
    /// As a database keeps it.
    pub(crate) fn to_i64(self) -> i64 {
        match self {
            Self::Out => 0,
            Self::In => 1,
        }
    }
}

impl EntryId {
    /// The id before all others.
    pub const START: Self = Self {
        key: OrderKey(0),
        direction: Direction::Out,
    };

    /// The id of what a mailbox was sent.
    #[must_use]
    pub fn received(key: OrderKey) -> Self {
        Self {
            key,
            direction: Direction::In,
        }
    }

    /// The id of what the owner of a mailbox sent.
    #[must_use]
    pub fn sent(key: OrderKey) -> Self {
        Self {
            key,
            direction: Direction::Out,
        }
    }
}

impl fmt::Display for OrderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.direction {
            Direction::In => write!(f, "{}", self.key),
            Direction::Out => write!(f, "{}.out", self.key),
        }
    }
}

impl FromStr for EntryId {
    type Err = Error;

    /// Reads what [`Display`](fmt::Display) writes, and nothing else.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`].
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (digits, direction) = match text.strip_suffix(".out") {
            Some(digits) => (digits, Direction::Out),
            None => (text, Direction::In),
        };
        let canonical = digits.bytes().all(|b| b.is_ascii_digit())
            && (digits == "0" || !digits.starts_with('0'));
        digits
            .parse()
            .ok()
            .filter(|_| canonical)
            .and_then(|micros| OrderKey::from_micros(micros).ok())
            .map(|key| Self { key, direction })
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::Invalid,
                    "expected the id of an entry, decimal digits",
                )
            })
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    use super::{EntryId, OrderKey};

    #[test]
    fn a_key_follows_the_clock_forward_and_never_back() {
        let at = |micros| UNIX_EPOCH + Duration::from_micros(micros);
        let first = OrderKey::default().next(at(1_000)).unwrap();
        assert_eq!(first.as_micros(), 1_000);
        assert_eq!(first.next(at(1_000)).unwrap().as_micros(), 1_001);
        assert_eq!(first.next(at(5)).unwrap().as_micros(), 1_001);
        assert_eq!(
            first
                .next(UNIX_EPOCH - Duration::from_secs(9))
                .unwrap()
                .as_micros(),
            1_001
        );
        assert_eq!(first.next(at(2_000)).unwrap().as_micros(), 2_000);
    }

    #[test]
    fn the_last_key_has_no_next() {
        assert!(OrderKey::MAX.next(UNIX_EPOCH).is_err());
        assert!(OrderKey::from_micros(1 << 63).is_err());
    }

    #[test]
    fn ids_have_one_spelling() {
        for text in [
            "",
            ".out",
            "+1",
            "01",
            "-1",
            "1 ",
            "1.in",
            "1.out.out",
            "9223372036854775808",
            "1e3",
            "٣",
        ] {
            assert!(text.parse::<EntryId>().is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn ids_are_read_back(micros in 0..=OrderKey::MAX.as_micros(), sent in any::<bool>()) {
            let key = OrderKey::from_micros(micros).unwrap();
            let id = if sent { EntryId::sent(key) } else { EntryId::received(key) };
            prop_assert_eq!(id.to_string().parse::<EntryId>().unwrap(), id);
        }

        #[test]
        fn keys_rise(last in 0..OrderKey::MAX.as_micros(), now in any::<u32>()) {
            let last = OrderKey::from_micros(last).unwrap();
            let next = last.next(UNIX_EPOCH + Duration::from_micros(now.into())).unwrap();
            prop_assert!(next > last);
            prop_assert!(EntryId::sent(next) > EntryId::received(last));
        }
    }
}
