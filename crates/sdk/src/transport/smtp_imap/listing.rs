//! Which messages of the open folder a listing or a search shows, newest first.
//!
//! The folder is walked in windows of sequence numbers from its newest end, so that neither an
//! answer nor what is kept of it grows with the folder.
//!
//! # Messages for machines
//!
//! A message is for machines when it has the keyword `$MRM`. One with `$hasStructuredData` and
//! without `$MRM` is not: somebody has looked. All others are classified by content, once, for
//! the server cannot: those whose `Content-Type` is neither `application/ld+json` nor a multipart
//! are left out by the server's search, the first pieces of the rest are fetched. Classes are
//! kept for [`MAX_KNOWN`] messages. Where a server keeps no keywords, content alone decides.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use structured_email::Keyword;

use super::config::Limits;
use super::connection::Connection;
use super::fetch::{Head, checked_count};
use super::imap::{Command, Term};
use crate::transport::words::words;
use crate::{Error, ErrorKind, Filter, Folder, MailId, Page, Summary};

/// Messages searched at a time.
const WINDOW: u32 = 2000;
/// Messages classified at a time.
const LOOK: usize = 16;
/// Messages whose class is remembered.
const MAX_KNOWN: usize = 50_000;

/// The classes of messages looked at, by folder, UIDVALIDITY and UID: a message never changes.
#[derive(Debug, Default)]
pub(super) struct Known(Mutex<BTreeMap<(String, u32, u32), bool>>);

/// What a listing is for.
#[derive(Debug)]
pub(super) struct Listing<'a> {
    filter: &'a Filter,
    /// `None` when words do not matter.
    words: Option<Vec<&'a str>>,
    piece: u32,
    known: &'a Known,
}

impl<'a> Listing<'a> {
    /// A listing of all messages that pass the filter.
    pub(super) fn new(filter: &'a Filter, limits: &Limits, known: &'a Known) -> Self {
        Self {
            filter,
            words: None,
            piece: limits.piece,
            known,
        }
    }

    /// A listing of those that hold all words of `query`, and of none when it has no words.
    /// Spaces and control characters separate words; nothing else in them has a meaning.
    ///
    /// # Errors
    ///
    /// Invalid when there are too many words, or one is too long.
    pub(super) fn of_words(
        query: &'a str,
        filter: &'a Filter,
        limits: &Limits,
        known: &'a Known,
    ) -> Result<Self, Error> {
        Ok(Self {
            words: Some(words(query)?),
            ..Self::new(filter, limits, known)
        })
    }

    pub(super) fn folder(&self) -> &'a Folder {
        &self.filter.folder
    }

    /// The UIDs of one page, newest first.
    pub(super) async fn page(
        &self,
        connection: &mut Connection,
        page: Page,
    ) -> Result<Vec<u32>, Error> {
        match &self.words {
            Some(words) if words.is_empty() => return Ok(Vec::new()),
            None if self.filter.mrm.is_none() && self.filter.unread.is_none() => {
                return plain_page(connection, page).await;
            }
            _ => {}
        }
        let mut left_out = 0;
        let mut uids = Vec::new();
        connection.rewind();
        while uids.len() < page.limit
            && let Some(window) = connection.next_window(WINDOW)
        {
            for uid in self
                .window(connection, window, page.offset.saturating_add(page.limit))
                .await?
            {
                if left_out < page.offset {
                    left_out += 1;
                } else if uids.len() < page.limit {
                    uids.push(uid);
                }
            }
        }
        Ok(uids)
    }

    /// The first UIDs of a window that pass, newest first.
    async fn window(
        &self,
        connection: &mut Connection,
        (first, last): (u32, u32),
        enough: usize,
    ) -> Result<Vec<u32>, Error> {
        let mut terms = vec![Term::Sequence(first, last)];
        terms.extend(self.filter.unread.map(|unread| Term::Seen(!unread)));
        terms.extend(self.words.iter().flatten().map(|word| Term::Text(word)));
        let Some(wanted) = self.filter.mrm else {
            return Ok(search(connection, &terms)
                .await?
                .into_iter()
                .rev()
                .collect());
        };
        let keeps_keywords = connection.selected()?.keeps(Keyword::Mrm.as_imap());
        let with = |more: &[Term<'a>]| [terms.as_slice(), more].concat();
        let marked = Term::Keyword(Keyword::Mrm.as_imap(), true);
        let unmarked = Term::Keyword(Keyword::Mrm.as_imap(), false);
        let unknown = Term::Keyword(Keyword::HasStructuredData.as_imap(), false);
        let possible = Term::Either(Box::new([
            Term::Header("Content-Type", "application/ld+json"),
            Term::Header("Content-Type", "multipart"),
        ]));
        let (mut passing, open) = if keeps_keywords {
            let passing = if wanted { marked } else { unmarked.clone() };
            (
                search(connection, &with(&[passing])).await?,
                search(connection, &with(&[unmarked, unknown, possible])).await?,
            )
        } else {
            let all = if wanted {
                BTreeSet::new()
            } else {
                search(connection, &terms).await?
            };
            (all, search(connection, &with(&[possible])).await?)
        };
        passing.extend(&open);
        let mut candidates = passing.into_iter().rev();
        let mut uids = Vec::new();
        while uids.len() < enough {
            let batch: Vec<u32> = candidates.by_ref().take(LOOK).collect();
            if batch.is_empty() {
                break;
            }
            let look: Vec<u32> = batch
                .iter()
                .copied()
                .filter(|uid| open.contains(uid))
                .collect();
            let classes = self.classes(connection, &look).await?;
            // Not in `classes`: decided by keyword, or expunged, which the summary will notice.
            uids.extend(batch.into_iter().filter(|uid| match classes.get(uid) {
                Some(is_mrm) => *is_mrm == wanted,
                None => !look.contains(uid),
            }));
        }
        Ok(uids)
    }

    /// Which of these messages are for machines, by content.
    async fn classes(
        &self,
        connection: &mut Connection,
        uids: &[u32],
    ) -> Result<BTreeMap<u32, bool>, Error> {
        let selected = connection.selected()?;
        let (folder, uid_validity) = (selected.folder.clone(), selected.uid_validity);
        let mut classes = self.known.of(&folder, uid_validity, uids);
        let new: Vec<u32> = uids
            .iter()
            .copied()
            .filter(|uid| !classes.contains_key(uid))
            .collect();
        for head in connection.heads(&new, self.piece).await? {
            let is_mrm = is_mrm(&head);
            self.known.remember(&folder, uid_validity, head.uid, is_mrm);
            classes.insert(head.uid, is_mrm);
        }
        Ok(classes)
    }
}

