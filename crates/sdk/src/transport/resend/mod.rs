//! The mail service Resend: mail over its HTTP API, for a domain instead of a server.
//!
//! This was written from the public API reference of the service and is tested against a stand-in of
//! it, not against an account.
//!
//! # What is relied upon
//!
//! | call | for |
//! |---|---|
//! | `POST /emails` with `Idempotency-Key` | sending: `from`, `to`, `cc`, `bcc`, `reply_to`, `subject`, `html`, `text`, `headers`, `attachments`, `tags` |
//! | `GET /emails/{id}` | a message of `Sent`, and the `message_id` it was given |
//! | `GET /emails?limit&after` | the folder `Sent`, newest first by `created_at` |
//! | `GET /emails/receiving?limit&after` | the inbox, newest first by `created_at` |
//! | `GET /emails/receiving/{id}` | where a received message is: `raw.download_url` |
//! | status 429, `retry-after`, `ratelimit-remaining`, `ratelimit-reset` | how fast to ask |
//! | errors `{statusCode, name, message}` | their kind |
//! | the webhook `email.received` with `data.email_id` | [`arrival`] |
//!
//! # Folders
//!
//! `INBOX` is what was received for [`Config::domain`], whichever address of it the mail was for: the
//! service has no mailboxes. A blind copy is in it if the service names its recipient in `bcc`. `Sent` is
//! what was sent from [`Config::from`], made of the addresses, the text and the HTML that the service
//! keeps; its files are not fetched. Nothing can be moved. What was read, and keywords, the service does
//! not keep: they are in [`Config::state`].
//!
//! # Sending
//!
//! A message is taken apart and written anew by the service. Structured data goes into the HTML as
//! script blocks, because the service marks files as attachments and has no `Content-Purpose`, and
//! what is attached does not speak for its message. So no message is for machines only, and
//! [`Receipt::losses`] says so. The other parts are sent as files, and fields of the header as `headers`.
//! `Date` and `Message-ID` are always the service's own; [`Receipt::message_id`] is the one it tells, and
//! that of the draft where it tells none.
//!
//! The idempotency key is the `Message-ID` of the draft: a message that is sent again within the
//! service's memory, a day, arrives once.
//!
//! # Pace
//!
//! The service takes a few requests a second, two by default when it began. When it says that a window
//! is used up, or answers 429, requests wait as long as it says, up to [`Timeouts::pause`]. A listing
//! fetches each message once, which for 50 messages can take half a minute; messages are kept in memory
//! up to [`Limits::kept`]. Ask for small pages. A search fetches what it looks through. A watch asks
//! every [`Timeouts::poll`]; a webhook is faster, and [`arrival`] names its message.
//!
//! # What a hostile service or mail can do
//!
//! Nothing but fail the call. Answers have a budget of octets and a deadline; a member of a wrong type
//! costs itself; a list that turns round ends. A message that cannot be had is listed as its row says.
//! Redirects are not followed, and the key goes to the API alone: messages are downloaded without it,
//! over https.

mod config;
mod fault;
#[cfg(feature = "fuzzing")]
pub(crate) mod fuzzing;
mod kept;
mod link;
mod listing;
mod place;
mod row;
mod sending;
mod watch;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

pub use self::config::{Config, Limits, Timeouts};
use self::kept::Kept;
use self::link::{Ask, Link};
use self::listing::is_unread;
use self::place::{Side, is_id};
use self::row::Row;
use self::sending::Submission;
use super::disk::{make_private, on_disk};
use super::http::within;
use super::marks::Marks;
use super::{Capabilities, Transport};
use crate::{
    Error, ErrorKind, Filter, Folder, FolderStatus, Mail, MailId, Mark, Outgoing, Page, Position,
    Receipt, Summary,
};

/// The folder of what was sent.
const SENT: &str = "Sent";
/// The longest idempotency key.
const MAX_KEY: usize = 256;

