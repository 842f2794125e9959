//! base64url without padding (RFC 7515 2), read strictly: no padding, no white space, no other
//! alphabet, and unused bits are zero, so that one value has one text.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The octets, or nothing when the text is not exactly what [`encode`] writes for them.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

pub(crate) fn encode(octets: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(octets)
}

/// Appends the text of the octets.
pub(crate) fn encode_into(octets: &[u8], text: &mut String) {
    URL_SAFE_NO_PAD.encode_string(octets, text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_text_is_read() {
        assert_eq!(decode("-_8"), Some(vec![0xfb, 0xff]));
        for text in ["-_8=", "-_9", "+/8", "-_8\n", " -_8", "-_ 8", "-", "-_8!"] {
            assert_eq!(decode(text), None, "{text:?}");
        }
        assert_eq!(decode(""), Some(Vec::new()));
    }
}
