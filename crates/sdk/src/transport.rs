//! What carries mail: the [`Transport`] trait and the transports of this crate.

#[cfg(feature = "asmtp")]
pub mod asmtp;
#[cfg(any(feature = "asmtp", feature = "resend"))]
mod disk;
#[cfg(any(feature = "asmtp", feature = "local"))]
mod envelope_mail;
#[cfg(any(
    feature = "asmtp",
    feature = "context",
    feature = "jmap",
    feature = "resend"
))]
pub(crate) mod http;
#[cfg(feature = "jmap")]
pub mod jmap;
#[cfg(feature = "local")]
pub mod local;
#[cfg(any(feature = "asmtp", feature = "resend"))]
mod marks;
#[cfg(any(feature = "context", feature = "resend"))]
pub(crate) mod pace;
#[cfg(feature = "resend")]
pub mod resend;
#[cfg(feature = "smtp-imap")]
pub mod smtp_imap;
#[cfg(any(feature = "asmtp", feature = "jmap"))]
mod websocket;
#[cfg(any(feature = "jmap", feature = "smtp-imap"))]
mod words;

use std::sync::Arc;

use async_trait::async_trait;

use crate::{
    Error, ErrorKind, Filter, Folder, FolderStatus, Mail, MailId, Mark, Outgoing, Page, Position,
    Receipt, Summary,
};

/// A way to send and to read mail.
///
/// A transport moves octets and knows ids; it does not compose, and what it says about a message
/// comes from [`Summary::of`] so that every transport classifies alike. Four methods make one;
/// what has a default says what it does without.
///
/// # The rules every transport keeps
///
/// * An id given by [`list`](Self::list) or [`search`](Self::search) is the id that
///   [`read`](Self::read) and [`mark`](Self::mark) take. It names one message for ever: when
///   other mail is expunged it stays valid, when its own message is gone it names nothing
///   ([`ErrorKind::NotFound`]), never another message.
/// * Listings are newest first by the order of arrival. A folder that is not there has no
///   messages, or the call ends with `NotFound`.
/// * One message that does not parse never hides the others.
/// * Reading marks as read unless it peeks; listing, searching and watching mark nothing.
/// * A call can be dropped at any await and leaves the transport usable.
#[async_trait]
pub trait Transport: Send + Sync {
    /// The address mail is sent from, `local@domain`.
    fn address(&self) -> &str;

    /// Sends a message and returns once it is durably accepted.
    async fn send(&self, outgoing: Outgoing) -> Result<Receipt, Error>;

    /// One page of a folder, newest first.
    async fn list(&self, filter: &Filter, page: Page) -> Result<Vec<Summary>, Error>;

    /// The messages of a folder whose subject, addresses or text hold all words of `query`,
    /// newest first. The query is data: no server syntax in it has any effect.
    ///
    /// This default peeks at one message after the other; a transport with an index does better.
    async fn search(
        &self,
        query: &str,
        filter: &Filter,
        page: Page,
    ) -> Result<Vec<Summary>, Error> {
        let mut found = Vec::new();
        let (mut to_skip, mut next) = (page.offset, Page::default());
        while found.len() < page.limit {
            let listed = self.list(filter, next).await?;
            if listed.is_empty() {
                break;
            }
            next.offset += listed.len();
            for summary in listed {
                if found.len() == page.limit {
                    break;
                }
                if self.read(&summary.id, true).await?.holds(query) {
                    match to_skip.checked_sub(1) {
                        Some(left) => to_skip = left,
                        None => found.push(summary),
                    }
                }
            }
        }
        Ok(found)
    }

