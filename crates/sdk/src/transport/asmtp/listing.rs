//! Listings and searches: the rows of an operator, chosen as a mailbox wants them.

use std::collections::BTreeSet;

use asmtp_envelope::{Direction, EnvelopeId, Listing, Order, OrderKey, Row, RowDirection};
use futures_util::{StreamExt as _, stream};

use super::{AsmtpTransport, SENT, no_folder, place, view};
use crate::transport::marks::Book;
use crate::{Error, ErrorKind, Filter, Folder, Page, Summary};

/// Rows asked for at least, so that a filter that passes few takes few requests.
const SHORTEST_PAGE: u16 = 20;

/// The most that an operator finds at a time (section 12).
const MOST_HITS: u8 = 50;

/// A request each.
const MOST_WORDS: usize = 8;

/// Requests at a time of one call.
const REQUESTS: usize = 8;

impl AsmtpTransport {
    /// Rows of a walk from the newest on that pass, as many as a page wants.
    pub(super) async fn walk(&self, filter: &Filter, page: Page) -> Result<Vec<Summary>, Error> {
        let book = self.marks.read().await?;
        let Some(mut listing) = first_listing(filter, &book)? else {
            return Ok(Vec::new());
        };
        let (mut found, mut to_skip) = (Vec::new(), page.offset);
        while found.len() < page.limit {
            let wanted = to_skip.saturating_add(page.limit - found.len());
            listing.limit = u16::try_from(wanted)
                .unwrap_or(u16::MAX)
                .clamp(SHORTEST_PAGE, Listing::MAX_LIMIT);
            let listed = self.operator.list(&listing).await?;
            for row in &listed.rows {
                let summary = self.summary(row, filter, &book);
                if !is_in(&filter.folder, row) || !filter.accepts(&summary) {
                    continue;
                }
                match to_skip.checked_sub(1) {
                    Some(left) => to_skip = left,
                    None if found.len() < page.limit => found.push(summary),
                    None => break,
                }
            }
            match (listed.next_cursor, listing.after) {
                (None, _) => break,
                (Some(next), Some(last)) if next >= last => {
                    let message = "expected a listing that goes on behind its cursor";
                    return Err(Error::new(ErrorKind::Protocol, message));
                }
                (next, _) => listing.after = next,
            }
        }
        Ok(found)
    }

    /// The row of one envelope, with what the agent is to it.
    pub(super) async fn row(&self, key: OrderKey) -> Result<Option<Row<'static>>, Error> {
        let mut listing = Listing {
            limit: SHORTEST_PAGE,
            after: place::before(key),
            direction: Direction::Both,
            ..Listing::default()
        };
        loop {
            let listed = self.operator.list(&listing).await?;
            let row = listed.rows.into_iter().find(|row| row.frame.key() == key);
            match listed.next_cursor {
                // Many envelopes may have one time.
                Some(next) if row.is_none() && next < key && Some(next) > listing.after => {
                    listing.after = Some(next);
                }
                _ => return Ok(row),
            }
        }
    }

    /// What was read of the envelopes behind one key and up to another.
    pub(super) async fn read_between(
        &self,
        after: OrderKey,
        last: OrderKey,
    ) -> Result<BTreeSet<EnvelopeId>, Error> {
        let mut read = BTreeSet::new();
        let mut listing = Listing {
            unread: Some(false),
            limit: Listing::MAX_LIMIT,
            after: Some(after),
            ..Listing::default()
        };
        loop {
            let listed = self.operator.list(&listing).await?;
            read.extend(listed.rows.iter().map(|row| row.frame.id()));
            match listed.next_cursor {
                Some(next) if Some(next) > listing.after && next < last => {
                    listing.after = Some(next);
                }
                _ => return Ok(read),
            }
        }
    }

    /// What a search finds, newest first.
    pub(super) async fn find(
        &self,
        query: &str,
        filter: &Filter,
        page: Page,
    ) -> Result<Vec<Summary>, Error> {
        let mut found = Vec::new();
        let book = self.marks.read().await?;
        if first_listing(filter, &book)?.is_none() {
            return Ok(found);
        }
        let rows = self.hits(query).await?.into_iter().map(|key| self.row(key));
        let mut rows = stream::iter(rows).buffered(REQUESTS);
        while let Some(row) = rows.next().await {
            // Removed in between when there is no row.
            let Some(row) = row? else { continue };
            let summary = self.summary(&row, filter, &book);
            if is_in(&filter.folder, &row) && filter.accepts(&summary) {
                found.push(summary);
            }
        }
        let wanted = found.into_iter().skip(page.offset).take(page.limit);
        Ok(wanted.collect())
    }

    /// The keys of the envelopes that hold every word, newest first.
    async fn hits(&self, query: &str) -> Result<Vec<OrderKey>, Error> {
        let words: BTreeSet<&str> = query.split_whitespace().collect();
        let is_sound = |word: &&str| (2..=100).contains(&word.chars().count());
        if words.len() > MOST_WORDS || !words.iter().all(is_sound) {
            let message = "expected at most 8 words of 2 to 100 characters to search for";
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        let mut hits: Option<Vec<OrderKey>> = None;
        for word in words {
            let found = self.operator.search(word, MOST_HITS).await?;
            hits = Some(match hits {
                Some(earlier) => earlier
                    .into_iter()
                    .filter(|key| found.contains(key))
                    .collect(),
                None => found.into_iter().take(MOST_HITS.into()).collect(),
            });
        }
        Ok(hits.unwrap_or_default())
    }

    /// A row says whether it is unread unless all rows are alike. What was sent never is.
    fn summary(&self, row: &Row<'_>, filter: &Filter, book: &Book) -> Summary {
        let is_sent = filter.folder.as_str() == SENT;
        let unread = row.unread.or(filter.unread) == Some(true);
        let mut summary = view::summary(&row.frame, &self.config.domain, unread);
        book.apply(&mut summary);
        summary.unread &= !is_sent;
        summary
    }
}

/// What to list for a filter, newest first; `None` when nothing can pass.
fn first_listing(filter: &Filter, book: &Book) -> Result<Option<Listing>, Error> {
    let newest = Listing {
        order: Order::Descending,
        ..Listing::default()
    };
    match (filter.folder.as_str(), filter.unread) {
        // Only rows of both directions say whether they are unread (4.2).
        ("INBOX", None) => Ok(Some(Listing {
            direction: Direction::Both,
            ..newest
        })),
        ("INBOX", _) if book.hides_from(filter) => Ok(Some(Listing {
            direction: Direction::Both,
            ..newest
        })),
        ("INBOX", unread) => Ok(Some(Listing { unread, ..newest })),
        (SENT, Some(true)) => Ok(None),
        (SENT, _) => Ok(Some(Listing {
            direction: Direction::Out,
            ..newest
        })),
        _ => Err(no_folder()),
    }
}

/// Whether a row belongs into a folder. One without a direction is of a listing of what came in.
fn is_in(folder: &Folder, row: &Row<'_>) -> bool {
    match folder.as_str() {
        SENT => matches!(
            row.direction,
            Some(RowDirection::Out | RowDirection::Itself)
        ),
        _ => row.direction != Some(RowDirection::Out),
    }
}
