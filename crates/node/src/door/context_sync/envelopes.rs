//! Messages that are in mailboxes as well: those of agents that are known by their handles and
//! addresses, to others that are.

use std::sync::Arc;

use asmtp_envelope::{EnvelopeId, Handle};
use context_sync::{AgentId, StoredMessage, Title};
use mail_bridge::FromContext;
use mailmesh_store::{AcceptOptions, ContextEnvelope, MakeEnvelope};

use super::access::Identity;
use crate::ambient;
use crate::core::Core;
use crate::mail_view;

/// Makes the envelope of a message, with what the world gives to it.
#[derive(Debug)]
struct Maker {
    core: Arc<Core>,
    sender: Handle,
    id: EnvelopeId,
    options: AcceptOptions,
}

/// What makes the envelope of a message of this sender; `None` where it is no agent's own id, or the
/// clock is outside of what ids can tell.
///
/// # Errors
///
/// When there are no random octets.
pub(super) fn maker(
    core: &Arc<Core>,
    identity: &Identity,
    sender: &AgentId,
) -> Result<Option<Arc<dyn MakeEnvelope>>, getrandom::Error> {
    let own = identity.title(core, sender) == Title::Caller;
    let Some(agent) = identity.agent.as_ref().filter(|_| own) else {
        return Ok(None);
    };
    let now = core.clock.now();
    let Ok(id) = EnvelopeId::mint(now, ambient::random()?) else {
        return Ok(None);
    };
    let options = AcceptOptions {
        rates: core.rates,
        ..AcceptOptions::new(now, core.base.clone())
    };
    Ok(Some(Arc::new(Maker {
        core: core.clone(),
        sender: agent.handle.clone(),
        id,
        options,
    })))
}

impl MakeEnvelope for Maker {
    fn envelope(&self, message: &StoredMessage) -> Option<ContextEnvelope> {
        let domain = &self.core.mail_domain;
        let message = FromContext::new(message, domain);
        // What is for nobody who has a mailbox is in its thread only.
        let post = message
            .post(self.id, &mail_bridge::Limits::default())
            .ok()?;
        let post = post.value;
        let index = mail_view::index(&post, &self.sender, domain);
        Some(ContextEnvelope {
            sender: self.sender.clone(),
            post,
            recipients: message
                .recipients()
                .map(|(id, handle)| (id.clone(), handle))
                .collect(),
            options: AcceptOptions {
                index,
                ..self.options.clone()
            },
        })
    }
}
