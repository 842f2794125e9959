use std::ops::Range;

use crate::cursor::Cursor;
use crate::names::Names;
use crate::{Error, ErrorKind, Limits, Text, number};

/// Reads one JSON text token by token and checks it on the way.
///
/// The text is sound once [`next`](Self::next) has given `None`; a duplicate name is told with
/// the end of its object, so a caller decides what it means. Nesting is counted, never recursed
/// into.
///
/// ```
/// use strict_json::{Limits, Reader, Token};
///
/// let mut reader = Reader::new(br#"{"a":[1,"\u0061"]}"#, &Limits::default())?;
/// while let Some(token) = reader.next()? {
///     if let Token::String(text) = token {
///         assert_eq!(text.to_str(reader.json()), "a");
///         assert_eq!(reader.span(), 8..16);
///     }
/// }
/// # Ok::<(), strict_json::Error>(())
/// ```
#[derive(Debug)]
pub struct Reader<'a> {
    json: &'a str,
    cursor: Cursor<'a>,
    /// The open arrays and objects, outermost first.
    open: Vec<Open>,
    names: Names,
    expect: Expect,
    depth_limit: usize,
    number_limit: usize,
    /// How many more values there may be.
    nodes_left: usize,
    /// Where the last token starts and ends. The cursor is further: before the next token.
    start: usize,
    end: usize,
}

/// A token of a JSON text. Member names come without their colon, commas not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)] // the grammar of JSON does not grow
pub enum Token {
    /// `{`.
    OpenObject,
    /// `[`.
    OpenArray,
    /// `}`, with the first name of the object that stood there a second time.
    CloseObject {
        /// Its second place.
        duplicate: Option<Text>,
    },
    /// `]`.
    CloseArray,
    /// The name of a member; its value follows.
    Name(Text),
    /// A string.
    String(Text),
    /// A number.
    Number {
        /// It is an integer beyond ±(2^53−1): without fraction and exponent, and too big for a
        /// reader with doubles to keep exact (RFC 7493 2.2).
        big: bool,
    },
    /// `true` or `false`.
    Bool(bool),
    /// `null`.
    Null,
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
    Close,
    End,
}

impl<'a> Reader<'a> {
    /// A reader of `json`.
    ///
    /// # Errors
    ///
    /// `TooLarge` and `InvalidUtf8`.
    pub fn new(json: &'a [u8], limits: &Limits) -> Result<Self, Error> {
        Self::starting_at(json, 0, limits)
    }

