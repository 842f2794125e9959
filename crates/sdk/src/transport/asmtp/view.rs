//! Envelopes as mail: what a listing shows, and whole messages.

use asmtp_envelope::{ContentPart, Envelope, Handle, PushFrame, TypeHint};
use mail_bridge::{Domain, EnvelopeFile, FromEnvelope, MailPlace, StoredMail};
use structured_email::{Class, Mailbox, Message};

use super::operator::Operator;
use super::place::mail_id;
use crate::transport::envelope_mail;
use crate::{Error, Summary};

/// What a header says of the mail.
pub(super) fn summary(frame: &PushFrame<'_>, domain: &Domain, unread: bool) -> Summary {
    let address = |handle: &Handle| {
        let address = domain.address(handle);
        address.unwrap_or_else(|_| handle.as_str().to_owned())
    };
    let addresses = |handles: &[Handle]| handles.iter().map(address).collect();
    let is_data = *frame.type_hint() == TypeHint::Data;
    let class = if is_data { Class::Mrm } else { Class::None };
    let seconds = i64::try_from(frame.date_ms().as_millis() / 1000).ok();
    let date = seconds.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    Summary {
        id: mail_id(frame.key()),
        message_id: Some(domain.message_id(frame.id())),
        from: Some(address(frame.from())),
        to: addresses(frame.to()),
        cc: addresses(frame.cc()),
        subject: frame
            .subject()
            .map_or("", |subject| subject.as_str())
            .to_owned(),
        date: date.map(|date| date.to_string()),
        size: frame.size_hint().unwrap_or_default().saturating_mul(4),
        class: class.as_str().to_owned(),
        has_structured_data: is_data,
        is_mrm: is_data,
        types: Vec::new(),
        keywords: Vec::new(),
        unread,
        in_reply_to: frame.answers().map(|id| domain.message_id(id)),
    }
}

/// The whole message, its files included as far as they fit in `most` octets.
pub(super) async fn octets(
    envelope: &Envelope,
    domain: &Domain,
    operator: &Operator,
    most: usize,
) -> Result<Vec<u8>, Error> {
    if let Some(raw) = as_it_came(envelope, domain, operator, most).await? {
        return Ok(raw);
    }
    let view = FromEnvelope::new(envelope, domain);
    let mut room = most;
    let mut contents = Vec::new();
    for EnvelopeFile { url, .. } in view.files() {
        let content = operator.download(url, room).await?;
        room = room.saturating_sub(content.as_ref().map_or(0, Vec::len));
        contents.push(content);
    }
    envelope_mail::written(envelope, domain, contents)
}

/// The octets of what came to the operator as mail, where it keeps them. No upload has such an id,
/// so no sender of an envelope can give octets for it. A header that names another agent than the
/// operator does is not shown.
async fn as_it_came(
    envelope: &Envelope,
    domain: &Domain,
    operator: &Operator,
    most: usize,
) -> Result<Option<Vec<u8>>, Error> {
    let first = envelope.content_parts().first();
    let mut members = first.into_iter().flat_map(ContentPart::extra);
    if !members.any(|(name, _)| name == StoredMail::EXTRA) {
        return Ok(None);
    }
    let id = MailPlace::whole(envelope.id()).file_id();
    let raw = operator.file(&id, most).await?;
    Ok(raw.filter(|raw| {
        let authors = Message::parse(raw).map(|message| message.from());
        let is_sound = |author: &Mailbox| {
            let handle = domain.handle(&author.address);
            handle.is_err() || handle.is_ok_and(|handle| handle == *envelope.from())
        };
        authors.is_ok_and(|authors| authors.iter().all(is_sound))
    }))
}
