use strict_json::Text;

/// Whether a string holds a control character other than tab, line feed and carriage return.
pub(super) fn has_control(text: Text, json: &str) -> bool {
    let is_control = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r');
    text.chars(json).any(is_control)
}

/// Whether a text has octets that a control character can be written with: those of an escape,
/// of DEL, and the first octet of the C1 controls.
pub(super) fn may_have_control(json: &str) -> bool {
    memchr::memchr3(b'\\', 0x7F, 0xC2, json.as_bytes()).is_some()
}

/// Where an escape stands for U+0000, which many a program takes for the end of a string.
pub(super) fn nul(text: Text, json: &str) -> Option<usize> {
    let raw = text.raw(json).as_bytes();
    let mut start = 0;
    while text.is_escaped() {
        let rest = raw.get(start..)?;
        let escape = start + memchr::memchr(b'\\', rest)?;
        if raw[escape..].starts_with(b"\\u0000") {
            return Some(text.offset() + 1 + escape);
        }
        start = escape + 2;
    }
    None
}

/// Whether a string is a `cid:` URI. Schemes compare without case (RFC 3986 3.1).
pub(crate) fn is_cid(text: Text, json: &str) -> bool {
    matches!(text.raw(json).as_bytes().first(), Some(b'c' | b'C' | b'\\'))
        && text
            .chars(json)
            .take(4)
            .map(|c| c.to_ascii_lowercase())
            .eq("cid:".chars())
}
