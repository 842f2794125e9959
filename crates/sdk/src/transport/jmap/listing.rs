//! Which messages a listing or a search shows, newest first.
//!
//! # Messages for machines
//!
//! As over IMAP: a message with the keyword `$mrm` is for machines, one with `$hasstructureddata` and
//! without `$mrm` is not, and all others are classified by content, once, unless their `Content-Type`
//! is neither `application/ld+json` nor a multipart. Classes are kept for [`MAX_KNOWN`] messages.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use mail_jmap::{Condition, Detail, Email, Id, Which, Window};
use structured_email::Keyword;

use super::account::Account;
use super::{JmapTransport, SEEN, fault};
use crate::transport::words::words;
use crate::{Error, Filter, Page, Summary};

/// Messages of a query at a time.
const WINDOW: u64 = 256;
/// Messages classified at a time.
const LOOK: usize = 16;
/// Messages whose class is remembered.
const MAX_KNOWN: usize = 50_000;

/// The classes of messages looked at: a message never changes.
#[derive(Debug, Default)]
pub(super) struct Known(Mutex<BTreeMap<Id, bool>>);

impl JmapTransport {
    /// One page of what a filter and words leave.
    pub(super) async fn page(
        &self,
        query: Option<&str>,
        filter: &Filter,
        page: Page,
    ) -> Result<Vec<Summary>, Error> {
        let mut words = query.map(words).transpose()?;
        if let Some(words) = &mut words {
            // No index has the others; Cyrus takes one of them for a reason to find everything.
            words.retain(|word| word.contains(char::is_alphanumeric));
        }
        if words.as_ref().is_some_and(Vec::is_empty) || page.limit == 0 {
            return Ok(Vec::new());
        }
        let account = self.account().await?;
        let mailbox = self.folder(&account, &filter.folder).await?;
        let unread = filter.unread.map(|unread| (SEEN.to_owned(), !unread));
        let condition = Condition {
            mailbox: Some(mailbox),
            keywords: unread.into_iter().collect(),
            words: words.into_iter().flatten().map(str::to_owned).collect(),
            since: None,
        };
        let shown = match filter.mrm {
            None => self.everything(&account, &condition, page).await,
            Some(mrm) => self.of_class(&account, condition, mrm, page).await,
        };
        if shown.is_err() {
            // The mailbox may be another by now.
            account.forget_folders().await;
        }
        shown
    }

    /// One round trip for a page of at most [`WINDOW`] messages, unless some carry data.
    async fn everything(
        &self,
        account: &Account,
        condition: &Condition,
        page: Page,
    ) -> Result<Vec<Summary>, Error> {
        let mut shown = Vec::new();
        let mut listed = BTreeSet::new();
        let mut position = page.offset as u64;
        while shown.len() < page.limit {
            let left = (page.limit - shown.len()) as u64;
            let (ids, emails, is_end) = self
                .window(account, condition, (position, left), self.outline())
                .await?;
            position += ids.len() as u64;
            let mut summaries = self.summaries_of(account, emails, &ids).await?;
            // What arrives meanwhile moves the others on: none is shown twice.
            let new = ids.into_iter().filter(|id| listed.insert(id.clone()));
            shown.extend(new.filter_map(|id| summaries.remove(&id)));
            if is_end {
                break;
            }
        }
        Ok(shown)
    }

    async fn of_class(
        &self,
        account: &Account,
        condition: Condition,
        mrm: bool,
        page: Page,
    ) -> Result<Vec<Summary>, Error> {
        let enough = page.offset.saturating_add(page.limit);
        let mut listed = BTreeSet::new();
        let mut passing: Vec<Id> = Vec::new();
        let mut summaries = BTreeMap::new();
        let mut position = 0;
        while passing.len() < enough {
            let (ids, emails, is_end) = self
                .window(account, &condition, (position, WINDOW), Detail::Kind)
                .await?;
            position += ids.len() as u64;
            let emails: BTreeMap<Id, Email> =
                emails.into_iter().map(|it| (it.id.clone(), it)).collect();
            let new: Vec<&Email> = ids
                .iter()
                .filter(|id| listed.insert((*id).clone()))
                .filter_map(|id| emails.get(id))
                .collect();
            for batch in new.chunks(LOOK) {
                let open = batch.iter().filter(|email| self.class(email).is_none());
                let open: Vec<Id> = open.map(|email| email.id.clone()).collect();
                for (id, summary) in self.summaries(account, &open).await? {
                    self.known.remember(&id, summary.is_mrm);
                    summaries.insert(id, summary);
                }
                let is_wanted = |email: &&&Email| self.class(email) == Some(mrm);
                passing.extend(batch.iter().filter(is_wanted).map(|it| it.id.clone()));
                if passing.len() >= enough {
                    break;
                }
            }
            if is_end {
                break;
            }
        }
        let on_page = passing.into_iter().skip(page.offset).take(page.limit);
        let on_page: Vec<Id> = on_page.collect();
        let missing = on_page.iter().filter(|id| !summaries.contains_key(id));
        let missing: Vec<Id> = missing.cloned().collect();
        summaries.extend(self.summaries(account, &missing).await?);
        Ok(on_page
            .iter()
            .filter_map(|id| summaries.remove(id))
            .collect())
    }

    /// Ids in their order, what was asked for of them, and whether there are no more.
    async fn window(
        &self,
        account: &Account,
        condition: &Condition,
        (position, wanted): (u64, u64),
        detail: Detail,
    ) -> Result<(Vec<Id>, Vec<Email>, bool), Error> {
        if position > MAX_POSITION {
            return Ok((Vec::new(), Vec::new(), true));
        }
        let limit = wanted
            .min(WINDOW)
            .min(account.session.server_limits.objects_in_get);
        let mut request = account.request();
        let window = Window {
            position,
            limit,
            ascending: false,
        };
        let found = request.query(condition, window);
        let emails = request.emails(Which::Found(&found), detail);
        let octets = self.link.ask(&account.session, &request).await?;
        let response = account.response(&octets)?;
        let found = response.read(&found).map_err(fault::failure)?;
        fault::at_most(found.ids.len(), limit)?;
        let emails = response.read(&emails).map_err(fault::failure)?.list;
        // A server may give fewer than were asked for, and says so.
        let given = found.limit.unwrap_or(limit).min(limit);
        let is_end = found.ids.is_empty() || (found.ids.len() as u64) < given;
        Ok((found.ids, emails, is_end))
    }

    /// Whether a message is for machines, as far as it is known.
    fn class(&self, email: &Email) -> Option<bool> {
        if email.has(Keyword::Mrm.as_imap()) {
            return Some(true);
        }
        let media_type = email.field("Content-Type").unwrap_or_default().trim_start();
        let starts = |with: &str| {
            let start = media_type.get(..with.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(with))
        };
        let is_possible = starts("multipart/") || starts("application/ld+json");
        if email.has(Keyword::HasStructuredData.as_imap()) || !is_possible {
            return Some(false);
        }
        self.known.of(&email.id)
    }
}

/// Beyond it, numbers are no `UnsignedInt` on every server (RFC 8620 1.3).
const MAX_POSITION: u64 = i32::MAX as u64;

impl Known {
    fn of(&self, id: &Id) -> Option<bool> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(id).copied()
    }

    fn remember(&self, id: &Id, is_mrm: bool) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_KNOWN {
            known.pop_first();
        }
        known.insert(id.clone(), is_mrm);
    }
}
