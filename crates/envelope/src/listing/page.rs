use strict_json::{Object, Value};

use super::{Direction, Entry, Listing};
use crate::json::{self, present};
use crate::push::{read_frame, write_frame_members};
use crate::write::{self, Members};
use crate::{Code, Error, ErrorKind, Limits, OrderKey, PushFrame};

/// An answer to a listing: rows, and where to go on (4.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // the answer on the wire
pub struct Page<'a> {
    /// The rows in the order of the listing.
    pub rows: Vec<Row<'a>>,
    /// The key of the last row when the page is full, else `None`: there are no more rows.
    pub next_cursor: Option<OrderKey>,
    /// How many rows of an answer could not be read, and why the first one could not. Nothing is
    /// skipped in silence.
    pub unreadable: Option<(usize, Error)>,
}

/// A row of a listing: a frame, and for listings of more than what came in, what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // the row on the wire
pub struct Row<'a> {
    /// The header, as it was pushed.
    pub frame: PushFrame<'a>,
    /// Which way the envelope went. Only in listings of what went out, or both.
    pub direction: Option<RowDirection>,
    /// Whether it is unread. Only in listings of both, where the agent is a recipient.
    pub unread: Option<bool>,
}

/// Which way an envelope went, seen from the agent that lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)] // the three of the protocol
pub enum RowDirection {
    /// To it.
    In,
    /// From it.
    Out,
    /// From it to itself.
    Itself,
}

impl<'a> Row<'a> {
    /// The row that a frame makes in a listing (4.2).
    #[must_use]
    pub fn of(listing: &Listing, frame: PushFrame<'a>, entry: Entry) -> Self {
        let (direction, unread) = members(listing, entry);
        Self {
            frame,
            direction,
            unread,
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        let mut object = Members::open(out);
        write_frame_members(&self.frame, &mut object);
        write_members(self.direction, self.unread, &mut object);
        object.close();
    }
}

/// What a row has beside its frame (4.2).
pub(super) fn members(listing: &Listing, entry: Entry) -> (Option<RowDirection>, Option<bool>) {
    let direction = match entry {
        Entry {
            sent: true,
            received: Some(_),
        } => RowDirection::Itself,
        Entry { sent: true, .. } => RowDirection::Out,
        Entry { sent: false, .. } => RowDirection::In,
    };
    let read = entry
        .received
        .filter(|_| listing.direction == Direction::Both);
    let direction = (listing.direction != Direction::In).then_some(direction);
    (direction, read.map(|read| !read))
}

pub(super) fn write_members(
    direction: Option<RowDirection>,
    unread: Option<bool>,
    object: &mut Members<'_>,
) {
    if let Some(direction) = direction {
        object.plain("direction", direction.as_str());
    }
    if let Some(unread) = unread {
        let flag: &[u8] = if unread { b"true" } else { b"false" };
        object.value("unread").extend_from_slice(flag);
    }
}

pub(super) fn write_cursor(next: Option<OrderKey>, out: &mut Vec<u8>) {
    match next {
        Some(key) => {
            let mut members = Members::open(out);
            members.integer("created_at", key.created_at.as_millis());
            members.plain("envelope_id", key.envelope_id.as_str());
            members.close();
        }
        None => out.extend_from_slice(b"null"),
    }
}

impl RowDirection {
    const ALL: [Self; 3] = [Self::In, Self::Out, Self::Itself];

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
            Self::Itself => "self",
        }
    }
}

impl<'a> Page<'a> {
    /// The page of rows that a listing found. It is full, and so has a cursor, when there are as
    /// many rows as the listing's limit; more are cut off.
    #[must_use]
    pub fn of(listing: &Listing, rows: impl IntoIterator<Item = Row<'a>>) -> Self {
        let limit = usize::from(listing.limit);
        let rows: Vec<_> = rows.into_iter().take(limit).collect();
        let last = rows.last().filter(|_| rows.len() == limit);
        let next_cursor = last.map(|row| row.frame.key());
        Self {
            rows,
            next_cursor,
            unreadable: None,
        }
    }

    /// Appends the body of the answer.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut object = Members::open(out);
        write::list(&self.rows, object.value("envelope_headers"), Row::write);
        write_cursor(self.next_cursor, object.value("next_cursor"));
        object.close();
    }

    /// Reads the body of an answer. A cursor may be absent; a row that cannot be read is counted
    /// in [`unreadable`](field@Self::unreadable).
    ///
    /// # Errors
    ///
    /// When it is not strict JSON within [`Limits::page`](field@crate::Limits::page), has no list of
    /// rows, or a cursor that cannot be read.
    pub fn parse(octets: &[u8], limits: &Limits) -> Result<Page<'static>, Error> {
        let document = json::document(octets, limits.page, limits)?;
        let object = json::root(&document)?;
        let wrong = Error::new(ErrorKind::WrongType, Code::InvalidRequest, "a list of rows");
        let list = object.get("envelope_headers").and_then(Value::as_array);
        let list = list.ok_or_else(|| wrong.member("envelope_headers"))?;
        let next_cursor = present(object.get("next_cursor"))
            .map(key)
            .transpose()
            .map_err(|error| error.member("next_cursor"))?;
        let mut page = Page {
            rows: Vec::new(), // short junk must not reserve room for rows
            next_cursor,
            unreadable: None,
        };
        for (at, value) in list.iter().enumerate() {
            match row(value) {
                Ok(row) => page.rows.push(row),
                Err(error) => {
                    let error = error.member("envelope_headers").element(at);
                    page.unreadable.get_or_insert((0, error)).0 += 1;
                }
            }
        }
        Ok(page)
    }
}

fn row(value: Value<'_>) -> Result<Row<'static>, Error> {
    let wrong = Error::new(ErrorKind::WrongType, Code::InvalidRequest, "an object");
    let object = value.as_object().ok_or(wrong)?;
    let word = object.get("direction").and_then(Value::as_str);
    Ok(Row {
        frame: read_frame(object)?,
        direction: RowDirection::ALL
            .into_iter()
            .find(|direction| Some(direction.as_str()) == word),
        unread: object.get("unread").and_then(Value::as_bool),
    })
}

fn key(value: Value<'_>) -> Result<OrderKey, Error> {
    let wrong = Error::new(ErrorKind::WrongType, Code::InvalidRequest, "a cursor");
    let object: Object<'_> = value.as_object().ok_or(wrong)?;
    let created_at = object.get("created_at").ok_or(wrong)?;
    Ok(OrderKey {
        created_at: json::timestamp(created_at, Code::InvalidRequest)?,
        envelope_id: json::text(object.get("envelope_id").ok_or(wrong)?)?,
    })
}
