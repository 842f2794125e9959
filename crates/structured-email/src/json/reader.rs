use std::num::NonZeroU32;
use std::ops::Range;

use super::cursor::Cursor;
use super::names::Names;
use super::text::Text;
use super::{JsonError, number};
use crate::{Limits, ProblemKind};

/// Reads one JSON text token by token and checks it on the way.
///
/// The text is sound once [`next`](Self::next) has given `None`.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    json: &'a str,
    cursor: Cursor<'a>,
    /// The open arrays and objects, outermost first.
    open: Vec<Open>,
    names: Names,
    expect: Expect,
    depth_limit: usize,
    number_limit: usize,
    /// Where the last token starts.
    start: usize,
}

/// A token of a JSON text. Member names come without their colon, commas not at all.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Token {
    OpenObject,
    OpenArray,
    CloseArray,
    /// The end of an object, with the place of the first member name that stood there twice.
    CloseObject {
        duplicate: Option<NonZeroU32>,
    },
    Name(Text),
    String(Text),
    /// A number, and whether it is an integer beyond ±(2^53−1).
    Number {
        big: bool,
    },
    /// `true`, `false` or `null`.
    Literal,
}

#[derive(Clone, Copy, Debug)]
enum Open {
    Array,
    /// With the mark of its names.
    Object(usize),
}

#[derive(Clone, Copy, Debug)]
enum Expect {
    Value,
    FirstElement,
    FirstName,
    Name,
    CommaOrClose,
    End,
}

impl<'a> Reader<'a> {
    /// A reader of `json` from octet `start` on.
    pub(crate) fn new(json: &'a str, start: usize, limits: &Limits) -> Self {
        Self {
            json,
            cursor: Cursor::new(json.as_bytes(), start),
            open: Vec::new(),
            names: Names::default(),
            expect: Expect::Value,
            depth_limit: limits.json_depth(),
            number_limit: limits.number,
            start,
        }
    }

    /// A reader of a text that was read before.
    pub(crate) fn again(json: &'a str) -> Self {
        let unlimited = Limits {
            json_depth: usize::MAX,
            number: usize::MAX,
            ..Limits::default()
        };
        Self::new(json, 0, &unlimited)
    }

    /// How many arrays and objects are open.
    pub(crate) fn depth(&self) -> usize {
        self.open.len()
    }

    /// The octets of the last token.
    pub(crate) fn span(&self) -> Range<usize> {
        self.start..self.cursor.at
    }

    /// The next token, or `None` behind the value.
    ///
    /// # Errors
    ///
    /// When the text is not sound. Nothing may be read after an error.
    #[inline]
    pub(crate) fn next(&mut self) -> Result<Option<Token>, JsonError> {
        self.cursor.skip_white_space();
        if matches!(self.expect, Expect::CommaOrClose) && self.cursor.peek() == Some(b',') {
            self.cursor.at += 1;
            self.cursor.skip_white_space();
            self.expect = match self.open.last() {
                Some(Open::Object(_)) => Expect::Name,
                _ => Expect::Value,
            };
        }
        self.start = self.cursor.at;
        let token = match (self.expect, self.cursor.peek()) {
            (Expect::End, None) => return Ok(None),
            (Expect::End, Some(0)) => return Err(self.cursor.unexpected()),
            (Expect::End, Some(_)) => return Err(JsonError::at(ProblemKind::Trailing, self.start)),
            (Expect::FirstElement, Some(b']')) | (Expect::FirstName, Some(b'}')) => self.close()?,
            (Expect::Value | Expect::FirstElement, _) => self.value()?,
            (Expect::FirstName | Expect::Name, _) => self.name()?,
            (Expect::CommaOrClose, _) => self.close()?,
        };
        Ok(Some(token))
    }

    fn value(&mut self) -> Result<Token, JsonError> {
        let token = match self.cursor.peek() {
            Some(b'{') => return self.open(Open::Object(self.names.mark())),
            Some(b'[') => return self.open(Open::Array),
            Some(b'"') => Token::String(Text::read(&mut self.cursor)?),
            Some(b'-' | b'0'..=b'9') => Token::Number {
                big: number::read(&mut self.cursor, self.number_limit)?,
            },
            _ => self.literal()?,
        };
        self.after_value();
        Ok(token)
    }

    fn open(&mut self, open: Open) -> Result<Token, JsonError> {
        if self.open.len() >= self.depth_limit {
            return Err(JsonError::at(ProblemKind::TooDeep, self.cursor.at));
        }
        self.cursor.at += 1;
        self.open.push(open);
        match open {
            Open::Array => {
                self.expect = Expect::FirstElement;
                Ok(Token::OpenArray)
            }
            Open::Object(_) => {
                self.expect = Expect::FirstName;
                Ok(Token::OpenObject)
            }
        }
    }

    fn close(&mut self) -> Result<Token, JsonError> {
        let token = match (self.open.last(), self.cursor.peek()) {
            (Some(Open::Array), Some(b']')) => Token::CloseArray,
            (Some(&Open::Object(mark)), Some(b'}')) => Token::CloseObject {
                duplicate: self.names.close(mark, self.json),
            },
            _ => return Err(self.cursor.unexpected()),
        };
        self.cursor.at += 1;
        self.open.pop();
        self.after_value();
        Ok(token)
    }

    fn name(&mut self) -> Result<Token, JsonError> {
        if self.cursor.peek() != Some(b'"') {
            return Err(self.cursor.unexpected());
        }
        let name = Text::read(&mut self.cursor)?;
        self.names.push(name);
        self.cursor.skip_white_space();
        if self.cursor.peek() != Some(b':') {
            return Err(self.cursor.unexpected());
        }
        self.cursor.at += 1;
        self.expect = Expect::Value;
        Ok(Token::Name(name))
    }

    fn literal(&mut self) -> Result<Token, JsonError> {
        let rest = self.cursor.rest();
        for literal in [&b"true"[..], b"false", b"null"] {
            if rest.starts_with(literal) {
                self.cursor.at += literal.len();
                return Ok(Token::Literal);
            }
        }
        if rest.starts_with(b"NaN") || rest.starts_with(b"Infinity") {
            return Err(JsonError::at(ProblemKind::NonFinite, self.cursor.at));
        }
        Err(self.cursor.unexpected())
    }

    fn after_value(&mut self) {
        self.expect = if self.open.is_empty() {
            Expect::End
        } else {
            Expect::CommaOrClose
        };
    }
}
