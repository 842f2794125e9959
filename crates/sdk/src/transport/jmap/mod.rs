//! A JMAP server: mail over HTTP (RFC 8620, RFC 8621).
//!
//! [`JmapTransport`] finds the session resource when it is first used, and reads it anew when the
//! server says that it changed. A page of a listing is one round trip, and one download more for each
//! part with structured data; what arrives is told on a WebSocket (RFC 8887) where the server offers one, else by
//! its event source, and asked for every [`Timeouts::poll`] where it pushes nothing.
//!
//! # What a server sees
//!
//! `Email/get` asks for the fields that a listing shows, the structure of the body and the first
//! [`Limits::html`] octets of HTML parts. To send, the message is uploaded, imported as a draft and
//! submitted, all but the upload in one request; the draft is then destroyed, or moved where sent mail
//! is kept if [`Config::append_sent`] wants it. When the server refuses some recipients, nobody has got
//! the message (RFC 8621 7.5), and it is submitted once more for the others.
//!
//! # Order
//!
//! By the time of arrival, as the server has it. Cyrus has it in seconds: messages of one second are
//! always in the same order, which may be another than that of their arrival. A watch shows them as the
//! server names them. What a server files with a time in the past is in a watch when it is filed, and
//! in a listing where its time belongs. A message that is moved into the folder is no arrival.
//!
//! # What a hostile server or mail can do
//!
//! Nothing but fail the call. Answers have a budget of octets ([`Limits`]) and a deadline
//! ([`Timeouts`]). Redirects and the URLs of the session lead to `https` or stay within the server. No
//! answer hides a message because another cannot be read. Words, folders, keywords and ids are data and
//! never syntax.

mod account;
mod config;
mod fault;
mod link;
mod listener;
mod listing;
mod place;
mod sending;
mod socket;
mod summaries;
mod watch;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use mail_jmap::{Call, Detail, Email, Id, Outcome, Reason, Request, Which};

use self::account::{Account, Current};
pub use self::config::{Config, Limits, Timeouts};
use self::link::Link;
use self::listener::Listeners;
use self::listing::Known;
use self::summaries::keywords;
use self::watch::Advanced;
use super::Transport;
use super::http::within;
use crate::{
    Error, ErrorKind, Filter, Folder, FolderStatus, Mail, MailId, Mark, Outgoing, Page, Position,
    Receipt, Summary,
};

/// The keyword of a message that was read (RFC 8621 4.1.1).
const SEEN: &str = "$seen";

/// A mailbox on a JMAP server.
///
/// # Example
///
/// ```no_run
/// use mailmesh::transport::jmap::{Config, JmapTransport};
///
/// # fn main() -> Result<(), mailmesh::Error> {
/// let password = std::env::var("MAILMESH_PASSWORD").unwrap_or_default();
/// let user = "agent@mail.example";
/// let config = Config::new("https://mail.example", Some(user.into()), user, password.into());
/// let transport = JmapTransport::new(config)?;
/// # let _ = transport;
/// # Ok(())
/// # }
/// ```
pub struct JmapTransport {
    config: Config,
    link: Link,
    current: Current,
    known: Known,
    listeners: Listeners,
    advanced: Advanced,
}

impl JmapTransport {
    /// A transport. It connects when it is first used.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] when the server is no URL, when a password would leave this machine in
    /// plain text, or when the extra roots are no certificates.
    pub fn new(config: Config) -> Result<Self, Error> {
        Ok(Self {
            link: Link::new(&config)?,
            config,
            current: Current::default(),
            known: Known::default(),
            listeners: Listeners::default(),
            advanced: Advanced::default(),
        })
    }

    async fn account(&self) -> Result<Arc<Account>, Error> {
        self.current.open(&self.link).await
    }

    /// The mailbox of a folder.
    async fn folder(&self, account: &Account, folder: &Folder) -> Result<Id, Error> {
        let name = match folder.as_str() {
            "INBOX" => self.config.folder.as_str(),
            name => name,
        };
        account.folder(&self.link, name).await
    }

    /// A whole message, marked as read unless it is a peek.
    async fn fetch(&self, id: &MailId, peek: bool) -> Result<Mail, Error> {
        let account = self.account().await?;
        let email = self.place(&account, id).await?;
        let limit = self.config.limits.message;
        if email.size > limit as u64 {
            let message = format!("expected a message of at most {limit} octets");
            return Err(Error::new(ErrorKind::Refused, message));
        }
        let blob = email.blob.as_ref().ok_or_else(fault::no_message)?;
        let raw = self.link.download(&account.session, blob, limit).await?;
        let mut unread = !email.has(SEEN);
        if unread && !peek {
            self.change(&account, &email.id, SEEN, true).await?;
            unread = false;
        }
        Ok(Mail::new(id.clone(), raw, keywords(&email), unread))
    }

