//! Rows as values.

use std::str::FromStr;

use asmtp_envelope::{Push, PushFrame, Timestamp};
use rusqlite::types::Type;
use rusqlite::{Row, RowIndex};

use crate::{
    AgentKey, Direction, Entry, EntryId, Error, ErrorKind, FolderName, Format, Index, Keyword,
    OrderKey,
};

/// Selects what [`entry`] reads, by agent, direction and key.
pub(super) const SELECT: &str = "\
    SELECT e.key, e.direction, f.name, e.unread, e.keywords, e.mrm, m.id, m.format, m.size, m.frame, m.message_id, \
           m.in_reply_to, m.author, m.recipients, m.copies, m.subject, m.date, m.class, m.structured, m.types \
    FROM entries AS e JOIN folders AS f ON f.id = e.folder JOIN messages AS m ON m.key = e.key \
    WHERE e.agent = ?1 AND e.direction = ?2 AND e.key = ?3";

/// One row of [`SELECT`].
pub(super) fn entry(row: &Row<'_>) -> Result<Entry, Error> {
    let format = format(row)?;
    Ok(Entry {
        id: EntryId {
            key: order_key(row, "key")?,
            direction: direction(row.get("direction")?)?,
        },
        message: parsed(row, "id")?,
        format,
        folder: parsed::<FolderName>(row, "name")?,
        unread: row.get("unread")?,
        keywords: Keyword::split(row.get_ref("keywords")?.as_str().map_err(|_| damaged())?),
        size: row.get("size")?,
        index: index(row, format, row.get("mrm")?)?,
    })
}

/// The column `format`.
pub(super) fn format(row: &Row<'_>) -> Result<Format, Error> {
    match row.get("format")? {
        0 => Ok(Format::Mail),
        1 => Ok(Format::Envelope),
        _ => Err(damaged()),
    }
}

/// What a listing shows of a message, from the columns of its table.
pub(super) fn index(row: &Row<'_>, format: Format, is_mrm: bool) -> Result<Index, Error> {
    let mut index = Index {
        message_id: row.get("message_id")?,
        in_reply_to: row.get("in_reply_to")?,
        from: row.get("author")?,
        to: from_json(row, "recipients")?,
        cc: from_json(row, "copies")?,
        subject: row.get::<_, Option<String>>("subject")?.unwrap_or_default(),
        date: row.get("date")?,
        class: row.get("class")?,
        has_structured_data: row.get("structured")?,
        is_mrm,
        types: from_json(row, "types")?,
    };
    if format == Format::Envelope {
        let octets = row.get_ref("frame")?.as_blob().map_err(|_| damaged())?;
        complete(&mut index, &frame(octets)?);
    }
    Ok(index)
}

/// Fills what nobody said about an envelope from its frame.
fn complete(index: &mut Index, frame: &PushFrame<'_>) {
    let handles =
        |handles: &[asmtp_envelope::Handle]| handles.iter().map(|h| h.to_string()).collect();
    index
        .message_id
        .get_or_insert_with(|| frame.id().to_string());
    if index.in_reply_to.is_none() {
        index.in_reply_to = frame.answers().map(|id| id.to_string());
    }
    index.from.get_or_insert_with(|| frame.from().to_string());
    if index.to.is_empty() {
        index.to = handles(frame.to());
    }
    if index.cc.is_empty() {
        index.cc = handles(frame.cc());
    }
    if let (true, Some(subject)) = (index.subject.is_empty(), frame.subject()) {
        subject.as_str().clone_into(&mut index.subject);
    }
}

/// A frame that was stored.
pub(super) fn frame(octets: &[u8]) -> Result<PushFrame<'static>, Error> {
    match Push::parse(octets, &asmtp_envelope::Limits::default()) {
        Ok(Push::Notify(frame)) => Ok(frame),
        _ => Err(damaged()),
    }
}

/// A text column as the value it stands for.
pub(super) fn parsed<T: FromStr>(row: &Row<'_>, column: impl RowIndex) -> rusqlite::Result<T> {
    let place = column.idx(row.as_ref())?;
    row.get_ref(column)?
        .as_str()
        .ok()
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| {
            rusqlite::Error::FromSqlConversionFailure(
                place,
                Type::Text,
                "expected another text".into(),
            )
        })
}

/// A column of microseconds.
pub(super) fn order_key(row: &Row<'_>, column: &str) -> Result<OrderKey, Error> {
    OrderKey::from_micros(row.get(column)?)
}

/// A column of milliseconds.
pub(super) fn timestamp(row: &Row<'_>, column: impl RowIndex) -> rusqlite::Result<Timestamp> {
    let place = column.idx(row.as_ref())?;
    let millis: u64 = row.get(column)?;
    Timestamp::new(millis).ok_or(rusqlite::Error::IntegralValueOutOfRange(place, i64::MAX))
}

/// Milliseconds as a database keeps them.
pub(super) fn millis(time: Timestamp) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

pub(super) fn direction(number: i64) -> Result<Direction, Error> {
    match number {
        0 => Ok(Direction::Out),
        1 => Ok(Direction::In),
        _ => Err(damaged()),
    }
}

pub(super) fn agent_key(agent: i64) -> AgentKey {
    AgentKey::new(agent.unsigned_abs()) // row ids are never negative
}

/// A list as one column.
pub(super) fn to_json(list: &[String]) -> String {
    serde_json::Value::from(list).to_string()
}

fn from_json(row: &Row<'_>, column: &str) -> Result<Vec<String>, Error> {
    match row
        .get_ref(column)?
        .as_str_or_null()
        .map_err(|_| damaged())?
    {
        Some(text) => serde_json::from_str(text).map_err(|_| damaged()),
        None => Ok(Vec::new()),
    }
}

pub(super) fn damaged() -> Error {
    Error::new(
        ErrorKind::Corrupt,
        "expected other values in the database, it is damaged",
    )
}
