//! What is asked of the JSON in a message, over [`strict_json`], which keeps the text.
//!
//! Data from strangers is checked here before anything else looks at it. Whatever two readers
//! could understand differently is told apart: members of one name, NUL, half surrogate pairs,
//! numbers that are not finite. No value tree is built; the octets stay what they are, because
//! signatures and digests are over octets.

use std::fmt;
use std::num::NonZeroU32;

use strict_json::{ErrorKind, Reader};

use crate::{Limits, ProblemKind};

mod outline;
mod string;

pub(crate) use outline::{Node, NodeFacts, Outline, Root};
pub(crate) use string::is_cid;

/// Checks that `json` is one JSON text that every reader understands in the same way.
///
/// A byte order mark at the start is accepted (RFC 8259 8.1).
///
/// # Errors
///
/// With the kind, and where it is at one place the octet, of the first thing wrong: `TooLarge`
/// beyond [`Limits::data`](field@crate::Limits::data), `InvalidUtf8`, `EmptyPart`, `Syntax`, `NonFinite`, `Nul`,
/// `LoneSurrogate`, `NumberTooLong`, `TooDeep`, `Trailing`. When all else is well,
/// `DuplicateMember`: names are compared after unescaping.
pub fn check(json: &[u8], limits: &Limits) -> Result<Facts, JsonError> {
    let outline = Outline::read(json, 0..json.len(), limits, 0)?;
    match outline.facts.duplicate_member {
        Some(offset) => Err(JsonError::at(ProblemKind::DuplicateMember, offset)),
        None => Ok(Facts {
            byte_order_mark: outline.byte_order_mark,
            big_int: outline.facts.big_int,
            control_characters: outline.facts.control_characters,
        }),
    }
}

/// What is worth knowing about a sound JSON text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Facts {
    /// It starts with a byte order mark.
    pub byte_order_mark: bool,
    /// It holds an integer beyond ±(2^53−1).
    pub big_int: bool,
    /// A string in it holds a control character other than tab, line feed and carriage return.
    pub control_characters: bool,
}

/// Why a JSON text was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JsonError {
    kind: ProblemKind,
    /// One more than the offset. Small, since every step of the reader returns one or none.
    offset: Option<NonZeroU32>,
}

/// A reader of a text that was read before.
pub(crate) fn read_again(json: &str) -> Result<Reader<'_>, strict_json::Error> {
    let unlimited = strict_json::Limits {
        size: usize::MAX,
        depth: usize::MAX,
        nodes: usize::MAX,
        number: usize::MAX,
    };
    Reader::new(json.as_bytes(), &unlimited)
}

/// A JSON text that was read before as a value; nothing when it nests deeper than 128.
///
/// `serde_json` itself would read another value where an object has a member of the name by which
/// its `RawValue` goes.
pub(crate) fn to_value(json: &str) -> Option<serde_json::Value> {
    let limits = strict_json::Limits {
        size: usize::MAX,
        nodes: usize::MAX,
        number: usize::MAX,
        ..strict_json::Limits::default()
    };
    let document = strict_json::Document::parse(json.as_bytes(), &limits).ok()?;
    Some(document.root().to_serde())
}

impl Limits {
    /// Those of the JSON reader. Few octets hold few values, so that needs no limit.
    fn json(&self) -> strict_json::Limits {
        strict_json::Limits {
            size: self.data(),
            depth: self.json_depth(),
            nodes: usize::MAX,
            number: self.number,
        }
    }
}

impl JsonError {
    /// What the reader found wrong with `json`. A NUL has a name of its own wherever it stands.
    fn new(error: strict_json::Error, json: &[u8]) -> Self {
        let kind = match error.kind() {
            _ if json.get(error.offset()) == Some(&0) => ProblemKind::Nul,
            ErrorKind::TooLarge => return Self::whole(ProblemKind::TooLarge),
            ErrorKind::Empty => return Self::whole(ProblemKind::EmptyPart),
            ErrorKind::TooDeep => ProblemKind::TooDeep,
            ErrorKind::InvalidUtf8 => ProblemKind::InvalidUtf8,
            ErrorKind::NonFinite => ProblemKind::NonFinite,
            ErrorKind::NumberTooLong => ProblemKind::NumberTooLong,
            ErrorKind::LoneSurrogate => ProblemKind::LoneSurrogate,
            ErrorKind::DuplicateName => ProblemKind::DuplicateMember,
            ErrorKind::Trailing => ProblemKind::Trailing,
            _ => ProblemKind::Syntax,
        };
        Self::at(kind, error.offset())
    }

    pub(crate) fn at(kind: ProblemKind, offset: usize) -> Self {
        let offset = u32::try_from(offset)
            .ok()
            .and_then(|offset| NonZeroU32::MIN.checked_add(offset));
        Self { kind, offset }
    }

    pub(crate) fn whole(kind: ProblemKind) -> Self {
        Self { kind, offset: None }
    }

    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> ProblemKind {
        self.kind
    }

    /// Where, in octets from the start, if it is at one place.
    #[must_use]
    pub fn offset(&self) -> Option<usize> {
        self.offset.map(|offset| offset.get() as usize - 1)
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.detail())?;
        match self.offset() {
            Some(offset) => write!(f, " at octet {offset}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for JsonError {}
