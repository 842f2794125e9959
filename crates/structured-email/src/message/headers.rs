//! Top-level header fields, decoded when they are asked for.
//!
//! mail-parser decodes one field value at a time. Finding the fields is done here, because of
//! a field that stands twice mail-parser keeps the last, and people and other software are
//! shown the first.

use std::borrow::Cow;

use mail_parser::parsers::MessageStream;
use mail_parser::{Address, HeaderValue};
use memchr::{memchr, memmem, memrchr2};

use super::Message;
use crate::Mailbox;
use crate::mime::header::{HeaderLine, HeaderLines};
use crate::mime::text;

impl<'a> Message<'a> {
    /// The top-level header fields as they stand: name, and value still folded and encoded,
    /// without the line break that ends it. Lines that are no fields are left out.
    pub fn headers(&self) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        let header = self
            .parts
            .first()
            .map(|part| part.raw_header())
            .unwrap_or_default();
        HeaderLines::at(header, 0).filter_map(|line| match line {
            HeaderLine::Field { name, value } => {
                let value = value.strip_suffix(b"\n").unwrap_or(value);
                Some((name, value.strip_suffix(b"\r").unwrap_or(value)))
            }
            HeaderLine::Illegal => None,
        })
    }

    /// The first top-level field of this name, unfolded and decoded (RFC 2047).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<Cow<'a, str>> {
        self.raw_headers(name).next().map(text::unstructured)
    }

    /// The decoded subject.
    #[must_use]
    pub fn subject(&self) -> Option<Cow<'a, str>> {
        self.header("Subject")
    }

    /// The author mailboxes.
    #[must_use]
    pub fn from(&self) -> Vec<Mailbox> {
        self.mailboxes("From")
    }

    /// The mailboxes of an address field: `To`, `Cc`, `Reply-To`, … Those in groups are in
    /// line with the others. Of a field that stands twice, the first.
    #[must_use]
    pub fn mailboxes(&self, name: &str) -> Vec<Mailbox> {
        let Some(line) = self.line(name) else {
            return Vec::new();
        };
        let line = with_plain_local_parts(&line);
        let HeaderValue::Address(addresses) = MessageStream::new(&line).parse_address() else {
            return Vec::new();
        };
        let single = |addr: mail_parser::Addr<'_>| {
            let address = addr.address?.into_owned();
            Some(Mailbox {
                name: addr.name.map(Cow::into_owned),
                address,
            })
        };
        match addresses {
            Address::List(list) => list.into_iter().filter_map(single).collect(),
            Address::Group(groups) => groups
                .into_iter()
                .flat_map(|group| group.addresses)
                .filter_map(single)
                .collect(),
        }
    }

    /// The `Date`, in seconds since 1970, or `None` when it is missing or no date.
    #[must_use]
    pub fn date(&self) -> Option<i64> {
        match MessageStream::new(&self.line("Date")?).parse_date() {
            HeaderValue::DateTime(date) if date.is_valid() => Some(date.to_timestamp()),
            _ => None,
        }
    }

    /// The `Message-ID`, without angle brackets.
    #[must_use]
    pub fn message_id(&self) -> Option<String> {
        self.message_ids("Message-ID").into_iter().next()
    }

    /// The ids of a field such as `References`, without angle brackets.
    #[must_use]
    pub fn message_ids(&self, name: &str) -> Vec<String> {
        self.raw_headers(name)
            .next()
            .map(message_ids)
            .unwrap_or_default()
    }

    fn raw_headers(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.headers()
            .filter(move |(field, _)| field.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// The first field of this name, in a form that mail-parser reads to its end.
    fn line(&self, name: &str) -> Option<Vec<u8>> {
        self.raw_headers(name).next().map(line)
    }
}

/// The ids in a field value, without angle brackets (RFC 5322 3.6.4).
pub(super) fn message_ids(value: &[u8]) -> Vec<String> {
    match MessageStream::new(&line(value)).parse_id() {
        HeaderValue::Text(id) => vec![id.into_owned()],
        HeaderValue::TextList(ids) => ids.into_iter().map(Cow::into_owned).collect(),
        _ => Vec::new(),
    }
}

/// The addresses with their quoted local parts in the form that mail-parser reads: in angle
/// brackets, without which it drops them, and with each quoted pair quoted once more, since it
/// takes the backslash out and leaves the quotes, which makes another address of `"a\"b"@c`.
fn with_plain_local_parts(line: &[u8]) -> Cow<'_, [u8]> {
    if memmem::find(line, b"\"@").is_none() {
        return Cow::Borrowed(line);
    }
    let mut plain = Vec::with_capacity(line.len() + 16);
    let mut in_brackets = false;
    let mut rest = line;
    while let Some(start) = memchr(b'"', rest) {
        let (before, string) = rest.split_at(start);
        plain.extend_from_slice(before);
        in_brackets = memrchr2(b'<', b'>', before).map_or(in_brackets, |at| before[at] == b'<');
        let (string, behind) = string.split_at(quoted_length(string));
        rest = behind;
        if behind.first() != Some(&b'@') {
            plain.extend_from_slice(string);
            continue;
        }
        let bracket = |bracket: u8| (!in_brackets).then_some(bracket);
        plain.extend(bracket(b'<'));
        let mut octets = string.iter();
        while let Some(&octet) = octets.next() {
            if octet == b'\\' {
                plain.extend_from_slice(br"\\\");
                plain.extend(octets.next());
            } else {
                plain.push(octet);
            }
        }
        let ends_domain = |octet: &u8| b",;>( \t\r\n".contains(octet);
        let domain = behind.iter().position(ends_domain).unwrap_or(behind.len());
        plain.extend_from_slice(&behind[..domain]);
        plain.extend(bracket(b'>'));
        rest = &behind[domain..];
    }
    plain.extend_from_slice(rest);
    Cow::Owned(plain)
}

/// How long the quoted string is that `text` starts with; all of it when no quote ends it.
fn quoted_length(text: &[u8]) -> usize {
    let mut at = 1;
    while let Some(&octet) = text.get(at) {
        at += if octet == b'\\' { 2 } else { 1 };
        if octet == b'"' {
            break;
        }
    }
    at.min(text.len())
}

/// mail-parser reads a field up to a line end that no blank follows.
fn line(value: &[u8]) -> Vec<u8> {
    let mut line = Vec::with_capacity(value.len() + 1);
    line.extend_from_slice(value);
    line.push(b'\n');
    line
}
