//! Content transfer encodings (RFC 2045 6), decoded under a limit.
//!
//! mail-parser's decoders are not used: they take no limit, and they skip or give up on alien
//! octets without saying how many there were.

use std::borrow::Cow;

use super::field;
use crate::ProblemKind;

/// The encoding of a body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// `7bit`, `8bit`, or no field at all: the octets stand as they are.
    #[default]
    Identity,
    /// `binary`: as they are, and lines mean nothing.
    Binary,
    QuotedPrintable,
    Base64,
    Unknown,
}

impl Encoding {
    /// Reads the value of a `Content-Transfer-Encoding` field.
    pub(crate) fn parse(value: &[u8]) -> Self {
        let token = field::token(value);
        if token.is_empty() {
            return Self::Identity;
        }
        [
            (&b"7bit"[..], Self::Identity),
            (b"8bit", Self::Identity),
            (b"binary", Self::Binary),
            (b"base64", Self::Base64),
            (b"quoted-printable", Self::QuotedPrintable),
        ]
        .iter()
        .find(|(name, _)| token.eq_ignore_ascii_case(name))
        .map_or(Self::Unknown, |&(_, encoding)| encoding)
    }

    /// Whether decoding changes anything.
    pub(crate) fn is_identity(self) -> bool {
        matches!(self, Self::Identity | Self::Binary)
    }

    /// Decodes a whole body of at most `limit` octets.
    ///
    /// # Errors
    ///
    /// `TooLarge` as soon as the limit is passed, `BadBase64`, `UnknownEncoding`.
    pub(crate) fn decode(self, body: &[u8], limit: usize) -> Result<Decoded<'_>, ProblemKind> {
        let decoded = self.decode_prefix(body, limit)?;
        if decoded.truncated {
            Err(ProblemKind::TooLarge)
        } else {
            Ok(decoded)
        }
    }

    /// Decodes the first `limit` octets of a body, and says when that was not all.
    ///
    /// # Errors
    ///
    /// `BadBase64`, `UnknownEncoding`.
    pub(crate) fn decode_prefix(
        self,
        body: &[u8],
        limit: usize,
    ) -> Result<Decoded<'_>, ProblemKind> {
        match self {
            Self::Identity | Self::Binary => Ok(Decoded {
                octets: Cow::Borrowed(&body[..body.len().min(limit)]),
                noise: false,
                truncated: body.len() > limit,
            }),
            Self::QuotedPrintable => Ok(quoted_printable(body, limit)),
            Self::Base64 => base64(body, limit),
            Self::Unknown => Err(ProblemKind::UnknownEncoding),
        }
    }
}

/// What decoding gave.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Decoded<'a> {
    pub(crate) octets: Cow<'a, [u8]>,
    /// Base64 with alien octets, or without its padding.
    pub(crate) noise: bool,
    /// There is more than the limit lets through.
    pub(crate) truncated: bool,
}

/// What an octet of base64 text means: a value below 64, or one of these.
const SKIP: u8 = 64;
const PAD: u8 = 65;
const ALIEN: u8 = 66;

const BASE64: [u8; 256] = {
    let mut table = [ALIEN; 256];
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut value = 0;
    while value < alphabet.len() {
        table[alphabet[value] as usize] = value as u8;
        value += 1;
    }
    table[b'=' as usize] = PAD;
    table[b'\r' as usize] = SKIP;
    table[b'\n' as usize] = SKIP;
    table[b' ' as usize] = SKIP;
    table[b'\t' as usize] = SKIP;
    table
};

