//! Ids and positions.
//!
//! The id of a message is `in-ID` or `sent-ID`, `ID` being the service's. A position is
//! `TIME.ID,ID`: when the newest message before it was received, and the messages of that instant that
//! were seen. It needs none of them to be there.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::fault::no_message;
use crate::{Error, ErrorKind, MailId, Position};

/// The longest id of the service; they are UUIDs.
const MAX_ID: usize = 64;

/// The two lists of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Received,
    Sent,
}

/// What a position says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) newest: Option<Timestamp>,
    pub(super) seen: BTreeSet<String>,
}

impl Side {
    /// The path of the list.
    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::Received => "emails/receiving",
            Self::Sent => "emails",
        }
    }

    const fn prefix(self) -> &'static str {
        match self {
            Self::Received => "in-",
            Self::Sent => "sent-",
        }
    }

    pub(super) fn mail_id(self, id: &str) -> MailId {
        MailId::new(format!("{}{id}", self.prefix()))
    }

    /// Reads an id. What cannot be one names no message.
    pub(super) fn of_mail_id(id: &MailId) -> Result<(Self, &str), Error> {
        [Self::Received, Self::Sent]
            .into_iter()
            .find_map(|side| Some((side, id.as_str().strip_prefix(side.prefix())?)))
            .filter(|(_, id)| is_id(id))
            .ok_or_else(no_message)
    }
}

/// Whether it can stand in a path, and nothing else than an id be meant.
pub(super) fn is_id(id: &str) -> bool {
    let is_letter = |octet: u8| octet.is_ascii_alphanumeric() || octet == b'-';
    // The list of received mail is where the message of this id would be.
    (1..=MAX_ID).contains(&id.len()) && id.bytes().all(is_letter) && id != "receiving"
}

impl Place {
    /// Whether a message of this time lies behind the place.
    pub(super) fn is_before(&self, time: Timestamp, id: &str) -> bool {
        match self.newest {
            Some(newest) if newest == time => !self.seen.contains(id),
            newest => newest < Some(time),
        }
    }

    /// Moves behind a message.
    pub(super) fn pass(&mut self, time: Timestamp, id: &str) {
        if self.newest < Some(time) {
            self.newest = Some(time);
            self.seen.clear();
        }
        if self.newest == Some(time) {
            self.seen.insert(id.to_owned());
        }
    }

    pub(super) fn to_position(&self) -> Position {
        let newest = self.newest.map(|time| time.as_microsecond().to_string());
        let seen: Vec<&str> = self.seen.iter().map(String::as_str).collect();
        Position::new(format!("{}.{}", newest.unwrap_or_default(), seen.join(",")))
    }

    pub(super) fn of(position: &Position) -> Result<Self, Error> {
        Self::read(position.as_str()).ok_or_else(|| {
            let message = "expected a position that this transport gave";
            Error::new(ErrorKind::Invalid, message)
        })
    }

    fn read(text: &str) -> Option<Self> {
        let (newest, seen) = text.split_once('.')?;
        let newest = match newest {
            "" => None,
            time => Some(Timestamp::from_microsecond(time.parse().ok()?).ok()?),
        };
        let seen = seen.split(',').filter(|id| !id.is_empty());
        Some(Self {
            newest,
            seen: seen
                .map(|id| is_id(id).then(|| id.to_owned()))
                .collect::<Option<_>>()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_come_back() {
        let mut place = Place::default();
        assert_eq!(Place::of(&place.to_position()).unwrap(), place);
        let time = Timestamp::from_microsecond(1_700_000_000_000_001).unwrap();
        place.pass(time, "a-1");
        place.pass(time, "b-2");
        assert_eq!(Place::of(&place.to_position()).unwrap(), place);
        assert!(!place.is_before(time, "a-1") && place.is_before(time, "c"));
        for wrong in ["", "1", "x.", "1.a b", "1.é", "99999999999999999999."] {
            let error = Place::of(&Position::new(wrong)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Invalid, "{wrong}");
        }
    }

    #[test]
    fn ids_say_which_list_they_are_of() {
        for side in [Side::Received, Side::Sent] {
            let id = side.mail_id("4ef9a417-02e9");
            assert_eq!(Side::of_mail_id(&id).unwrap(), (side, "4ef9a417-02e9"));
        }
        for wrong in [
            "",
            "in-",
            "x-1",
            "in-a/b",
            "in-..",
            "in-é",
            "sent-receiving",
        ] {
            assert!(Side::of_mail_id(&MailId::new(wrong)).is_err(), "{wrong}");
        }
    }
}
