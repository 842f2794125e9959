use strict_json::Text;

/// Whether a string holds a control character other than tab, line feed and carriage return.
pub(super) fn has_control(text: Text, json: &str) -> bool {
    if text.is_escaped() {
        let is_control = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r');
        return text.chars(json).any(is_control);
    }
    let raw = text.raw(json).as_bytes();
    // U+0080 to U+009F, the C1 controls, are 0xC2 and one octet below 0xA0.
    memchr::memchr2_iter(0x7F, 0xC2, raw)
        .any(|at| raw[at] == 0x7F || raw.get(at + 1).is_some_and(|&next| next < 0xA0))
}

/// Whether a text has octets that a control character has without an escape.
pub(super) fn may_have_raw_control(json: &str) -> bool {
    memchr::memchr2(0x7F, 0xC2, json.as_bytes()).is_some()
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
