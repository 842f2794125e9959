//! The form in which two posts are compared (3.3).

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::part::{Body, Member, write_members};
use crate::write::{self, Members};
use crate::{ContentPart, EnvelopeId, EnvelopePost, Handle};

mod number;
mod value;

/// What an operator keeps of a post to tell a retry from another envelope: the SHA-256 of its
/// canonical form (3.3).
///
/// Two posts have one digest when they are the same envelope: key order, white space, escapes and
/// the spelling of numbers do not count, list order does.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of a post whose files have their URLs.
    pub(crate) fn of(post: &EnvelopePost) -> Self {
        let mut form = Vec::with_capacity(512);
        write_canonical(post, &mut form);
        Self(Sha256::digest(&form).into())
    }

    /// A digest that was stored.
    #[must_use]
    pub const fn from_bytes(octets: [u8; 32]) -> Self {
        Self(octets)
    }

    /// Its octets, for storing.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

/// Appends the canonical form: as RFC 8785 has it, members sorted and texts with as few escapes as
/// possible, but numbers exact instead of rounded to doubles. What is absent is left out.
pub(crate) fn write_canonical(post: &EnvelopePost, out: &mut Vec<u8>) {
    let mut object = Members::open(out);
    if !post.cc().is_empty() {
        object.list("cc", post.cc().iter().map(Handle::as_str));
    }
    write::list(post.content_parts(), object.value("content_parts"), part);
    object.integer("date_ms", post.date_ms().as_millis());
    object.plain("id", post.id().as_str());
    if let Some(target) = post.answers() {
        object.plain("in_reply_to", target.as_str());
    }
    if let Some(monitor) = post.monitor() {
        object.plain("monitor", monitor.as_str());
    }
    if !post.references().is_empty() {
        object.list(
            "references",
            post.references().iter().map(EnvelopeId::as_str),
        );
    }
    if let Some(subject) = post.subject() {
        object.text("subject", subject.as_str());
    }
    object.list("to", post.to().iter().map(Handle::as_str));
    object.close();
}

fn part(part: &ContentPart, out: &mut Vec<u8>) {
    if let Body::Other(json) = part.body() {
        value::write(json, out);
        return;
    }
    if let (Body::Text(text), []) = (part.body(), &part.extra[..]) {
        let mut object = Members::open(out); // what most parts are
        if part.is_plain {
            object.plain("text", text);
        } else {
            object.text("text", text);
        }
        object.plain("type", "text");
        object.close();
        return;
    }
    let mut members = Vec::with_capacity(8);
    write_members(part, |name, member| members.push((name, member)));
    members.sort_unstable_by(|(left, _), (right, _)| value::compare_names(left, right));
    let mut object = Members::open(out);
    for (name, member) in members {
        let out = object.any(name);
        match member {
            Member::Text(text) => strict_json::canonical::write_string(text, out),
            Member::Plain(text) => write::plain(text, out),
            Member::Integer(value) => write::integer(value, out),
            Member::Json(json) => value::write(json, out),
        }
    }
    object.close();
}

#[cfg(test)]
mod tests {
    use super::value;
    use crate::{JsonText, Limits};

    fn of_value(json: &JsonText) -> String {
        let mut out = Vec::new();
        value::write(json, &mut out);
        String::from_utf8(out).unwrap()
    }

    fn canonical(json: &str) -> String {
        of_value(&JsonText::parse(json, &Limits::default()).unwrap())
    }

    #[test]
    fn spelling_does_not_count() {
        assert_eq!(
            canonical(" { \"b\" : [ 1.0 , 2e0 ] , \"\\u0061\" : \"\\u00e9\\/\" } "),
            "{\"a\":\"é/\",\"b\":[1,2]}"
        );
        assert_eq!(canonical("[[],{}, true ,null]"), "[[],{},true,null]");
    }

    #[test]
    fn numbers_are_exact() {
        assert_ne!(canonical("9007199254740992"), canonical("9007199254740993"));
        assert_ne!(
            canonical("0.1"),
            canonical("0.1000000000000000055511151231257827")
        );
    }

    #[test]
    fn nesting_to_the_limit_fits_a_small_stack() {
        let depth = JsonText::DEPTH_CAP - 3;
        let deep = "[".repeat(depth) + &"]".repeat(depth);
        let limits = Limits {
            depth: usize::MAX,
            ..Limits::default()
        };
        let deeper = format!("[{deep}]");
        assert!(JsonText::parse(&deeper, &limits).is_err());
        let json = JsonText::parse(&deep, &limits).unwrap();
        assert_eq!(of_value(&json), deep);
    }
}
