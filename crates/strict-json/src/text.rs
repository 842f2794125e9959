use std::borrow::Cow;
use std::cmp::Ordering;
use std::num::NonZeroU32;

use crate::cursor::Cursor;
use crate::plain;
use crate::{Error, ErrorKind};

/// A string of a JSON text: where it stands, still escaped.
///
/// It is a place, not the characters: the functions take the text that it was read from. Eight
/// octets move in one register, which shows in the speed of a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    /// Behind the opening quote, and so never 0.
    start: NonZeroU32,
    /// Before the closing quote; [`Limits::SIZE_CAP`](crate::Limits::SIZE_CAP) leaves two bits
    /// above it.
    end: u32,
}

const ESCAPED: u32 = 1 << 31;

impl Text {
    /// Reads the string whose opening quote stands at the cursor.
    #[inline]
    pub(crate) fn read(cursor: &mut Cursor<'_>) -> Result<Self, Error> {
        cursor.at += 1;
        let start = NonZeroU32::new(cursor.at as u32).unwrap_or(NonZeroU32::MIN); // behind a quote
        let mut escaped = 0;
        loop {
            cursor.at += plain::prefix(cursor.rest());
            match cursor.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = ESCAPED;
                    read_escape(cursor)?;
                }
                _ => return Err(cursor.unexpected()),
            }
        }
        let end = cursor.at as u32 | escaped;
        cursor.at += 1;
        Ok(Self { start, end })
    }

    /// Where the opening quote stands.
    #[must_use]
    #[inline]
    pub fn offset(self) -> usize {
        self.start.get() as usize - 1
    }

    /// Whether it holds an escape. If not, its characters are its octets.
    #[must_use]
    #[inline]
    pub fn is_escaped(self) -> bool {
        self.end & ESCAPED != 0
    }

    /// The octets between its quotes in `json`, the text that it was read from.
    #[must_use]
    #[inline]
    pub fn raw(self, json: &str) -> &str {
        json.get(self.start.get() as usize..(self.end & !ESCAPED) as usize)
            .unwrap_or_default()
    }

    /// The characters that it stands for.
    #[must_use]
    #[inline]
    pub fn to_str(self, json: &str) -> Cow<'_, str> {
        if self.is_escaped() {
            Cow::Owned(self.chars(json).collect())
        } else {
            Cow::Borrowed(self.raw(json))
        }
    }

    /// The characters that it stands for, one by one.
    pub fn chars(self, json: &str) -> impl Iterator<Item = char> {
        let raw = self.raw(json);
        let mut cursor = Cursor::new(raw.as_bytes(), 0);
        std::iter::from_fn(move || {
            if cursor.peek()? == b'\\' {
                return Some(read_escape(&mut cursor).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            let c = raw.get(cursor.at..)?.chars().next()?;
            cursor.at += c.len_utf8();
            Some(c)
        })
    }

    /// Whether its characters are those of `other`.
    #[must_use]
    #[inline]
    pub fn is(self, json: &str, other: &str) -> bool {
        if self.is_escaped() {
            self.chars(json).eq(other.chars())
        } else {
            self.raw(json) == other
        }
    }

    /// The order of the characters that two strings of one text stand for.
    pub(crate) fn compare(self, other: Self, json: &str) -> Ordering {
        if self.is_escaped() || other.is_escaped() {
            self.chars(json).cmp(other.chars(json))
        } else {
            self.raw(json).cmp(other.raw(json))
        }
    }

    /// Whether two strings of one text stand for the same characters.
    #[inline]
    pub(crate) fn equals(self, other: Self, json: &str) -> bool {
        if self.is_escaped() || other.is_escaped() {
            return self.compare(other, json).is_eq();
        }
        // Most differ in length or in what stands behind the quote.
        let first = |text: Self| json.as_bytes().get(text.start.get() as usize);
        self.end - self.start.get() == other.end - other.start.get()
            && first(self) == first(other)
            && self.raw(json) == other.raw(json)
    }

    /// Appends the characters that it stands for.
    pub(crate) fn unescape_into(self, json: &str, out: &mut String) {
        let raw = self.raw(json);
        let mut cursor = Cursor::new(raw.as_bytes(), 0);
        while cursor.at < raw.len() {
            let start = cursor.at;
            cursor.at += plain::prefix(cursor.rest());
            out.push_str(raw.get(start..cursor.at).unwrap_or_default());
            if cursor.peek() == Some(b'\\') {
                out.push(read_escape(&mut cursor).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
        }
    }
}

/// Reads one escape, a surrogate pair counting as one, and gives its character.
fn read_escape(cursor: &mut Cursor<'_>) -> Result<char, Error> {
    let start = cursor.at;
    cursor.at += 1;
    let c = match cursor.peek() {
        Some(b'u') => {
            cursor.at += 1;
            return read_unicode_escape(cursor, start);
        }
        Some(letter) => simple_escape(letter).ok_or_else(|| cursor.unexpected())?,
        None => return Err(cursor.unexpected()),
    };
    cursor.at += 1;
    Ok(c)
}

fn read_unicode_escape(cursor: &mut Cursor<'_>, start: usize) -> Result<char, Error> {
    let lone = || Error::at(ErrorKind::LoneSurrogate, start);
    let unit = read_hex(cursor)?;
    if !(0xD800..0xDC00).contains(&unit) {
        return char::from_u32(unit).ok_or_else(lone);
    }
    if !cursor.rest().starts_with(b"\\u") {
        return Err(lone());
    }
    cursor.at += 2;
    join_surrogates(unit, read_hex(cursor)?).ok_or_else(lone)
}

fn read_hex(cursor: &mut Cursor<'_>) -> Result<u32, Error> {
    let mut unit = 0;
    for _ in 0..4 {
        let digit = cursor
            .peek()
            .and_then(|octet| char::from(octet).to_digit(16));
        unit = unit * 16 + digit.ok_or_else(|| cursor.unexpected())?;
        cursor.at += 1;
    }
    Ok(unit)
}

fn simple_escape(letter: u8) -> Option<char> {
    Some(match letter {
        b'"' | b'\\' | b'/' => char::from(letter),
        b'b' => '\u{8}',
        b'f' => '\u{C}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        _ => return None,
    })
}

fn join_surrogates(high: u32, low: u32) -> Option<char> {
    if !(0xDC00..0xE000).contains(&low) {
        return None;
    }
    char::from_u32(0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00))
}
