//! The values of MIME fields: a first token, then parameters (RFC 2045 5.1, RFC 2231).
//!
//! mail-parser's `Content-Type` parser is not used, because it does not tell when a parameter
//! stands twice, and two readers may then disagree about the message.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::text;

/// The parameters of a field, in their order.
///
/// They are read afresh each time they are wanted: a part is asked for two or three of them
/// and there is nothing to allocate.
#[derive(Clone, Debug)]
pub(crate) struct Parameters<'a> {
    rest: &'a [u8],
}

/// One parameter as it stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parameter<'a> {
    name: &'a [u8],
    value: &'a [u8],
    quoted: bool,
}

impl<'a> Parameters<'a> {
    /// Those of a whole field value.
    pub(crate) fn of(value: &'a [u8]) -> Self {
        Self {
            rest: until_semicolon(value).1,
        }
    }

    /// The value of a parameter, decoded (RFC 2231). The first one wins where it stands twice,
    /// and the extended form where both are there.
    pub(crate) fn value(self, name: &str) -> Option<Cow<'a, [u8]>> {
        let mut plain = None;
        let mut extended = Vec::new();
        for parameter in self {
            let Some(suffix) = parameter.suffix_of(name) else {
                continue;
            };
            match suffix {
                [] => plain = plain.or(Some(parameter)),
                [b'*'] => extended.push((0, true, parameter)),
                [b'*', number @ .., b'*'] => extended.extend(segment(number, true, parameter)),
                [b'*', number @ ..] => extended.extend(segment(number, false, parameter)),
                _ => {}
            }
        }
        if extended.is_empty() {
            plain.map(Parameter::unquoted)
        } else {
            join(extended)
        }
    }

    /// Whether one of them stands twice, in whatever form.
    pub(crate) fn repeat(self) -> bool {
        let mut places: Vec<_> = self.map(|parameter| Place::of(parameter.name)).collect();
        places.sort_unstable_by(Place::cmp);
        // A whole value sorts before the segments of one.
        places.windows(2).any(|pair| {
            pair[0].same_name(&pair[1])
                && (pair[0].segment.is_empty() || pair[0].segment == pair[1].segment)
        })
    }
}

impl<'a> Iterator for Parameters<'a> {
    type Item = Parameter<'a>;

    fn next(&mut self) -> Option<Parameter<'a>> {
        loop {
            let rest = skip_blanks_and_comments(self.rest);
            match rest.first()? {
                b';' => self.rest = &rest[1..],
                _ => {
                    let length = rest
                        .iter()
                        .position(|b| {
                            matches!(b, b'=' | b';' | b' ' | b'\t' | b'\r' | b'\n' | b'(')
                        })
                        .unwrap_or(rest.len());
                    let (name, after) = rest.split_at(length);
                    let after = skip_blanks_and_comments(after);
                    let Some(b'=') = after.first() else {
                        // A word without a value: not a parameter.
                        self.rest = until_semicolon(after).1;
                        continue;
                    };
                    let after = skip_blanks_and_comments(&after[1..]);
                    if let Some(inner) = after.strip_prefix(b"\"") {
                        let end = quoted_end(inner);
                        self.rest = until_semicolon(inner.get(end + 1..).unwrap_or_default()).1;
                        return Some(Parameter {
                            name,
                            value: &inner[..end],
                            quoted: true,
                        });
                    }
                    let (value, rest) = until_semicolon(after);
                    self.rest = rest;
                    return Some(Parameter {
                        name,
                        value: without_comment(value),
                        quoted: false,
                    });
                }
            }
        }
    }
}

impl<'a> Parameter<'a> {
    /// What follows `name` in the name of this parameter: nothing, `*`, `*0`, `*0*`.
    fn suffix_of(&self, name: &str) -> Option<&'a [u8]> {
        let (base, suffix) = split_name(self.name);
        base.eq_ignore_ascii_case(name.as_bytes()).then_some(suffix)
    }

    /// The value without quotes, escapes and folds.
    fn unquoted(self) -> Cow<'a, [u8]> {
        let plain = |b: &u8| !(matches!(b, b'\r' | b'\n') || self.quoted && *b == b'\\');
        if self.value.iter().all(plain) {
            return Cow::Borrowed(self.value);
        }
        let mut out = Vec::with_capacity(self.value.len());
        let mut octets = self.value.iter();
        while let Some(&octet) = octets.next() {
            match octet {
                b'\r' | b'\n' => {}
                b'\\' if self.quoted => out.extend(octets.next()),
                _ => out.push(octet),
            }
        }
        Cow::Owned(out)
    }
}

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

/// Splits `name*0*` into `name` and `*0*`.
fn split_name(name: &[u8]) -> (&[u8], &[u8]) {
    name.split_at(memchr::memchr(b'*', name).unwrap_or(name.len()))
}

/// What a parameter is a value of, or a segment of a value (RFC 2231 3).
#[derive(Debug)]
struct Place<'a> {
    base: &'a [u8],
    /// A name for old readers. One for new readers is customary beside it.
    fall_back: bool,
    /// `*0` and `*0*` are the same place, and so are nothing and `*`.
    segment: &'a [u8],
}

impl<'a> Place<'a> {
    fn of(name: &'a [u8]) -> Self {
        let (base, suffix) = split_name(name);
        let named = base.eq_ignore_ascii_case(b"name") || base.eq_ignore_ascii_case(b"filename");
        let segment = suffix.strip_suffix(b"*").unwrap_or(suffix);
        Self {
            base,
            fall_back: named && suffix.is_empty(),
            segment,
        }
    }

