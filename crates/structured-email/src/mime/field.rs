//! The values of MIME fields: tokens, quoted strings and comments (RFC 2045 5.1, RFC 5322 3.2).

use std::borrow::Cow;

/// The first token of a field value: what stands before blanks, comments and parameters.
pub(crate) fn token(value: &[u8]) -> &[u8] {
    let value = until_semicolon(value).0;
    let value = skip_blanks_and_comments(value);
    without_comment(value)
}

/// Type and subtype in lower case, or `None` when the value is no media type.
pub(crate) fn media_type(value: &[u8]) -> Option<Cow<'_, str>> {
    let token = token(value);
    let is_media_type = |text: &[u8]| {
        let mut halves = text.split(|&b| b == b'/');
        let half = |half: Option<&[u8]>| {
            half.is_some_and(|half| !half.is_empty() && half.iter().all(|&b| is_token(b)))
        };
        half(halves.next()) && half(halves.next()) && halves.next().is_none()
    };
    if is_media_type(token) {
        let text = std::str::from_utf8(token).ok()?;
        return Some(if text.bytes().any(|b| b.is_ascii_uppercase()) {
            Cow::Owned(text.to_ascii_lowercase())
        } else {
            Cow::Borrowed(text)
        });
    }
    // `text / plain` and `text (readable) / plain` are legal as well.
    let mut joined = Vec::new();
    let mut rest = skip_blanks_and_comments(until_semicolon(value).0);
    while let [octet, after @ ..] = rest {
        joined.push(octet.to_ascii_lowercase());
        rest = skip_blanks_and_comments(after);
    }
    if !is_media_type(&joined) {
        return None;
    }
    String::from_utf8(joined).ok().map(Cow::Owned)
}

/// `id` of `<id>`, or the bare token of senders that forget the brackets.
pub(crate) fn content_id(value: &[u8]) -> Option<&str> {
    let value = skip_blanks_and_comments(value);
    let id = match value.strip_prefix(b"<") {
        Some(rest) => &rest[..memchr::memchr(b'>', rest)?],
        None => without_comment(value),
    };
    std::str::from_utf8(id.trim_ascii())
        .ok()
        .filter(|id| !id.is_empty())
}

/// Appends `octets` with `%XX` decoded; what is no escape stays as it is.
pub(crate) fn percent_decode(octets: &[u8], out: &mut Vec<u8>) {
    let mut rest = octets;
    while let [octet, after @ ..] = rest {
        let digit = |at: usize| after.get(at).and_then(|&b| char::from(b).to_digit(16));
        rest = match (octet, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                out.push((high << 4 | low) as u8);
                &after[2..]
            }
            _ => {
                out.push(*octet);
                after
            }
        };
    }
}

/// Splits a value at its first semicolon that is in no quoted string and no comment.
pub(super) fn until_semicolon(value: &[u8]) -> (&[u8], &[u8]) {
    let mut at = 0;
    while let Some(found) = memchr::memchr3(b';', b'"', b'(', &value[at..]) {
        at += found;
        match value[at] {
            b';' => return (&value[..at], &value[at + 1..]),
            b'"' => at = (at + 1 + quoted_end(&value[at + 1..]) + 1).min(value.len()),
            _ => at = value.len() - skip_comment(&value[at..]).len(),
        }
    }
    (value, &[])
}

/// Where the quote stands that ends a quoted string, `inner` starting behind its first quote.
pub(super) fn quoted_end(inner: &[u8]) -> usize {
    let mut at = 0;
    while let Some(found) = inner
        .get(at..)
        .and_then(|rest| memchr::memchr2(b'"', b'\\', rest))
    {
        at += found;
        if inner[at] == b'"' {
            return at;
        }
        at += 2;
    }
    inner.len()
}

pub(super) fn skip_blanks_and_comments(mut value: &[u8]) -> &[u8] {
    loop {
        value = value.trim_ascii_start();
        if value.first() != Some(&b'(') {
            return value;
        }
        value = skip_comment(value);
    }
}

/// What follows a comment. Comments nest (RFC 5322 3.2.2), so their depth is counted.
fn skip_comment(value: &[u8]) -> &[u8] {
    let mut depth = 0usize;
    let mut at = 0;
    while let Some(&octet) = value.get(at) {
        at += 1;
        match octet {
            b'(' => depth += 1,
            b')' => depth -= 1,
            b'\\' => at += 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    value.get(at..).unwrap_or_default()
}

/// An unquoted value without the comment and the blanks behind it.
pub(super) fn without_comment(value: &[u8]) -> &[u8] {
    let comment = value
        .windows(2)
        .position(|pair| pair[0].is_ascii_whitespace() && pair[1] == b'(');
    value[..comment.unwrap_or(value.len())].trim_ascii()
}

/// Whether an octet may stand in a token (RFC 2045 5.1).
fn is_token(octet: u8) -> bool {
    octet.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?=".contains(&octet)
}

#[cfg(test)]
mod tests {
    use super::{content_id, media_type, token};

    #[test]
    fn media_types_are_lower_case_and_free_of_comments() {
        for (field, expected) in [
            (" text/plain\r\n", Some("text/plain")),
            ("Text/HTML; charset=x", Some("text/html")),
            ("(a) text / (b) plain (c)", Some("text/plain")),
            ("application/ld+json;", Some("application/ld+json")),
            ("text", None),
            ("text/", None),
            ("text/a/b", None),
            ("", None),
        ] {
            assert_eq!(
                media_type(field.as_bytes()).as_deref(),
                expected,
                "{field:?}"
            );
        }
    }

    #[test]
    fn tokens_end_at_comments_and_parameters() {
        assert_eq!(token(b" MACHINE-READABLE ; v=1"), b"MACHINE-READABLE");
        assert_eq!(token(b"(a) Machine-readable (b (c)) "), b"Machine-readable");
        assert_eq!(token(b""), b"");
    }

    #[test]
    fn content_ids_lose_their_brackets() {
        assert_eq!(content_id(b" <a@b>\r\n"), Some("a@b"));
        assert_eq!(content_id(b" a@b \r\n"), Some("a@b"));
        assert_eq!(content_id(b" (c) <a@b> (d)"), Some("a@b"));
        assert_eq!(content_id(b" <>"), None);
        assert_eq!(content_id(b" <open"), None);
    }

    #[test]
    fn comments_by_the_hundred_thousand_take_linear_time() {
        let field = "(".repeat(400_000) + &")".repeat(400_000) + "text/plain; charset=utf-8";
        assert_eq!(media_type(field.as_bytes()).as_deref(), Some("text/plain"));
        assert_eq!(token(field.as_bytes()), b"text/plain");
        let field = "(".repeat(800_000) + "text/plain";
        assert_eq!(media_type(field.as_bytes()), None);
    }
}
