//! Waiting for mail to arrive in a folder.
//!
//! What arrived is what the server created since the state of the position (`Email/changes`, RFC 8620
//! 5.2) and what is in the folder now. The socket, the event source, or time, says when to ask.

use std::collections::{BTreeSet, VecDeque};
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};

use mail_jmap::{Condition, Detail, Email, Failure, Id, Reason, State, Which, Window};
use tokio::time::{Instant, sleep, timeout_at};

use super::account::Account;
use super::place::Place;
use super::{JmapTransport, fault};
use crate::transport::http::within;
use crate::{Error, ErrorKind, Folder, Position, Summary};

/// Arrivals told at a time.
const BATCH: usize = 64;
/// Changes asked for at a time.
const MOST_CHANGES: u64 = 128;
/// Arrivals put in order at a time.
const MOST_SORTED: usize = 512;
/// Positions whose present place is remembered.
const MAX_ADVANCED: usize = 16;

/// Where the changes behind a position were read up to without finding an arrival, so that nothing is
/// read twice and a state stays one that the server knows.
#[derive(Debug, Default)]
pub(super) struct Advanced(Mutex<VecDeque<(Folder, Position, Place)>>);

/// What is behind a place, oldest first.
struct Found {
    emails: Vec<Email>,
    /// The place behind all of it, unless it is not known yet.
    end: Option<Place>,
    /// Whether the place before is a state the server has forgotten.
    is_by_time: bool,
}

impl JmapTransport {
    /// The place behind the newest message.
    pub(super) async fn end(&self, folder: &Folder) -> Result<Position, Error> {
        let account = self.account().await?;
        let condition = Condition {
            mailbox: Some(self.folder(&account, folder).await?),
            ..Condition::default()
        };
        let window = Window {
            position: 0,
            limit: MOST_CHANGES.min(account.session.server_limits.objects_in_get),
            ascending: false,
        };
        let mut request = account.request();
        // The state first: what arrives in between is told later, not left out.
        let state = request.emails(Which::Ids(&[]), Detail::Place);
        let found = request.query(&condition, window);
        let emails = request.emails(Which::Found(&found), Detail::Place);
        let octets = self.link.ask(&account.session, &request).await?;
        let response = account.response(&octets)?;
        let since = response.read(&state).map_err(fault::failure)?.state;
        let newest = response.read(&emails).map_err(fault::failure)?.list;
        Ok(behind(None, since, &newest).to_position())
    }

    /// What has arrived behind a position, as soon as there is something, or nothing when it is time
    /// to ask again.
    pub(super) async fn arrivals(
        &self,
        folder: &Folder,
        after: &Position,
    ) -> Result<Vec<(Position, Summary)>, Error> {
        let timeouts = &self.config.timeouts;
        let until = Instant::now() + timeouts.idle;
        let start = Place::of(after)?;
        let mut place = self.advanced.of(folder, after).unwrap_or(start);
        let mut listener = None;
        loop {
            let account = within(timeouts.call, self.account()).await?;
            let is_silent = account.is_silent.load(Ordering::Relaxed);
            // Open before the look, so that nothing arrives unseen between a look and a wait.
            if listener.is_none() && !is_silent {
                let opened = self.listeners.open(&self.link, &account, timeouts.silence);
                listener = opened.await?;
                if listener.is_none() {
                    account.is_silent.store(true, Ordering::Relaxed);
                }
            }
            let look = self.look(&account, folder, &mut place);
            let arrived = within(timeouts.call, look).await?;
            self.advanced.remember(folder, after, &place);
            if !arrived.is_empty() || Instant::now() >= until {
                if let Some(listener) = listener {
                    self.listeners.give_back(listener);
                }
                return Ok(arrived);
            }
            match &mut listener {
                None => sleep(timeouts.poll).await,
                Some(open) => match timeout_at(until, open.heard()).await {
                    Ok(Ok(())) | Err(_) => {}
                    Ok(Err(error)) => {
                        tracing::debug!(%error, "jmap: the server pushes no more");
                        open.ended(&error, &account);
                        // One that ends at once is opened no more often than a look is taken.
                        sleep(timeouts.poll.saturating_sub(open.age())).await;
                        listener = None;
                    }
                },
            }
        }
    }

    /// Looks once, and moves the place on over what is of no interest.
    async fn look(
        &self,
        account: &Account,
        folder: &Folder,
        place: &mut Place,
    ) -> Result<Vec<(Position, Summary)>, Error> {
        let mailbox = self.folder(account, folder).await?;
        loop {
            let found = match self.changed(account, &mailbox, place).await? {
                Some(found) => found,
                None => self.by_time(account, &mailbox, place).await?,
            };
            let told = found.emails.len().min(BATCH);
            let ids: Vec<Id> = found.emails[..told]
                .iter()
                .map(|it| it.id.clone())
                .collect();
            let mut summaries = self.summaries(account, &ids).await?;
            let mut arrived = Vec::new();
            for (at, id) in ids.iter().enumerate() {
                let behind = match &found.end {
                    Some(end) if at + 1 == found.emails.len() => end.clone(),
                    _ => found.within(place, at),
                };
                // One that is gone already is not told.
                let summary = summaries.remove(id);
                arrived.extend(summary.map(|summary| (behind.to_position(), summary)));
            }
            if !arrived.is_empty() {
                return Ok(arrived);
            }
            match (found.end, told) {
                (Some(end), told) if told == found.emails.len() => {
                    *place = end;
                    return Ok(Vec::new());
                }
                (_, 0) => return Ok(Vec::new()),
                // All of them are gone; more are behind.
                (end, told) => {
                    let found = Found { end, ..found };
                    *place = found.within(place, told - 1);
                }
            }
        }
    }

