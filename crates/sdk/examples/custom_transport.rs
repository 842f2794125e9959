//! A transport of one's own: mailboxes in memory.
//!
//! Everything a [`Transport`] must do is written out here; what has a default is left to it. The
//! suite of the real transports passes on it (`tests/custom_transport.rs`).

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use mailmesh::{
    AgentMailbox, Error, ErrorKind, Filter, Folder, Mail, MailId, Mark, Outgoing, Page, Position,
    Receipt, Summary, Transport,
};
use structured_email::Draft;
use tokio::sync::Notify;

/// The mailbox of one address in a [`PostOffice`].
#[derive(Debug)]
pub(crate) struct Memory {
    pub(crate) address: String,
    pub(crate) office: Arc<PostOffice>,
}

/// All mail in the order of arrival. An id is a place on the shelf; a place is never reused.
#[derive(Debug, Default)]
pub(crate) struct PostOffice {
    shelf: Mutex<Vec<Parcel>>,
    arrived: Notify,
}

#[derive(Debug)]
pub(crate) struct Parcel {
    pub(crate) owner: String,
    pub(crate) mail: Option<Mail>,
}

impl PostOffice {
    pub(crate) fn shelf(&self) -> MutexGuard<'_, Vec<Parcel>> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memory {
    fn one<T>(&self, id: &MailId, with: impl FnOnce(&mut Mail) -> T) -> Result<T, Error> {
        let mut shelf = self.office.shelf();
        let mut mine = shelf
            .iter_mut()
            .filter(|parcel| parcel.owner == self.address);
        mine.find_map(|parcel| parcel.mail.as_mut().filter(|mail| mail.summary.id == *id))
            .map(with)
            .ok_or_else(|| Error::new(ErrorKind::NotFound, "there is no such message"))
    }

    fn all(&self, from: usize) -> Vec<(usize, Summary)> {
        let shelf = self.office.shelf();
        let places = shelf.iter().enumerate().skip(from);
        let mine = places.filter(|(_, parcel)| parcel.owner == self.address);
        mine.filter_map(|(n, parcel)| Some((n, parcel.mail.as_ref()?.summary.clone())))
            .collect()
    }
}

#[async_trait]
impl Transport for Memory {
    fn address(&self) -> &str {
        &self.address
    }

    async fn send(&self, outgoing: Outgoing) -> Result<Receipt, Error> {
        let mut shelf = self.office.shelf();
        for owner in outgoing.recipients.iter().cloned() {
            let id = MailId::new(format!("m{}", shelf.len()));
            let mail = Mail::new(id, outgoing.message.clone(), Vec::new(), true);
            shelf.push(Parcel {
                owner,
                mail: Some(mail),
            });
        }
        self.office.arrived.notify_waiters();
        Ok(Receipt::new(
            outgoing.message_id,
            outgoing.recipients,
            Vec::new(),
        ))
    }

    async fn list(&self, filter: &Filter, page: Page) -> Result<Vec<Summary>, Error> {
        let newest_first = self.all(0).into_iter().rev().map(|(_, summary)| summary);
        let listed =
            newest_first.filter(|it| filter.folder == Folder::inbox() && filter.accepts(it));
        Ok(listed.skip(page.offset).take(page.limit).collect())
    }

    async fn read(&self, id: &MailId, peek: bool) -> Result<Mail, Error> {
        self.one(id, |mail| {
            mail.summary.unread &= peek;
            mail.clone()
        })
    }

    async fn mark(&self, id: &MailId, mark: &Mark) -> Result<(), Error> {
        self.one(id, |mail| mail.summary.apply(mark))
    }

    async fn position(&self, _: &Folder) -> Result<Position, Error> {
        Ok(Position::new(self.office.shelf().len().to_string()))
    }

    async fn wait(&self, _: &Folder, after: &Position) -> Result<Vec<(Position, Summary)>, Error> {
        let not_ours = |_| Error::new(ErrorKind::Invalid, "expected a position of this transport");
        let after = after.as_str().parse().map_err(not_ours)?;
        loop {
            let arrived = self.office.arrived.notified();
            let new = self.all(after);
            if !new.is_empty() {
                let behind = |n: usize| Position::new((n + 1).to_string());
                return Ok(new
                    .into_iter()
                    .map(|(n, summary)| (behind(n), summary))
                    .collect());
            }
            arrived.await;
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let office = Arc::new(PostOffice::default());
    let mailbox = |address: &str| {
        AgentMailbox::new(Memory {
            address: address.to_owned(),
            office: Arc::clone(&office),
        })
    };
    let (alice, bob) = (mailbox("alice@example.test"), mailbox("bob@example.test"));
    alice
        .send(
            Draft::new()
                .to(bob.address())
                .subject("Hello")
                .text("From memory."),
        )
        .await?;
    for summary in bob.list(&Filter::default(), Page::default()).await? {
        println!("{}: {}", summary.from.unwrap_or_default(), summary.subject);
    }
    Ok(())
}
