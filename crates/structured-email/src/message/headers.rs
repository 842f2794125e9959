//! Top-level header fields, decoded when they are asked for.
//!
//! mail-parser decodes one field value at a time. Finding the fields is done here, because of
//! a field that stands twice mail-parser keeps the last, and people and other software are
//! shown the first.

use std::borrow::Cow;

use mail_parser::parsers::MessageStream;
use mail_parser::{Address, HeaderValue};
use memchr::{memchr, memchr2, memmem};

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
        let line = AddressLine::new(&line);
        let HeaderValue::Address(addresses) = MessageStream::new(&line.plain).parse_address()
        else {
            return Vec::new();
        };
        let single = |addr: mail_parser::Addr<'_>| {
            Some(Mailbox {
                address: line.address(addr.address?),
                name: addr.name.map(|name| line.name(name)),
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

/// An address field whose quoted local parts are out of the way of mail-parser, which drops some
/// and reads into others.
struct AddressLine<'v> {
    /// With an atom in the place of each quoted local part: its number between two [`MARK`]s.
    plain: Cow<'v, [u8]>,
    /// The quoted local parts.
    quoted: Vec<&'v [u8]>,
}

/// What no field may hold (RFC 5322 4.1). Where one does, quoted local parts stay where they are.
const MARK: u8 = 0x01;

impl<'v> AddressLine<'v> {
    fn new(line: &'v [u8]) -> Self {
        let mut quoted = Vec::new();
        if memmem::find(line, b"\"@").is_none() || memchr(MARK, line).is_some() {
            let plain = Cow::Borrowed(line);
            return Self { plain, quoted };
        }
        let mut plain = Vec::with_capacity(line.len());
        let mut rest = line;
        while let Some(start) = memchr2(b'"', b'(', rest) {
            let (before, from) = rest.split_at(start);
            plain.extend_from_slice(before);
            let length = match from[0] {
                b'"' => quoted_length(from),
                _ => comment_length(from),
            };
            let (string, behind) = from.split_at(length);
            rest = behind;
            if string[0] == b'"' && behind.first() == Some(&b'@') {
                plain.push(MARK);
                plain.extend_from_slice(quoted.len().to_string().as_bytes());
                plain.push(MARK);
                quoted.push(string);
            } else {
                plain.extend_from_slice(string);
            }
        }
        plain.extend_from_slice(rest);
        let plain = Cow::Owned(plain);
        Self { plain, quoted }
    }

    /// An address that was read of it, with its quoted local part.
    fn address(&self, read: Cow<'_, str>) -> String {
        self.restore(&read).unwrap_or_else(|| read.into_owned())
    }

    /// A name that was read of it. Only one that is misplaced holds a quoted local part, and an
    /// encoded word may spell what stands for one.
    fn name(&self, read: Cow<'_, str>) -> String {
        let restored = match memmem::find(&self.plain, b"=?") {
            None => self.restore(&read),
            Some(_) => None,
        };
        restored.unwrap_or_else(|| read.into_owned())
    }

    /// The text with the first quoted local part where it stood.
    fn restore(&self, text: &str) -> Option<String> {
        let mark = char::from(MARK);
        let (before, marked) = text.split_once(mark)?;
        let (number, behind) = marked.split_once(mark)?;
        let quoted = self.quoted.get(number.parse::<usize>().ok()?)?;
        Some(format!(
            "{before}{}{behind}",
            String::from_utf8_lossy(quoted)
        ))
    }
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

/// How long the comment is that `text` starts with, comments in it included; all of it when
/// nothing ends it (RFC 5322 3.2.2).
fn comment_length(text: &[u8]) -> usize {
    let mut at = 0;
    let mut depth = 0_usize;
    while let Some(&octet) = text.get(at) {
        at += if octet == b'\\' { 2 } else { 1 };
        match octet {
            b'(' => depth += 1,
            b')' => depth -= 1, // the first octet opened one
            _ => {}
        }
        if depth == 0 {
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