/// Base64 (RFC 2045 6.8). White space is skipped. Other alien octets are noise up to one in a
/// hundred, and a single one always, since in a short part one is more than that. Missing
/// padding is noise, anything after the padding is an error.
fn base64(body: &[u8], limit: usize) -> Result<Decoded<'_>, ProblemKind> {
    const CHUNK: usize = 1024;
    let tolerated = (body.len() / 100).max(1);
    let (text, padding) = body.split_at(memchr::memchr(b'=', body).unwrap_or(body.len()));
    let mut out = Vec::with_capacity((text.len() / 4 * 3 + 3).min(limit));
    let mut aliens = 0;
    // The digits of a chunk behind those, three at most, that the one before left over.
    let mut digits = [0; CHUNK + 3];
    let mut held = 0;
    let mut decoded = [0; CHUNK.div_ceil(4) * 3];
    for chunk in text.chunks(CHUNK) {
        for &octet in chunk {
            let value = BASE64[usize::from(octet)];
            // No branch here: hostile text would have it mispredicted at every octet.
            digits[held] = value;
            held += usize::from(value < SKIP);
            aliens += usize::from(value == ALIEN);
        }
        if aliens > tolerated {
            return Err(ProblemKind::BadBase64);
        }
        let (quanta, rest) = digits[..held].as_chunks();
        for (octets, &[a, b, c, d]) in decoded.as_chunks_mut().0.iter_mut().zip(quanta) {
            *octets = [a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d];
        }
        if !push_within(&mut out, &decoded[..quanta.len() * 3], limit) {
            return Ok(Decoded {
                octets: out.into(),
                noise: aliens > 0,
                truncated: true,
            });
        }
        let left = rest.len();
        digits.copy_within(held - left..held, 0);
        held = left;
    }
    let mut pads = 0;
    for &octet in padding {
        match BASE64[usize::from(octet)] {
            PAD => pads += 1,
            ALIEN => aliens += 1,
            SKIP => {}
            _ => return Err(ProblemKind::BadBase64),
        }
    }
    let (tail, missing): (&[u8], usize) = match digits[..held] {
        [] => (&[], 0),
        [a, b] => (&[a << 2 | b >> 4], 2),
        [a, b, c] => (&[a << 2 | b >> 4, b << 4 | c >> 2], 1),
        _ => return Err(ProblemKind::BadBase64),
    };
    if aliens > tolerated {
        return Err(ProblemKind::BadBase64);
    }
    let truncated = !push_within(&mut out, tail, limit);
    Ok(Decoded {
        octets: out.into(),
        noise: aliens > 0 || pads != missing,
        truncated,
    })
}

/// Quoted-printable (RFC 2045 6.7). What is no escape stays as it is, as 6.7 advises; white
/// space at the end of a line goes (rule 3).
fn quoted_printable(body: &[u8], limit: usize) -> Decoded<'_> {
    let mut out = Vec::with_capacity(body.len().min(limit));
    let mut rest = body;
    let mut truncated = false;
    while !truncated {
        let stop = memchr::memchr2(b'=', b'\n', rest);
        let plain = &rest[..stop.unwrap_or(rest.len())];
        match stop.map(|at| (rest[at], &rest[at + 1..])) {
            Some((b'=', after)) => {
                truncated = !push_within(&mut out, plain, limit);
                if let Some((octet, after)) = escaped(after) {
                    truncated = truncated || !push_within(&mut out, &[octet], limit);
                    rest = after;
                } else if let Some(after) = soft_break(after) {
                    rest = after;
                } else {
                    truncated = truncated || !push_within(&mut out, b"=", limit);
                    rest = after;
                }
            }
            Some((_, after)) => {
                let (line, end): (_, &[u8]) = match plain.strip_suffix(b"\r") {
                    Some(line) => (line, b"\r\n"),
                    None => (plain, b"\n"),
                };
                truncated = !push_within(&mut out, trim_end(line), limit)
                    || !push_within(&mut out, end, limit);
                rest = after;
            }
            None => {
                truncated = !push_within(&mut out, trim_end(plain), limit);
                break;
            }
        }
    }
    Decoded {
        octets: out.into(),
        noise: false,
        truncated,
    }
}

/// The octet of `XX` after a `=`, in capitals or not.
fn escaped(after: &[u8]) -> Option<(u8, &[u8])> {
    let [high, low, rest @ ..] = after else {
        return None;
    };
    let digit = |octet: u8| char::from(octet).to_digit(16);
    Some(((digit(*high)? << 4 | digit(*low)?) as u8, rest))
}

/// What follows a soft line break: `=`, white space, line end.
fn soft_break(after: &[u8]) -> Option<&[u8]> {
    match trim_start(after) {
        [b'\r', b'\n', rest @ ..] | [b'\n', rest @ ..] => Some(rest),
        [] => Some(&[]),
        _ => None,
    }
}

fn trim_start(octets: &[u8]) -> &[u8] {
    let blanks = octets
        .iter()
        .take_while(|&&b| b == b' ' || b == b'\t')
        .count();
    &octets[blanks..]
}

fn trim_end(octets: &[u8]) -> &[u8] {
    let blanks = octets
        .iter()
        .rev()
        .take_while(|&&b| b == b' ' || b == b'\t')
        .count();
    &octets[..octets.len() - blanks]
}

