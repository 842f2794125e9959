//! Messages of threads that are in mailboxes as well.

use std::fmt::Debug;

use asmtp_envelope::{
    Accepted, Decision, EnvelopePost, Gate, Handle, OrderKey, Policy, View, accept,
};
use context_sync::{AgentId, StoredMessage};

use crate::{AcceptOptions, Error, ErrorKind};

/// Makes the envelope of a message of a thread, for [`ContextPost`](crate::ContextPost).
///
/// It is asked inside the transaction that takes the message, since only there it is known whom a
/// reply to all is for; asked again, it gives the same.
pub trait MakeEnvelope: Debug + Send + Sync {
    /// The envelope, if the message is for any mailbox and fits.
    fn envelope(&self, message: &StoredMessage) -> Option<ContextEnvelope>;
}

/// An envelope that is stored with a message of a thread.
///
/// Its sender keeps it among what it sent. It is delivered to those recipients that take mail of the
/// sender now: both sides let each other pass (ASMTP, 10), the mailbox has room, and the sender has
/// a token for it. The others have the message in their thread only, and nothing tells the sender
/// who they are, not even that there are any.
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_structs)] // what a caller has to say
pub struct ContextEnvelope {
    /// Who sends it.
    pub sender: Handle,
    /// What it says, with an id that was minted for it. It names all who may know of each other.
    pub post: EnvelopePost,
    /// Whom it is delivered to, and the ids by which the message names them. Where somebody else has
    /// claimed an id, that is another one. They need not stand in the post.
    pub recipients: Vec<(AgentId, Handle)>,
    /// As with any envelope. The bucket of the sender was paid with the message.
    pub options: AcceptOptions,
}

impl ContextEnvelope {
    /// How it is stored behind the last message of its mailboxes.
    ///
    /// A post is for all of its recipients or for none; here each is judged alone, and those who are
    /// only named are not judged. So every gate is open where the post is decided on.
    pub(crate) fn accepted(&self, last: OrderKey) -> Result<Box<Accepted>, Error> {
        let open = |agent: &Handle| Gate::new(agent.clone(), Policy::Open);
        let recipients = self.post.recipients();
        let recipients: Vec<_> = recipients.map(|(handle, _)| open(handle)).collect();
        let view = View {
            sender: &open(&self.sender),
            recipients: &recipients,
            known: None,
            files: &[],
            last: Some(last),
            base: &self.options.base,
        };
        match accept(self.post.clone(), &view, self.options.now) {
            Decision::Accepted(accepted) => Ok(accepted),
            _ => Err(Error::new(
                ErrorKind::Invalid,
                "expected an envelope without files, within the range of order keys",
            )),
        }
    }
}
