//! Transfer encodings: quoted-printable or base64, whichever is shorter (RFC 2045, 6.7 and 6.8).

use std::borrow::Cow;

use mail_builder::encoders::Base64Encoder;

use super::{ComposeError, ComposeErrorKind};

/// A body after transfer encoding.
#[derive(Debug)]
pub(super) struct Encoded {
    /// The value of `Content-Transfer-Encoding`.
    pub(super) encoding: &'static str,
    /// Lines of at most 76 characters, US-ASCII.
    pub(super) octets: Vec<u8>,
}

/// Where a body stands, which decides how it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It is the whole message: it ends with a line break and no blank line, so that a signature
    /// over the simple canonical form (RFC 6376, 3.4.3) survives every relay.
    Message,
    /// A boundary follows, and the line break before it is not part of the body.
    Part,
}

/// Encodes text, line breaks of any kind as CRLF (RFC 2046, 4.1.1).
pub(super) fn encode_text(text: &str, place: Place) -> Encoded {
    let text = canonical_line_breaks(text);
    let octets = text.as_bytes();
    let hard_until = match place {
        Place::Part => octets.len(),
        Place::Message => match text.trim_end_matches("\r\n").len() {
            0 => 0,
            last_line_end => last_line_end + 2,
        },
    };
    shorter(octets, hard_until, place)
}

/// Encodes octets so that every one of them comes back.
pub(super) fn encode_octets(octets: &[u8], place: Place) -> Encoded {
    shorter(octets, 0, place)
}

/// Encodes octets as base64 whatever their size.
pub(super) fn encode_base64(octets: &[u8], place: Place) -> Encoded {
    let mut encoded = Vec::with_capacity(base64_length(octets.len()));
    Base64Encoder::new()
        .wrap_lines()
        .encode_into(octets, &mut encoded);
    if place == Place::Part {
        encoded.truncate(encoded.trim_ascii_end().len());
    }
    Encoded {
        encoding: "base64",
        octets: encoded,
    }
}

/// A message to be embedded, which no transfer encoding may change (RFC 2046, 5.2.1): its lines
/// have to pass every relay as they are.
pub(super) fn embedded_message(message: &[u8]) -> Result<Cow<'_, str>, ComposeError> {
    let passes = |line: &str| {
        let line = line.strip_suffix('\r').unwrap_or(line);
        line.len() <= 998 && line.is_ascii() && !line.contains(['\r', '\0'])
    };
    match std::str::from_utf8(message) {
        Ok(text) if text.split('\n').all(passes) => Ok(canonical_line_breaks(text)),
        _ => Err(ComposeError::new(
            ComposeErrorKind::InvalidMediaType,
            "media type",
            "expected a message/rfc822 of US-ASCII lines of at most 998 octets",
        )),
    }
}

fn shorter(octets: &[u8], hard_until: usize, place: Place) -> Encoded {
    match quoted_printable(octets, hard_until, place, base64_length(octets.len())) {
        Some(octets) => Encoded {
            encoding: "quoted-printable",
            octets,
        },
        None => encode_base64(octets, place),
    }
}

fn base64_length(octets: usize) -> usize {
    octets.div_ceil(57).saturating_mul(78)
}

/// Writes quoted-printable unless it gets longer than `budget` octets and a short line.
///
/// CRLF before `hard_until` are line breaks of the text, later ones are octets like others.
/// `.` and `From ` at the start of a line are escaped for the sake of relays that would change
/// them (RFC 2049, 3).
fn quoted_printable(
    octets: &[u8],
    hard_until: usize,
    place: Place,
    budget: usize,
) -> Option<Vec<u8>> {
    const SOFT_BREAK: &[u8] = b"=\r\n";
    let mut out = Vec::with_capacity(octets.len() + octets.len() / 16);
    let mut column = 0;
    let mut rest = octets;
    while let Some((&octet, tail)) = rest.split_first() {
        if out.len() > budget.saturating_add(76) {
            return None;
        }
        let hard = |at: &[u8]| at.starts_with(b"\r\n") && octets.len() - at.len() < hard_until;
        if hard(rest) {
            out.extend_from_slice(b"\r\n");
            column = 0;
            rest = rest.get(2..).unwrap_or_default();
            continue;
        }
        if column > 72 {
            out.extend_from_slice(SOFT_BREAK);
            column = 0;
        }
        let literal = match octet {
            b'=' => false,
            b'.' => column > 0,
            b'F' => column > 0 || !rest.starts_with(b"From "),
            b'!'..=b'~' => true,
            b' ' | b'\t' => !tail.is_empty() && !hard(tail),
            _ => false,
        };
        if literal {
            out.push(octet);
            column += 1;
        } else {
            const HEX: &[u8; 16] = b"0123456789ABCDEF";
            out.extend([
                b'=',
                HEX[usize::from(octet >> 4)],
                HEX[usize::from(octet & 15)],
            ]);
            column += 3;
        }
        if octet == b'\n' {
            // Lines of the source stay lines of the encoding, for whoever reads it.
            out.extend_from_slice(SOFT_BREAK);
            column = 0;
        }
        rest = tail;
    }
    if place == Place::Message && !out.is_empty() && !out.ends_with(b"\r\n") {
        out.extend_from_slice(SOFT_BREAK);
    }
    Some(out)
}

