//! An ASMTP operator as a transport: a mailbox over HTTP, arrivals over a WebSocket.

mod config;
mod dispatch;
mod follower;
mod operator;
mod parcels;
mod place;
mod socket;
mod view;

use std::collections::BTreeSet;
use std::time::SystemTime;

use asmtp_envelope::{
    Direction, Envelope, EnvelopeId, EnvelopePost, Handle, Listing, Order, OrderKey, Row,
    RowDirection, Source, Timestamp,
};
use async_trait::async_trait;
use mail_bridge::{FromMail, Loss, Parties, PostStamp};
use sha2::{Digest as _, Sha256};
use structured_email::Message;

pub use config::{Config, Limits, Timeouts};

use super::{Transport, unsupported};
use crate::{
    Environment, Error, ErrorKind, Filter, Folder, Mail, MailId, Mark, Outgoing, Page, Position,
    Receipt, Refusal, Summary, SystemEnvironment,
};
use dispatch::Dispatch;
use follower::Followers;
use operator::{Operator, too_late};

/// The folder of what was sent. What was received is the inbox.
const SENT: &str = "Sent";

/// An agent's mailbox at an ASMTP operator, seen as mail.
///
/// Mail that is sent becomes an envelope and an envelope that is read becomes mail, as
/// [`mail_bridge`] says; [`Receipt::losses`] names what did not fit. The id of the envelope is that
/// of the mail where it can be: a message sent twice arrives once.
///
/// An envelope is kept on disk until the operator has taken it. When that takes too long the call
/// ends with [`ErrorKind::Timeout`] and the envelope stays: it goes out later, from this process or
/// the next one.
///
/// What a protocol without bodies in its listings cannot say, this transport does not say either:
///
/// * A summary is made of the header alone. Its size is about that of the content; data is found in
///   it only when there is nothing but data. Reading gives the rest.
/// * An operator marks as read what it hands out, so peeking works only on what has been read, and
///   nothing becomes unread again. There are no keywords.
/// * The folders are `INBOX` and `Sent`. Only the inbox can be watched.
/// * A search looks through subjects and texts, for words of 2 to 100 characters, and among the 50
///   newest envelopes that hold each.
/// * A message goes to all recipients or to none. There are no blind copies.
pub struct AsmtpTransport {
    config: Config,
    address: String,
    operator: Operator,
    dispatch: Dispatch,
    followers: Followers,
}

impl AsmtpTransport {
    /// A mailbox at an operator. It is reached on the first call that needs it, or at once when an
    /// earlier run left something to send.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] when the configuration cannot be used: the operator's URL, the trust
    /// roots, a handle that is too long for an address. [`ErrorKind::Store`] when the folder cannot be made.
    pub async fn open(config: Config) -> Result<Self, Error> {
        let operator = Operator::new(&config)?;
        let address = config.domain.address(&config.handle).map_err(|error| {
            let message = "expected a handle that can be an address, 64 octets at most";
            Error::new(ErrorKind::Invalid, message).with_source(error)
        })?;
        let folder = parcels::Folder::open(config.state.join("outbox")).await?;
        let dispatch = Dispatch::start(operator.clone(), folder);
        Ok(Self {
            config,
            address,
            operator,
            dispatch,
            followers: Followers::default(),
        })
    }

    /// An envelope as its operator keeps it, for what the mail view leaves out. It has been read
    /// then.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] when there is no such message; else as [`Transport::read`].
    pub async fn envelope(&self, id: &MailId) -> Result<Envelope, Error> {
        self.operator
            .fetch(place::of_mail_id(id)?.envelope_id)
            .await
    }

    /// Ends a call that takes too long.
    async fn in_time<T>(&self, call: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let call = tokio::time::timeout(self.config.timeouts.call, call);
        call.await.map_err(|_| too_late())?
    }

    /// A row says whether it is unread unless all rows are alike. What was sent never is.
    fn summary(&self, row: &Row<'_>, filter: &Filter) -> Summary {
        let unread = match filter.folder.as_str() {
            SENT => false,
            _ => row.unread.or(filter.unread) == Some(true),
        };
        view::summary(&row.frame, &self.config.domain, unread)
    }