    fn same_name(&self, other: &Self) -> bool {
        self.base.eq_ignore_ascii_case(other.base) && self.fall_back == other.fall_back
    }

    fn cmp(&self, other: &Self) -> Ordering {
        let lower = |octets: &'a [u8]| octets.iter().map(u8::to_ascii_lowercase);
        lower(self.base)
            .cmp(lower(other.base))
            .then(self.fall_back.cmp(&other.fall_back))
            .then(self.segment.cmp(other.segment))
    }
}

/// A continuation (RFC 2231 3): its number, whether it is percent-encoded, and itself.
fn segment<'a>(
    number: &[u8],
    encoded: bool,
    parameter: Parameter<'a>,
) -> Option<(u32, bool, Parameter<'a>)> {
    let number = std::str::from_utf8(number).ok()?;
    let number = number
        .bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| number.parse().ok())??;
    Some((number, encoded, parameter))
}

/// Puts continuations together and converts them from the charset they name (RFC 2231 4.1).
fn join<'a>(mut segments: Vec<(u32, bool, Parameter<'a>)>) -> Option<Cow<'a, [u8]>> {
    segments.sort_by_key(|&(number, ..)| number);
    let mut charset: &[u8] = b"";
    let mut out = Vec::new();
    let mut expected = 0;
    for (number, encoded, parameter) in segments {
        if number != expected {
            break; // a gap or a repetition: what follows has no place
        }
        let value = parameter.unquoted();
        let mut text = &*value;
        if encoded && number == 0 {
            let mut pieces = parameter.value.splitn(3, |&b| b == b'\'');
            if let (Some(name), Some(_language), Some(rest)) =
                (pieces.next(), pieces.next(), pieces.next())
            {
                (charset, text) = (name, rest);
            }
        }
        if encoded {
            percent_decode(text, &mut out)
        } else {
            out.extend_from_slice(text)
        }
        expected += 1;
    }
    if expected == 0 {
        return None;
    }
    Some(Cow::Owned(
        text::decode(Cow::Owned(out), charset)
            .into_owned()
            .into_bytes(),
    ))
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
fn until_semicolon(value: &[u8]) -> (&[u8], &[u8]) {
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
fn quoted_end(inner: &[u8]) -> usize {
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

fn skip_blanks_and_comments(mut value: &[u8]) -> &[u8] {
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
fn without_comment(value: &[u8]) -> &[u8] {
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
    use super::{Parameters, content_id, media_type, token};

    fn value(field: &str, name: &str) -> Option<String> {
        Parameters::of(field.as_bytes())
            .value(name)
            .map(|value| String::from_utf8(value.into_owned()).unwrap())
    }

    #[test]
    fn parameters_are_read_through_quotes_comments_and_folds() {
        for (field, expected) in [
            ("multipart/mixed; boundary=b", "b"),
            ("multipart/mixed; BOUNDARY = \"b c\" ; x=y", "b c"),
            ("multipart/mixed (a; boundary=x); boundary=b (c)", "b"),
            (
                "multipart/mixed; x=\";boundary=no\"; boundary=\"a\\\"b\"",
                "a\"b",
            ),
            (
                "multipart/mixed;\r\n boundary=\"one\r\n two\"\r\n",
                "one two",
            ),
            ("multipart/mixed; word; boundary=b", "b"),
            ("multipart/mixed; boundary=\"open", "open"),
            ("multipart/mixed; boundary=my own", "my own"),
        ] {
            assert_eq!(
                value(field, "boundary").as_deref(),
                Some(expected),
                "{field:?}"
            );
        }
        assert_eq!(value("multipart/mixed; boundary", "boundary"), None);
    }

    #[test]
    fn extended_values_are_decoded_and_joined() {
        for (field, expected) in [
            ("a; filename*=UTF-8''caf%C3%A9.txt", "caf\u{e9}.txt"),
            ("a; filename*=iso-8859-1'fr'caf%e9.txt", "caf\u{e9}.txt"),
            ("a; filename*1=\"b c\"; filename*0=a", "ab c"),
            (
                "a; filename*0*=UTF-8''%e2%82; filename*1*=%ac; filename*2=%20",
                "\u{20ac}%20",
            ),
            ("a; filename=plain; filename*=UTF-8''rich", "rich"),
            ("a; filename*0=a; filename*2=c", "a"),
        ] {
            assert_eq!(
                value(field, "filename").as_deref(),
                Some(expected),
                "{field:?}"
            );
        }
        assert_eq!(value("a; filename*1=b", "filename"), None);
    }

    #[test]
    fn repeated_parameters_are_seen() {
        for (field, repeat) in [
            ("a; b=1", false),
            ("a; b=1; c=1", false),
            ("a; b=1; c=2; B=1", true),
            ("a; boundary=1; boundary*=''1", true),
            ("a; boundary=1; boundary*0=1", true),
            ("a; name=1; name*=''1", false),
            ("a; name=1; name*0=1; name*1=2", false),
            ("a; name=1; name=2", true),
            ("a; name*0=1; name*0*=1", true),
            ("a; name*0=1; name*1=2", false),
        ] {
            assert_eq!(
                Parameters::of(field.as_bytes()).repeat(),
                repeat,
                "{field:?}"
            );
        }
    }

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
        let field = format!("text/plain{}; charset=utf-8", "(".repeat(800_000));
        assert_eq!(value(&field, "charset"), None);
        let field = "(".repeat(400_000) + &")".repeat(400_000) + "text/plain; charset=utf-8";
        assert_eq!(value(&field, "charset").as_deref(), Some("utf-8"));
        assert_eq!(media_type(field.as_bytes()).as_deref(), Some("text/plain"));
    }
}
