//! Any mail server: SMTP to send, IMAP to read.
//!
//! [`SmtpImapTransport`] keeps one IMAP connection for its calls, which take turns, one SMTP
//! connection, and for each [`wait`](crate::Transport::wait) an IMAP connection of its own. All
//! are made when needed, kept, and made again when they are found broken.
//!
//! # What a hostile server or mail can do
//!
//! Nothing but fail the call. Every answer has a budget of octets and responses
//! ([`Limits`]) and a deadline ([`Timeouts`]); ids are checked against UIDVALIDITY; search words,
//! addresses, folders and keywords are data and never syntax; BODYSTRUCTURE and ENVELOPE are not
//! asked for; plain text goes to this machine only, and certificates are always verified.
//!
//! # What a listing fetches
//!
//! Flags, size and the first [`Limits::piece`] octets of each message on the page. Of a longer
//! message the part headers are fetched as well, and the start of parts that may hold structured
//! data (8 parts of 96 KiB at most, among the first 64 parts): enough to classify it.
//!
//! # Listing messages for machines
//!
//! `mrm: Some(true)` finds messages with the keyword `$MRM` (`SEARCH KEYWORD`) and, among those
//! that have neither `$MRM` nor `$hasStructuredData`, the ones that are machine-readable by
//! content; `Some(false)` finds all others. Servers that keep no keywords are asked for content
//! alone. Set [`Config::annotate`] so that the next listing has less to look at.

mod config;
mod connection;
mod fetch;
#[cfg(feature = "fuzzing")]
pub(crate) mod fuzzing;
mod id;
mod imap;
mod keyword;
mod link;
mod listing;
mod outline;
mod pool;
mod smtp;
mod stream;
mod watch;

use async_trait::async_trait;
use structured_email::{Message, keywords_for};

pub use self::config::{Config, Limits, Timeouts};
use self::connection::Connection;
use self::fetch::Head;
use self::id::{MessageName, Place, no_message};
use self::imap::{Command, Item};
use self::listing::{Known, Listing};
use self::pool::Pool;
use self::stream::within;
use crate::{
    Error, ErrorKind, Filter, Folder, FolderStatus, Mail, MailId, Mark, Outgoing, Page, Position,
    Receipt, Summary, Transport,
};

/// A mailbox on a mail server.
///
/// # Example
///
/// ```no_run
/// use mailmesh::transport::smtp_imap::{Config, SmtpImapTransport};
/// use mailmesh::{Endpoint, Tls};
///
/// # fn main() -> Result<(), mailmesh::Error> {
/// let server = |port| Endpoint { host: "mail.example".to_owned(), port, tls: Tls::Implicit };
/// let password = std::env::var("MAILMESH_PASSWORD").unwrap_or_default();
/// let address = "agent@mail.example";
/// let config = Config::new(server(993), server(465), address, address, password.into());
/// let transport = SmtpImapTransport::new(config)?;
/// # let _ = transport;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct SmtpImapTransport {
    config: Config,
    pool: Pool,
    known: Known,
}

impl SmtpImapTransport {
    /// A transport. It connects when it is first used.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] when plain text would leave this machine, when IDLE would not be
    /// renewed in time, or when the extra roots are no certificates.
    pub fn new(config: Config) -> Result<Self, Error> {
        config.check()?;
        let pool = Pool::new(&config)?;
        Ok(Self {
            config,
            pool,
            known: Known::default(),
        })
    }

    /// The server's name of a folder.
    fn folder<'a>(&'a self, folder: &'a Folder) -> &'a str {
        let name = folder.as_str();
        // INBOX has no case (RFC 3501 5.1).
        if name.eq_ignore_ascii_case("INBOX") {
            self.config.folder.as_str()
        } else {
            name
        }
    }

    async fn show(&self, listing: &Listing<'_>, page: Page) -> Result<Vec<Summary>, Error> {
        let folder = self.folder(listing.folder());
        let mut connection = self.pool.open(&self.config, folder).await?;
        let uids = listing.page(&mut connection, page).await?;
        let summaries = self.summaries(&mut connection, &uids).await?;
        Ok(summaries.into_iter().map(|(_, summary)| summary).collect())
    }

    /// What a listing shows of these messages, annotated if that is wanted.
    async fn summaries(
        &self,
        connection: &mut Connection,
        uids: &[u32],
    ) -> Result<Vec<(u32, Summary)>, Error> {
        let mut summaries = Vec::with_capacity(uids.len());
        // A batch at a time: heads are dropped before the next are fetched.
        for batch in uids.chunks(fetch::BATCH) {
            for head in connection.heads(batch, self.config.limits.piece).await? {
                let keywords = self.annotate(connection, &head).await?;
                let selected = connection.selected()?;
                let name = MessageName {
                    folder: selected.folder.clone(),
                    uid_validity: selected.uid_validity,
                    uid: head.uid,
                };
                summaries.push((head.uid, head.summary(&name, keywords)));
            }
        }
        Ok(summaries)
    }

