//! What the header says beside recipients and thread.

use std::collections::BTreeSet;

use asmtp_envelope::{Subject, Timestamp};
use structured_email::{Class, Message};

use super::Parties;
use crate::loss::excerpt;
use crate::{Limits, Loss};

/// The operator stamps the sender; another author, or several, have no place.
pub(super) fn author(message: &Message<'_>, parties: &Parties<'_>, losses: &mut Vec<Loss>) {
    for author in message.from() {
        let address = author.address.as_str();
        match parties.domain.handle(address) {
            Ok(handle) if handle == *parties.sender => {
                if author.name.is_some() {
                    losses.push(Loss::NameDropped(excerpt(address)));
                }
            }
            _ => losses.push(Loss::AuthorDropped(excerpt(address))),
        }
    }
}

pub(crate) fn subject(message: &Message<'_>, losses: &mut Vec<Loss>) -> Option<Subject> {
    let text = message.subject()?;
    if text.len() > Subject::MAX {
        losses.push(Loss::SubjectCut);
    }
    if text.contains(char::is_control) {
        losses.push(Loss::SubjectChanged);
    }
    Some(Subject::nearest(&text))
}

pub(crate) fn date(message: &Message<'_>, losses: &mut Vec<Loss>) -> Option<Timestamp> {
    let seconds = message.date().and_then(|date| u64::try_from(date).ok());
    let date = seconds.and_then(|seconds| Timestamp::new(seconds.checked_mul(1000)?));
    if date.is_none() {
        losses.push(Loss::DateChanged);
    }
    date
}

/// Tells the fields that envelopes do not have, each name once.
pub(crate) fn others(message: &Message<'_>, limits: &Limits, losses: &mut Vec<Loss>) {
    let mut seen = BTreeSet::new();
    for (name, value) in message.headers() {
        let name = name.to_ascii_lowercase();
        if is_carried(&name) || is_implied(&name, value, message.class()) || seen.contains(&name) {
            continue;
        }
        if seen.len() == limits.headers {
            losses.push(Loss::MoreHeadersDropped);
            return;
        }
        losses.push(Loss::HeaderDropped(excerpt(&name)));
        seen.insert(name);
    }
    if !message.signatures().is_empty() {
        losses.push(Loss::SignatureDropped);
    }
}

/// Whether a field is looked at elsewhere.
fn is_carried(name: &str) -> bool {
    matches!(
        name,
        "from" | "to" | "cc" | "subject" | "date" | "message-id" | "in-reply-to" | "references"
    ) || name == "mime-version"
        || name.starts_with("content-")
}

/// Whether a field says only what the content says: it is written again on the way back, or older
/// receivers look for it.
fn is_implied(name: &str, value: &[u8], class: Class) -> bool {
    match name {
        "auto-submitted" => class.is_mrm() && value.trim_ascii() == b"auto-generated",
        "$hasstructureddata" | "$mrm" => true,
        _ => false,
    }
}