    /// What it does of what not every backend can. The default is everything.
    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }

    /// One whole message. `peek` leaves it unread.
    async fn read(&self, id: &MailId, peek: bool) -> Result<Mail, Error>;

    /// Changes what is remembered about a message. The default remembers nothing.
    async fn mark(&self, _id: &MailId, _mark: &Mark) -> Result<(), Error> {
        Err(unsupported("this transport keeps no marks"))
    }

    /// Moves a message to another folder and returns its id there, or `None` when the backend does
    /// not say it. The old id names nothing then, unless it is the new one. The default moves
    /// nothing.
    async fn move_to(&self, _id: &MailId, _folder: &Folder) -> Result<Option<MailId>, Error> {
        Err(unsupported("this transport moves no messages"))
    }

    /// The folders of the mailbox, by name. The default knows the inbox.
    async fn folders(&self) -> Result<Vec<FolderStatus>, Error> {
        Ok(vec![FolderStatus::named(Folder::inbox())])
    }

    /// The present end of a folder: what arrives later lies behind it. The default has none.
    async fn position(&self, _folder: &Folder) -> Result<Position, Error> {
        Err(unsupported("this transport cannot be watched"))
    }

    /// Waits until mail has arrived behind `after` and returns it, oldest first, each message
    /// with the position behind it. Returns an empty list when the transport wants to be asked
    /// again (a keep-alive interval, a lost connection that was made again). The default cannot
    /// wait.
    async fn wait(
        &self,
        _folder: &Folder,
        _after: &Position,
    ) -> Result<Vec<(Position, Summary)>, Error> {
        Err(unsupported("this transport cannot be watched"))
    }
}

/// What a transport does of what not every backend can. What is not here, every transport does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // a transport says all of it
pub struct Capabilities {
    /// A message arrives with all that was sent: HTML, names in its header, how data and text
    /// relate, files of no octet. Without it [`Receipt::losses`] says what did not.
    pub unchanged: bool,
    /// A summary is made of the whole message. Without it size, class and types are about right.
    pub whole_summaries: bool,
    /// A search looks through addresses, beside subjects and texts.
    pub address_search: bool,
    /// Recipients can stay unnamed. Without it they are refused.
    pub blind_copies: bool,
    /// A message can be for machines only. Without it structured data is sent beside something that
    /// people can read.
    pub machine_mail: bool,
}

impl Default for Capabilities {
    fn default() -> Self {
        Self {
            unchanged: true,
            whole_summaries: true,
            address_search: true,
            blind_copies: true,
            machine_mail: true,
        }
    }
}

fn unsupported(message: &str) -> Error {
    Error::new(ErrorKind::Unsupported, message)
}

/// A pointer to a transport is a transport, so that one can be picked at run time.
macro_rules! transport_behind {
    ($pointer:ident) => {
        #[async_trait]
        impl<T: Transport + ?Sized> Transport for $pointer<T> {
            fn address(&self) -> &str {
                (**self).address()
            }

            async fn send(&self, outgoing: Outgoing) -> Result<Receipt, Error> {
                (**self).send(outgoing).await
            }

            fn capabilities(&self) -> Capabilities {
                (**self).capabilities()
            }

            async fn list(&self, filter: &Filter, page: Page) -> Result<Vec<Summary>, Error> {
                (**self).list(filter, page).await
            }

            async fn search(
                &self,
                query: &str,
                filter: &Filter,
                page: Page,
            ) -> Result<Vec<Summary>, Error> {
                (**self).search(query, filter, page).await
            }

            async fn read(&self, id: &MailId, peek: bool) -> Result<Mail, Error> {
                (**self).read(id, peek).await
            }

            async fn mark(&self, id: &MailId, mark: &Mark) -> Result<(), Error> {
                (**self).mark(id, mark).await
            }

            async fn move_to(&self, id: &MailId, folder: &Folder) -> Result<Option<MailId>, Error> {
                (**self).move_to(id, folder).await
            }

            async fn folders(&self) -> Result<Vec<FolderStatus>, Error> {
                (**self).folders().await
            }

            async fn position(&self, folder: &Folder) -> Result<Position, Error> {
                (**self).position(folder).await
            }

            async fn wait(
                &self,
                folder: &Folder,
                after: &Position,
            ) -> Result<Vec<(Position, Summary)>, Error> {
                (**self).wait(folder, after).await
            }
        }
    };
}

transport_behind!(Box);
transport_behind!(Arc);
