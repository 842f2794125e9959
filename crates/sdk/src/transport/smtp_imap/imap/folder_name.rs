//! Folder names in modified UTF-7 (RFC 3501 5.1.3).

use base64::Engine;
use base64::alphabet::IMAP_MUTF7;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};

const BASE64: GeneralPurpose = GeneralPurpose::new(&IMAP_MUTF7, NO_PAD);

/// The name as it goes over the wire. Printable ASCII stays, `&` becomes `&-`, the rest base64
/// of UTF-16.
pub(super) fn encode(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let plain = is_plain(first);
        let end = rest
            .find(|letter| is_plain(letter) != plain)
            .unwrap_or(rest.len());
        let (run, tail) = rest.split_at(end);
        rest = tail;
        if plain {
            out.push_str(&run.replace('&', "&-"));
        } else {
            let units: Vec<u8> = run.encode_utf16().flat_map(u16::to_be_bytes).collect();
            out.push('&');
            BASE64.encode_string(units, &mut out);
            out.push('-');
        }
    }
    out
}

fn is_plain(letter: char) -> bool {
    matches!(letter, ' '..='~')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_rfc() {
        assert_eq!(
            encode("~peter/mail/台北/日本語"),
            "~peter/mail/&U,BTFw-/&ZeVnLIqe-"
        );
        assert_eq!(encode("R&D"), "R&-D");
        assert_eq!(encode("INBOX"), "INBOX");
        assert_eq!(encode("Entwürfe"), "Entw&APw-rfe");
        assert_eq!(encode("😀"), "&2D3eAA-");
    }

    #[test]
    fn what_leaves_is_printable_ascii() {
        let all: String = (0..0x3000).filter_map(char::from_u32).collect();
        assert!(encode(&all).chars().all(is_plain));
    }
}
