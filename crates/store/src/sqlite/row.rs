//! Rows as values.

use rusqlite::Row;

use crate::{Direction, Entry, EntryId, Error, ErrorKind, FolderName, Index, Keyword, OrderKey};

/// Selects what [`entry`] reads; a condition on `entries AS e` has to follow.
pub(super) const SELECT: &str = "\
    SELECT e.key, e.direction, f.name, e.unread, e.keywords, e.mrm, m.id, m.size, m.message_id, m.in_reply_to, \
           m.sender, m.recipients, m.copies, m.subject, m.date, m.class, m.structured, m.types \
    FROM entries AS e JOIN folders AS f ON f.id = e.folder JOIN messages AS m ON m.key = e.key";

/// The id in the columns `key` and `direction`.
pub(super) fn id(row: &Row<'_>) -> Result<EntryId, Error> {
    let direction = match row.get::<_, i64>("direction")? {
        0 => Direction::Out,
        1 => Direction::In,
        _ => return Err(damaged()),
    };
    Ok(EntryId {
        key: OrderKey::from_micros(row.get("key")?)?,
        direction,
    })
}

/// One row of [`SELECT`].
pub(super) fn entry(row: &Row<'_>) -> Result<Entry, Error> {
    Ok(Entry {
        id: id(row)?,
        message: row
            .get_ref("id")?
            .as_str()
            .ok()
            .and_then(|id| id.parse().ok())
            .ok_or_else(damaged)?,
        format: crate::Format::Mail,
        folder: row
            .get::<_, String>("name")?
            .parse::<FolderName>()
            .map_err(|_| damaged())?,
        unread: row.get("unread")?,
        keywords: Keyword::split(row.get_ref("keywords")?.as_str().map_err(|_| damaged())?),
        size: row.get("size")?,
        index: Index {
            message_id: row.get("message_id")?,
            in_reply_to: row.get("in_reply_to")?,
            from: row.get("sender")?,
            to: from_json(row, "recipients")?,
            cc: from_json(row, "copies")?,
            subject: row.get("subject")?,
            date: row.get("date")?,
            class: row.get("class")?,
            has_structured_data: row.get("structured")?,
            is_mrm: row.get("mrm")?,
            types: from_json(row, "types")?,
        },
    })
}

/// A list as one column.
pub(super) fn to_json(list: &[String]) -> String {
    serde_json::Value::from(list).to_string()
}

fn from_json(row: &Row<'_>, column: &str) -> Result<Vec<String>, Error> {
    let text = row.get_ref(column)?.as_str().map_err(|_| damaged())?;
    serde_json::from_str(text).map_err(|_| damaged())
}

fn damaged() -> Error {
    Error::new(
        ErrorKind::Corrupt,
        "expected other values in the database, it is damaged",
    )
}
