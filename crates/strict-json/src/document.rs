use crate::{Error, ErrorKind, Limits, Reader, Text, Token, Value};

/// A JSON text that was read as a whole: its values in document order, in one flat list.
///
/// Strings and numbers stay where they are in the text; only strings with escapes are copied,
/// behind each other. So it costs two allocations or three, however many values there are, and
/// at most 20 octets for each value and name.
///
/// ```
/// use strict_json::{Document, ErrorKind, Limits};
///
/// let document = Document::parse(br#"{"b":[1,2.50],"a":"\u0061"}"#, &Limits::default())?;
/// let object = document.root().as_object().unwrap();
/// assert_eq!(object.get("a").and_then(|a| a.as_str()), Some("a"));
///
/// let twice = Document::parse(br#"{"a":1,"\u0061":2}"#, &Limits::default());
/// assert_eq!(twice.unwrap_err().kind(), ErrorKind::DuplicateName);
/// # Ok::<(), strict_json::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Document<'a> {
    pub(crate) json: &'a str,
    pub(crate) nodes: Vec<Node>,
    /// The strings that have escapes, without them.
    pub(crate) unescaped: String,
}

/// A value or a member name. Names stand before their values, values before what is inside.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) shape: Shape,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Null,
    Bool(bool),
    Number,
    /// Between its quotes.
    String,
    /// In [`Document::unescaped`].
    EscapedString {
        at: u32,
        length: u32,
    },
    /// With the node behind its last element; as long as it is open, the node around it instead.
    Array {
        length: u32,
        next: u32,
    },
    /// As an array, with members.
    Object {
        length: u32,
        next: u32,
    },
}

impl<'a> Document<'a> {
    /// Reads a JSON text.
    ///
    /// # Errors
    ///
    /// With the kind and the place of the first thing wrong; see [`ErrorKind`].
    pub fn parse(json: &'a [u8], limits: &Limits) -> Result<Self, Error> {
        let mut reader = Reader::new(json, limits)?;
        let mut document = Self {
            json: reader.json(),
            nodes: Vec::with_capacity(json.len() / OCTETS_PER_NODE),
            unescaped: String::new(),
        };
        // The innermost open array or object.
        let mut around = u32::MAX;
        while let Some(token) = reader.next()? {
            let shape = match token {
                Token::Name(name) => document.string(name),
                Token::String(text) => document.string(text),
                Token::Number { .. } => Shape::Number,
                Token::Bool(value) => Shape::Bool(value),
                Token::Null => Shape::Null,
                Token::OpenArray => Shape::Array {
                    length: 0,
                    next: around,
                },
                Token::OpenObject => Shape::Object {
                    length: 0,
                    next: around,
                },
                Token::CloseObject {
                    duplicate: Some(name),
                } => return Err(Error::at(ErrorKind::DuplicateName, name.offset())),
                Token::CloseObject { duplicate: None } | Token::CloseArray => {
                    around = document.close(around, reader.span().end);
                    continue;
                }
            };
            if !matches!(token, Token::Name(_)) {
                document.count(around);
            }
            if matches!(token, Token::OpenArray | Token::OpenObject) {
                around = document.nodes.len() as u32; // fewer than octets, as all below
            }
            let span = reader.span();
            document.nodes.push(Node {
                start: span.start as u32, // `Limits::SIZE_CAP`
                end: span.end as u32,
                shape,
            });
        }
        Ok(document)
    }

    /// The outermost value.
    #[must_use]
    pub fn root(&self) -> Value<'_> {
        Value::new(self, 0)
    }

    /// The text that was read.
    #[must_use]
    pub fn json(&self) -> &'a str {
        self.json
    }

    /// The characters of a string or name.
    #[inline]
    pub(crate) fn str(&self, node: Node) -> Option<&str> {
        match node.shape {
            Shape::String => self
                .json
                .get(node.start as usize + 1..node.end as usize - 1),
            Shape::EscapedString { at, length } => {
                self.unescaped.get(at as usize..(at + length) as usize)
            }
            _ => None,
        }
    }

    /// The node behind a value and all that is inside of it.
    #[inline]
    pub(crate) fn behind(&self, at: usize) -> usize {
        match self.nodes[at].shape {
            Shape::Array { next, .. } | Shape::Object { next, .. } => next as usize,
            _ => at + 1,
        }
    }

    fn string(&mut self, text: Text) -> Shape {
        if !text.is_escaped() {
            return Shape::String;
        }
        let at = self.unescaped.len();
        text.unescape_into(self.json, &mut self.unescaped);
        Shape::EscapedString {
            at: at as u32, // shorter than the text, as all below
            length: (self.unescaped.len() - at) as u32,
        }
    }

    /// Counts one more child of an open array or object.
    #[inline]
    fn count(&mut self, open: u32) {
        if let Some(node) = self.nodes.get_mut(open as usize)
            && let Shape::Array { length, .. } | Shape::Object { length, .. } = &mut node.shape
        {
            *length += 1;
        }
    }

    /// Closes an array or object and gives the one around it.
    #[inline]
    fn close(&mut self, open: u32, end: usize) -> u32 {
        let behind = self.nodes.len() as u32;
        match self.nodes.get_mut(open as usize) {
            Some(Node {
                end: node_end,
                shape: Shape::Array { next, .. } | Shape::Object { next, .. },
                ..
            }) => {
                *node_end = end as u32;
                std::mem::replace(next, behind)
            }
            _ => open,
        }
    }
}

/// What a first guess at the number of nodes is made of. Texts of people and programs have about
/// one value or name in so many octets.
const OCTETS_PER_NODE: usize = 12;
