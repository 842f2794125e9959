//! Requests that name several envelopes: fetching bodies (section 5), setting read marks (4.3).

use std::collections::BTreeSet;

use crate::query::{Query, invalid};
use crate::write::Members;
use crate::{Code, EnvelopeId, Error, ErrorKind, Limits, json};

/// The ids in the query of `GET /messages` (section 5): each once, at its first place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchFetch(Vec<EnvelopeId>);

impl BatchFetch {
    /// The most ids in one request, those that stand twice counted twice.
    pub const MAX: usize = 100;

    /// Reads the query of a URL, without its question mark: one `ids` parameter, comma separated.
    ///
    /// # Errors
    ///
    /// With `INVALID_QUERY` when `ids` is missing, stands twice or has too many; with
    /// `INVALID_ENVELOPE_ID` for an id that is none.
    pub fn parse(query: &str) -> Result<Self, Error> {
        let query = Query::parse(query, ["ids"])?;
        let list = query
            .get("ids")
            .ok_or_else(|| invalid("a value").member("ids"))?;
        if list.split(',').nth(Self::MAX).is_some() {
            return Err(invalid("100 ids at most").member("ids"));
        }
        let read = |(at, id): (usize, &str)| {
            id.parse()
                .map_err(|error: Error| error.member("ids").element(at))
        };
        let ids = list.split(',').enumerate().map(read);
        Ok(Self(once(ids.collect::<Result<_, _>>()?)))
    }

    /// The ids to fetch. Those that the agent may not fetch are left out of the answer.
    #[must_use]
    pub fn ids(&self) -> &[EnvelopeId] {
        &self.0
    }
}

/// A request to mark envelopes as read, the body of `POST /mailbox/read` (4.3): each id once, at
/// its first place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkRead(Vec<EnvelopeId>);

impl MarkRead {
    /// The most ids in one request, those that stand twice counted twice.
    pub const MAX: usize = 1000;

    /// Reads `{"ids":[…]}`.
    ///
    /// # Errors
    ///
    /// With `INVALID_JSON`; with `INVALID_REQUEST` when `ids` is not a list of 1 to 1,000; with
    /// `INVALID_ENVELOPE_ID` for an id that is none.
    pub fn parse(octets: &[u8], limits: &Limits) -> Result<Self, Error> {
        let document = json::document(octets, limits.body, limits)?;
        let wrong = Error::new(
            ErrorKind::Invalid,
            Code::InvalidRequest,
            "a list of 1 to 1,000 ids",
        );
        let list = json::root(&document)?
            .get("ids")
            .and_then(|ids| ids.as_array())
            .filter(|ids| (1..=Self::MAX).contains(&ids.len()))
            .ok_or_else(|| wrong.member("ids"))?;
        let read =
            |(at, id)| json::text(id).map_err(|error: Error| error.member("ids").element(at));
        let ids = list.iter().enumerate().map(read);
        Ok(Self(once(ids.collect::<Result<_, _>>()?)))
    }

    /// The ids to mark. Those without an entry in the agent's mailbox are dropped in silence.
    #[must_use]
    pub fn ids(&self) -> &[EnvelopeId] {
        &self.0
    }

    /// Appends the body of the answer: the entries among the ids that are the caller's, whether or
    /// not they changed.
    pub fn write_answer(marked: &[EnvelopeId], out: &mut Vec<u8>) {
        let mut object = Members::open(out);
        object.list("read", marked.iter().map(EnvelopeId::as_str));
        object.close();
    }
}

fn once(mut ids: Vec<EnvelopeId>) -> Vec<EnvelopeId> {
    let mut seen = BTreeSet::new();
    ids.retain(|&id| seen.insert(id));
    ids
}

/// An entry in a mailbox (section 16). It never becomes unread again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)] // the three states of the protocol
pub enum EntryState {
    /// Not fetched and not marked.
    #[default]
    Unread,
    /// Fetched or marked.
    Read,
    /// Removed by its owner or by retention; its id stays known.
    Removed,
}

impl EntryState {
    /// The state after a fetch or a read mark.
    #[must_use]
    pub fn read(self) -> Self {
        match self {
            Self::Unread | Self::Read => Self::Read,
            Self::Removed => Self::Removed,
        }
    }
}
