use std::borrow::Cow;

use super::boundary::{Boundaries, Delimiter};
use super::content::Fields;
use super::field;
use super::header::{HeaderLine, HeaderLines};
use super::parameter::Parameters;
use super::part::{Kind, Part, Role};
use super::transfer::Encoding;
use crate::problem::{Problem, Warning};
use crate::{Error, ErrorKind, Limits, ProblemKind, Section, WarningKind};

/// The parts of a message in document order, and what was odd about them.
#[derive(Debug, Default)]
pub(crate) struct Tree<'a> {
    pub(crate) parts: Vec<Part<'a>>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) warnings: Vec<Warning>,
    /// Some of the message was not looked at.
    pub(crate) incomplete: bool,
    /// A header block holds raw UTF-8 (RFC 6532).
    pub(crate) utf8_headers: bool,
}

impl<'a> Tree<'a> {
    /// Reads the structure of a message. `note` is shown each top-level field, in their order.
    ///
    /// # Errors
    ///
    /// When the message or its header block is too large.
    pub(crate) fn parse(
        raw: &'a [u8],
        limits: &Limits,
        note: impl FnMut(&'a str, &'a [u8]),
    ) -> Result<Self, Error> {
        if raw.len() > limits.message {
            return Err(Error::new(ErrorKind::MessageTooLarge, limits.message));
        }
        let mut reader = Reader {
            raw,
            limits,
            tree: Self {
                parts: Vec::with_capacity(8),
                ..Self::default()
            },
            boundaries: Boundaries::default(),
            containers: Vec::new(),
            unended: Vec::new(),
        };
        let header = reader.header(0, note);
        if header.octets.len() > limits.header {
            return Err(Error::new(ErrorKind::HeaderTooLarge, limits.header));
        }
        let mut position = reader.root(header);
        while let Some(delimiter) = reader.boundaries.next_delimiter(raw, position) {
            let Some(next) = reader.delimiter(delimiter) else {
                break;
            };
            position = next;
        }
        Ok(reader.finish())
    }
}

/// One pass over the octets. What grows with nesting is `containers`, which is limited.
struct Reader<'a, 'l> {
    raw: &'a [u8],
    limits: &'l Limits,
    tree: Tree<'a>,
    boundaries: Boundaries<'a>,
    /// The multiparts whose boundaries are open.
    containers: Vec<Container>,
    /// The parts whose end has not been seen, each within the one before.
    unended: Vec<Unended>,
}

struct Container {
    part: usize,
    children: u16,
}

struct Unended {
    part: usize,
    /// Where its header starts.
    start: usize,
    /// How many multiparts it stands in.
    level: usize,
}

/// A header block that has been read, and what its MIME fields say.
struct Header<'a> {
    start: usize,
    octets: &'a [u8],
    body_start: usize,
    fields: Fields<'a>,
    illegal: bool,
}

