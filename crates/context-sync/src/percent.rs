//! Percent-encoding (RFC 3986 2.1), read strictly: published clients encode whole segments.

use std::borrow::Cow;

use crate::{Error, ErrorKind};

/// Decodes a segment of a path.
///
/// # Errors
///
/// When an escape is cut off or no number, or the octets are not UTF-8.
pub(crate) fn decode(text: &str) -> Result<Cow<'_, str>, Error> {
    if !text.contains('%') {
        return Ok(Cow::Borrowed(text));
    }
    let wrong = Error::new(ErrorKind::Invalid, "percent escapes of UTF-8 text");
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(octet) = rest.next() {
        octets.push(match octet {
            b'%' => {
                let (high, low) = (digit(rest.next()), digit(rest.next()));
                high.ok_or(wrong)? << 4 | low.ok_or(wrong)?
            }
            octet => octet,
        });
    }
    String::from_utf8(octets).map(Cow::Owned).map_err(|_| wrong)
}

/// Decodes a value of a query, where a plus sign stands for a space.
pub(crate) fn decode_query(text: &str) -> Result<String, Error> {
    decode(&text.replace('+', " ")).map(Cow::into_owned)
}

fn digit(octet: Option<u8>) -> Option<u8> {
    let digit = char::from(octet?).to_digit(16)?;
    u8::try_from(digit).ok()
}

/// Appends a segment of a path with everything encoded but letters, digits and `-._~`.
pub(crate) fn encode(text: &str, out: &mut String) {
    for octet in text.bytes() {
        if octet.is_ascii_alphanumeric() || b"-._~".contains(&octet) {
            out.push(char::from(octet));
        } else {
            out.push('%');
            for digit in [octet >> 4, octet & 0x0f] {
                let digit =
                    char::from_digit(digit.into(), 16).map(|digit| digit.to_ascii_uppercase());
                out.extend(digit);
            }
        }
    }
}
