use std::fmt::Debug;

use asmtp_envelope::{EnvelopeId, EnvelopePost, Handle, Listing, MonitorFact, MonitorHandle};
use async_trait::async_trait;

use crate::{AcceptOptions, Acceptance, Error, FactKey, Format};

/// Mailboxes as ASMTP sees them. They are the same as those of [`MailStore`](crate::MailStore):
/// mail that was delivered with a frame is listed here, and envelopes are listed there.
///
/// # Errors
///
/// Every call may fail as those of [`MailStore`](crate::MailStore) do. One by an agent which does
/// not exist, or was removed, fails with [`NotFound`](crate::ErrorKind::NotFound).
#[async_trait]
pub trait EnvelopeStore: Debug + Send + Sync {
    /// Decides on a post of `sender` and stores what is accepted: look-ups, decision and writes
    /// are one transaction (ASMTP, 3.1). Everything is looked up before anything is decided.
    ///
    /// With rates, each call takes from the sender's bucket, and an accepted envelope from the
    /// bucket of each recipient.
    async fn accept(
        &self,
        sender: &Handle,
        post: EnvelopePost,
        options: AcceptOptions,
    ) -> Result<Acceptance, Error>;

    /// The rows of a listing (ASMTP, 4.2), as many as its limit at most.
    async fn list_envelopes(
        &self,
        agent: &Handle,
        listing: &Listing,
    ) -> Result<Vec<ListedRow>, Error>;

    /// The bodies that `agent` may see, in the order of the ids, each once; others are left out.
    /// It marks nothing.
    async fn peek(&self, agent: &Handle, ids: &[EnvelopeId]) -> Result<Vec<Fetched>, Error>;

    /// As [`peek`](Self::peek), and those that the agent received are marked read (ASMTP, 5).
    async fn fetch(&self, agent: &Handle, ids: &[EnvelopeId]) -> Result<Vec<Fetched>, Error>;

    /// Marks entries read and returns those among the ids that the agent has, each once, in
    /// their order, whether or not this changed them (ASMTP, 4.3).
    async fn mark_read(&self, agent: &Handle, ids: &[EnvelopeId])
    -> Result<Vec<EnvelopeId>, Error>;

    /// Removes what the agent received under this id. What it sent stays (ASMTP, 19).
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) when it has not received it.
    async fn remove_entry(&self, agent: &Handle, id: EnvelopeId) -> Result<(), Error>;

    /// The facts under one of the sender's monitors behind `after`, oldest first (ASMTP, 9).
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) when the sender has no fact under it at all.
    async fn facts(
        &self,
        sender: &Handle,
        monitor: &MonitorHandle,
        after: FactKey,
        limit: u32,
    ) -> Result<Vec<(FactKey, MonitorFact)>, Error>;

    /// All facts of a sender behind `after`, oldest first, for its sockets.
    async fn facts_after(
        &self,
        sender: &Handle,
        after: FactKey,
        limit: u32,
    ) -> Result<Vec<(FactKey, MonitorFact)>, Error>;

    /// Where the mailbox of an agent ends now: a socket without a cursor starts there.
    async fn last_keys(&self, agent: &Handle) -> Result<LastKeys, Error>;

    /// The envelopes in the agent's mailbox whose subject or text parts hold `text`, whatever the
    /// case of its ASCII letters: newest first, `limit` at most (ASMTP, 14).
    ///
    /// No character is special. A text of fewer than three characters is looked for in the newest
    /// [`SHORT_SEARCH`](crate::SHORT_SEARCH) entries only.
    async fn search_envelopes(
        &self,
        agent: &Handle,
        text: &str,
        limit: u32,
    ) -> Result<Vec<FoundEnvelope>, Error>;
}

/// How many entries, from the newest, a search for fewer than three characters looks at.
pub const SHORT_SEARCH: u32 = 10_000;

/// A row of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListedRow {
    /// The frame as it is pushed: the same octets for everybody.
    pub frame: Vec<u8>,
    /// What the agent is to it.
    pub entry: asmtp_envelope::Entry,
    /// Its place in the mailbox.
    pub key: asmtp_envelope::OrderKey,
}

/// A body that was fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fetched {
    /// The envelope.
    pub id: EnvelopeId,
    /// What the body is.
    pub format: Format,
    /// The body: of an envelope the stored form whole, with its monitor, which only its sender may
    /// see; of mail the message as it was delivered.
    pub body: Vec<u8>,
    /// The frame as it is pushed. Mail that ASMTP doors do not show has none.
    pub frame: Option<Vec<u8>>,
    /// Whether the agent that fetched is its sender.
    pub is_sender: bool,
}

/// What a search found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FoundEnvelope {
    /// The frame as it is pushed.
    pub frame: Vec<u8>,
    /// Some of the text around the place, or the beginning of the text when the subject holds it.
    pub snippet: String,
    /// Its place in the mailbox.
    pub key: asmtp_envelope::OrderKey,
}

/// Where a mailbox ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LastKeys {
    /// The newest envelope that was sent or received.
    pub entry: Option<asmtp_envelope::OrderKey>,
    /// The newest fact, [`FactKey::START`] when there is none.
    pub fact: FactKey,
}