    /// Rows of a walk from the newest on that pass, as many as a page wants.
    async fn walk(&self, filter: &Filter, page: Page) -> Result<Vec<Summary>, Error> {
        let Some(mut listing) = first_listing(filter)? else {
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
                let summary = self.summary(row, filter);
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
    async fn row(&self, key: OrderKey) -> Result<Option<Row<'static>>, Error> {
        let listing = Listing {
            limit: SHORTEST_PAGE,
            after: place::before(key),
            direction: Direction::Both,
            ..Listing::default()
        };
        let listed = self.operator.list(&listing).await?;
        Ok(listed.rows.into_iter().find(|row| row.frame.key() == key))
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

    async fn deliver(&self, outgoing: Outgoing) -> Result<Receipt, Error> {
        let Config { domain, handle, .. } = &self.config;
        if domain.handle(&outgoing.from.address).ok().as_ref() != Some(handle) {
            let message = "expected this mailbox as the author: the operator names the sender";
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        let message = Message::parse(&outgoing.message).map_err(|error| {
            Error::new(ErrorKind::Invalid, error.to_string()).with_source(error)
        })?;
        let recipients: Vec<&str> = outgoing.recipients.iter().map(String::as_str).collect();
        let parties = Parties {
            domain,
            sender: handle,
            recipients: &recipients,
        };
        let mail = FromMail::new(&message, &parties, &mail_bridge::Limits::default())
            .map_err(|error| misfit(&error))?;
        let mut sources = Vec::new();
        for file in mail.files() {
            let name = file.name.as_deref().unwrap_or("file");
            let id = self.operator.upload(name, file.content.to_vec()).await?;
            sources.push(Some(Source::File(id)));
        }
        let stamp = post_stamp(&outgoing, &message, domain);
        let converted = mail
            .post(&stamp?, sources)
            .map_err(|error| misfit(&error))?;
        let post = converted.value;
        let (accepted, refused) = self.split(outgoing.recipients, &post);
        let message_id = domain.message_id(post.id());
        self.dispatch.send(post).await?;
        let is_told_apart = |loss: &Loss| {
            matches!(
                loss,
                Loss::BccDropped(_) | Loss::AddressUnmapped(_) | Loss::MessageIdReplaced(_)
            )
        };
        let losses = converted.losses.iter().filter(|loss| !is_told_apart(loss));
        Ok(Receipt::new(message_id, accepted, refused)
            .with_losses(losses.map(Loss::to_string).collect()))
    }

    /// The recipients that the envelope names, and the others.
    fn split(&self, recipients: Vec<String>, post: &EnvelopePost) -> (Vec<String>, Vec<Refusal>) {
        let named: BTreeSet<&Handle> = post.to().iter().chain(post.cc()).collect();
        let (mut accepted, mut refused) = (Vec::new(), Vec::new());
        for recipient in recipients {
            match self.config.domain.handle(&recipient) {
                Ok(handle) if named.contains(&handle) => accepted.push(recipient),
                Ok(_) => refused.push(Refusal::new(recipient, "an envelope has no blind copies")),
                Err(_) => refused.push(Refusal::new(
                    recipient,
                    "expected an address of the operator's domain, owner.name@domain",
                )),
            }
        }
        (accepted, refused)
    }
}

/// Rows asked for at least, so that a filter that passes few takes few requests.
const SHORTEST_PAGE: u16 = 20;

/// The most that an operator finds at a time (section 12).
const MOST_HITS: u8 = 50;

/// A request each.
const MOST_WORDS: usize = 8;

#[async_trait]
impl Transport for AsmtpTransport {
    fn address(&self) -> &str {
        &self.address
    }

    async fn send(&self, outgoing: Outgoing) -> Result<Receipt, Error> {
        let sent = tokio::time::timeout(self.config.timeouts.delivery, self.deliver(outgoing));
        sent.await.map_err(|_| {
            let message = "the operator did not take the message in time; what is on disk of it \
                           goes out when the operator can be reached";
            Error::new(ErrorKind::Timeout, message)
        })?
    }

    async fn list(&self, filter: &Filter, page: Page) -> Result<Vec<Summary>, Error> {
        self.in_time(self.walk(filter, page)).await
    }

    async fn search(
        &self,
        query: &str,
        filter: &Filter,
        page: Page,
    ) -> Result<Vec<Summary>, Error> {
        let search = async {
            let mut found = Vec::new();
            if first_listing(filter)?.is_none() {
                return Ok(found);
            }
            for key in self.hits(query).await? {
                // Removed in between when there is no row.
                if let Some(row) = self.row(key).await? {
                    let summary = self.summary(&row, filter);
                    if is_in(&filter.folder, &row) && filter.accepts(&summary) {
                        found.push(summary);
                    }
                }
            }
            Ok(found
                .into_iter()
                .skip(page.offset)
                .take(page.limit)
                .collect())
        };
        self.in_time(search).await
    }

    async fn read(&self, id: &MailId, peek: bool) -> Result<Mail, Error> {
        let key = place::of_mail_id(id)?;
        let read = async {
            if peek {
                let row = self.row(key).await?.ok_or_else(place::no_message)?;
                if row.unread == Some(true) {
                    return Err(unsupported(
                        "an operator marks as read what it hands out: this message is unread",
                    ));
                }
            }
            let envelope = self.operator.fetch(key.envelope_id).await?;
            view::mail(
                id.clone(),
                &envelope,
                &self.config.domain,
                &self.operator,
                &SystemEnvironment,
                self.config.limits.files,
            )
            .await
        };
        self.in_time(read).await
    }

    async fn mark(&self, id: &MailId, mark: &Mark) -> Result<(), Error> {
        let key = place::of_mail_id(id)?;
        match mark {
            Mark::Read => self.operator.mark_read(key.envelope_id).await,
            Mark::Unread => Err(unsupported("an operator makes nothing unread again")),
            _ => Err(unsupported("an operator keeps no keywords")),
        }
    }

    async fn position(&self, folder: &Folder) -> Result<Position, Error> {
        watchable(folder)?;
        let newest = Listing {
            order: Order::Descending,
            limit: 1,
            ..Listing::default()
        };
        let listed = self.operator.list(&newest).await?;
        let newest = listed.rows.first().map(|row| row.frame.key());
        Ok(place::position(newest.unwrap_or(OrderKey::LEAST)))
    }

    async fn wait(
        &self,
        folder: &Folder,
        after: &Position,
    ) -> Result<Vec<(Position, Summary)>, Error> {
        watchable(folder)?;
        let after = place::of_position(after)?;
        let frames = self.followers.behind(after, &self.operator).await?;
        let mut arrived = Vec::with_capacity(frames.len());
        for frame in frames {
            // The frame is the same for everybody; whether it was read meanwhile is in the row.
            let key = frame.key();
            let row = self.row(key).await?;
            let unread = row.is_none_or(|row| row.unread == Some(true));
            let summary = view::summary(&frame, &self.config.domain, unread);
            arrived.push((place::position(key), summary));
        }
        Ok(arrived)
    }
}

impl std::fmt::Debug for AsmtpTransport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AsmtpTransport")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

/// What to list for a filter, newest first; `None` when nothing can pass.
fn first_listing(filter: &Filter) -> Result<Option<Listing>, Error> {
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

fn watchable(folder: &Folder) -> Result<(), Error> {
    match folder.as_str() {
        "INBOX" => Ok(()),
        SENT => Err(unsupported("only the inbox can be watched")),
        _ => Err(no_folder()),
    }
}

fn no_folder() -> Error {
    Error::new(ErrorKind::NotFound, "expected the folder INBOX or Sent")
}

/// An id that belongs to the message: its own where it names an envelope, else made of its date and
/// its id, which has 128 random bits. So a message that is sent again is the same envelope.
fn post_stamp(
    outgoing: &Outgoing,
    message: &Message<'_>,
    domain: &mail_bridge::Domain,
) -> Result<PostStamp, Error> {
    let now = now();
    if let Some(id) = domain.envelope_id(&outgoing.message_id) {
        return Ok(PostStamp { id, now });
    }
    let digest = Sha256::digest(outgoing.message_id.as_bytes());
    let mut random = [0; 10];
    random.copy_from_slice(&digest[..10]);
    let date = message.date().and_then(|date| u64::try_from(date).ok());
    let date = date.and_then(|date| Timestamp::new(date.checked_mul(1000)?));
    let minted = date.and_then(|date| EnvelopeId::mint(date, random).ok());
    let id = match minted {
        Some(id) => id,
        None => EnvelopeId::mint(now, random).map_err(|error| {
            let message = "the clock of this machine is out of the range of envelope ids";
            Error::new(ErrorKind::Unsupported, message).with_source(error)
        })?,
    };
    Ok(PostStamp { id, now })
}

fn misfit(error: &mail_bridge::Error) -> Error {
    let kind = match error.kind() {
        mail_bridge::ErrorKind::NoRecipient => ErrorKind::Refused,
        mail_bridge::ErrorKind::TooLarge => ErrorKind::Refused,
        _ => ErrorKind::Invalid,
    };
    let message = format!("the message cannot be an envelope: {error}");
    Error::new(kind, message).with_source(error.clone())
}

/// The time, in the range of the protocol.
fn now() -> Timestamp {
    let since_1970 = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let millis = u64::try_from(since_1970.as_millis()).ok();
    millis.and_then(Timestamp::new).unwrap_or(Timestamp::MAX)
}

/// A seed for the jitter of a back-off. Without randomness there is no jitter.
fn seed() -> u64 {
    let mut octets = [0; 8];
    let _ = SystemEnvironment.fill(&mut octets);
    u64::from_le_bytes(octets)
}
