use super::EnvelopePost;
use crate::write::{self, Members};
use crate::{ContentPart, EnvelopeId, Handle, part};

/// Writes the posted form.
pub(super) fn write(post: &EnvelopePost, out: &mut Vec<u8>) {
    write_form(post, None, true, out);
}

/// Writes the stored form (2.3). Nobody but the sender sees who watches (section 9).
pub(crate) fn write_stored(
    post: &EnvelopePost,
    from: &Handle,
    with_monitor: bool,
    out: &mut Vec<u8>,
) {
    write_form(post, Some(from), with_monitor, out);
}

fn write_form(post: &EnvelopePost, from: Option<&Handle>, with_monitor: bool, out: &mut Vec<u8>) {
    let mut object = Members::open(out);
    object.plain("id", post.id.as_str());
    if let Some(from) = from {
        object.plain("from", from.as_str());
    }
    object.list("to", post.to.iter().map(Handle::as_str));
    if !post.cc.is_empty() {
        object.list("cc", post.cc.iter().map(Handle::as_str));
    }
    if let Some(subject) = &post.subject {
        object.text("subject", subject.as_str());
    }
    if let Some(target) = &post.in_reply_to {
        object.plain("in_reply_to", target.as_str());
    }
    if !post.references.is_empty() {
        object.list("references", post.references.iter().map(EnvelopeId::as_str));
    }
    object.integer("date_ms", post.date_ms.as_millis());
    write::list(
        &post.content_parts,
        object.value("content_parts"),
        part::write,
    );
    if let Some(monitor) = post.monitor.as_ref().filter(|_| with_monitor) {
        object.plain("monitor", monitor.as_str());
    }
    object.close();
}

/// A quarter of the octets of the parts as JSON, rounded up (2.4).
pub(super) fn size_hint(parts: &[ContentPart]) -> u64 {
    const OCTETS_PER_TOKEN: u64 = 4;
    let mut json = Vec::new();
    write::list(parts, &mut json, part::write);
    (json.len() as u64).div_ceil(OCTETS_PER_TOKEN)
}
