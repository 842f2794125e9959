//! base64url without padding (RFC 7515 2), read strictly: no padding, no white space, no other
//! alphabet, and unused bits are zero, so that one value has one text.

#[cfg(target_arch = "x86_64")]
use std::sync::LazyLock;

use base64::Engine as _;
#[cfg(not(target_arch = "x86_64"))]
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
#[cfg(target_arch = "x86_64")]
use base64::engine::{Simd, general_purpose::NO_PAD};

/// The octets, or nothing when the text is not exactly what [`encode`] writes for them.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

pub(crate) fn encode(octets: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(octets)
}

/// Appends the text of the octets: of a payload, which is long enough for a faster engine.
pub(crate) fn encode_into(octets: &[u8], text: &mut Vec<u8>) {
    let start = text.len();
    text.resize(start + octets.len().div_ceil(3) * 4, 0);
    let written = engine().encode_slice(octets, &mut text[start..]);
    text.truncate(start + written.unwrap_or_default()); // there is room
}

#[cfg(target_arch = "x86_64")]
fn engine() -> &'static Simd {
    static ENGINE: LazyLock<Simd> = LazyLock::new(|| Simd::url_safe(NO_PAD));
    &ENGINE
}

#[cfg(not(target_arch = "x86_64"))]
fn engine() -> &'static GeneralPurpose {
    &URL_SAFE_NO_PAD
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

    #[test]
    fn both_engines_write_the_same() {
        let octets: Vec<u8> = (0..=u8::MAX).collect();
        for length in 0..octets.len() {
            let mut text = b"header.".to_vec();
            encode_into(&octets[length..], &mut text);
            assert_eq!(
                text,
                ["header.", &encode(&octets[length..])].concat().as_bytes()
            );
        }
    }
}
