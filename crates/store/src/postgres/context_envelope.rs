//! Storing the envelope of a message of a thread.

use std::slice;

use asmtp_envelope::Gate;
use deadpool_postgres::Transaction;

use super::group::Group;
use super::row::value;
use super::statement::query;
use super::view::View;
use super::writer::Message;
use crate::{ContextEnvelope, Direction, Error, FolderName, Limits, OrderKey};

/// Stores an envelope in the transaction of its message. The thread is locked by then, and mailboxes
/// come behind threads in the order in which everybody locks.
pub(super) async fn carry(
    transaction: &Transaction<'_>,
    mut envelope: ContextEnvelope,
    limits: &Limits,
) -> Result<(), Error> {
    forget_namesakes(transaction, &mut envelope).await?;
    let message = Message::Thread(Box::new(envelope));
    let messages = slice::from_ref(&message);
    let mut view = View::gather(transaction, messages).await?;
    view.make_folders(transaction, messages).await?;
    let mut group = Group::new(view, limits);
    group.decide(&message)?;
    group.write(transaction).await
}

/// Leaves out the recipients that are not meant by the id that is theirs by name: somebody else may
/// have claimed it when that could be done.
async fn forget_namesakes(
    transaction: &Transaction<'_>,
    envelope: &mut ContextEnvelope,
) -> Result<(), Error> {
    let recipients = envelope.recipients.iter();
    let (names, handles): (Vec<&str>, Vec<&str>) = recipients
        .map(|(id, handle)| (id.as_str(), handle.as_str()))
        .unzip();
    let sql = "SELECT n.name FROM unnest($1::text[], $2::text[]) AS n (name, handle)
               JOIN context_agents AS c ON c.name = n.name
               LEFT JOIN agents AS a ON a.handle = n.handle
               WHERE c.owner IS NOT NULL AND c.owner IS DISTINCT FROM a.id";
    let rows = query(transaction, sql, &[&names, &handles]).await?;
    let others = rows.iter().map(|row| value::<String>(row, "name"));
    let others = others.collect::<Result<Vec<_>, _>>()?;
    let is_meant = |name: &str| !others.iter().any(|other| other == name);
    envelope.recipients.retain(|(id, _)| is_meant(id.as_str()));
    Ok(())
}

impl Group<'_> {
    /// Puts the envelope of a message into the mailbox of its sender, and into those of the
    /// recipients that take it.
    pub(super) fn carry(&mut self, envelope: &ContextEnvelope) -> Result<(), Error> {
        let gate =
            |group: &Self, id: i64| -> Option<Gate> { group.view.mailboxes.get(&id)?.gate.clone() };
        let author = self.agent(&envelope.sender);
        let Some((author, sender)) = author.and_then(|id| Some((id, gate(self, id)?))) else {
            return Ok(()); // it was removed meanwhile
        };
        let recipients: Vec<i64> = envelope
            .recipients
            .iter()
            .filter_map(|(_, handle)| self.agent(handle))
            .collect();
        let concerned = recipients.iter().chain([&author]).copied();
        let accepted = envelope.accepted(self.newest(concerned).to_wire())?;
        let mut body = Vec::new();
        accepted.envelope().write(&mut body);
        let mut takers = Vec::with_capacity(recipients.len());
        for id in recipients {
            let inbox = self.entry(id, Direction::In, &FolderName::inbox(), true, &[])?;
            let admits = gate(self, id).is_some_and(|gate| gate.admits(&sender));
            let has_room = self.has_room(slice::from_ref(&inbox), body.len());
            if admits & has_room && self.pay_for(envelope, (author, id)) {
                takers.push(id);
            }
        }
        let message = self.envelope(author, &takers, &accepted, &envelope.options)?;
        let key = OrderKey::from_micros(message.key.unsigned_abs())?;
        self.put(accepted.id(), key, message);
        Ok(())
    }

    /// Takes a token for the pair.
    fn pay_for(&mut self, envelope: &ContextEnvelope, pair: (i64, i64)) -> bool {
        let options = &envelope.options;
        let Some(rates) = options.rates else {
            return true;
        };
        let full_at = self.view.buckets.get(&pair).copied();
        match rates.pair.take(full_at, options.now) {
            Ok(full_at) => self.fill(pair, full_at),
            Err(_) => return false,
        }
        true
    }
}