fn canonical_line_breaks(text: &str) -> Cow<'_, str> {
    if !text.contains(['\r', '\n']) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(
        text.replace("\r\n", "\n")
            .replace('\r', "\n")
            .replace('\n', "\r\n"),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop, prop_assert, prop_assert_eq, proptest};

    use super::{
        Encoded, Place, canonical_line_breaks, embedded_message, encode_octets, encode_text,
    };

    fn decode(encoded: &Encoded) -> Vec<u8> {
        match encoded.encoding {
            "base64" => mail_parser::decoders::base64::base64_decode(&encoded.octets),
            _ => mail_parser::decoders::quoted_printable::quoted_printable_decode(&encoded.octets),
        }
        .unwrap()
    }

    fn text(text: &str, place: Place) -> String {
        String::from_utf8(encode_text(text, place).octets).unwrap()
    }

    #[test]
    fn a_message_ends_with_one_line_break() {
        assert_eq!(text("", Place::Message), "");
        assert_eq!(text("a", Place::Message), "a=\r\n");
        assert_eq!(text("a\n", Place::Message), "a\r\n");
        assert_eq!(text("\n", Place::Message), "=0D=0A=\r\n");
        assert_eq!(
            text("a\n\n\n", Place::Message),
            "a\r\n=0D=0A=\r\n=0D=0A=\r\n"
        );
        assert_eq!(text("a\n\n", Place::Part), "a\r\n\r\n");
    }

    #[test]
    fn starts_of_lines_are_safe_from_relays() {
        assert_eq!(
            text(".\n..\nFrom me\n", Place::Part),
            "=2E\r\n=2E.\r\n=46rom me\r\n"
        );
    }

    #[test]
    fn white_space_before_a_break_is_encoded() {
        assert_eq!(text("a \nb\t", Place::Part), "a=20\r\nb=09");
    }

    #[test]
    fn a_message_is_embedded_as_it_stands_or_not_at_all() {
        assert_eq!(
            embedded_message(b"A: b\n\nc\r\n").unwrap(),
            "A: b\r\n\r\nc\r\n"
        );
        assert!(embedded_message("x".repeat(998).as_bytes()).is_ok());
        for message in ["ü", "a\0", "a\rb", &"x".repeat(999)] {
            assert!(embedded_message(message.as_bytes()).is_err(), "{message:?}");
        }
        assert!(embedded_message(b"\xff").is_err());
    }

    #[test]
    fn dense_octets_become_base64() {
        assert_eq!(encode_octets(&[0xff; 100], Place::Part).encoding, "base64");
        assert_eq!(
            encode_octets(b"{\"a\": 1}", Place::Part).encoding,
            "quoted-printable"
        );
    }

    proptest! {
        #[test]
        fn octets_come_back(octets in prop::collection::vec(any::<u8>(), 0..600)) {
            for place in [Place::Message, Place::Part] {
                let encoded = encode_octets(&octets, place);
                prop_assert_eq!(decode(&encoded), octets.clone());
                prop_assert!(encoded.octets.split(|&b| b == b'\n').all(|line| line.len() <= 77));
            }
        }

        #[test]
        fn text_comes_back(source in "([ -~é\\t.=\r\n]|\r\n|From |\\.){0,300}") {
            for place in [Place::Message, Place::Part] {
                let encoded = encode_text(&source, place);
                let canonical = canonical_line_breaks(&source).into_owned();
                prop_assert_eq!(decode(&encoded), canonical.into_bytes());
                prop_assert!(encoded.octets.is_ascii());
                prop_assert!(encoded.octets.split(|&b| b == b'\n').all(|line| line.len() <= 77));
                if place == Place::Message {
                    prop_assert!(!encoded.octets.ends_with(b"\r\n\r\n"));
                    prop_assert!(encoded.octets != b"\r\n");
                }
            }
        }
    }
}
