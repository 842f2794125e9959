use std::borrow::Cow;
use std::cmp::Ordering;

use super::JsonError;
use super::cursor::Cursor;
use crate::ProblemKind;

/// A string of a JSON text: where it stands, between its quotes, still escaped.
///
/// Offsets have 30 bits: [`Limits::DATA_CAP`](crate::Limits::DATA_CAP) is far below that, and
/// member names are kept in thousands. Eight octets move in one register, which shows in the
/// speed of the whole reader.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text {
    start: u32,
    /// The end, and two flags above it.
    end: u32,
}

const ESCAPED: u32 = 1 << 31;
const CONTROL: u32 = 1 << 30;

impl Text {
    /// Reads the string whose opening quote stands at the cursor.
    pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Self, JsonError> {
        let start = cursor.at + 1;
        let mut flags = 0;
        cursor.at = start;
        loop {
            let rest = cursor.rest();
            let plain = rest.iter().position(|&octet| STOP[usize::from(octet)]);
            cursor.at += plain.unwrap_or(rest.len());
            match cursor.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    flags |= ESCAPED;
                    if is_control(read_escape(cursor)?) {
                        flags |= CONTROL;
                    }
                }
                Some(0x7F) => {
                    flags |= CONTROL;
                    cursor.at += 1;
                }
                // U+0080 to U+009F, the C1 controls, are 0xC2 and one octet below 0xA0.
                Some(0xC2) => {
                    cursor.at += 1;
                    if cursor.peek().is_some_and(|next| next < 0xA0) {
                        flags |= CONTROL;
                    }
                }
                _ => return Err(cursor.unexpected()),
            }
        }
        let offset = |at| u32::try_from(at).map_or(0, |at: u32| at & !(ESCAPED | CONTROL));
        let text = Self {
            start: offset(start),
            end: offset(cursor.at) | flags,
        };
        cursor.at += 1;
        Ok(text)
    }

    /// Where the opening quote stands.
    pub(super) fn offset(self) -> u32 {
        self.start.saturating_sub(1)
    }

    /// Whether it holds a control character other than tab, line feed and carriage return.
    pub(crate) fn has_control(self) -> bool {
        self.end & CONTROL != 0
    }

    /// The characters it stands for.
    pub(crate) fn to_str(self, json: &str) -> Cow<'_, str> {
        let raw = self.raw(json);
        if self.is_escaped() {
            Cow::Owned(unescape(raw).collect())
        } else {
            Cow::Borrowed(raw)
        }
    }

    /// Whether its characters are those of `other`.
    pub(crate) fn is(self, json: &str, other: &str) -> bool {
        let raw = self.raw(json);
        if self.is_escaped() {
            unescape(raw).eq(other.chars())
        } else {
            raw == other
        }
    }

    /// Whether it is a `cid:` URI. Schemes compare without case (RFC 3986 3.1).
    pub(crate) fn is_cid(self, json: &str) -> bool {
        let raw = self.raw(json);
        matches!(raw.as_bytes().first(), Some(b'c' | b'C' | b'\\'))
            && unescape(raw)
                .take(4)
                .map(|c| c.to_ascii_lowercase())
                .eq("cid:".chars())
    }

    /// The order of the characters that two strings stand for.
    pub(super) fn compare(self, other: Self, json: &str) -> Ordering {
        let (left, right) = (self.raw(json), other.raw(json));
        if self.is_escaped() || other.is_escaped() {
            unescape(left).cmp(unescape(right))
        } else {
            left.cmp(right)
        }
    }

    /// Whether two strings certainly differ: a cheap first look.
    #[inline]
    pub(super) fn differs(self, other: Self) -> bool {
        let length = |text: Self| text.end_offset() - text.start;
        !self.is_escaped() && !other.is_escaped() && length(self) != length(other)
    }

    fn raw(self, json: &str) -> &str {
        json.get(self.start as usize..self.end_offset() as usize)
            .unwrap_or_default()
    }

    fn is_escaped(self) -> bool {
        self.end & ESCAPED != 0
    }

    fn end_offset(self) -> u32 {
        self.end & !(ESCAPED | CONTROL)
    }
}

/// The octets that end a run of ordinary ones: the quote, the escape, controls, and the first
/// octet of C1 controls.
static STOP: [bool; 256] = {
    let mut stop = [false; 256];
    let mut octet = 0;
    while octet < 0x20 {
        stop[octet] = true;
        octet += 1;
    }
    stop[b'"' as usize] = true;
    stop[b'\\' as usize] = true;
    stop[0x7F] = true;
    stop[0xC2] = true;
    stop
};

/// The characters of the inside of a string that was read before.
fn unescape(raw: &str) -> impl Iterator<Item = char> {
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

fn is_control(c: char) -> bool {
    c.is_control() && !matches!(c, '\t' | '\n' | '\r')
}

/// Reads one escape, a surrogate pair counting as one, and gives its character.
fn read_escape(cursor: &mut Cursor<'_>) -> Result<char, JsonError> {
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

fn read_unicode_escape(cursor: &mut Cursor<'_>, start: usize) -> Result<char, JsonError> {
    let lone = || JsonError::at(ProblemKind::LoneSurrogate, start);
    let unit = read_hex(cursor)?;
    if unit == 0 {
        return Err(JsonError::at(ProblemKind::Nul, start));
    }
    if !(0xD800..0xDC00).contains(&unit) {
        return char::from_u32(unit).ok_or_else(lone);
    }
    if !cursor.rest().starts_with(b"\\u") {
        return Err(lone());
    }
    cursor.at += 2;
    join_surrogates(unit, read_hex(cursor)?).ok_or_else(lone)
}

fn read_hex(cursor: &mut Cursor<'_>) -> Result<u32, JsonError> {
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
