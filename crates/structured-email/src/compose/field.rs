//! Header fields, folded at 76 columns (RFC 2047, 2) and never longer than 998 (RFC 5322, 2.1.1).

use mail_builder::encoders::Base64Encoder;
use mail_builder::headers::Header;
use mail_builder::headers::content_type::ContentType;
use mail_builder::headers::date::Date;

use super::grammar::{check_address, check_id, check_line, is_atext};
use super::{ComposeError, ComposeErrorKind};
use crate::Mailbox;

const FOLD_COLUMN: usize = 76;
/// Words beyond this are written as encoded words, which fold anywhere.
const LONGEST_WORD: usize = 900;
/// Names beyond this are written as encoded words.
const LONGEST_NAME: usize = 70;
/// Longest encoded word (RFC 2047, 2), and what of it surrounds the text.
const ENCODED_WORD: usize = 75;
const ENCODED_WORD_FRAME: usize = "=?utf-8?B??=".len();
/// 1900-01-01T00:00:00Z, the first year of RFC 5322, 3.3, to 9999-12-31T23:59:59Z.
const DATES: std::ops::RangeInclusive<i64> = -2_208_988_800..=253_402_300_799;

pub(super) fn date(date: i64, out: &mut Vec<u8>) -> Result<(), ComposeError> {
    if !DATES.contains(&date) {
        return Err(ComposeError::new(
            ComposeErrorKind::InvalidDate,
            "Date",
            "expected a date of the years 1900 to 9999",
        ));
    }
    out.extend_from_slice(b"Date: ");
    Date::new(date).write_header(out, "Date: ".len());
    Ok(())
}

/// An unstructured field: text as it stands where a reader gets the same text back, else encoded
/// words (RFC 2047).
pub(super) fn unstructured(
    name: &'static str,
    value: &str,
    out: &mut Vec<u8>,
) -> Result<(), ComposeError> {
    check_line(name, value)?;
    let mut line = Line::start(name, out);
    if is_plain(value)
        && value
            .split(' ')
            .all(|w| (1..=LONGEST_WORD).contains(&w.len()))
    {
        value.split(' ').for_each(|word| line.word(word));
    } else {
        line.encoded_words(value);
    }
    line.end();
    Ok(())
}

/// An address field, left out when the list is empty. True when an address is not US-ASCII.
pub(super) fn mailboxes(
    name: &'static str,
    list: &[Mailbox],
    out: &mut Vec<u8>,
) -> Result<bool, ComposeError> {
    let Some((last, others)) = list.split_last() else {
        return Ok(false);
    };
    for mailbox in list {
        check_address(name, &mailbox.address)?;
        mailbox
            .name
            .as_deref()
            .map_or(Ok(()), |display| check_line(name, display))?;
    }
    let mut line = Line::start(name, out);
    others.iter().for_each(|mailbox| line.mailbox(mailbox, ","));
    line.mailbox(last, "");
    line.end();
    Ok(list.iter().any(|mailbox| !mailbox.address.is_ascii()))
}

/// A field of message ids, left out when the list is empty. True when an id is not US-ASCII.
pub(super) fn ids(
    name: &'static str,
    ids: &[String],
    out: &mut Vec<u8>,
) -> Result<bool, ComposeError> {
    if ids.is_empty() {
        return Ok(false);
    }
    let mut line = Line::start(name, out);
    for id in ids {
        line.word(&format!("<{}>", check_id(name, id)?));
    }
    line.end();
    Ok(ids.iter().any(|id| !id.is_ascii()))
}

/// A MIME field with parameters, quoted or split as they need it (RFC 2231). The values are
/// checked by the caller.
pub(super) fn parameterized(
    name: &'static str,
    value: &str,
    parameters: &[(&str, &str)],
    out: &mut Vec<u8>,
) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    parameters
        .iter()
        .fold(ContentType::new(value), |field, (key, value)| {
            field.attribute(*key, *value)
        })
        .write_header(out, name.len() + 2);
}

/// One field while it is written, word by word.
struct Line<'o> {
    out: &'o mut Vec<u8>,
    column: usize,
    empty: bool,
}

impl<'o> Line<'o> {
    fn start(name: &str, out: &'o mut Vec<u8>) -> Self {
        out.extend_from_slice(name.as_bytes());
        out.push(b':');
        Self {
            out,
            column: name.len() + 1,
            empty: true,
        }
    }