/// The mail of a domain at Resend.
///
/// # Example
///
/// ```no_run
/// use mailmesh::transport::resend::{Config, ResendTransport};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), mailmesh::Error> {
/// let key = std::env::var("MAILMESH_PASSWORD").unwrap_or_default();
/// let config = Config::new("example.org", "agent@example.org", key.into(), "state");
/// let transport = ResendTransport::open(config).await?;
/// # let _ = transport;
/// # Ok(())
/// # }
/// ```
pub struct ResendTransport {
    config: Config,
    link: Link,
    marks: Marks,
    kept: Kept,
}

/// The message that a webhook tells of: the id that [`Transport::read`] takes, or `None` when the
/// webhook tells of something else than mail that was received.
///
/// Verify the webhook first: the `webhook` feature does.
///
/// ```
/// use mailmesh::transport::resend::arrival;
///
/// let body = br#"{"type":"email.received","data":{"email_id":"4ef9a417-02e9-4d39-ad75-9611e0fcc33c"}}"#;
/// assert_eq!(arrival(body)?.unwrap().as_str(), "in-4ef9a417-02e9-4d39-ad75-9611e0fcc33c");
/// assert_eq!(arrival(br#"{"type":"email.sent","data":{}}"#)?, None);
/// # Ok::<(), mailmesh::Error>(())
/// ```
///
/// # Errors
///
/// [`ErrorKind::Protocol`] when the body is no webhook of the service, or names no message.
pub fn arrival(body: &[u8]) -> Result<Option<MailId>, Error> {
    let unreadable = || fault::unreadable("the body of a webhook of the service");
    let event: Value =
        serde_json::from_slice(body).map_err(|error| unreadable().with_source(error))?;
    let name = event.get("type").and_then(Value::as_str);
    if name.ok_or_else(unreadable)? != "email.received" {
        return Ok(None);
    }
    let id = event.pointer("/data/email_id").and_then(Value::as_str);
    let id = id.filter(|id| is_id(id)).ok_or_else(unreadable)?;
    Ok(Some(Side::Received.mail_id(id)))
}

impl ResendTransport {
    /// A transport. The service is reached when it is first used.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] when the API is no URL, when the key would leave this machine in plain
    /// text, when a tag is none or when the extra roots are no certificates; [`ErrorKind::Store`] when
    /// the state folder cannot be made.
    pub async fn open(config: Config) -> Result<Self, Error> {
        config.check_tags()?;
        let link = Link::new(&config)?;
        let state = config.state.clone();
        on_disk(move || make_private(&state)).await?;
        Ok(Self {
            link,
            marks: Marks::new(config.state.clone()),
            kept: Kept::new(config.limits.kept),
            config,
        })
    }

    /// The octets of a message that is there now.
    async fn fetch(&self, side: Side, id: &str) -> Result<Arc<[u8]>, Error> {
        let answer = self.resource(side, id).await?;
        let mail_id = side.mail_id(id);
        if let Some(raw) = self.kept.of(&mail_id) {
            return Ok(raw);
        }
        let row = Row::of(&answer).filter(|row| row.id.eq_ignore_ascii_case(id));
        let row = row.ok_or_else(|| fault::unreadable("the message that was asked for"))?;
        let raw: Arc<[u8]> = match row.download_url() {
            Some(url) => self.link.download(url).await?.into(),
            None => row.written().into(),
        };
        self.kept.keep(&mail_id, &raw);
        Ok(raw)
    }

    /// What the service says of a message.
    async fn resource(&self, side: Side, id: &str) -> Result<Value, Error> {
        let path = format!("{}/{id}", side.path());
        let answer = self.link.ask(&Ask::Get(&path, &[])).await;
        // What is no id of the service's is refused with 422, and names nothing either.
        answer.map_err(|error| match error.kind() {
            ErrorKind::NotFound | ErrorKind::Refused => fault::no_message(),
            _ => error,
        })
    }

    async fn mail(&self, id: &MailId, peek: bool) -> Result<Mail, Error> {
        let (side, name) = Side::of_mail_id(id)?;
        let raw = self.fetch(side, name).await?;
        let book = self.marks.read().await?;
        let mut unread = is_unread(&book, side, name);
        if unread && !peek {
            self.set_unread(side, id, false).await?;
            unread = false;
        }
        let keywords = book.keywords(id);
        Ok(Mail::new(id.clone(), raw.to_vec(), keywords, unread))
    }

