use std::fmt;
use std::sync::Arc;

use structured_email::{Draft, Stamp};

#[cfg(feature = "agent-card")]
use crate::CarriedCard;
use crate::environment::stamp;
use crate::forward;
use crate::reply::Reply;
use crate::{
    Capabilities, Environment, Error, Filter, Folder, FolderStatus, Mail, MailId, Mark, Outgoing,
    Page, Position, Receipt, Summary, SystemEnvironment, Transport, Watch,
};

/// The mailbox of one agent: it writes and reads mail over the [`Transport`] it is given.
///
/// A clone is the same mailbox. Every call can be made from many tasks at once and dropped at
/// any time. Every call fails with the kinds of error its transport has; what a method adds is
/// said there.
#[derive(Clone)]
pub struct AgentMailbox {
    transport: Arc<dyn Transport>,
    environment: Arc<dyn Environment>,
    #[cfg(feature = "agent-card")]
    card: Option<Arc<CarriedCard>>,
}

impl AgentMailbox {
    /// A mailbox over a transport, with the system's clock and randomness.
    pub fn new(transport: impl Transport + 'static) -> Self {
        Self {
            transport: Arc::new(transport),
            environment: Arc::new(SystemEnvironment),
            #[cfg(feature = "agent-card")]
            card: None,
        }
    }

    /// The same with another clock and source of randomness.
    #[must_use]
    pub fn with_environment(mut self, environment: impl Environment + 'static) -> Self {
        self.environment = Arc::new(environment);
        self
    }

    /// The same with the card of the agent, for [`introduce`](Self::introduce).
    #[cfg(feature = "agent-card")]
    #[must_use]
    pub fn with_card(mut self, card: CarriedCard) -> Self {
        self.card = Some(Arc::new(card));
        self
    }

    /// The card of the agent.
    #[cfg(feature = "agent-card")]
    #[must_use]
    pub fn card(&self) -> Option<&CarriedCard> {
        self.card.as_deref()
    }

    /// The draft with the card of the agent, as data apart from what the draft says. One that
    /// says nothing else becomes a message for machines.
    ///
    /// # Errors
    ///
    /// [`Invalid`](crate::ErrorKind::Invalid) when the mailbox has no card. When the draft is for
    /// machines only and has data already, [`send`](Self::send) refuses it.
    #[cfg(feature = "agent-card")]
    pub fn introduce(&self, draft: Draft) -> Result<Draft, Error> {
        match &self.card {
            Some(card) => Ok(draft.data_apart(card.to_item())),
            None => Err(Error::new(
                crate::ErrorKind::Invalid,
                "expected a mailbox with a card",
            )),
        }
    }

    /// What its transport does of what not every backend can.
    #[must_use]
    pub fn capabilities(&self) -> Capabilities {
        self.transport.capabilities()
    }

    /// The address mail is sent from.
    #[must_use]
    pub fn address(&self) -> &str {
        self.transport.address()
    }

    /// Sends a message and returns once it is durably accepted. It is from
    /// [`address`](Self::address) unless the draft says otherwise; date and message id are
    /// made here.
    ///
    /// When some recipients were refused the message went to the others, and the receipt says
    /// so.
    ///
    /// # Errors
    ///
    /// [`Invalid`](crate::ErrorKind::Invalid) when the draft cannot be written or names no
    /// recipient; [`Refused`](crate::ErrorKind::Refused) when every recipient was refused.
    pub async fn send(&self, draft: Draft) -> Result<Receipt, Error> {
        let stamp = stamp(self.environment.as_ref(), self.address())?;
        self.send_stamped(draft, &stamp).await
    }