impl Known {
    fn of(&self, folder: &str, uid_validity: u32, uids: &[u32]) -> BTreeMap<u32, bool> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        uids.iter()
            .filter_map(|uid| {
                let is_mrm = known.get(&(folder.to_owned(), uid_validity, *uid))?;
                Some((*uid, *is_mrm))
            })
            .collect()
    }

    fn remember(&self, folder: &str, uid_validity: u32, uid: u32, is_mrm: bool) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_KNOWN {
            known.pop_first();
        }
        known.insert((folder.to_owned(), uid_validity, uid), is_mrm);
    }
}

/// A page of everything: sequence numbers are in the order of UIDs (RFC 3501 2.3.1.2).
async fn plain_page(connection: &mut Connection, page: Page) -> Result<Vec<u32>, Error> {
    let exists = connection.selected()?.exists;
    let offset = u32::try_from(page.offset).unwrap_or(u32::MAX);
    let limit = u32::try_from(page.limit).unwrap_or(u32::MAX);
    let last = exists.saturating_sub(offset);
    if last == 0 || limit == 0 {
        return Ok(Vec::new());
    }
    let mut uids = Vec::new();
    let bottom = last.saturating_sub(limit - 1).max(1);
    let mut end = last;
    while end >= bottom {
        let first = end.saturating_sub(WINDOW - 1).max(bottom);
        uids.extend(connection.uids(first, end).await?.into_iter().rev());
        end = first - 1;
    }
    Ok(uids)
}

async fn search(connection: &mut Connection, terms: &[Term<'_>]) -> Result<BTreeSet<u32>, Error> {
    let reply = connection.run(&Command::Search(terms)).await?;
    // A result that is not understood is not an empty one.
    if reply.undecodable.iter().any(|name| name == "SEARCH") {
        let message = "imap: expected a search result that can be decoded";
        return Err(Error::new(ErrorKind::Protocol, message));
    }
    let found: BTreeSet<u32> = reply.found.into_iter().collect();
    if let Some(Term::Sequence(first, last)) = terms.first() {
        checked_count(found.len(), *first, *last)?;
    }
    Ok(found)
}

fn is_mrm(head: &Head) -> bool {
    Summary::of(MailId::new(""), &head.raw, Vec::new(), false, head.size).is_mrm
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_class_is_forgotten_first() {
        let known = Known::default();
        for uid in 1..=u32::try_from(MAX_KNOWN).unwrap() + 1 {
            known.remember("INBOX", 1, uid, true);
        }
        assert!(known.of("INBOX", 1, &[1]).is_empty());
        assert_eq!(known.of("INBOX", 1, &[2, 3]).len(), 2);
        assert!(known.of("INBOX", 2, &[2]).is_empty());
    }
}
