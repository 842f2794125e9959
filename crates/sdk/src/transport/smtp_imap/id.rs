//! Ids and positions: a folder, its UIDVALIDITY, a UID (RFC 3501 2.3.1.1).
//!
//! Together they name one message for ever. Both are written `UIDVALIDITY.UID`; an id goes on
//! with `.FOLDER`, percent-encoded, so that it is one word in a shell and in a URL.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::{Error, ErrorKind, MailId, Position};

const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'/');

/// What a [`MailId`] of this transport names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MessageName {
    pub(super) folder: String,
    pub(super) uid_validity: u32,
    pub(super) uid: u32,
}

/// What a [`Position`] of this transport says: all up to this UID was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) uid_validity: u32,
    pub(super) uid: u32,
}

impl MessageName {
    pub(super) fn to_id(&self) -> MailId {
        let folder = utf8_percent_encode(&self.folder, ENCODED);
        MailId::new(format!("{}.{}.{folder}", self.uid_validity, self.uid))
    }

    /// Reads an id. One that this transport did not make names no message.
    pub(super) fn of(id: &MailId) -> Result<Self, Error> {
        Self::read(id.as_str()).ok_or_else(no_message)
    }

    fn read(text: &str) -> Option<Self> {
        let (uid_validity, rest) = text.split_once('.')?;
        let (uid, folder) = rest.split_once('.')?;
        let folder = percent_decode_str(folder).decode_utf8().ok()?;
        let name = Self {
            folder: folder.into_owned(),
            uid_validity: number(uid_validity)?,
            uid: number(uid)?,
        };
        // One message has one id.
        (name.uid > 0 && name.to_id().as_str() == text).then_some(name)
    }
}

impl Place {
    pub(super) fn to_position(self) -> Position {
        Position::new(format!("{}.{}", self.uid_validity, self.uid))
    }

    pub(super) fn of(position: &Position) -> Result<Self, Error> {
        position
            .as_str()
            .split_once('.')
            .and_then(|(uid_validity, uid)| {
                Some(Self {
                    uid_validity: number(uid_validity)?,
                    uid: number(uid)?,
                })
            })
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::Invalid,
                    "expected a position that this transport gave",
                )
            })
    }
}

/// The error for an id that names nothing, now or ever.
pub(super) fn no_message() -> Error {
    Error::new(
        ErrorKind::NotFound,
        "expected the id of a message that is there",
    )
}

fn number(text: &str) -> Option<u32> {
    text.bytes()
        .all(|octet| octet.is_ascii_digit())
        .then(|| text.parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_back() {
        for folder in ["INBOX", "Archive/2026", "Entwürfe & mehr", "a.b", "%41", ""] {
            let name = MessageName {
                folder: folder.to_owned(),
                uid_validity: 7,
                uid: u32::MAX,
            };
            let id = name.to_id();
            assert!(
                id.as_str().bytes().all(|octet| octet.is_ascii_graphic()),
                "{id}"
            );
            assert_eq!(MessageName::of(&id).unwrap(), name);
        }
    }

    #[test]
    fn what_is_no_id_names_nothing() {
        for text in [
            "",
            "1",
            "1.2",
            "1.0.INBOX",
            "1.+2.INBOX",
            "01.2.INBOX",
            "1.2.%49NBOX",
            "1.2.a b",
            "x.y.z",
        ] {
            let error = MessageName::of(&MailId::new(text)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotFound, "{text}");
        }
        assert!(Place::of(&Position::new("1.2.3")).is_err());
        assert_eq!(
            Place::of(&Position::new("1.0")).unwrap(),
            Place {
                uid_validity: 1,
                uid: 0
            }
        );
    }
}
