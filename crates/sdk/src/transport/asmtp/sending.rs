//! Sending: mail becomes an envelope, its files are uploaded, the outbox takes it.

use std::collections::BTreeSet;

use asmtp_envelope::{EnvelopeId, EnvelopePost, Handle, Source, Timestamp};
use mail_bridge::{Domain, FromMail, Loss, Parties, PostStamp};
use sha2::{Digest as _, Sha256};
use structured_email::Message;

use super::{AsmtpTransport, Config, now};
use crate::{Error, ErrorKind, Outgoing, Receipt, Refusal};

impl AsmtpTransport {
    pub(super) async fn deliver(&self, outgoing: Outgoing) -> Result<Receipt, Error> {
        let Config { domain, handle, .. } = &self.config;
        if domain.handle(&outgoing.from.address).ok().as_ref() != Some(handle) {
            let message = "expected this mailbox as the author: the operator names the sender";
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        let message = Message::parse(&outgoing.message).map_err(|error| {
            Error::new(ErrorKind::Invalid, error.to_string()).with_source(error)
        })?;
        let recipients: Vec<&str> = outgoing.recipients.iter().map(String::as_str).collect();
        let parties = Parties {
            domain,
            sender: handle,
            recipients: &recipients,
        };
        let mail = FromMail::new(&message, &parties, &mail_bridge::Limits::default())
            .map_err(|error| misfit(&error))?;
        let mut sources = Vec::new();
        for file in mail.files() {
            let name = file.name.as_deref().unwrap_or("file");
            let id = self.operator.upload(name, file.content.to_vec()).await?;
            sources.push(Some(Source::File(id)));
        }
        let stamp = post_stamp(&outgoing, &message, domain);
        let converted = mail
            .post(&stamp?, sources)
            .map_err(|error| misfit(&error))?;
        let post = converted.value;
        let (accepted, refused) = self.split(outgoing.recipients, &post);
        let message_id = domain.message_id(post.id());
        self.dispatch.send(post).await?;
        let is_told_apart = |loss: &Loss| {
            matches!(
                loss,
                Loss::BccDropped(_) | Loss::AddressUnmapped(_) | Loss::MessageIdReplaced(_)
            )
        };
        let losses = converted.losses.iter().filter(|loss| !is_told_apart(loss));
        Ok(Receipt::new(message_id, accepted, refused)
            .with_losses(losses.map(Loss::to_string).collect()))
    }

    /// The recipients that the envelope names, and the others.
    fn split(&self, recipients: Vec<String>, post: &EnvelopePost) -> (Vec<String>, Vec<Refusal>) {
        let named: BTreeSet<&Handle> = post.to().iter().chain(post.cc()).collect();
        let (mut accepted, mut refused) = (Vec::new(), Vec::new());
        for recipient in recipients {
            match self.config.domain.handle(&recipient) {
                Ok(handle) if named.contains(&handle) => accepted.push(recipient),
                Ok(_) => refused.push(Refusal::new(recipient, "an envelope has no blind copies")),
                Err(_) => refused.push(Refusal::new(
                    recipient,
                    "expected an address of the operator's domain, owner.name@domain",
                )),
            }
        }
        (accepted, refused)
    }
}

/// An id that belongs to the message: its own where it names an envelope, else made of its date and
/// its id, which has 128 random bits. So a message that is sent again is the same envelope.
fn post_stamp(
    outgoing: &Outgoing,
    message: &Message<'_>,
    domain: &Domain,
) -> Result<PostStamp, Error> {
    let now = now();
    if let Some(id) = domain.envelope_id(&outgoing.message_id) {
        return Ok(PostStamp { id, now });
    }
    let digest = Sha256::digest(outgoing.message_id.as_bytes());
    let mut random = [0; 10];
    random.copy_from_slice(&digest[..10]);
    let date = message.date().and_then(|date| u64::try_from(date).ok());
    let date = date.and_then(|date| Timestamp::new(date.checked_mul(1000)?));
    let minted = date.and_then(|date| EnvelopeId::mint(date, random).ok());
    let id = match minted {
        Some(id) => id,
        None => EnvelopeId::mint(now, random).map_err(|error| {
            let message = "the clock of this machine is out of the range of envelope ids";
            Error::new(ErrorKind::Unsupported, message).with_source(error)
        })?,
    };
    Ok(PostStamp { id, now })
}

fn misfit(error: &mail_bridge::Error) -> Error {
    let kind = match error.kind() {
        mail_bridge::ErrorKind::NoRecipient => ErrorKind::Refused,
        mail_bridge::ErrorKind::TooLarge => ErrorKind::Refused,
        _ => ErrorKind::Invalid,
    };
    let message = format!("the message cannot be an envelope: {error}");
    Error::new(kind, message).with_source(error.clone())
}
