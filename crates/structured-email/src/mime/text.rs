//! Octets to text, through the charset tables of mail-parser.

use std::borrow::Cow;

use mail_parser::HeaderValue;
use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::parsers::MessageStream;

/// Decodes text in a named charset. Without a name, and in a charset nobody knows, it is read
/// as UTF-8; what is not legal becomes U+FFFD.
pub(crate) fn decode<'a>(octets: Cow<'a, [u8]>, charset: &[u8]) -> Cow<'a, str> {
    let charset = charset.trim_ascii();
    let ascii = charset.eq_ignore_ascii_case(b"us-ascii");
    if charset.is_empty() || ascii || charset.eq_ignore_ascii_case(b"utf-8") {
        // Much of what is labelled US-ASCII is UTF-8; mail-parser reads the rest as Windows-1252.
        match utf8(octets) {
            Ok(text) => return text,
            Err(octets) if !ascii => return lossy(octets),
            Err(octets) => return Cow::Owned(by_name(&octets, charset)),
        }
    }
    Cow::Owned(by_name(&octets, charset))
}

/// Unstructured header text with its encoded words decoded (RFC 2047) and its folds undone.
pub(crate) fn unstructured(value: &[u8]) -> Cow<'_, str> {
    if memchr::memmem::find(value, b"=?").is_none() && memchr::memchr(b'\n', value).is_none() {
        return String::from_utf8_lossy(value.trim_ascii());
    }
    // mail-parser reads up to a line end that no blank follows.
    let mut line = value.trim_ascii().to_vec();
    line.push(b'\n');
    match MessageStream::new(&line).parse_unstructured() {
        HeaderValue::Text(text) => Cow::Owned(text.into_owned()),
        _ => Cow::Borrowed(""),
    }
}

fn by_name(octets: &[u8], charset: &[u8]) -> String {
    match charset_decoder(charset) {
        Some(decoder) => decoder(octets),
        None => String::from_utf8_lossy(octets).into_owned(),
    }
}

fn utf8(octets: Cow<'_, [u8]>) -> Result<Cow<'_, str>, Cow<'_, [u8]>> {
    match octets {
        Cow::Borrowed(octets) => std::str::from_utf8(octets)
            .map(Cow::Borrowed)
            .map_err(|_| Cow::Borrowed(octets)),
        Cow::Owned(octets) => String::from_utf8(octets)
            .map(Cow::Owned)
            .map_err(|error| Cow::Owned(error.into_bytes())),
    }
}

fn lossy(octets: Cow<'_, [u8]>) -> Cow<'_, str> {
    match octets {
        Cow::Borrowed(octets) => String::from_utf8_lossy(octets),
        Cow::Owned(octets) => Cow::Owned(String::from_utf8_lossy(&octets).into_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::decode;

    #[test]
    fn charsets_decide_and_utf8_is_the_rest() {
        for (octets, charset, text) in [
            (&b"caf\xc3\xa9"[..], "utf-8", "caf\u{e9}"),
            (b"caf\xc3\xa9", "", "caf\u{e9}"),
            (b"caf\xc3\xa9", "x-nobody-knows", "caf\u{e9}"),
            (b"caf\xc3\xa9", "US-ASCII", "caf\u{e9}"),
            (b"caf\xe9", "us-ascii", "caf\u{e9}"),
            (b"caf\xe9", "ISO-8859-1", "caf\u{e9}"),
            (b"caf\xe9", "utf-8", "caf\u{fffd}"),
            (b"\x1b$B%O\x1b(B", "iso-2022-jp", "\u{30cf}"),
        ] {
            assert_eq!(
                decode(Cow::Borrowed(octets), charset.as_bytes()),
                text,
                "{charset}"
            );
        }
    }

    #[test]
    fn text_that_is_utf8_already_is_not_copied() {
        assert!(matches!(
            decode(Cow::Borrowed(b"text"), b"UTF-8"),
            Cow::Borrowed(_)
        ));
    }
}