    /// The keywords of a message, after those it should have were set.
    async fn annotate(
        &self,
        connection: &mut Connection,
        head: &Head,
    ) -> Result<Vec<String>, Error> {
        let mut keywords = keyword::keywords(&head.flags);
        if !self.config.annotate {
            return Ok(keywords);
        }
        let wanted = Message::parse(&head.raw).map(|message| keywords_for(&message));
        let missing: Vec<&str> = wanted
            .unwrap_or_default()
            .into_iter()
            .map(structured_email::Keyword::as_imap)
            .filter(|keyword| !head.has_flag(keyword))
            .collect();
        let selected = connection.selected()?;
        if missing.is_empty() || !missing.iter().all(|keyword| selected.keeps(keyword)) {
            return Ok(keywords);
        }
        match store(connection, head.uid, true, &missing).await {
            Ok(()) => keywords.extend(missing.into_iter().map(str::to_owned)),
            // It was expunged, or the folder is full of keywords: the listing goes on.
            Err(error) if !connection.is_usable() => return Err(error),
            Err(error) => tracing::debug!(%error, "imap: a message could not be annotated"),
        }
        Ok(keywords)
    }

    /// The folder of a message, open.
    async fn find(&self, id: &MailId) -> Result<(pool::Lease<'_>, u32), Error> {
        let name = MessageName::of(id)?;
        let connection = match self.pool.open(&self.config, &name.folder).await {
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(no_message()),
            connection => connection?,
        };
        // Another UIDVALIDITY means that the UIDs name other messages now.
        if connection.selected()?.uid_validity != name.uid_validity {
            return Err(no_message());
        }
        Ok((connection, name.uid))
    }

    /// A whole message, marked as read unless it is a peek.
    async fn fetch(&self, id: &MailId, peek: bool) -> Result<Mail, Error> {
        let (mut connection, uid) = self.find(id).await?;
        let head = connection.message(uid, self.config.limits.message).await?;
        let mut unread = !head.has_flag(keyword::SEEN);
        if unread && !peek && connection.selected()?.keeps(keyword::SEEN) {
            store(&mut connection, uid, true, &[keyword::SEEN]).await?;
            unread = false;
        }
        Ok(Mail::new(
            id.clone(),
            head.raw,
            keyword::keywords(&head.flags),
            unread,
        ))
    }

