use super::bridge::is_human;
use super::{HumanBridge, Intent, Letter};
use crate::{AgentMailbox, Arrival, Error, ErrorKind, Mail, MailId, Position, Watch};

/// The mail that people write to an inbox, as [`HumanBridge::process_inbox`] gives it.
///
/// Mail for machines, automatic mail and the mailbox's own is passed over. So is what is gone
/// before it is read, and what is over the limits of a message. Nothing is marked as read.
#[derive(Debug)]
pub struct HumanInbox {
    bridge: HumanBridge,
    mailbox: AgentMailbox,
    watch: Watch,
    /// What the watch gave and is not dealt with: a call that is dropped loses no mail.
    pending: Option<Arrival>,
    position: Position,
}

/// A person's mail and what it wants.
#[derive(Debug)]
#[non_exhaustive]
pub struct HumanMail {
    /// The place behind it: saved when it was dealt with, it never comes again.
    pub position: Position,
    /// The mail.
    pub mail: Mail,
    /// What the person wrote in it.
    pub letter: Letter,
    /// What it wants. A model that fails, or answers what is no intent, hides no mail: call
    /// [`HumanBridge::understand`] again, or the one of [`HumanBridge::by_rules`].
    pub intent: Result<Intent, Error>,
}

impl HumanInbox {
    pub(super) fn new(bridge: HumanBridge, mailbox: AgentMailbox, watch: Watch) -> Self {
        let position = watch.position().clone();
        Self {
            bridge,
            mailbox,
            watch,
            pending: None,
            position,
        }
    }

    /// The next mail: `None` only after the error that ended the [`Watch`].
    ///
    /// Can be dropped at any time; no mail is lost, though a model may be asked twice.
    ///
    /// # Errors
    ///
    /// What the mailbox fails with. The same mail is tried again by the next call.
    pub async fn next(&mut self) -> Option<Result<HumanMail, Error>> {
        loop {
            let arrival = match self.pending.clone() {
                Some(arrival) => arrival,
                None => match self.watch.next().await? {
                    Ok(arrival) => arrival,
                    Err(error) => return Some(Err(error)),
                },
            };
            self.pending = Some(arrival.clone());
            let Arrival { position, summary } = arrival;
            let found = if summary.is_mrm {
                Ok(None)
            } else {
                self.read(&summary.id).await
            };
            let (mail, letter) = match found {
                Ok(Some(found)) => found,
                Ok(None) => {
                    self.pass(position);
                    continue;
                }
                Err(error) => return Some(Err(error)),
            };
            let intent = self.bridge.understand(&letter).await;
            self.pass(position.clone());
            return Some(Ok(HumanMail {
                position,
                mail,
                letter,
                intent,
            }));
        }
    }

    /// The place behind all mail that was given or passed over.
    #[must_use]
    pub fn position(&self) -> &Position {
        &self.position
    }

    /// The mail, if a person wrote it and it can be read.
    async fn read(&self, id: &MailId) -> Result<Option<(Mail, Letter)>, Error> {
        let mail = match self.mailbox.peek(id).await {
            Ok(mail) => mail,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        // Over the limits: it would be so each time.
        if !is_human(&self.mailbox, &mail).unwrap_or(false) {
            return Ok(None);
        }
        let letter = Letter::of(&mail)?;
        Ok(Some((mail, letter)))
    }

    fn pass(&mut self, position: Position) {
        self.pending = None;
        self.position = position;
    }
}
