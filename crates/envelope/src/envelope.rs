use crate::canonical::Digest;
use crate::{
    ContentPart, EnvelopeId, EnvelopePost, Error, Handle, Limits, MonitorHandle, Subject,
    Timestamp, TypeHint, post,
};

/// An envelope as an operator stores it: a post and who sent it (2.3).
///
/// Reading one is for recipients, who did not choose what an operator lets through. So a part
/// that breaks the rules is kept as [`Body::Other`](crate::Body::Other) instead of hiding the
/// rest, and a subject that does is made safe to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    from: Handle,
    post: EnvelopePost,
}

/// What an agent is to an envelope (section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)] // who may read is a question with these answers
pub enum Reader {
    /// It may fetch the envelope, and has read it then.
    Recipient,
    /// It sent the envelope and is no recipient: it may fetch without a read mark.
    Sender,
    /// To it the envelope does not exist: 404, as for an unknown id.
    Stranger,
}

impl Envelope {
    /// A post and who sent it.
    #[must_use]
    pub fn new(from: Handle, post: EnvelopePost) -> Self {
        Self { from, post }
    }

    /// Reads a fetched body.
    ///
    /// # Errors
    ///
    /// When it is not strict JSON within [`Limits::envelope`](field@crate::Limits::envelope), or lacks what
    /// every envelope has.
    pub fn parse(octets: &[u8], limits: &Limits) -> Result<Self, Error> {
        let (from, post) = post::read_stored(octets, limits)?;
        Ok(Self { from, post })
    }

    /// What `agent` is to this envelope.
    #[must_use]
    pub fn reader(&self, agent: &Handle) -> Reader {
        if self.to().contains(agent) || self.cc().contains(agent) {
            Reader::Recipient
        } else if *agent == self.from {
            Reader::Sender
        } else {
            Reader::Stranger
        }
    }

    /// Appends the stored form whole, with its monitor: what a store keeps, and what its sender
    /// may fetch.
    pub fn write(&self, out: &mut Vec<u8>) {
        post::write_stored(&self.post, &self.from, true, out);
    }

    /// Appends the body that `agent` gets to see: the monitor is for the sender only (section 9).
    pub fn write_for(&self, agent: &Handle, out: &mut Vec<u8>) {
        post::write_stored(&self.post, &self.from, *agent == self.from, out);
    }

    /// What tells it from a retry of the same id (3.3).
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.post)
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> EnvelopeId {
        self.post.id()
    }

    /// Who sent it, as the operator stamped it.
    #[must_use]
    pub fn from(&self) -> &Handle {
        &self.from
    }

    /// The handles in `to`, as posted.
    #[must_use]
    pub fn to(&self) -> &[Handle] {
        self.post.to()
    }

    /// The handles in `cc`, as posted.
    #[must_use]
    pub fn cc(&self) -> &[Handle] {
        self.post.cc()
    }

    /// Its subject.
    #[must_use]
    pub fn subject(&self) -> Option<&Subject> {
        self.post.subject()
    }

    /// The envelope it answers: the sender's claim, and no proof of access (2.5).
    #[must_use]
    pub fn answers(&self) -> Option<EnvelopeId> {
        self.post.answers()
    }

    /// The envelopes above it in its thread, oldest first: claims as well.
    #[must_use]
    pub fn references(&self) -> &[EnvelopeId] {
        self.post.references()
    }

    /// The sender's time: never trusted, never sorted by.
    #[must_use]
    pub fn date_ms(&self) -> Timestamp {
        self.post.date_ms()
    }

    /// What it says.
    #[must_use]
    pub fn content_parts(&self) -> &[ContentPart] {
        self.post.content_parts()
    }

    /// The name under which its sender watches it.
    #[must_use]
    pub fn monitor(&self) -> Option<&MonitorHandle> {
        self.post.monitor()
    }

    /// About how many tokens its parts are: a quarter of their octets as JSON (2.4).
    #[must_use]
    pub fn size_hint(&self) -> u64 {
        self.post.size_hint()
    }

    /// The one type that all its parts share, else mixed (2.4).
    #[must_use]
    pub fn type_hint(&self) -> TypeHint {
        self.post.type_hint()
    }

    /// The effective recipients: `to`, then `cc`, each handle once at its first place (2.1).
    pub fn recipients(&self) -> impl Iterator<Item = (&Handle, crate::Role)> {
        self.post.recipients()
    }
}
