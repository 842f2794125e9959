//! An envelope as mail listings and searches see it.

use asmtp_envelope::{Body, Envelope, Handle};

use crate::Index;

/// The index of an envelope: what the caller said, and where it said nothing what stands in the
/// envelope.
pub(super) fn of(envelope: &Envelope, said: &Index) -> Index {
    let texts = |said: &Vec<String>, handles: &[Handle]| {
        if said.is_empty() {
            handles.iter().map(ToString::to_string).collect()
        } else {
            said.clone()
        }
    };
    let or = |said: &Option<String>, found: Option<String>| said.clone().or(found);
    Index {
        message_id: or(&said.message_id, Some(envelope.id().to_string())),
        in_reply_to: or(
            &said.in_reply_to,
            envelope.answers().map(|id| id.to_string()),
        ),
        from: or(&said.from, Some(envelope.from().to_string())),
        to: texts(&said.to, envelope.to()),
        cc: texts(&said.cc, envelope.cc()),
        subject: match envelope.subject() {
            Some(subject) if said.subject.is_empty() => subject.to_string(),
            _ => said.subject.clone(),
        },
        ..said.clone()
    }
}

/// The text parts of an envelope, a line break between them.
pub(super) fn text(envelope: &Envelope) -> String {
    let parts = envelope.content_parts().iter();
    let texts = parts.filter_map(|part| match part.body() {
        Body::Text(text) => Some(&**text),
        _ => None,
    });
    texts.collect::<Vec<_>>().join("\n")
}