    async fn set_unread(&self, side: Side, id: &MailId, unread: bool) -> Result<(), Error> {
        let is_received = side == Side::Received;
        let change = self.marks.change(id, |kept| {
            kept.read = is_received && !unread;
            kept.unread = !is_received && unread;
        });
        change.await
    }

    async fn submit(&self, outgoing: &Outgoing) -> Result<Receipt, Error> {
        let Submission { body, losses } = Submission::of(outgoing, &self.config)?;
        let ours = &outgoing.message_id;
        let key: String = ours
            .chars()
            .filter(char::is_ascii_graphic)
            .take(MAX_KEY)
            .collect();
        let ask = Ask::Post(Side::Sent.path(), &key, body.to_string().into_bytes());
        let answer = self.link.ask(&ask).await?;
        let row = Row::of(&answer);
        let row = row.ok_or_else(|| fault::unreadable("the id of the message that was sent"))?;
        let message_id = self.given_id(row.id).await;
        let message_id = message_id.unwrap_or_else(|| ours.clone());
        let accepted = outgoing.recipients.clone();
        Ok(Receipt::new(message_id, accepted, Vec::new()).with_losses(losses))
    }

    /// The `Message-ID` the service gave to a message. The message is sent by now: what goes wrong here
    /// is no failure.
    async fn given_id(&self, id: &str) -> Option<String> {
        let answer = self.resource(Side::Sent, id).await;
        let answer = answer
            .inspect_err(|error| tracing::debug!(%error, "resend: no Message-ID is told"))
            .ok()?;
        Some(Row::of(&answer)?.message_id()?.to_owned())
    }
}

/// The list of a folder.
fn side_of(folder: &Folder) -> Result<Side, Error> {
    match folder.as_str() {
        "INBOX" => Ok(Side::Received),
        SENT => Ok(Side::Sent),
        _ => Err(fault::no_folder()),
    }
}

#[async_trait]
impl Transport for ResendTransport {
    fn address(&self) -> &str {
        &self.config.from
    }

    async fn send(&self, outgoing: Outgoing) -> Result<Receipt, Error> {
        within(self.config.timeouts.delivery, self.submit(&outgoing)).await
    }

    async fn list(&self, filter: &Filter, page: Page) -> Result<Vec<Summary>, Error> {
        within(self.config.timeouts.call, self.page(None, filter, page)).await
    }

    async fn search(
        &self,
        query: &str,
        filter: &Filter,
        page: Page,
    ) -> Result<Vec<Summary>, Error> {
        let found = self.page(Some(query), filter, page);
        within(self.config.timeouts.call, found).await
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            unchanged: false,
            machine_mail: false,
            ..Capabilities::default()
        }
    }

    async fn read(&self, id: &MailId, peek: bool) -> Result<Mail, Error> {
        within(self.config.timeouts.call, self.mail(id, peek)).await
    }

    async fn mark(&self, id: &MailId, mark: &Mark) -> Result<(), Error> {
        mark.check()?;
        let change = async {
            let (side, name) = Side::of_mail_id(id)?;
            self.resource(side, name).await?;
            match mark {
                Mark::Read => self.set_unread(side, id, false).await,
                Mark::Unread => self.set_unread(side, id, true).await,
                Mark::Keyword(keyword) => self.marks.change(id, |kept| kept.set(keyword)).await,
                Mark::ClearKeyword(keyword) => {
                    self.marks.change(id, |kept| kept.clear(keyword)).await
                }
            }
        };
        within(self.config.timeouts.call, change).await
    }

    async fn folders(&self) -> Result<Vec<FolderStatus>, Error> {
        let folders = [Folder::inbox(), Folder::new(SENT)];
        Ok(folders.map(FolderStatus::named).into())
    }

    async fn position(&self, folder: &Folder) -> Result<Position, Error> {
        within(self.config.timeouts.call, self.end(folder)).await
    }

    async fn wait(
        &self,
        folder: &Folder,
        after: &Position,
    ) -> Result<Vec<(Position, Summary)>, Error> {
        self.arrivals(folder, after).await
    }
}

impl fmt::Debug for ResendTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResendTransport")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}
