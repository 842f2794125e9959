//! What listings show of a message, as one value of octets: its texts may hold NUL, which no text
//! of PostgreSQL does.

use serde_json::{Value, json};

use super::row::damaged;
use crate::{Error, Index};

/// The octets of an index.
pub(super) fn write(index: &Index) -> Vec<u8> {
    json!({
        "message_id": index.message_id,
        "in_reply_to": index.in_reply_to,
        "from": index.from,
        "to": index.to,
        "cc": index.cc,
        "subject": index.subject,
        "date": index.date,
        "class": index.class,
        "has_structured_data": index.has_structured_data,
        "is_mrm": index.is_mrm,
        "types": index.types,
    })
    .to_string()
    .into_bytes()
}

/// The index of octets that [`write`] wrote.
pub(super) fn read(octets: &[u8]) -> Result<Index, Error> {
    let mut members: Value = serde_json::from_slice(octets).map_err(|_| damaged())?;
    let mut take = |name: &str| members.get_mut(name).map(Value::take).unwrap_or_default();
    let text = |value: Value| match value {
        Value::String(text) => Some(text),
        _ => None,
    };
    let list = |value: Value| match value {
        Value::Array(list) => list
            .into_iter()
            .map(|item| text(item).ok_or_else(damaged))
            .collect(),
        _ => Err(damaged()),
    };
    Ok(Index {
        message_id: text(take("message_id")),
        in_reply_to: text(take("in_reply_to")),
        from: text(take("from")),
        to: list(take("to"))?,
        cc: list(take("cc"))?,
        subject: text(take("subject")).ok_or_else(damaged)?,
        date: text(take("date")),
        class: text(take("class")).ok_or_else(damaged)?,
        has_structured_data: take("has_structured_data").as_bool().ok_or_else(damaged)?,
        is_mrm: take("is_mrm").as_bool().ok_or_else(damaged)?,
        types: list(take("types"))?,
    })
}

#[cfg(test)]
mod tests {
    use super::{read, write};
    use crate::Index;

    #[test]
    fn what_was_written_is_read() {
        let full = Index {
            message_id: Some("a@b".to_owned()),
            in_reply_to: Some(String::new()),
            from: Some("\"A\0B\" <a@b>".to_owned()),
            to: vec!["x@y".to_owned(), "\u{1F980}".to_owned()],
            subject: "\0\r\n\"\\".to_owned(),
            is_mrm: true,
            ..Index::default()
        };
        for index in [Index::default(), full] {
            assert_eq!(read(&write(&index)).unwrap(), index);
        }
        assert!(read(b"{}").is_err());
    }
}
