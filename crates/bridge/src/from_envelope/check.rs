//! What a reader gets of mail that was just written, compared with the envelope it was made of.
//!
//! Spelling has many ways to be lost on the way through mail. Instead of guessing them all, the
//! mail is read again: what differs is told.

use asmtp_envelope::{Body, Envelope};
use structured_email::Message;

use super::content::{Content, number};
use crate::{Loss, json_ld};

pub(super) fn compare(
    envelope: &Envelope,
    content: &Content<'_>,
    message: &Message<'_>,
    losses: &mut Vec<Loss>,
) {
    let subject = envelope.subject().map(|subject| subject.as_str());
    if message.subject().as_deref() != subject {
        losses.push(Loss::SubjectChanged);
    }
    // Readers stop at years of their own choice.
    let seconds = message.date().and_then(|date| u64::try_from(date).ok());
    let millis = seconds.and_then(|seconds| seconds.checked_mul(1000));
    if millis != Some(envelope.date_ms().as_millis()) {
        losses.push(Loss::DateChanged);
    }
    let texts = envelope.content_parts().iter();
    let mut texts = texts.filter_map(|part| match part.body() {
        Body::Text(text) => Some(&**text),
        _ => None,
    });
    if content.is_whole_text {
        let read = message.text().unwrap_or_default().replace("\r\n", "\n");
        if texts.next() != Some(read.as_str()) {
            losses.push(Loss::TextChanged);
        }
    }
    let mut items = message.items().iter().map(json_ld::part_of_item);
    for (at, _) in &content.data {
        let same = match (items.next().flatten(), envelope.content_parts().get(*at)) {
            (Some((read, false)), Some(part)) => read.body() == part.body(),
            _ => false,
        };
        if !same {
            losses.push(Loss::DataChanged(number(*at)));
        }
    }
}