    /// Appends a space, folded where the line would be too long, and a word.
    fn word(&mut self, word: &str) {
        // Never before the first word: a field that starts with an empty line confuses readers.
        if !self.empty && self.column + 1 + word.len() > FOLD_COLUMN {
            self.out.extend_from_slice(b"\r\n");
            self.column = 0;
        }
        self.out.push(b' ');
        self.out.extend_from_slice(word.as_bytes());
        self.column += 1 + word.len();
        self.empty = false;
    }

    /// Base64 for every text: the white space between encoded words vanishes on reading, so they
    /// are free to fold, and no text needs a second look at which characters are safe.
    fn encoded_words(&mut self, text: &str) {
        let mut rest = text;
        while !rest.is_empty() {
            let (chunk, tail) = rest.split_at(rest.floor_char_boundary(self.room()));
            let mut word = b"=?utf-8?B?".to_vec();
            Base64Encoder::new().encode_into(chunk.as_bytes(), &mut word);
            word.extend_from_slice(b"?=");
            self.word(&String::from_utf8_lossy(&word));
            rest = tail;
        }
    }

    /// How many octets of text an encoded word can take: the first has to fit behind the name of
    /// the field, later ones get a line of their own rather than be cut to fill one.
    fn room(&self) -> usize {
        let columns = if self.empty {
            FOLD_COLUMN - 1 - self.column
        } else {
            ENCODED_WORD
        };
        (columns - ENCODED_WORD_FRAME) / 4 * 3
    }

    fn mailbox(&mut self, mailbox: &Mailbox, separator: &str) {
        let address = &mailbox.address;
        match mailbox.name.as_deref() {
            None | Some("") => self.word(&format!("{address}{separator}")),
            Some(name) => {
                self.phrase(name);
                self.word(&format!("<{address}>{separator}"));
            }
        }
    }

    /// A display name: atoms, a quoted string or encoded words (RFC 5322, 3.2.5).
    fn phrase(&mut self, name: &str) {
        let atoms = || {
            name.split(' ')
                .all(|w| !w.is_empty() && w.chars().all(is_atext))
        };
        if !is_plain(name) || name.len() > LONGEST_NAME {
            self.encoded_words(name);
        } else if atoms() {
            name.split(' ').for_each(|word| self.word(word));
        } else {
            let escaped = name.replace('\\', "\\\\").replace('"', "\\\"");
            self.word(&format!("\"{escaped}\""));
        }
    }

    fn end(self) {
        self.out.extend_from_slice(b"\r\n");
    }
}

/// Printable US-ASCII that nobody would decode.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b' '..=b'~')) && !text.contains("=?")
}

#[cfg(test)]
mod tests {
    use super::{ids, mailboxes, unstructured};
    use crate::Mailbox;

    fn subject(text: &str) -> String {
        let mut out = Vec::new();
        unstructured("Subject", text, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn plain_text_is_folded_at_spaces_only() {
        let text = vec!["word"; 40].join(" ");
        let field = subject(&text);
        assert!(field.lines().all(|line| line.len() <= 76), "{field}");
        assert_eq!(field.replace("\r\n", ""), format!("Subject: {text}"));
    }

    #[test]
    fn text_that_would_not_survive_is_encoded() {
        for text in [
            "=?utf-8?Q?x?=",
            " led",
            "trailed ",
            "two  spaces",
            "tab\there",
            "ü",
        ] {
            assert!(subject(text).starts_with("Subject: =?utf-8?B?"), "{text:?}");
        }
        assert_eq!(subject(""), "Subject:\r\n");
    }

    #[test]
    fn encoded_words_split_between_characters() {
        let field = subject(&"日本語".repeat(40));
        for line in field.lines() {
            assert!(line.len() <= 76, "{line}");
        }
    }

    #[test]
    fn names_are_atoms_quoted_or_encoded() {
        let mut out = Vec::new();
        let list = [
            "Ann Bee <a@b>",
            "O'Neil, P. \"Q\" <c@d>",
            "Jürgen <e@f>",
            "g@h",
        ]
        .map(Mailbox::from);
        assert!(!mailboxes("To", &list, &mut out).unwrap());
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "To: Ann Bee <a@b>, \"O'Neil, P. \\\"Q\\\"\" <c@d>, =?utf-8?B?SsO8cmdlbg==?= <e@f>,\r\n g@h\r\n"
        );
    }

    #[test]
    fn each_id_gets_its_brackets() {
        let mut out = Vec::new();
        ids(
            "References",
            &["<a@b>".to_owned(), "c@d".to_owned()],
            &mut out,
        )
        .unwrap();
        assert_eq!(out, b"References: <a@b> <c@d>\r\n");
    }
}
