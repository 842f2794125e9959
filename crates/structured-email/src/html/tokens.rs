use std::borrow::Cow;
use std::cell::Cell;
use std::convert::Infallible;
use std::ops::Range;

use html5gum::{Emitter, Reader, State, Tokenizer};
use memchr::memchr;

/// Sees the tokens of an HTML text.
///
/// Comments, declarations and the content of script elements are no tokens. Names come in lower
/// case.
pub(super) trait Visitor {
    /// Whether the text between tags is wanted. If not it is skipped at the speed of a search.
    const WANTS_TEXT: bool;

    /// Whether the values of attributes with this name are wanted.
    fn wants(attribute: &str) -> bool;

    /// A start tag.
    fn start(&mut self, tag: &Tag);

    /// The content of the script element that just started.
    fn script(&mut self, _script: Script) {}

    /// An end tag.
    fn end(&mut self, name: &str);

    /// Some text, with character references resolved.
    fn text(&mut self, _text: &str) {}

    /// Whether nothing more is wanted.
    fn is_done(&self) -> bool {
        false
    }
}

/// A start tag with the attributes that were wanted.
#[derive(Debug, Default)]
pub(super) struct Tag {
    name: Vec<u8>,
    attributes: Vec<(Vec<u8>, Vec<u8>)>,
}

/// The content of a script element.
#[derive(Clone, Debug)]
pub(super) struct Script {
    pub(super) content: Range<usize>,
    /// Its end tag was there.
    pub(super) closed: bool,
}

impl Tag {
    pub(super) fn name(&self) -> &str {
        std::str::from_utf8(&self.name).unwrap_or_default()
    }

    /// The value of an attribute; of several with one name the first counts.
    pub(super) fn attribute(&self, name: &str) -> Option<Cow<'_, str>> {
        let found = self
            .attributes
            .iter()
            .find(|(other, _)| other == name.as_bytes())?;
        Some(String::from_utf8_lossy(&found.1))
    }

    /// Whether the element cannot have content (HTML 13.1.2).
    pub(super) fn is_void(&self) -> bool {
        matches!(
            self.name(),
            "area"
                | "base"
                | "br"
                | "col"
                | "embed"
                | "hr"
                | "img"
                | "input"
                | "link"
                | "meta"
                | "param"
                | "source"
                | "track"
                | "wbr"
        )
    }

    fn state(&self) -> Option<State> {
        match self.name() {
            "textarea" | "title" => Some(State::RcData),
            "style" | "xmp" | "iframe" | "noembed" | "noframes" => Some(State::RawText),
            "plaintext" => Some(State::PlainText),
            _ => None,
        }
    }
}

/// Shows `visitor` the tokens of `html`.
pub(super) fn walk<V: Visitor>(html: &str, visitor: &mut V) {
    let at = Cell::new(0);
    let mut adapter = Adapter {
        html,
        at: &at,
        visitor,
        tag: Tag::default(),
        is_start: false,
        name: Vec::new(),
        value: Vec::new(),
        raw_text: Vec::new(),
    };
    adapter.skip_text();
    let reader = Source {
        html: html.as_bytes(),
        at: &at,
        references: MIN_REFERENCES.max(html.len() / OCTETS_PER_REFERENCE),
    };
    let Ok(()) = Tokenizer::new_with_emitter(reader, adapter).finish();
}

/// Whether `html` holds `needle`, a `<` and lower case letters, in any case.
pub(super) fn has_tag(html: &str, needle: &str) -> bool {
    find_tag(html.as_bytes(), 0, needle.as_bytes()).is_some()
}

fn find_tag(html: &[u8], mut from: usize, needle: &[u8]) -> Option<usize> {
    loop {
        let rest = html.get(from..)?;
        let at = from + memchr(b'<', rest)?;
        let candidate = html.get(at..at + needle.len())?;
        if candidate.eq_ignore_ascii_case(needle) {
            return Some(at);
        }
        from = at + 1;
    }
}

