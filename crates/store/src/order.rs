//! The order of messages, and the ids of entries that are made of it.

use std::fmt;
use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use asmtp_envelope::{EnvelopeId, Timestamp};

use crate::{Error, ErrorKind};

/// The place of a message in the order of its store, in microseconds since 1970.
///
/// It is about the time of acceptance as long as the clock moves forward, and behind the last key
/// in any case: keys only rise, no two messages of a mailbox share one, and none is given again
/// after its message is gone. All entries of one message share its key. ASMTP orders messages by
/// the millisecond and then the id; keys are given so that both orders are the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OrderKey(u64);

/// Microseconds of a millisecond.
const MICROS: u64 = 1_000;

/// The id that compares above every other.
const GREATEST_ID: &str = "01ZZZZZZZZZZZZZZZZZZZZZZZZ";

/// The newest message of some mailboxes: a new one gets a key behind it.
///
/// There are two orders of one set of messages: by key, and on the wire by millisecond and then by
/// id (ASMTP, 4.1). Keys are given so that they never differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Newest {
    pub(crate) key: OrderKey,
    pub(crate) id: EnvelopeId,
}

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

    /// The millisecond it lies in: the `created_at` that ASMTP shows (4.1).
    #[must_use]
    pub fn created_at(self) -> Timestamp {
        Timestamp::new(self.0 / MICROS).unwrap_or(Timestamp::MAX)
    }

    /// As a database keeps it.
    pub(crate) fn to_i64(self) -> i64 {
        i64::try_from(self.0).unwrap_or(i64::MAX)
    }
}

impl Newest {
    /// Before the first message.
    #[cfg(test)] // a database brings its own
    pub(crate) const NONE: Self = Self {
        key: OrderKey::START,
        id: asmtp_envelope::OrderKey::LEAST.envelope_id,
    };

    /// What follows it follows both, in the order of the store and in that of the wire. In one
    /// millisecond the greater key may be of the smaller id.
    #[cfg_attr(not(feature = "postgres"), allow(dead_code))] // SQLite has one order for all mailboxes
    pub(crate) fn and(self, other: Self) -> Self {
        let (newer, older) = if self.key < other.key {
            (other, self)
        } else {
            (self, other)
        };
        let is_near = newer.key.created_at() == older.key.created_at();
        let id = if is_near {
            newer.id.max(older.id)
        } else {
            newer.id
        };
        Self { id, ..newer }
    }

    /// The same for [`accept`](asmtp_envelope::accept()). A millisecond whose last microsecond is
    /// taken has no room for another id, so there it is the greatest.
    pub(crate) fn to_wire(self) -> asmtp_envelope::OrderKey {
        let is_last = self.key.0 % MICROS == MICROS - 1;
        let greatest = || GREATEST_ID.parse().unwrap_or(self.id);
        asmtp_envelope::OrderKey {
            created_at: self.key.created_at(),
            envelope_id: if is_last { greatest() } else { self.id },
        }
    }

    /// The key of a message that [`accept`](asmtp_envelope::accept()) gave this place.
    pub(crate) fn place(self, wire: asmtp_envelope::OrderKey) -> Result<OrderKey, Error> {
        let first = wire.created_at.as_millis() * MICROS;
        OrderKey::from_micros(first.max(self.key.0 + 1))
    }

    /// The key of a message that was accepted at `now`: the time in a new millisecond, the next
    /// microsecond in the present one if `id` may follow there, else the next millisecond.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] at the end of time, 2^53 milliseconds after 1970.
    pub(crate) fn next(self, now: SystemTime, id: EnvelopeId) -> Result<OrderKey, Error> {
        let now = now
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_micros());
        let now = u64::try_from(now).unwrap_or(u64::MAX);
        let wire = Timestamp::new(now / MICROS)
            .and_then(|millis| asmtp_envelope::OrderKey::next(Some(self.to_wire()), millis, id));
        let Some(wire) = wire else {
            return Err(Error::new(
                ErrorKind::Invalid,
                "expected a time within 2^53 milliseconds",
            ));
        };
        if now / MICROS > self.key.0 / MICROS {
            return OrderKey::from_micros(now);
        }
        self.place(wire)
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

