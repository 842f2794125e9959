//! Ids and positions.
//!
//! The id of a message is the server's, and names one message for ever (RFC 8621 4.1.1).
//!
//! A position is `STATE.ARRIVAL.ID,ID`, each percent-encoded: a state of the server's messages, when
//! the newest message before the position arrived, and the messages that are not to be shown again
//! though they are newer than that state, or as new as that message. The server may forget the state;
//! then the time goes on, and a message is missed or shown twice only if it was filed with a time
//! before that of others.

use std::collections::BTreeSet;

use mail_jmap::{Arrival, Id, State};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::fault::no_message;
use crate::{Error, ErrorKind, MailId, Position};

const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_');

/// What a position says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) since: State,
    pub(super) newest: Option<Arrival>,
    pub(super) seen: BTreeSet<Id>,
}

pub(super) fn mail_id(id: &Id) -> MailId {
    MailId::new(id.as_str())
}

/// Reads an id. What cannot be one names no message.
pub(super) fn of_mail_id(id: &MailId) -> Result<Id, Error> {
    id.as_str().parse().map_err(|_| no_message())
}

impl Place {
    pub(super) fn to_position(&self) -> Position {
        let encoded = |text: &str| utf8_percent_encode(text, ENCODED).to_string();
        let newest = self.newest.as_ref().map(Arrival::to_utc_date);
        let seen: Vec<String> = self.seen.iter().map(|id| encoded(id.as_str())).collect();
        Position::new(format!(
            "{}.{}.{}",
            encoded(self.since.as_str()),
            encoded(&newest.unwrap_or_default()),
            seen.join(",")
        ))
    }

    pub(super) fn of(position: &Position) -> Result<Self, Error> {
        Self::read(position.as_str()).ok_or_else(|| {
            Error::new(
                ErrorKind::Invalid,
                "expected a position that this transport gave",
            )
        })
    }

    fn read(text: &str) -> Option<Self> {
        let [since, newest, seen] = text.split('.').collect::<Vec<_>>().try_into().ok()?;
        let decoded = |text: &str| {
            let text = percent_decode_str(text).decode_utf8().ok()?;
            Some(text.into_owned())
        };
        let newest = match decoded(newest)?.as_str() {
            "" => None,
            time => Some(time.parse().ok()?),
        };
        let seen = seen.split(',').filter(|id| !id.is_empty());
        Some(Self {
            since: decoded(since)?.parse().ok()?,
            newest,
            seen: seen
                .map(|id| decoded(id)?.parse().ok())
                .collect::<Option<_>>()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_come_back() {
        for (since, newest, seen) in [
            ("0", None, &[][..]),
            (
                "a.b,c é",
                Some("2026-01-02T03:04:05.5Z"),
                &["M1", "x@y,z.%"],
            ),
        ] {
            let place = Place {
                since: since.parse().unwrap(),
                newest: newest.map(|time: &str| time.parse().unwrap()),
                seen: seen.iter().map(|id: &&str| id.parse().unwrap()).collect(),
            };
            assert_eq!(Place::of(&place.to_position()).unwrap(), place);
        }
        for wrong in [
            "",
            "1",
            "1.",
            "..",
            "1.x.",
            "1..a b",
            "1...",
            "%ff..",
            &"1.".repeat(9),
        ] {
            let error = Place::of(&Position::new(wrong)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Invalid, "{wrong}");
        }
    }
}
