//! Which messages a listing or a search shows, newest first.

use std::collections::BTreeSet;

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use serde_json::Value;

use super::link::Ask;
use super::place::Side;
use super::row::{self, PAGE, Row};
use super::{ResendTransport, fault, side_of};
use crate::transport::marks::Book;
use crate::{Error, ErrorKind, Filter, Mail, Page, Summary};

/// Messages looked at together.
const LOOK: usize = 16;
/// Messages fetched at one time.
const CONCURRENT: usize = 4;
/// The most messages that one call walks over.
const MOST_WALKED: usize = 100_000;

/// A walk over a list, newest first.
pub(super) struct Walk<'t> {
    transport: &'t ResendTransport,
    side: Side,
    after: Option<String>,
    seen: BTreeSet<String>,
    is_end: bool,
}

impl<'t> Walk<'t> {
    pub(super) fn new(transport: &'t ResendTransport, side: Side) -> Self {
        Self {
            transport,
            side,
            after: None,
            seen: BTreeSet::new(),
            is_end: false,
        }
    }

    /// The next page, without what was on one before; `None` behind the last.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<Value>>, Error> {
        if self.is_end {
            return Ok(None);
        }
        let limit = PAGE.to_string();
        let mut query = vec![("limit", limit.as_str())];
        if let Some(after) = &self.after {
            query.push(("after", after));
        }
        let ask = Ask::Get(self.side.path(), &query);
        let mut answer = self.transport.link.ask(&ask).await?;
        let (rows, has_more) = row::page(&answer)?;
        let last = rows.last().map(|row| row.id.to_owned());
        let new: BTreeSet<String> = rows
            .iter()
            .filter(|row| !self.seen.contains(row.id))
            .map(|row| row.id.to_owned())
            .collect();
        // A list that turns round has an end.
        self.is_end = !has_more || new.is_empty();
        self.after = last;
        let data = answer.get_mut("data").and_then(Value::as_array_mut);
        let mut data = data.map(std::mem::take).unwrap_or_default();
        let mut on_page = new.clone();
        // Of one that stands twice on a page, the first.
        data.retain(|members| Row::of(members).is_some_and(|row| on_page.remove(row.id)));
        self.seen.extend(new);
        if self.seen.len() > MOST_WALKED {
            return Err(fault::unreadable("at most 100000 messages"));
        }
        Ok(Some(data))
    }
}

impl ResendTransport {
    /// One page of what a filter and words leave.
    pub(super) async fn page(
        &self,
        query: Option<&str>,
        filter: &Filter,
        page: Page,
    ) -> Result<Vec<Summary>, Error> {
        let side = side_of(&filter.folder)?;
        let has_words = query.is_none_or(|query| query.split_whitespace().next().is_some());
        if page.limit == 0 || !has_words {
            return Ok(Vec::new());
        }
        let book = self.marks.read().await?;
        let mut shown = Vec::new();
        let mut to_skip = page.offset;
        let mut walk = Walk::new(self, side);
        while shown.len() < page.limit
            && let Some(members) = walk.next().await?
        {
            let rows = members.iter().filter_map(Row::of);
            let mut rows: Vec<Row<'_>> = rows
                .filter(|row| self.is_ours(side, row))
                .filter(|row| {
                    let unread = is_unread(&book, side, row.id);
                    filter.unread.is_none_or(|wanted| wanted == unread)
                })
                .collect();
            if filter.mrm.is_none() && query.is_none() {
                // What is passed over need not be fetched.
                let passed = to_skip.min(rows.len());
                rows.drain(..passed);
                to_skip -= passed;
            }
            for batch in rows.chunks(LOOK) {
                let left = page.limit - shown.len();
                let batch = match filter.mrm.is_none() && query.is_none() {
                    true => &batch[..batch.len().min(left)],
                    false => batch,
                };
                let accepted = self.mails(side, batch, &book).await?.into_iter();
                let accepted = accepted.filter(|mail| {
                    filter.accepts(&mail.summary) && query.is_none_or(|query| mail.holds(query))
                });
                for mail in accepted {
                    match to_skip.checked_sub(1) {
                        Some(left) => to_skip = left,
                        None => shown.push(mail.summary),
                    }
                }
                if shown.len() >= page.limit {
                    break;
                }
            }
        }
        shown.truncate(page.limit);
        Ok(shown)
    }

    /// Whether a row belongs to this mailbox: an account has several domains and senders.
    pub(super) fn is_ours(&self, side: Side, row: &Row<'_>) -> bool {
        match side {
            Side::Received => row.is_for(&self.config.domain),
            Side::Sent => row.is_from(&self.config.from),
        }
    }

    /// The messages of rows, in their order, without those that are gone by now.
    pub(super) async fn mails(
        &self,
        side: Side,
        rows: &[Row<'_>],
        book: &Book,
    ) -> Result<Vec<Mail>, Error> {
        let mut fetches = Vec::with_capacity(rows.len());
        for row in rows {
            fetches.push(self.listed(side, row, book));
        }
        let mails: Vec<Option<Mail>> = stream::iter(fetches)
            .buffered(CONCURRENT)
            .try_collect()
            .await?;
        Ok(mails.into_iter().flatten().collect())
    }

    /// The message of a row. One that cannot be had whole is as its row says, for it must not hide the
    /// others.
    async fn listed(&self, side: Side, row: &Row<'_>, book: &Book) -> Result<Option<Mail>, Error> {
        let id = side.mail_id(row.id);
        let raw = match self.kept.of(&id) {
            Some(raw) => raw.to_vec(),
            None => match self.fetch(side, row.id).await {
                Ok(raw) => raw.to_vec(),
                Err(error) => match error.kind() {
                    ErrorKind::NotFound => return Ok(None),
                    ErrorKind::Protocol | ErrorKind::Refused => {
                        tracing::warn!(%error, "resend: a message cannot be had");
                        row.written()
                    }
                    _ => return Err(error),
                },
            },
        };
        let unread = is_unread(book, side, row.id);
        Ok(Some(Mail::new(id.clone(), raw, book.keywords(&id), unread)))
    }
}

/// Whether a message is unread: what was received is until it is read, what was sent is not.
pub(super) fn is_unread(book: &Book, side: Side, id: &str) -> bool {
    let id = side.mail_id(id);
    book.is_unread(&id) || side == Side::Received && !book.is_read(&id)
}
