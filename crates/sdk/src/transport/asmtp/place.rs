//! Ids and positions: the order key of an envelope, `CREATED_AT.ENVELOPE_ID`.
//!
//! A key names one envelope for ever, and a listing can begin right before it. The key of a position
//! is that of the last envelope that was seen.

use asmtp_envelope::{EnvelopeId, OrderKey, Timestamp};

use crate::{Error, ErrorKind, MailId, Position};

/// The id above which no other is.
const HIGHEST: &str = "01ZZZZZZZZZZZZZZZZZZZZZZZZ";

pub(super) fn mail_id(key: OrderKey) -> MailId {
    MailId::new(text(key))
}

pub(super) fn position(key: OrderKey) -> Position {
    Position::new(text(key))
}

/// Reads an id. One that this transport did not make names no message.
pub(super) fn of_mail_id(id: &MailId) -> Result<OrderKey, Error> {
    read(id.as_str()).ok_or_else(no_message)
}

pub(super) fn of_position(position: &Position) -> Result<OrderKey, Error> {
    read(position.as_str()).ok_or_else(|| {
        Error::new(
            ErrorKind::Invalid,
            "expected a position that this transport gave",
        )
    })
}

/// A cursor right before a key, or `None` when there is nothing below it.
pub(super) fn before(key: OrderKey) -> Option<OrderKey> {
    let created_at = Timestamp::new(key.created_at.as_millis().checked_sub(1)?)?;
    let envelope_id: EnvelopeId = HIGHEST.parse().ok()?;
    Some(OrderKey {
        created_at,
        envelope_id,
    })
}

/// The error for an id that names nothing, now or ever.
pub(super) fn no_message() -> Error {
    Error::new(
        ErrorKind::NotFound,
        "expected the id of a message that is there",
    )
}

fn text(key: OrderKey) -> String {
    format!("{}.{}", key.created_at, key.envelope_id)
}

fn read(text: &str) -> Option<OrderKey> {
    let (created_at, envelope_id) = text.split_once('.')?;
    let key = OrderKey {
        created_at: Timestamp::new(created_at.parse().ok()?)?,
        envelope_id: envelope_id.parse().ok()?,
    };
    // One message has one id.
    (self::text(key) == text).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_back() {
        let text = "1795215861457.01M7XK89PHAZENM5WE3MBS1TF1";
        let key = of_mail_id(&MailId::new(text)).unwrap();
        assert_eq!(mail_id(key).as_str(), text);
        assert!(before(key).unwrap() < key);
        assert_eq!(before(OrderKey::LEAST), None);
        for wrong in [
            "",
            "1",
            "01.01M7XK89PHAZENM5WE3MBS1TF1",
            "+1.01M7XK89PHAZENM5WE3MBS1TF1",
        ] {
            assert!(of_mail_id(&MailId::new(wrong)).is_err(), "{wrong}");
            assert!(of_position(&Position::new(wrong)).is_err(), "{wrong}");
        }
    }
}