    /// Sets or clears a flag of a message.
    async fn change(&self, id: &MailId, flag: &str, set: bool) -> Result<(), Error> {
        let (mut connection, uid) = self.find(id).await?;
        if set && !connection.selected()?.keeps(flag) {
            let message = "expected a folder that keeps this keyword";
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        store(&mut connection, uid, set, &[flag]).await
    }

    /// Moves a message with one command, so that it is never in two folders or in none.
    async fn relocate(&self, id: &MailId, folder: &str) -> Result<Option<MailId>, Error> {
        let (mut connection, uid) = self.find(id).await?;
        if !connection.can("MOVE") {
            let message = "expected a server that moves messages (RFC 6851)";
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        // To move what is not there succeeds.
        connection.fetch_one(uid, &[Item::Uid]).await?;
        let reply = connection.run(&Command::Move { uid, folder }).await?;
        Ok(reply.moved.map(|(uid_validity, uid)| {
            let folder = folder.to_owned();
            MessageName {
                folder,
                uid_validity,
                uid,
            }
            .to_id()
        }))
    }

    async fn list_folders(&self) -> Result<Vec<FolderStatus>, Error> {
        let inbox = self.config.folder.as_str();
        let mut connection = self.pool.open(&self.config, inbox).await?;
        let names = connection.run(&Command::List).await?.folders;
        // What is the inbox here may have another name there.
        let named = |name: String| match name == inbox {
            true => Folder::inbox(),
            false => Folder::new(name),
        };
        let mut folders: Vec<Folder> = names.into_iter().map(named).collect();
        folders.sort_by(|a, b| a.as_str().cmp(b.as_str()));
        folders.dedup();
        Ok(folders.into_iter().map(FolderStatus::named).collect())
    }

    /// The place behind the newest message.
    async fn end(&self, folder: &str) -> Result<Position, Error> {
        let mut connection = self.pool.open(&self.config, folder).await?;
        let selected = connection.selected()?;
        let (uid_validity, exists) = (selected.uid_validity, selected.exists);
        let uid = match exists {
            0 => 0,
            last => connection.uids(last, last).await?.pop().unwrap_or(0),
        };
        Ok(Place { uid_validity, uid }.to_position())
    }

    /// These messages and the places behind them, in their order.
    async fn arrivals(
        &self,
        folder: &str,
        after: Place,
        uids: &[u32],
    ) -> Result<Vec<(Position, Summary)>, Error> {
        let mut connection = self.pool.open(&self.config, folder).await?;
        if connection.selected()?.uid_validity != after.uid_validity {
            return Ok(Vec::new());
        }
        let heads = self.summaries(&mut connection, uids).await?;
        Ok(heads
            .into_iter()
            .map(|(uid, summary)| (Place { uid, ..after }.to_position(), summary))
            .collect())
    }

    async fn keep_copy(&self, message: &[u8]) -> Result<(), Error> {
        let folder = self.config.sent_folder.as_str();
        let mut connection = self
            .pool
            .open(&self.config, self.config.folder.as_str())
            .await?;
        let append = Command::Append {
            folder,
            flags: &[keyword::SEEN],
            message,
        };
        connection.run(&append).await.map(drop)
    }
}

#[async_trait]
impl Transport for SmtpImapTransport {
    fn address(&self) -> &str {
        &self.config.from
    }

    /// Sends a message to those recipients that the server takes.
    ///
    /// A copy in the folder of sent mail is made afterwards, when wanted. The message is on its
    /// way by then, so a copy that fails is logged and is no error.
    async fn send(&self, outgoing: Outgoing) -> Result<Receipt, Error> {
        let receipt = self.pool.send(&self.config, &outgoing).await?;
        if self.config.append_sent
            && let Err(error) = self.keep_copy(&outgoing.message).await
        {
            tracing::warn!(%error, "the message was sent, but no copy was kept");
        }
        Ok(receipt)
    }

    async fn list(&self, filter: &Filter, page: Page) -> Result<Vec<Summary>, Error> {
        let listing = Listing::new(filter, &self.config.limits, &self.known);
        within(self.config.timeouts.call, self.show(&listing, page)).await
    }

    async fn search(
        &self,
        query: &str,
        filter: &Filter,
        page: Page,
    ) -> Result<Vec<Summary>, Error> {
        let listing = Listing::of_words(query, filter, &self.config.limits, &self.known)?;
        within(self.config.timeouts.call, self.show(&listing, page)).await
    }

    async fn read(&self, id: &MailId, peek: bool) -> Result<Mail, Error> {
        within(self.config.timeouts.call, self.fetch(id, peek)).await
    }

    async fn mark(&self, id: &MailId, mark: &Mark) -> Result<(), Error> {
        let (flag, add) = match mark {
            Mark::Read => (keyword::SEEN, true),
            Mark::Unread => (keyword::SEEN, false),
            Mark::Keyword(keyword) => (keyword::flag(keyword)?, true),
            Mark::ClearKeyword(keyword) => (keyword::flag(keyword)?, false),
        };
        within(self.config.timeouts.call, self.change(id, flag, add)).await
    }

    async fn move_to(&self, id: &MailId, folder: &Folder) -> Result<Option<MailId>, Error> {
        let folder = self.folder(folder);
        within(self.config.timeouts.call, self.relocate(id, folder)).await
    }

    async fn folders(&self) -> Result<Vec<FolderStatus>, Error> {
        within(self.config.timeouts.call, self.list_folders()).await
    }

    async fn position(&self, folder: &Folder) -> Result<Position, Error> {
        within(self.config.timeouts.call, self.end(self.folder(folder))).await
    }

    async fn wait(
        &self,
        folder: &Folder,
        after: &Position,
    ) -> Result<Vec<(Position, Summary)>, Error> {
        let after = Place::of(after)?;
        let folder = self.folder(folder);
        let uids = watch::arrivals(&self.pool, &self.config, folder, after).await?;
        if uids.is_empty() {
            return Ok(Vec::new());
        }
        within(
            self.config.timeouts.call,
            self.arrivals(folder, after, &uids),
        )
        .await
    }
}

/// Changes flags and makes sure of it.
///
/// The proof is the untagged FETCH. A server may leave it out when nothing changed, so the flags
/// are asked for before a success is believed or a message is taken for gone.
async fn store(
    connection: &mut Connection,
    uid: u32,
    add: bool,
    flags: &[&str],
) -> Result<(), Error> {
    let reply = connection.run(&Command::Store { uid, add, flags }).await?;
    let mut proof = reply
        .fetched
        .into_iter()
        .rfind(|fetched| fetched.uid == Some(uid));
    if proof.as_ref().is_none_or(|fetched| fetched.flags.is_none()) {
        proof = Some(connection.fetch_one(uid, &[Item::Uid, Item::Flags]).await?);
    }
    if proof.is_some_and(|fetched| flags.iter().all(|flag| fetched.has_flag(flag) == add)) {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Refused,
        "expected the server to keep what was marked",
    ))
}

impl Head {
    fn summary(&self, name: &MessageName, keywords: Vec<String>) -> Summary {
        let unread = !self.has_flag(keyword::SEEN);
        Summary::of(name.to_id(), &self.raw, keywords, unread, self.size)
    }
}