    /// A reader of the text from octet `start` on. Offsets and spans stay those of `json`, and
    /// limits hold for all of it.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn starting_at(json: &'a [u8], start: usize, limits: &Limits) -> Result<Self, Error> {
        if json.len() > limits.size() {
            return Err(Error::at(ErrorKind::TooLarge, limits.size()));
        }
        let json = std::str::from_utf8(json)
            .map_err(|error| Error::at(ErrorKind::InvalidUtf8, error.valid_up_to()))?;
        let mut cursor = Cursor::new(json.as_bytes(), start);
        cursor.skip_white_space();
        Ok(Self {
            json,
            cursor,
            open: Vec::new(),
            names: Names::default(),
            expect: Expect::Value,
            depth_limit: limits.depth,
            number_limit: limits.number,
            nodes_left: limits.nodes,
            start,
            end: start,
        })
    }

    /// The text that is read.
    #[must_use]
    #[inline]
    pub fn json(&self) -> &'a str {
        self.json
    }

    /// How many arrays and objects are open.
    #[must_use]
    #[inline]
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    /// The octets of the last token.
    #[must_use]
    #[inline]
    pub fn span(&self) -> Range<usize> {
        self.start..self.end
    }

    /// The next token, or `None` behind the value.
    ///
    /// # Errors
    ///
    /// When the text is not sound. Nothing may be read after an error.
    #[allow(clippy::should_implement_trait)] // an iterator could go on after an error
    #[inline]
    pub fn next(&mut self) -> Result<Option<Token>, Error> {
        self.start = self.cursor.at;
        let token = match (self.expect, self.cursor.peek()) {
            (Expect::End, None) => return Ok(None),
            (Expect::End, Some(_)) => return Err(Error::at(ErrorKind::Trailing, self.start)),
            (Expect::FirstElement, Some(b']')) | (Expect::FirstName, Some(b'}')) => self.close()?,
            (Expect::Value | Expect::FirstElement, _) => self.value()?,
            (Expect::FirstName | Expect::Name, _) => self.name()?,
            (Expect::Close, _) => self.close()?,
        };
        Ok(Some(token))
    }

    #[inline]
    fn value(&mut self) -> Result<Token, Error> {
        let Some(nodes_left) = self.nodes_left.checked_sub(1) else {
            return Err(Error::at(ErrorKind::TooManyNodes, self.start));
        };
        self.nodes_left = nodes_left;
        let token = match self.cursor.peek() {
            Some(b'"') => Token::String(Text::read(&mut self.cursor)?),
            Some(b'{') => return self.open(Open::Object(self.names.mark())),
            Some(b'[') => return self.open(Open::Array),
            Some(b'-' | b'0'..=b'9') => Token::Number {
                big: number::read(&mut self.cursor, self.number_limit)?,
            },
            _ => self.literal()?,
        };
        self.after_value();
        Ok(token)
    }

    fn open(&mut self, open: Open) -> Result<Token, Error> {
        if self.open.len() >= self.depth_limit {
            return Err(Error::at(ErrorKind::TooDeep, self.cursor.at));
        }
        self.cursor.at += 1;
        self.end_token();
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

    fn close(&mut self) -> Result<Token, Error> {
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

    #[inline]
    fn name(&mut self) -> Result<Token, Error> {
        if self.cursor.peek() != Some(b'"') {
            return Err(self.cursor.unexpected());
        }
        let name = Text::read(&mut self.cursor)?;
        self.names.push(name);
        self.end_token();
        if self.cursor.peek() != Some(b':') {
            return Err(self.cursor.unexpected());
        }
        self.step();
        self.expect = Expect::Value;
        Ok(Token::Name(name))
    }

    fn literal(&mut self) -> Result<Token, Error> {
        let literals = [
            (&b"true"[..], Token::Bool(true)),
            (b"false", Token::Bool(false)),
            (b"null", Token::Null),
        ];
        for (literal, token) in literals {
            if self.cursor.rest().starts_with(literal) {
                self.cursor.at += literal.len();
                return Ok(token);
            }
        }
        Err(self.no_value())
    }

    /// What stands here instead of a value.
    #[cold]
    fn no_value(&self) -> Error {
        let rest = self.cursor.rest();
        let kind = match rest {
            [] if self.open.is_empty() => ErrorKind::Empty,
            [0xEF, 0xBB, 0xBF, ..] if self.open.is_empty() => ErrorKind::ByteOrderMark,
            _ if rest.starts_with(b"NaN") || rest.starts_with(b"Infinity") => ErrorKind::NonFinite,
            _ => ErrorKind::Syntax,
        };
        Error::at(kind, self.cursor.at)
    }

    /// Ends a token that is a value, and steps over the comma behind it.
    #[inline]
    fn after_value(&mut self) {
        self.end_token();
        self.expect = match (self.open.last(), self.cursor.peek()) {
            (None, _) => Expect::End,
            (Some(Open::Array), Some(b',')) => Expect::Value,
            (Some(Open::Object(_)), Some(b',')) => Expect::Name,
            (Some(_), _) => Expect::Close,
        };
        if matches!(self.expect, Expect::Value | Expect::Name) {
            self.step();
        }
    }

    #[inline]
    fn end_token(&mut self) {
        self.end = self.cursor.at;
        self.cursor.skip_white_space();
    }

    /// Steps over a comma or colon.
    #[inline]
    fn step(&mut self) {
        self.cursor.at += 1;
        self.cursor.skip_white_space();
    }
}
