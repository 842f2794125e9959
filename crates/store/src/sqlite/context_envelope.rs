//! Storing the envelope of a message of a thread.

use asmtp_envelope::{Gate, Handle};
use rusqlite::OptionalExtension as _;

use super::batch::Batch;
use crate::{ContextEnvelope, Error, Limits};

impl Batch<'_> {
    /// Puts the envelope of a message into the mailbox of its sender, and into those of the
    /// recipients that take it.
    pub(super) fn carry(
        &mut self,
        envelope: &ContextEnvelope,
        limits: &Limits,
    ) -> Result<(), Error> {
        let Some((sender, policy)) = self.party(&envelope.sender)? else {
            return Ok(()); // it was removed while this waited
        };
        let gate = Gate::new(envelope.sender.clone(), policy);
        let handles = envelope.recipients.iter().map(|(_, handle)| handle);
        let parties = self.parties(sender, gate, handles)?;
        let accepted = envelope.accepted(self.newest.to_wire())?;
        let mut body = Vec::new();
        accepted.envelope().write(&mut body);
        let mut takers = Vec::with_capacity(parties.ids.len());
        for (recipient, &id) in parties.recipients.iter().zip(&parties.ids) {
            // Each is looked up whole, whatever the others of these say.
            let takes = recipient.admits(&parties.sender)
                & self.goes_by(envelope, &recipient.agent, id)?
                & self.has_room(id, body.len() as u64, limits)?;
            if takes && self.pay_for(envelope, sender, id)? {
                takers.push(id);
            }
        }
        let index = &envelope.options.index;
        self.store(sender, &takers, &accepted, &body, index)
    }

    /// Whether an agent is meant by the id that is its by name: somebody else may have claimed it
    /// when that could be done.
    fn goes_by(&self, envelope: &ContextEnvelope, agent: &Handle, id: i64) -> Result<bool, Error> {
        let named = envelope.recipients.iter();
        let Some((name, _)) = named.clone().find(|(_, handle)| handle == agent) else {
            return Ok(false);
        };
        let owner: Option<Option<i64>> = self
            .sql("SELECT owner FROM context_agents WHERE name = ?1")?
            .query_one([name.as_str()], |row| row.get(0))
            .optional()?;
        Ok(owner.flatten().is_none_or(|owner| owner == id))
    }

    /// Takes a token for the pair.
    fn pay_for(
        &mut self,
        envelope: &ContextEnvelope,
        sender: i64,
        recipient: i64,
    ) -> Result<bool, Error> {
        let options = &envelope.options;
        let Some(rates) = options.rates else {
            return Ok(true);
        };
        let taken = self.take_token(sender, recipient, rates.pair, options.now)?;
        Ok(taken.is_ok())
    }
}
