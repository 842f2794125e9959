//! Machine-readable messages: whether there is anything for a person to see.
//!
//! This is decided by content, never by a header: a message that claims to be for machines
//! must not hide from people what it holds for them.

use crate::classify::{ancestry, is_detached_signature};
use crate::mime::{Kind, Part};

/// Whether the part is the whole message, or all that is signed.
pub(crate) fn is_whole_message(parts: &[Part<'_>], index: usize) -> bool {
    ancestry(parts, index)
        .skip(1)
        .all(|container| parts[container].kind == Kind::Signed)
}

/// Whether any other leaf has something for a person. `is_resource` tells whether the data
/// refers to a `Content-ID`.
pub(crate) fn has_visible_content(
    parts: &[Part<'_>],
    data: usize,
    is_resource: impl Fn(&str) -> bool,
) -> bool {
    parts.iter().enumerate().any(|(index, part)| {
        let hidden = index == data
            || part.kind.is_open_multipart()
            || part.kind == Kind::JsonLd
            || is_detached_signature(parts, index)
            || !part.kind.is_text() && part.content_id().is_some_and(&is_resource);
        !hidden && (!part.kind.is_text() || shows_text(part))
    })
}

/// Whether a text has a character that is no white space.
fn shows_text(part: &Part<'_>) -> bool {
    // Mostly the first line tells; the whole of a text is decoded when it starts with blanks.
    [256, usize::MAX]
        .into_iter()
        .any(|limit| match part.decode_prefix(limit) {
            Ok(decoded) => {
                let octets = decoded.octets;
                octets
                    .iter()
                    .any(|b| b.is_ascii() && !b.is_ascii_whitespace())
                    || !octets.is_ascii() && !part.to_text(octets).trim().is_empty()
            }
            Err(_) => !part.raw_body().trim_ascii().is_empty(),
        })
}