/// Finds the end of a script whose content starts at `from`: `</script` and then white space,
/// `/` or `>`. That is not the rule of browsers, where `<!--` can hide an end tag; mail readers
/// agree on the plain one.
fn find_script_end(html: &[u8], mut from: usize) -> Option<usize> {
    const END: &[u8] = b"</script";
    loop {
        let at = find_tag(html, from, END)?;
        match html.get(at + END.len())? {
            b' ' | b'\t' | b'\n' | b'\r' | b'\x0C' | b'/' | b'>' => return Some(at),
            _ => from = at + 1,
        }
    }
}

/// The octets, with a position that the emitter can move: that is how a script is taken whole
/// and text is skipped.
struct Source<'h> {
    html: &'h [u8],
    at: &'h Cell<usize>,
    /// How many more ampersands may start a character reference.
    references: usize,
}

/// A character reference is looked up by trying hundreds of names at one place, which costs as
/// much as some hundred octets of other text. Real bodies have fewer of them than this; in one
/// that is made of them, the ampersands beyond come out as SUBSTITUTE.
const MIN_REFERENCES: usize = 10_000;
const OCTETS_PER_REFERENCE: usize = 16;

const SUBSTITUTE: u8 = 0x1A;

impl<'h> Source<'h> {
    fn limit_references(&mut self, octet: u8) -> u8 {
        if octet != b'&' {
            return octet;
        }
        match self.references.checked_sub(1) {
            Some(left) => {
                self.references = left;
                octet
            }
            None => SUBSTITUTE,
        }
    }

    fn rest(&self) -> &'h [u8] {
        self.html.get(self.at.get()..).unwrap_or_default()
    }
}

impl Reader for Source<'_> {
    type Error = Infallible;

    #[inline]
    fn read_byte(&mut self) -> Result<Option<u8>, Infallible> {
        let octet = self.html.get(self.at.get()).copied();
        self.at.set(self.at.get() + usize::from(octet.is_some()));
        Ok(octet.map(|octet| self.limit_references(octet)))
    }

    #[inline]
    fn try_read_string(&mut self, wanted: &[u8], case_sensitive: bool) -> Result<bool, Infallible> {
        // The first octet settles nearly all names of character references.
        let rest = self.rest();
        if case_sensitive && rest.first() != wanted.first() {
            return Ok(false);
        }
        let Some(found) = rest.get(..wanted.len()) else {
            return Ok(false);
        };
        let equal = found == wanted || (!case_sensitive && found.eq_ignore_ascii_case(wanted));
        if equal {
            self.at.set(self.at.get() + wanted.len());
        }
        Ok(equal)
    }

    #[inline]
    fn read_until<'b>(
        &'b mut self,
        needle: &[u8],
        _: &'b mut [u8; 4],
    ) -> Result<Option<&'b [u8]>, Infallible> {
        let rest = self.rest();
        // All needles are ASCII.
        let needles = needle
            .iter()
            .fold(0_u128, |set, octet| set | 1 << (octet & 0x7F));
        let is_needle = |octet: &u8| octet.is_ascii() && needles >> octet & 1 == 1;
        let length = match rest.iter().position(is_needle) {
            Some(0) => {
                return Ok(match self.read_byte()? {
                    Some(SUBSTITUTE) => Some(&[SUBSTITUTE]),
                    _ => rest.get(..1),
                });
            }
            Some(length) => length,
            None => rest.len(),
        };
        self.at.set(self.at.get() + length);
        Ok(if length == 0 {
            None
        } else {
            rest.get(..length)
        })
    }
}

/// Turns what the tokenizer says into calls of a visitor.
struct Adapter<'h, 'v, V> {
    html: &'h str,
    at: &'h Cell<usize>,
    visitor: &'v mut V,
    tag: Tag,
    is_start: bool,
    /// The attribute that is being read.
    name: Vec<u8>,
    value: Vec<u8>,
    /// The raw text element that is open, which only its own end tag ends.
    raw_text: Vec<u8>,
}

/// Names that matter are shorter. Longer ones are cut here, and match nothing.
const MAX_NAME: usize = 64;

