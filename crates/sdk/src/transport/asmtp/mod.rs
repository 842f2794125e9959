//! An ASMTP operator as a transport: a mailbox over HTTP, arrivals over a WebSocket.

mod config;
mod dispatch;
mod follower;
mod listing;
mod operator;
mod parcels;
mod place;
mod sending;
mod socket;
mod view;

use std::time::{Duration, SystemTime};

use asmtp_envelope::{Envelope, Listing, Order, OrderKey, PushFrame, Timestamp};
use async_trait::async_trait;

pub use config::{Config, Limits, Timeouts};

use super::marks::Marks;
use super::{Capabilities, Transport, http, unsupported};
use crate::{
    Environment as _, Error, ErrorKind, Filter, Folder, Mail, MailId, Mark, Outgoing, Page,
    Position, Receipt, Summary, SystemEnvironment,
};
use dispatch::Dispatch;
use follower::Followers;
use operator::Operator;

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
/// What an operator has no place for is in the state folder: keywords, and what became unread again.
/// Another client of the mailbox does not see it.
///
/// An operator marks as read what it hands out, so what is unread can be peeked at only where the
/// operator shows it without a mark: at a node of ours, by `GET /mailbox/{id}`. Elsewhere peeking
/// works on what has been read, and ends with [`ErrorKind::Unsupported`] else.
///
/// What the protocol cannot say, this transport does not say either; its
/// [`capabilities`](Transport::capabilities) tell:
///
/// * Mail becomes an envelope and mail again, so HTML, names and how data and text relate are not
///   kept, nor files of no octet. What came to the operator as mail is read as it came.
/// * A summary is made of the header alone, since listings have no bodies. Its size is about that of
///   the content; data is found in it only when there is nothing but data. Reading gives the rest.
/// * A search looks through subjects and texts, not addresses, for words of 2 to 100 characters, and
///   among the 50 newest envelopes that hold each: the most that an operator finds.
/// * A message goes to all recipients or to none. There are no blind copies.
/// * The folders are `INBOX` and `Sent`. Only the inbox can be watched.
pub struct AsmtpTransport {
    config: Config,
    address: String,
    operator: Operator,
    dispatch: Dispatch,
    followers: Followers,
    marks: Marks,
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
        let marks = Marks::new(config.state.clone());
        let dispatch = Dispatch::start(operator.clone(), folder);
        Ok(Self {
            config,
            address,
            operator,
            dispatch,
            followers: Followers::default(),
            marks,
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

    async fn open_mail(&self, id: &MailId, key: OrderKey, peek: bool) -> Result<Mail, Error> {
        let unread = match peek {
            true => {
                let row = self.row(key).await?.ok_or_else(place::no_message)?;
                row.unread == Some(true)
            }
            false => false,
        };
        let envelope = match unread {
            true => self.operator.peek(key.envelope_id).await?.ok_or_else(|| {
                let message =
                    "this operator marks as read what it hands out, and the message is unread";
                unsupported(message)
            })?,
            false => self.operator.fetch(key.envelope_id).await?,
        };
        if !peek {
            self.is_read(id).await?;
        }
        let (domain, most) = (&self.config.domain, self.config.limits.files);
        let raw = view::octets(&envelope, domain, &self.operator, most).await?;
        let book = self.marks.read().await?;
        let unread = unread || book.is_unread(id);
        Ok(Mail::new(id.clone(), raw, book.keywords(id), unread))
    }

    /// Forgets that a message became unread again.
    async fn is_read(&self, id: &MailId) -> Result<(), Error> {
        if self.marks.read().await?.is_unread(id) {
            self.marks.change(id, |kept| kept.unread = false).await?;
        }
        Ok(())
    }

    /// Ends a call that takes too long.
    async fn in_time<T>(&self, call: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        http::within(self.config.timeouts.call, call).await
    }
}

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
        self.in_time(self.find(query, filter, page)).await
    }

    async fn read(&self, id: &MailId, peek: bool) -> Result<Mail, Error> {
        let key = place::of_mail_id(id)?;
        self.in_time(self.open_mail(id, key, peek)).await
    }

    async fn mark(&self, id: &MailId, mark: &Mark) -> Result<(), Error> {
        let key = place::of_mail_id(id)?;
        if matches!(mark, Mark::Read) {
            self.operator.mark_read(key.envelope_id).await?;
            return self.is_read(id).await;
        }
        let row = self.row(key).await?.ok_or_else(place::no_message)?;
        match mark {
            Mark::Keyword(keyword) => self.marks.change(id, |kept| kept.set(keyword)).await,
            Mark::ClearKeyword(keyword) => self.marks.change(id, |kept| kept.clear(keyword)).await,
            _ => match row.unread {
                Some(true) => Ok(()),
                Some(false) => self.marks.change(id, |kept| kept.unread = true).await,
                None => Err(unsupported("what was sent is never unread")),
            },
        }
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            unchanged: false,
            whole_summaries: false,
            address_search: false,
            blind_copies: false,
            machine_mail: true,
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
        let Some(last) = frames.last().map(PushFrame::key) else {
            return Ok(Vec::new());
        };
        // A frame is the same for everybody; whether it was read meanwhile is in the row.
        let read = self.in_time(self.read_between(after, last)).await?;
        let book = self.marks.read().await?;
        let arrived = frames.into_iter().map(|frame| {
            let unread = !read.contains(&frame.id());
            let mut summary = view::summary(&frame, &self.config.domain, unread);
            book.apply(&mut summary);
            (place::position(frame.key()), summary)
        });
        Ok(arrived.collect())
    }
}

impl std::fmt::Debug for AsmtpTransport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AsmtpTransport")
            .field("config", &self.config)
            .finish_non_exhaustive()
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

/// The time, in the range of the protocol.
fn now() -> Timestamp {
    let since_1970 = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let millis = u64::try_from(since_1970.as_millis()).ok();
    millis.and_then(Timestamp::new).unwrap_or(Timestamp::MAX)
}

/// How long it is from now to a time.
fn time_to(at: Timestamp) -> Duration {
    Duration::from_millis(at.millis_since(now()))
}

/// A seed for the jitter of a back-off. Without randomness there is no jitter.
fn seed() -> u64 {
    let mut octets = [0; 8];
    let _ = SystemEnvironment.fill(&mut octets);
    u64::from_le_bytes(octets)
}
