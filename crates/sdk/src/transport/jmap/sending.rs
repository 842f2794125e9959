//! Sending: upload, import, submit.

use mail_jmap::{Id, Outcome, Refusal as Refused, Request, Submission, Then};

use super::account::Account;
use super::{JmapTransport, fault};
use crate::{Error, ErrorKind, Outgoing, Receipt, Refusal};

/// A message on its way.
struct Delivery<'a> {
    transport: &'a JmapTransport,
    account: &'a Account,
    outgoing: &'a Outgoing,
    identity: Id,
    /// Where the message is until it is sent.
    drafts: Id,
    /// Where it goes then.
    sent: Option<Id>,
}

impl JmapTransport {
    pub(super) async fn submit(&self, outgoing: &Outgoing) -> Result<Receipt, Error> {
        let account = self.account().await?;
        if !account.session.can_submit {
            let message = "expected a server that sends mail";
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        let link = &self.link;
        let sent = match self.config.append_sent {
            true => Some(account.role(link, &["sent"]).await?),
            false => None,
        };
        let delivery = Delivery {
            transport: self,
            identity: account.identity(link, &outgoing.from.address).await?,
            drafts: account.role(link, &["drafts", "sent", "inbox"]).await?,
            sent,
            outgoing,
            account: &account,
        };
        delivery.run().await
    }
}

impl Delivery<'_> {
    async fn run(self) -> Result<Receipt, Error> {
        let link = &self.transport.link;
        let message = &self.outgoing.message;
        let blob = link.upload(&self.account.session, message).await?;

        // A server that refuses a recipient sends to nobody (RFC 8621 7.5): once more, without it.
        let mut recipients = self.outgoing.recipients.clone();
        let mut refused = Vec::new();
        let mut email = None;
        let mut is_ours = true;
        loop {
            let mut request = self.account.request();
            let imported = email.is_none().then(|| request.import(&blob, &self.drafts));
            let submission = Submission {
                email: email.as_ref(),
                identity: &self.identity,
                from: &self.outgoing.from.address,
                recipients: &recipients,
                then: self.then(is_ours),
            };
            let submitted = request.submit(&submission);
            let octets = link.ask(&self.account.session, &request).await?;
            let response = self.account.response(&octets)?;
            if let Some(imported) = imported {
                let imported = response.read(&imported).map_err(fault::failure)?;
                match place(&imported)? {
                    Import::New(id) => email = Some(id),
                    // The same message was written before and stayed, as it does after a failure.
                    Import::Old(id) => {
                        email = Some(id);
                        is_ours = false;
                        continue;
                    }
                }
            }
            let outcome = response.read(&submitted).map_err(fault::failure);
            let refusal = match outcome {
                Ok(outcome) if outcome.created.contains_key(Request::SUBMISSION) => break,
                Ok(mut outcome) => outcome.not_created.remove(Request::SUBMISSION),
                Err(error) => {
                    self.discard(email.as_ref().filter(|_| is_ours)).await;
                    return Err(error);
                }
            };
            let refusal = refusal.unwrap_or_default();
            let before = recipients.len();
            recipients.retain(|recipient| !names(&refusal, recipient));
            if recipients.is_empty() || recipients.len() == before {
                self.discard(email.as_ref().filter(|_| is_ours)).await;
                return Err(fault::refused(&refusal));
            }
            let gone = self.outgoing.recipients.iter();
            let gone = gone.filter(|recipient| names(&refusal, recipient));
            refused.extend(gone.map(|recipient| Refusal::new(recipient, &reason(&refusal))));
        }
        let message_id = self.outgoing.message_id.clone();
        Ok(Receipt::new(message_id, recipients, refused))
    }

    fn then(&self, is_ours: bool) -> Then<'_> {
        match &self.sent {
            _ if !is_ours => Then::Keep,
            Some(sent) => Then::Move {
                from: &self.drafts,
                to: sent,
            },
            None => Then::Destroy,
        }
    }

    /// Takes back a draft that is not sent. Nobody waits for it.
    async fn discard(&self, draft: Option<&Id>) {
        let Some(draft) = draft else {
            return;
        };
        let mut request = self.account.request();
        request.destroy(draft);
        let link = &self.transport.link;
        if let Err(error) = link.ask(&self.account.session, &request).await {
            tracing::warn!(%error, "jmap: the draft of a message that was refused stays");
        }
    }
}

/// Where a message that was uploaded is now.
enum Import {
    New(Id),
    Old(Id),
}

fn place(imported: &Outcome) -> Result<Import, Error> {
    if let Some(id) = imported.created.get(Request::DRAFT) {
        return Ok(Import::New(id.clone()));
    }
    match imported.not_created.get(Request::DRAFT) {
        Some(Refused {
            existing_id: Some(id),
            ..
        }) => Ok(Import::Old(id.clone())),
        Some(refusal) => Err(fault::refused(refusal)),
        None => Err(Error::new(
            ErrorKind::Protocol,
            "expected to hear what became of the message",
        )),
    }
}

fn names(refusal: &Refused, recipient: &str) -> bool {
    let mut named = refusal.invalid_recipients.iter();
    named.any(|named| named.eq_ignore_ascii_case(recipient))
}

fn reason(refusal: &Refused) -> String {
    match refusal.description.as_str() {
        "" => "the server does not take mail for this recipient".to_owned(),
        description => description.to_owned(),
    }
}
