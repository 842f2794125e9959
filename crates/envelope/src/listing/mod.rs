use std::fmt;
use std::ops::Bound;

use crate::query::{self, Query, invalid};
use crate::{Error, OrderKey};

mod page;
mod stored;

pub use page::{Page, Row, RowDirection};

/// What part of a mailbox to list (4.2): the query of `GET /mailbox`, and the plan for a store.
///
/// A store walks the keys within [`bounds`](Self::bounds), upwards or downwards as
/// [`order`](field@Self::order) says, takes the rows that [`selects`](Self::selects) lets pass until
/// it has [`limit`](field@Self::limit), and gives them to [`Page::of`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // the parameters of the route, built with `..Listing::default()`
pub struct Listing {
    /// Upwards or downwards.
    pub order: Order,
    /// The most rows on a page: 1 to [`Listing::MAX_LIMIT`].
    pub limit: u16,
    /// Only unread rows, only read ones, or both.
    pub unread: Option<bool>,
    /// Rows strictly behind this key, in the chosen order.
    pub after: Option<OrderKey>,
    /// What came in, what went out, or both.
    pub direction: Direction,
}

/// Which way a listing walks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)] // there is no third way
pub enum Order {
    /// Oldest first.
    #[default]
    Ascending,
    /// Newest first.
    Descending,
}

/// Which envelopes a listing shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)] // the three of the protocol
pub enum Direction {
    /// Those the agent received.
    #[default]
    In,
    /// Those it sent.
    Out,
    /// Either; an envelope to oneself is one row.
    Both,
}

/// What an agent is to an envelope in its listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // facts, filled in by a store
pub struct Entry {
    /// It sent the envelope.
    pub sent: bool,
    /// It received the envelope and has not removed it. The value is its read flag.
    pub received: Option<bool>,
}

impl Listing {
    /// The most rows that a page can have.
    pub const MAX_LIMIT: u16 = 1000;

    /// The rows on a page when nobody asks for a number.
    pub const DEFAULT_LIMIT: u16 = 100;

    /// Reads the query of a URL, without its question mark. Parameters that the protocol does not
    /// name are ignored.
    ///
    /// # Errors
    ///
    /// With `INVALID_ENVELOPE_ID` for a bad id in the cursor, else `INVALID_QUERY`: for a value
    /// that is none, a parameter that stands twice, half a cursor, and `unread` beside a
    /// `direction` other than `in`.
    pub fn parse(query: &str) -> Result<Self, Error> {
        let names = [
            "order",
            "limit",
            "unread",
            "direction",
            query::CREATED_AT,
            query::ENVELOPE_ID,
        ];
        let query = Query::parse(query, names)?;
        let orders = [("asc", Order::Ascending), ("desc", Order::Descending)];
        let directions = [
            ("in", Direction::In),
            ("out", Direction::Out),
            ("both", Direction::Both),
        ];
        let flags = [("true", true), ("false", false)];
        let order = query.word("order", &orders, "asc or desc")?;
        let limit = query.get("limit").map(limit).transpose()?;
        let direction = query.word("direction", &directions, "in, out or both")?;
        let unread = query.word("unread", &flags, "true or false")?;
        let direction = direction.unwrap_or_default();
        if unread.is_some() && direction != Direction::In {
            return Err(invalid("direction in, where rows have a read flag").member("unread"));
        }
        Ok(Self {
            order: order.unwrap_or_default(),
            limit: limit.unwrap_or(Self::DEFAULT_LIMIT),
            unread,
            after: query.after()?,
            direction,
        })
    }

    /// The keys to walk over, in rising order whatever the order of the listing.
    #[must_use]
    pub fn bounds(&self) -> (Bound<OrderKey>, Bound<OrderKey>) {
        match (self.order, self.after) {
            (_, None) => (Bound::Unbounded, Bound::Unbounded),
            (Order::Ascending, Some(key)) => (Bound::Excluded(key), Bound::Unbounded),
            (Order::Descending, Some(key)) => (Bound::Unbounded, Bound::Excluded(key)),
        }
    }

    /// Whether an envelope within the bounds is a row.
    #[must_use]
    pub fn selects(&self, entry: Entry) -> bool {
        let is_in_direction = match self.direction {
            Direction::In => entry.received.is_some(),
            Direction::Out => entry.sent,
            Direction::Both => entry.sent || entry.received.is_some(),
        };
        let has_flag = match (self.unread, entry.received) {
            (Some(unread), Some(read)) => unread != read,
            (Some(_), None) => false,
            (None, _) => true,
        };
        is_in_direction && has_flag
    }
}

impl Default for Listing {
    fn default() -> Self {
        Self {
            order: Order::Ascending,
            limit: Self::DEFAULT_LIMIT,
            unread: None,
            after: None,
            direction: Direction::In,
        }
    }
}

/// The query of a URL, without its question mark. What is at its default is left out.
impl fmt::Display for Listing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let default = Self::default();
        let mut separator = "";
        let mut member = |name: &str, value: &dyn fmt::Display| {
            write!(f, "{separator}{name}={value}")?;
            separator = "&";
            Ok(())
        };
        if self.order == Order::Descending {
            member("order", &"desc")?;
        }
        if self.limit != default.limit {
            member("limit", &self.limit)?;
        }
        if let Some(unread) = self.unread {
            member("unread", &unread)?;
        }
        match self.direction {
            Direction::In => {}
            Direction::Out => member("direction", &"out")?,
            Direction::Both => member("direction", &"both")?,
        }
        if let Some(after) = self.after {
            member(query::CREATED_AT, &after.created_at)?;
            member(query::ENVELOPE_ID, &after.envelope_id)?;
        }
        Ok(())
    }
}

/// Reads the cursor in the query of `GET /connect`, from which an operator replays (section 7).
///
/// # Errors
///
/// As [`Listing::parse`] does.
pub fn parse_cursor(query: &str) -> Result<Option<OrderKey>, Error> {
    Query::parse(query, [query::CREATED_AT, query::ENVELOPE_ID])?.after()
}

/// Plain decimal digits from 1 to the most.
fn limit(text: &str) -> Result<u16, Error> {
    let is_decimal = text.bytes().all(|octet| octet.is_ascii_digit());
    let value = text.parse().ok().filter(|_| is_decimal);
    value
        .filter(|limit| (1..=Listing::MAX_LIMIT).contains(limit))
        .ok_or_else(|| invalid("an integer from 1 to 1000").member("limit"))
}
