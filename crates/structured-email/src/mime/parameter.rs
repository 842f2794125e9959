//! Parameters of MIME fields (RFC 2045 5.1, RFC 2231).
//!
//! mail-parser's `Content-Type` parser is not used, because it does not tell when a parameter
//! stands twice, and two readers may then disagree about the message.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::field::{
    percent_decode, quoted_end, skip_blanks_and_comments, until_semicolon, without_comment,
};
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

#[cfg(test)]
mod tests {
    use super::Parameters;

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
    fn a_comment_without_end_hides_what_follows() {
        let field = format!("text/plain{}; charset=utf-8", "(".repeat(800_000));
        assert_eq!(value(&field, "charset"), None);
    }
}