impl<V: Visitor> Adapter<'_, '_, V> {
    fn finish_attribute(&mut self) {
        if !self.name.is_empty() && self.is_wanted() {
            let is_first = !self
                .tag
                .attributes
                .iter()
                .any(|(name, _)| *name == self.name);
            if is_first {
                let attribute = (
                    std::mem::take(&mut self.name),
                    std::mem::take(&mut self.value),
                );
                self.tag.attributes.push(attribute);
            }
        }
        self.name.clear();
        self.value.clear();
    }

    fn is_wanted(&self) -> bool {
        self.is_start && std::str::from_utf8(&self.name).is_ok_and(V::wants)
    }

    /// Moves to the next tag, comment or declaration.
    fn skip_text(&mut self) {
        let rest = self
            .html
            .as_bytes()
            .get(self.at.get()..)
            .unwrap_or_default();
        if self.visitor.is_done() {
            self.at.set(self.html.len());
        } else if !V::WANTS_TEXT {
            self.at
                .set(self.at.get() + memchr(b'<', rest).unwrap_or(rest.len()));
        }
    }

    fn take_script(&mut self) {
        let html = self.html.as_bytes();
        let start = self.at.get();
        let end = find_script_end(html, start);
        let content = start..end.unwrap_or(html.len());
        self.at.set(content.end);
        self.visitor.script(Script {
            content,
            closed: end.is_some(),
        });
    }
}

impl<V: Visitor> Emitter for Adapter<'_, '_, V> {
    type Token = Infallible;

    fn set_last_start_tag(&mut self, _: Option<&[u8]>) {}

    fn emit_eof(&mut self) {}

    fn emit_error(&mut self, _: html5gum::Error) {}

    fn should_emit_errors(&mut self) -> bool {
        false
    }

    fn pop_token(&mut self) -> Option<Infallible> {
        None
    }

    fn emit_string(&mut self, text: &[u8]) {
        if V::WANTS_TEXT {
            self.visitor.text(&String::from_utf8_lossy(text));
        }
    }

    fn init_start_tag(&mut self) {
        self.is_start = true;
        self.tag.name.clear();
        self.tag.attributes.clear();
        self.name.clear();
    }

    fn init_end_tag(&mut self) {
        self.init_start_tag();
        self.is_start = false;
    }

    fn init_comment(&mut self) {}

    fn emit_current_tag(&mut self) -> Option<State> {
        self.finish_attribute();
        self.raw_text.clear();
        let mut state = None;
        if self.is_start {
            self.visitor.start(&self.tag);
            state = self.tag.state();
            if state.is_some() {
                self.raw_text.extend_from_slice(&self.tag.name);
            } else if self.tag.name == b"script" {
                self.take_script();
            }
        } else {
            self.visitor.end(self.tag.name());
        }
        self.skip_text();
        state
    }

    fn emit_current_comment(&mut self) {
        self.skip_text();
    }

    fn emit_current_doctype(&mut self) {
        self.skip_text();
    }

    fn set_self_closing(&mut self) {}

    fn set_force_quirks(&mut self) {}

    fn push_tag_name(&mut self, name: &[u8]) {
        push_name(&mut self.tag.name, name);
    }

    fn push_comment(&mut self, _: &[u8]) {}

    fn push_doctype_name(&mut self, _: &[u8]) {}

    fn init_doctype(&mut self) {}

    fn init_attribute(&mut self) {
        self.finish_attribute();
    }

    fn push_attribute_name(&mut self, name: &[u8]) {
        push_name(&mut self.name, name);
    }

    fn push_attribute_value(&mut self, value: &[u8]) {
        if self.is_wanted() {
            self.value.extend_from_slice(value);
        }
    }

    fn set_doctype_public_identifier(&mut self, _: &[u8]) {}

    fn set_doctype_system_identifier(&mut self, _: &[u8]) {}

    fn push_doctype_public_identifier(&mut self, _: &[u8]) {}

    fn push_doctype_system_identifier(&mut self, _: &[u8]) {}

    fn current_is_appropriate_end_tag_token(&mut self) -> bool {
        !self.is_start && !self.raw_text.is_empty() && self.raw_text == self.tag.name
    }
}

fn push_name(name: &mut Vec<u8>, more: &[u8]) {
    let room = MAX_NAME.saturating_sub(name.len());
    name.extend_from_slice(more.get(..room).unwrap_or(more));
}