/// Appends as much as the limit lets through; false when that was not all.
fn push_within(out: &mut Vec<u8>, octets: &[u8], limit: usize) -> bool {
    let room = limit.saturating_sub(out.len());
    out.extend_from_slice(&octets[..octets.len().min(room)]);
    octets.len() <= room
}

#[cfg(test)]
mod tests {
    use super::{Encoding, ProblemKind};

    fn decode(encoding: Encoding, body: &str) -> Result<(String, bool), ProblemKind> {
        let decoded = encoding.decode(body.as_bytes(), 1000)?;
        Ok((
            String::from_utf8(decoded.octets.into_owned()).unwrap(),
            decoded.noise,
        ))
    }

    fn ok(text: &str, noise: bool) -> Result<(String, bool), ProblemKind> {
        Ok((text.to_owned(), noise))
    }

    #[test]
    fn encodings_are_known_by_name_whatever_their_case_and_comments() {
        for (value, encoding) in [
            ("", Encoding::Identity),
            (" 7bit\r\n", Encoding::Identity),
            (" BASE64", Encoding::Base64),
            (
                " (soft) Quoted-Printable (breaks)",
                Encoding::QuotedPrintable,
            ),
            (" binary", Encoding::Binary),
            (" x-uuencode", Encoding::Unknown),
            (" base64, base64", Encoding::Unknown),
        ] {
            assert_eq!(Encoding::parse(value.as_bytes()), encoding, "{value:?}");
        }
    }

    #[test]
    fn base64_skips_white_space_and_tolerates_missing_padding() {
        assert_eq!(
            decode(Encoding::Base64, "YWJj\r\n ZGU=\r\n"),
            ok("abcde", false)
        );
        assert_eq!(decode(Encoding::Base64, "YWJjZA=="), ok("abcd", false));
        assert_eq!(decode(Encoding::Base64, "YWJjZGU"), ok("abcde", true));
        assert_eq!(decode(Encoding::Base64, ""), ok("", false));
    }

    #[test]
    fn base64_counts_alien_octets() {
        assert_eq!(decode(Encoding::Base64, "YW!Jj"), ok("abc", true));
        assert_eq!(
            decode(Encoding::Base64, "Y!W!Jj"),
            Err(ProblemKind::BadBase64)
        );
        let hundred = |aliens: &str| format!("{}{aliens}", "YWJj".repeat(50 - aliens.len() / 4));
        assert!(
            decode(Encoding::Base64, &hundred("!!YW")).is_ok(),
            "2 of 200"
        );
        assert!(
            decode(Encoding::Base64, &hundred("!!!YWJjZ")).is_err(),
            "3 of 200"
        );
    }

    #[test]
    fn base64_ends_with_its_padding() {
        assert_eq!(
            decode(Encoding::Base64, "YQ==YWJj"),
            Err(ProblemKind::BadBase64)
        );
        assert_eq!(
            decode(Encoding::Base64, "YWJjZ"),
            Err(ProblemKind::BadBase64)
        );
        assert_eq!(decode(Encoding::Base64, "YQ==\r\n"), ok("a", false));
    }

    #[test]
    fn quoted_printable_follows_rfc_2045_6_7() {
        for (body, text) in [
            ("caf=C3=A9", "caf\u{e9}"),
            ("caf=c3=a9", "caf\u{e9}"),
            ("one=\r\ntwo= \t\nthree", "onetwothree"),
            ("blanks \t\r\ngo \nhere ", "blanks\r\ngo\nhere"),
            ("blank=20\r\nstays", "blank \r\nstays"),
            ("no =ZZ escape =", "no =ZZ escape "),
        ] {
            assert_eq!(
                decode(Encoding::QuotedPrintable, body),
                ok(text, false),
                "{body:?}"
            );
        }
    }

    #[test]
    fn limits_hold_exactly() {
        for (encoding, body) in [
            (Encoding::Identity, "abcd"),
            (Encoding::Base64, "YWJj\r\nZA=="),
            (Encoding::QuotedPrintable, "=61b=\r\nc=64"),
        ] {
            let body = body.as_bytes();
            assert_eq!(&*encoding.decode(body, 4).unwrap().octets, b"abcd");
            assert_eq!(encoding.decode(body, 3), Err(ProblemKind::TooLarge));
            for limit in 0..4 {
                let prefix = encoding.decode_prefix(body, limit).unwrap();
                assert_eq!(&*prefix.octets, &b"abcd"[..limit], "{encoding:?}");
                assert!(prefix.truncated);
            }
        }
    }
}