impl<'a> Reader<'a, '_> {
    fn root(&mut self, header: Header<'a>) -> usize {
        let media_type = header.fields.content_type.and_then(field::media_type);
        let multipart = media_type.is_some_and(|name| name.starts_with("multipart/"));
        // A message that is one single part is part 1 (RFC 9051 6.4.5).
        let section = Section::root();
        let section = if multipart { section } else { section.child(1) };
        let position = header.body_start;
        self.push(0, section, header, "text/plain");
        position
    }

    /// Ends what the delimiter ends and reads the header of the part it starts. Gives the start
    /// of the line to go on from, or `None` when nothing can follow.
    fn delimiter(&mut self, delimiter: Delimiter) -> Option<usize> {
        let inner = delimiter.level + 1;
        for container in self.containers.drain(inner..) {
            let section = self.tree.parts[container.part].section.clone();
            self.tree
                .warnings
                .push(Warning::in_part(section, WarningKind::MissingCloseBoundary));
        }
        self.boundaries.truncate(inner);
        self.end_parts(inner, before_line_end(self.raw, delimiter.start));
        if delimiter.close {
            self.containers.truncate(delimiter.level);
            self.boundaries.truncate(delimiter.level);
            return Some(delimiter.end).filter(|_| delimiter.level > 0);
        }
        self.child(delimiter.end)
    }

    /// Reads the part whose header starts at `start`, in the innermost open container.
    fn child(&mut self, start: usize) -> Option<usize> {
        let full = self.tree.parts.len() >= self.limits.parts();
        let container = self.containers.last_mut()?;
        let parent = container.part;
        let section = &self.tree.parts[parent].section;
        if full {
            let problem = Problem::new(section.clone(), ProblemKind::TooManyParts, None);
            self.tree.problems.push(problem);
            self.tree.incomplete = true;
            self.boundaries.truncate(0);
            return None;
        }
        container.children = container.children.saturating_add(1);
        let section = section.child(container.children);
        let digest = self.tree.parts[parent].kind == Kind::Digest;
        let header = self.header(start, |_, _| {});
        let position = header.body_start;
        self.push(
            parent,
            section,
            header,
            if digest {
                "message/rfc822"
            } else {
                "text/plain"
            },
        );
        Some(position)
    }

    fn push(&mut self, parent: usize, section: Section, header: Header<'a>, default: &'static str) {
        let index = self.tree.parts.len();
        let Header {
            start,
            octets,
            body_start,
            fields,
            illegal,
        } = header;
        self.check_header(&section, octets, illegal);
        let media_type = match fields.content_type {
            Some(value) => field::media_type(value).unwrap_or(Cow::Borrowed("text/plain")),
            None => Cow::Borrowed(default),
        };
        if fields.ambiguous {
            self.warn(&section, WarningKind::AmbiguousHeaders);
        }
        let mut kind = Kind::of(&media_type);
        if octets.len() > self.limits.header {
            self.problem(&section, ProblemKind::HeaderTooLarge);
            kind = Kind::Opaque;
        }
        if kind.is_open_multipart() {
            if !fields.encoding.unwrap_or_default().is_identity() {
                self.warn(&section, WarningKind::CompositeEncoding);
            }
            if !self.open(index, &section, fields.content_type) {
                kind = Kind::ClosedMultipart;
            }
        }
        let level = self.containers.len() - usize::from(kind.is_open_multipart());
        self.unended.push(Unended {
            part: index,
            start,
            level,
        });
        self.tree.parts.push(Part {
            section,
            parent,
            media_type,
            kind,
            fields,
            raw: &self.raw[start..],
            header_end: octets.len(),
            body_start: body_start - start,
            role: Role::default(),
        });
    }

    /// Opens a multipart, or says why it stays closed.
    fn open(&mut self, index: usize, section: &Section, content_type: Option<&'a [u8]>) -> bool {
        let boundary = content_type
            .and_then(|value| Parameters::of(value).value("boundary"))
            .map(trim_end)
            .filter(|boundary| !boundary.is_empty());
        let Some(boundary) = boundary else {
            self.warn(section, WarningKind::MissingCloseBoundary);
            self.tree.incomplete = true;
            return false;
        };
        if self.containers.len() >= self.limits.mime_depth() {
            self.problem(section, ProblemKind::MimeTooDeep);
            self.tree.incomplete = true;
            return false;
        }
        if self.boundaries.contains(&boundary) {
            self.warn(section, WarningKind::BoundaryReused);
        }
        self.boundaries.push(boundary);
        self.containers.push(Container {
            part: index,
            children: 0,
        });
        true
    }

    /// Reads the header block at `start`.
    ///
    /// Where a delimiter follows without an empty line, that line is missing: the body then
    /// starts at the first line that is no field.
    fn header(&self, start: usize, mut note: impl FnMut(&'a str, &'a [u8])) -> Header<'a> {
        let mut lines = HeaderLines::at(self.raw, start);
        let mut fields = Fields::default();
        let mut illegal = None;
        let cut = loop {
            let position = lines.position();
            if self.boundaries.delimiter_at(self.raw, position).is_some() {
                break true;
            }
            match lines.next() {
                Some(HeaderLine::Field { name, value }) => {
                    fields.read(name, value);
                    note(name, value);
                }
                Some(HeaderLine::Illegal) => illegal = illegal.or(Some(position)),
                None => break false,
            }
        };
        let mut end = lines.position();
        if let Some(first) = illegal.filter(|_| cut) {
            end = first;
            fields = Fields::default();
            for line in HeaderLines::at(&self.raw[..end], start) {
                if let HeaderLine::Field { name, value } = line {
                    fields.read(name, value);
                }
            }
        }
        fields.check_parameters();
        Header {
            start,
            octets: &self.raw[start..end],
            body_start: if cut { end } else { end + lines.blank_line() },
            fields,
            illegal: illegal.is_some(),
        }
    }

    fn check_header(&mut self, section: &Section, octets: &[u8], mut illegal: bool) {
        if !octets.is_ascii() {
            if std::str::from_utf8(octets).is_ok() {
                self.tree.utf8_headers = true;
                self.warn(section, WarningKind::Utf8Header);
            } else {
                illegal = true;
            }
        }
        if illegal {
            self.warn(section, WarningKind::IllegalHeaderLine);
        }
    }

    /// Ends the parts that stand in at least `level` multiparts.
    fn end_parts(&mut self, level: usize, mut end: usize) {
        while let Some(unended) = self.unended.pop_if(|unended| unended.level >= level) {
            let part = &mut self.tree.parts[unended.part];
            // A delimiter right behind the header takes the line end that the header needs, and
            // the multiparts around it reach as far.
            end = end.max(unended.start + part.body_start);
            part.raw = &self.raw[unended.start..end];
        }
    }

    fn finish(mut self) -> Tree<'a> {
        if !self
            .tree
            .problems
            .iter()
            .any(|p| p.kind() == ProblemKind::TooManyParts)
        {
            for container in &self.containers {
                let section = self.tree.parts[container.part].section.clone();
                self.tree
                    .warnings
                    .push(Warning::in_part(section, WarningKind::MissingCloseBoundary));
            }
        }
        self.end_parts(0, self.raw.len());
        let binary = self
            .tree
            .parts
            .iter()
            .any(|p| p.fields.encoding == Some(Encoding::Binary));
        let lines = if binary {
            self.tree.parts[0].raw_header()
        } else {
            self.raw
        };
        if has_bare_line_feed(lines) {
            self.tree
                .warnings
                .push(Warning::of_message(WarningKind::BareLf));
        }
        self.tree
    }

    fn problem(&mut self, section: &Section, kind: ProblemKind) {
        self.tree
            .problems
            .push(Problem::new(section.clone(), kind, None));
    }

    fn warn(&mut self, section: &Section, kind: WarningKind) {
        self.tree
            .warnings
            .push(Warning::in_part(section.clone(), kind));
    }
}

/// A boundary cannot end with white space (RFC 2046 5.1.1), since mail systems may add some.
fn trim_end(boundary: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    match boundary {
        Cow::Borrowed(octets) => Cow::Borrowed(octets.trim_ascii_end()),
        Cow::Owned(octets) => Cow::Owned(octets.trim_ascii_end().to_vec()),
    }
}

/// The line end before a delimiter belongs to the delimiter (RFC 2046 5.1.1).
fn before_line_end(octets: &[u8], line: usize) -> usize {
    match &octets[..line] {
        [.., b'\r', b'\n'] => line - 2,
        [.., b'\n'] => line - 1,
        _ => line,
    }
}

/// Written without an early exit, so that it runs many octets at a time.
fn has_bare_line_feed(octets: &[u8]) -> bool {
    let Some(rest) = octets.get(1..) else {
        return false;
    };
    let bare = octets
        .iter()
        .zip(rest)
        .fold(0u8, |bare, (&before, &octet)| {
            bare | u8::from(octet == b'\n') & u8::from(before != b'\r')
        });
    bare != 0 || octets[0] == b'\n'
}