    /// What was created in a mailbox since the state of a place; `None` when the server cannot say.
    async fn changed(
        &self,
        account: &Account,
        mailbox: &Id,
        place: &Place,
    ) -> Result<Option<Found>, Error> {
        let most = MOST_CHANGES.min(account.session.server_limits.objects_in_get);
        let mut state = place.since.clone();
        let mut emails: Vec<Email> = Vec::new();
        let mut is_whole = false;
        while !is_whole && emails.len() < MOST_SORTED {
            let mut request = account.request();
            let changes = request.changes(&state, most);
            let created = request.emails(Which::Created(&changes), Detail::Place);
            let octets = self.link.ask(&account.session, &request).await?;
            let response = account.response(&octets)?;
            let changes = match response.read(&changes) {
                Err(Failure::Refused(refusal)) if refusal.reason() == Reason::StateUnknown => {
                    return Ok(None);
                }
                changes => changes.map_err(fault::failure)?,
            };
            fault::at_most(changes.created.len(), most)?;
            is_whole = !changes.has_more_changes;
            if !is_whole && changes.new_state == state {
                let message = "expected changes to lead to another state";
                return Err(Error::new(ErrorKind::Protocol, message));
            }
            let mut created = response.read(&created).map_err(fault::failure)?.list;
            created.retain(|email| {
                email.mailboxes.contains(mailbox) && !place.seen.contains(&email.id)
            });
            // In the order in which they were created, as far as the server says.
            for id in &changes.created {
                let at = created.iter().position(|email| email.id == *id);
                emails.extend(at.map(|at| created.swap_remove(at)));
            }
            state = changes.new_state;
        }
        emails.sort_by(|a, b| a.arrival.cmp(&b.arrival));
        Ok(Some(Found {
            end: Some(behind(Some(place), state, &emails)),
            emails,
            is_by_time: false,
        }))
    }

    /// What arrived in a mailbox at the time of a place or later.
    async fn by_time(
        &self,
        account: &Account,
        mailbox: &Id,
        place: &Place,
    ) -> Result<Found, Error> {
        let condition = Condition {
            mailbox: Some(mailbox.clone()),
            since: place.newest.clone(),
            ..Condition::default()
        };
        let limit = MOST_CHANGES.min(account.session.server_limits.objects_in_get);
        let mut position = 0;
        loop {
            let mut request = account.request();
            let state = request.emails(Which::Ids(&[]), Detail::Place);
            let window = Window {
                position,
                limit,
                ascending: true,
            };
            let found = request.query(&condition, window);
            let emails = request.emails(Which::Found(&found), Detail::Place);
            let octets = self.link.ask(&account.session, &request).await?;
            let response = account.response(&octets)?;
            let state = response.read(&state).map_err(fault::failure)?.state;
            let ids = response.read(&found).map_err(fault::failure)?.ids;
            fault::at_most(ids.len(), limit)?;
            let mut emails = response.read(&emails).map_err(fault::failure)?.list;
            emails.retain(|email| ids.contains(&email.id) && !place.seen.contains(&email.id));
            emails.sort_by(|a, b| a.arrival.cmp(&b.arrival));
            let is_end = ids.is_empty();
            if is_end || !emails.is_empty() {
                let end = is_end.then(|| behind(Some(place), state, &emails));
                return Ok(Found {
                    emails,
                    end,
                    is_by_time: true,
                });
            }
            position += ids.len() as u64;
        }
    }
}

impl Found {
    /// The place behind one of the messages, with others found behind it.
    fn within(&self, before: &Place, at: usize) -> Place {
        let told = &self.emails[..=at];
        if self.is_by_time {
            return behind(Some(before), before.since.clone(), told);
        }
        let mut place = before.clone();
        place.seen.extend(told.iter().map(|email| email.id.clone()));
        place.newest = place.newest.max(told[at].arrival.clone());
        place
    }
}

/// The place behind a state and some messages: of these, those as new as the newest are kept in mind.
fn behind(before: Option<&Place>, since: State, emails: &[Email]) -> Place {
    let newest = emails
        .iter()
        .filter_map(|email| email.arrival.clone())
        .max();
    let known = before.and_then(|place| place.newest.clone());
    let newest = newest.max(known);
    let as_new = emails.iter().filter(|email| email.arrival == newest);
    let mut seen: BTreeSet<Id> = as_new.map(|email| email.id.clone()).collect();
    if let Some(before) = before.filter(|place| place.newest == newest) {
        seen.extend(before.seen.iter().cloned());
    }
    Place {
        since,
        newest,
        seen,
    }
}

impl Advanced {
    fn of(&self, folder: &Folder, after: &Position) -> Option<Place> {
        let advanced = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut advanced = advanced.iter();
        let known = advanced.find(|(of, from, _)| of == folder && from == after)?;
        Some(known.2.clone())
    }

    fn remember(&self, folder: &Folder, after: &Position, place: &Place) {
        let mut advanced = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        advanced.retain(|(of, from, _)| of != folder || from != after);
        if advanced.len() >= MAX_ADVANCED {
            advanced.pop_front();
        }
        advanced.push_back((folder.clone(), after.clone(), place.clone()));
    }
}