    /// Where a message is.
    async fn place(&self, account: &Account, id: &MailId) -> Result<Email, Error> {
        let id = place::of_mail_id(id)?;
        let mut request = account.request();
        let ids = [id];
        let call = request.emails(Which::Ids(&ids), Detail::Place);
        let octets = self.link.ask(&account.session, &request).await?;
        let emails = account.response(&octets)?.read(&call);
        let list = emails.map_err(fault::failure)?.list;
        let email = list.into_iter().find(|email| email.id == ids[0]);
        email.ok_or_else(fault::no_message)
    }

    /// Sets or clears a keyword of a message.
    async fn change(
        &self,
        account: &Account,
        id: &Id,
        keyword: &str,
        set: bool,
    ) -> Result<(), Error> {
        let mut request = account.request();
        // RFC 8621 4.1.1: no case, lower case on the wire.
        let keyword = keyword.to_ascii_lowercase();
        let call = request.set_keywords(id, &[(&keyword, set)]);
        self.update(account, id, &request, &call).await
    }

    /// Puts a message into a folder, and out of all others.
    async fn relocate(&self, id: &MailId, folder: &Folder) -> Result<(), Error> {
        let id = place::of_mail_id(id)?;
        let account = self.account().await?;
        let folder = self.folder(&account, folder).await?;
        let mut request = account.request();
        let call = request.move_email(&id, &folder);
        self.update(&account, &id, &request, &call).await
    }

    /// Changes one message.
    async fn update(
        &self,
        account: &Account,
        id: &Id,
        request: &Request,
        call: &Call<Outcome>,
    ) -> Result<(), Error> {
        let octets = self.link.ask(&account.session, request).await?;
        let outcome = account.response(&octets)?.read(call);
        let outcome = outcome.map_err(fault::failure)?;
        match outcome.not_updated.get(id) {
            None if outcome.updated.contains(id) => Ok(()),
            Some(refusal) if refusal.reason() == Reason::NotFound => Err(fault::no_message()),
            Some(refusal) => Err(fault::refused(refusal)),
            None => Err(Error::new(
                ErrorKind::Protocol,
                "expected to hear what became of the message",
            )),
        }
    }
}

#[async_trait]
impl Transport for JmapTransport {
    fn address(&self) -> &str {
        &self.config.from
    }

    async fn send(&self, outgoing: Outgoing) -> Result<Receipt, Error> {
        within(self.config.timeouts.delivery, self.submit(&outgoing)).await
    }

    async fn list(&self, filter: &Filter, page: Page) -> Result<Vec<Summary>, Error> {
        within(self.config.timeouts.call, self.page(None, filter, page)).await
    }

    /// Finds what the server's index finds: a message may be in it a moment after it is in the listing,
    /// and a word without a letter or digit is left out.
    async fn search(
        &self,
        query: &str,
        filter: &Filter,
        page: Page,
    ) -> Result<Vec<Summary>, Error> {
        let found = self.page(Some(query), filter, page);
        within(self.config.timeouts.call, found).await
    }

    async fn read(&self, id: &MailId, peek: bool) -> Result<Mail, Error> {
        within(self.config.timeouts.call, self.fetch(id, peek)).await
    }

    async fn mark(&self, id: &MailId, mark: &Mark) -> Result<(), Error> {
        mark.check()?;
        let (keyword, set) = match mark {
            Mark::Read => (SEEN, true),
            Mark::Unread => (SEEN, false),
            Mark::Keyword(keyword) => (keyword.as_str(), true),
            Mark::ClearKeyword(keyword) => (keyword.as_str(), false),
        };
        let change = async {
            let id = place::of_mail_id(id)?;
            let account = self.account().await?;
            self.change(&account, &id, keyword, set).await
        };
        within(self.config.timeouts.call, change).await
    }

    /// The id stays. A message that was in several folders is in this one alone then.
    async fn move_to(&self, id: &MailId, folder: &Folder) -> Result<Option<MailId>, Error> {
        let moved = self.relocate(id, folder);
        within(self.config.timeouts.call, moved).await?;
        Ok(Some(id.clone()))
    }

    async fn folders(&self) -> Result<Vec<FolderStatus>, Error> {
        let statuses = async { self.account().await?.statuses(&self.link).await };
        within(self.config.timeouts.call, statuses).await
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

impl fmt::Debug for JmapTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JmapTransport")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}
