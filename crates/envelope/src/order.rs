use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{EnvelopeId, Timestamp};

/// Where an envelope stands in every mailbox that holds it, and what a client remembers of how far
/// it got: its cursor (4.1, section 7).
///
/// Keys compare by time, then by the octets of the id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[allow(clippy::exhaustive_structs)] // a pair, on the wire as here
pub struct OrderKey {
    /// The operator's time, moved on where the clock did not.
    pub created_at: Timestamp,
    /// The envelope.
    pub envelope_id: EnvelopeId,
}

impl OrderKey {
    /// The key below every other: the cursor of who has been told of nothing.
    pub const LEAST: Self = Self {
        created_at: match Timestamp::new(0) {
            Some(zero) => zero,
            None => Timestamp::MAX,
        },
        envelope_id: EnvelopeId::LEAST,
    };

    /// The key of a new envelope, above the greatest that was committed in the mailboxes concerned:
    /// those of all recipients and of the sender (4.1, section 19).
    ///
    /// Senders choose ids and clocks step back, so neither alone gives an order: a row could land
    /// behind a cursor that was handed out, and nobody would list it again. `None` at the end of
    /// time, 2^53 milliseconds after 1970.
    ///
    /// ```
    /// use asmtp_envelope::{OrderKey, Timestamp};
    ///
    /// let now = Timestamp::new(1_795_215_861_458).unwrap();
    /// let last = OrderKey { created_at: now, envelope_id: "01M7XK89PHPMRZKMZSCZZQDCQX".parse()? };
    /// let next = OrderKey::next(Some(last), now, "01M7XK89PHAZENM5WE3MBS1TF1".parse()?).unwrap();
    /// assert!(next > last);
    /// # Ok::<(), asmtp_envelope::Error>(())
    /// ```
    #[must_use]
    pub fn next(last: Option<Self>, now: Timestamp, id: EnvelopeId) -> Option<Self> {
        let at = |created_at| Self {
            created_at,
            envelope_id: id,
        };
        match last {
            Some(last) if at(now) <= last => Some(at(last.created_at.successor()?)),
            _ => Some(at(now)),
        }
    }
}

impl fmt::Display for OrderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.created_at, self.envelope_id)
    }
}

#[cfg(test)]
mod tests {
    use super::OrderKey;
    use crate::{EnvelopeId, Timestamp};

    fn key(millis: u64, id: &str) -> OrderKey {
        let created_at = Timestamp::new(millis).unwrap();
        let envelope_id = id.parse().unwrap();
        OrderKey {
            created_at,
            envelope_id,
        }
    }

    const LOW: &str = "0100000000000000000000000A";
    const HIGH: &str = "0100000000000000000000000B";

    #[test]
    fn keys_rise_whatever_clock_and_ids_do() {
        let now = |millis| Timestamp::new(millis).unwrap();
        let id = |text: &str| text.parse::<EnvelopeId>().unwrap();
        let next = |last, millis, text| OrderKey::next(last, now(millis), id(text));
        assert_eq!(next(None, 5, HIGH), Some(key(5, HIGH)));
        assert_eq!(next(Some(key(5, LOW)), 6, LOW), Some(key(6, LOW)));
        assert_eq!(next(Some(key(5, LOW)), 5, HIGH), Some(key(5, HIGH)));
        assert_eq!(next(Some(key(5, HIGH)), 5, LOW), Some(key(6, LOW)));
        assert_eq!(next(Some(key(5, LOW)), 5, LOW), Some(key(6, LOW)));
        assert_eq!(next(Some(key(9, LOW)), 5, HIGH), Some(key(10, HIGH)));
        let end = Timestamp::MAX.as_millis();
        assert_eq!(next(Some(key(end, HIGH)), 5, LOW), None);
        assert_eq!(next(Some(key(end, LOW)), end, HIGH), Some(key(end, HIGH)));
    }

    #[test]
    fn nothing_is_below_the_least_key() {
        assert!(OrderKey::LEAST <= key(0, "01000000000000000000000000"));
    }
}
