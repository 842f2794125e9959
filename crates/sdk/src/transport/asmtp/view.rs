//! Envelopes as mail: what a listing shows, and whole messages.

use asmtp_envelope::{Envelope, Handle, PushFrame, TypeHint};
use mail_bridge::{Domain, EnvelopeFile, FromEnvelope};
use structured_email::Class;

use super::operator::Operator;
use super::place::mail_id;
use crate::environment::hex_128;
use crate::{Error, ErrorKind, Mail, MailId, Summary, SystemEnvironment};

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

/// The whole message, its files included as far as they fit in `most` octets. It has been read.
pub(super) async fn mail(
    id: MailId,
    envelope: &Envelope,
    domain: &Domain,
    operator: &Operator,
    most: usize,
) -> Result<Mail, Error> {
    let view = FromEnvelope::new(envelope, domain);
    let mut room = most;
    let mut contents = Vec::new();
    for EnvelopeFile { url, .. } in view.files() {
        let content = operator.download(url, room).await?;
        room = room.saturating_sub(content.as_ref().map_or(0, Vec::len));
        contents.push(content);
    }
    let boundary = format!("=_{}", hex_128(&SystemEnvironment)?);
    let converted = view.mail(&boundary, contents).map_err(|error| {
        let message = format!("the envelope has no counterpart in mail: {error}");
        Error::new(ErrorKind::Unsupported, message).with_source(error)
    })?;
    for loss in &converted.losses {
        tracing::debug!(%loss, "not in the mail view");
    }
    Ok(Mail::new(id, converted.value, Vec::new(), false))
}
