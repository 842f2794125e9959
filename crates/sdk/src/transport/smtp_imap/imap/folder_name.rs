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

/// The name that a server wrote, or `None` when it is not in modified UTF-7 or says a control
/// character.
pub(super) fn decode(wire: &str) -> Option<String> {
    let mut out = String::with_capacity(wire.len());
    let mut rest = wire;
    while let Some((plain, shifted)) = rest.split_once('&') {
        let (run, tail) = shifted.split_once('-')?;
        out.push_str(plain);
        rest = tail;
        if run.is_empty() {
            out.push('&');
            continue;
        }
        let octets = BASE64.decode(run).ok()?;
        let (pairs, []) = octets.as_chunks::<2>() else {
            return None;
        };
        let units: Vec<u16> = pairs.iter().copied().map(u16::from_be_bytes).collect();
        out.push_str(&String::from_utf16(&units).ok()?);
    }
    out.push_str(rest);
    // A name of UTF-8 is what servers with UTF8=ACCEPT write, and some others.
    (!out.chars().any(char::is_control)).then_some(out)
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
    fn what_is_written_is_read() {
        for name in [
            "INBOX",
            "R&D",
            "Entwürfe",
            "日本語/台北",
            "😀 & mehr",
            "&-",
            "",
            "a-b",
        ] {
            assert_eq!(decode(&encode(name)).as_deref(), Some(name));
        }
    }

    #[test]
    fn what_is_no_name_is_none() {
        for wire in ["&", "&AP", "&A-", "&2D0-", "&AAo-", "&!!-", "a\nb"] {
            assert_eq!(decode(wire), None, "{wire:?}");
        }
    }

    #[test]
    fn what_leaves_is_printable_ascii() {
        let all: String = (0..0x3000).filter_map(char::from_u32).collect();
        assert!(encode(&all).chars().all(is_plain));
    }
}