    use asmtp_envelope::{EnvelopeId, Timestamp};
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    use super::{EntryId, Newest, OrderKey};

    #[test]
    fn a_key_follows_the_clock_forward_and_never_back() {
        let at = |micros| UNIX_EPOCH + Duration::from_micros(micros);
        let next = |last: u64, now, id: &str| newest(last, LOW).next(now, id.parse().unwrap());
        let micros = |key: Result<OrderKey, _>| key.unwrap().as_micros();
        assert_eq!(
            micros(Newest::NONE.next(at(1_234), LOW.parse().unwrap())),
            1_234
        );
        assert_eq!(micros(next(1_234, at(2_345), LOW)), 2_345);
        for same in [at(1_900), at(1_234), at(1_000)] {
            assert_eq!(micros(next(1_234, same, HIGH)), 1_235);
            assert_eq!(micros(next(1_234, same, LOW)), 2_000);
            assert_eq!(micros(next(1_999, same, HIGH)), 2_000);
        }
        for back in [at(999), UNIX_EPOCH - Duration::from_secs(9)] {
            assert_eq!(micros(next(1_234, back, HIGH)), 2_000);
        }
    }

    #[test]
    fn what_follows_several_mailboxes_follows_each() {
        let at = |millis| UNIX_EPOCH + Duration::from_millis(millis);
        let high = HIGH.parse().unwrap();
        let (one, other) = (newest(5_001, LOW), newest(5_000, HIGH));
        for both in [one.and(other), other.and(one)] {
            // It would do behind the greater key alone.
            let key = both.next(at(5), high).unwrap();
            assert_eq!(key.as_micros(), 6_000);
        }
        // What ended in another millisecond says nothing of this one.
        let (late, early) = (newest(6_000, LOW), newest(5_999, HIGH));
        let key = late.and(early).next(at(6), high).unwrap();
        assert_eq!(key.as_micros(), 6_001);
    }

    #[test]
    fn the_last_key_has_no_next() {
        let last = Timestamp::MAX.as_millis() * 1_000 + 999;
        let id = HIGH.parse().unwrap();
        assert!(newest(last, LOW).next(UNIX_EPOCH, id).is_err());
        assert!(OrderKey::from_micros(1 << 63).is_err());
    }

    const LOW: &str = "0100000000000000000000000A";
    const HIGH: &str = "0100000000000000000000000B";

    fn newest(micros: u64, id: &str) -> Newest {
        Newest {
            key: OrderKey::from_micros(micros).unwrap(),
            id: id.parse().unwrap(),
        }
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
        fn both_orders_are_the_same(clock in proptest::collection::vec((0..5_000_u64, 0..32_u8, any::<bool>()), 1..60)) {
            let mut last = Newest::NONE;
            for (now, letter, is_mail) in clock {
                let letter = char::from(b"0123456789ABCDEFGHJKMNPQRSTVWXYZ"[usize::from(letter)]);
                let id: EnvelopeId = format!("01{:0>24}", letter).parse().unwrap();
                let key = if is_mail {
                    last.next(UNIX_EPOCH + Duration::from_micros(now), id).unwrap()
                } else {
                    let now = Timestamp::new(now / 1_000).unwrap();
                    let wire = asmtp_envelope::OrderKey::next(Some(last.to_wire()), now, id).unwrap();
                    let key = last.place(wire).unwrap();
                    prop_assert_eq!(key.created_at(), wire.created_at);
                    key
                };
                let wire = |key: OrderKey, id| (key.created_at(), id);
                prop_assert!(key > last.key);
                prop_assert!(wire(key, id) > wire(last.key, last.id));
                prop_assert!(EntryId::sent(key) > EntryId::received(last.key));
                last = Newest { key, id };
            }
        }
    }
}