    /// As [`send`](Self::send), with the date, message id and boundary of a stamp.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn send_stamped(&self, draft: Draft, stamp: &Stamp) -> Result<Receipt, Error> {
        let draft = match draft.author() {
            Some(_) => draft,
            None => draft.from(self.address()),
        };
        self.transport.send(Outgoing::compose(draft, stamp)?).await
    }

    /// Answers the author of `parent`, or its `Reply-To`, in the same thread.
    ///
    /// Recipients, subject and threading fields come from the parent (RFC 5322 3.6.4); a
    /// subject in the draft wins, recipients in the draft join in.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send); [`Protocol`](crate::ErrorKind::Protocol) when the parent is over
    /// the limits of a message.
    pub async fn reply(&self, parent: &Mail, draft: Draft) -> Result<Receipt, Error> {
        self.send(self.answer(parent, draft, false)?).await
    }

    /// Answers everybody who saw `parent`, except oneself.
    ///
    /// # Errors
    ///
    /// As [`reply`](Self::reply).
    pub async fn reply_all(&self, parent: &Mail, draft: Draft) -> Result<Receipt, Error> {
        self.send(self.answer(parent, draft, true)?).await
    }

    /// Sends `original` on to the recipients of the draft: the message as it arrived is attached
    /// (RFC 2046 5.2.1), and the subject says `Fwd:` unless the draft has one.
    ///
    /// It starts a thread of its own. A message that cannot stand in another as it is, such as one
    /// with lines of more than 998 octets, is attached as a file.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn forward(&self, original: &Mail, draft: Draft) -> Result<Receipt, Error> {
        self.send(forward::draft(original, draft)).await
    }

    /// One page of a folder, newest first.
    pub async fn list(&self, filter: &Filter, page: Page) -> Result<Vec<Summary>, Error> {
        self.transport.list(filter, page).await
    }

    /// The messages that hold all words of `query`, newest first. The query is data: no search
    /// syntax in it has any effect. One without a word finds nothing.
    pub async fn search(
        &self,
        query: &str,
        filter: &Filter,
        page: Page,
    ) -> Result<Vec<Summary>, Error> {
        if query.split_whitespace().next().is_none() {
            return Ok(Vec::new());
        }
        self.transport.search(query, filter, page).await
    }

    /// One whole message, marked as read.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) when there is no such message, or no more.
    pub async fn read(&self, id: &MailId) -> Result<Mail, Error> {
        self.transport.read(id, false).await
    }

    /// One whole message, left as unread as it is.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub async fn peek(&self, id: &MailId) -> Result<Mail, Error> {
        self.transport.read(id, true).await
    }

    /// Changes what is remembered about a message.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) when there is no such message;
    /// [`Invalid`](crate::ErrorKind::Invalid) for what is no IMAP keyword: it is an atom of at
    /// most [`Mark::MAX_KEYWORD`] octets (RFC 9051 9).
    pub async fn mark(&self, id: &MailId, mark: &Mark) -> Result<(), Error> {
        mark.check()?;
        self.transport.mark(id, mark).await
    }

    /// Moves a message to another folder and returns its id there, or `None` when the backend does
    /// not say it.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) when there is no such message or, where folders are
    /// not made by moving to them, no such folder;
    /// [`Unsupported`](crate::ErrorKind::Unsupported) where messages stay where they are.
    pub async fn move_to(&self, id: &MailId, folder: &Folder) -> Result<Option<MailId>, Error> {
        self.transport.move_to(id, folder).await
    }

    /// The folders of the mailbox, by name.
    pub async fn folders(&self) -> Result<Vec<FolderStatus>, Error> {
        self.transport.folders().await
    }

    /// Watches a folder: from a saved position on, else from now on. What arrives once this
    /// has returned is in the stream.
    ///
    /// # Errors
    ///
    /// When the present end of the folder cannot be learned.
    pub async fn watch(&self, folder: Folder, after: Option<Position>) -> Result<Watch, Error> {
        let position = match after {
            Some(position) => position,
            None => self.transport.position(&folder).await?,
        };
        let (transport, environment) = (Arc::clone(&self.transport), Arc::clone(&self.environment));
        Ok(Watch::new(transport, environment, folder, position))
    }

    fn answer(&self, parent: &Mail, draft: Draft, everybody: bool) -> Result<Draft, Error> {
        let reply = Reply::to(&parent.message()?, self.address(), everybody);
        let mut draft = match draft.subject_line() {
            Some(_) => draft,
            None => draft.subject(reply.subject.as_str()),
        };
        draft = reply.to.iter().cloned().fold(draft, Draft::to);
        draft = reply.cc.iter().cloned().fold(draft, Draft::cc);
        Ok(reply.thread(draft))
    }
}

impl fmt::Debug for AgentMailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentMailbox")
            .field("address", &self.address())
            .field("environment", &self.environment)
            .finish_non_exhaustive()
    }
}
