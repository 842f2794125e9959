use std::fmt;
use std::ops::Range;

use crate::document::{Document, Node, Shape};
use crate::number;

/// A value of a [`Document`]: a view that costs nothing to copy.
#[derive(Clone, Copy)]
pub struct Value<'d> {
    document: &'d Document<'d>,
    /// Its node.
    at: usize,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(clippy::exhaustive_enums)] // the grammar of JSON does not grow
pub enum Kind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool,
    /// A number.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl<'d> Value<'d> {
    pub(crate) fn new(document: &'d Document<'d>, at: usize) -> Self {
        Self { document, at }
    }

    /// What it is.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self.node().shape {
            Shape::Null => Kind::Null,
            Shape::Bool(_) => Kind::Bool,
            Shape::Number => Kind::Number,
            Shape::String | Shape::EscapedString { .. } => Kind::String,
            Shape::Array { .. } => Kind::Array,
            Shape::Object { .. } => Kind::Object,
        }
    }

    /// Whether it is `null`.
    #[must_use]
    pub fn is_null(self) -> bool {
        self.kind() == Kind::Null
    }

    /// `true` or `false`, if it is one of them.
    #[must_use]
    pub fn as_bool(self) -> Option<bool> {
        match self.node().shape {
            Shape::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The characters of a string, without escapes.
    #[must_use]
    pub fn as_str(self) -> Option<&'d str> {
        self.document.str(self.node())
    }

    /// The double that a number stands for: the nearest one, ties to even. It is finite.
    #[must_use]
    pub fn as_f64(self) -> Option<f64> {
        self.number_text().map(number::value)
    }

    /// A number as it was written.
    #[must_use]
    pub fn number_text(self) -> Option<&'d str> {
        match self.node().shape {
            Shape::Number => Some(self.text()),
            _ => None,
        }
    }

    /// Whether it is an integer beyond ±(2^53−1): a number without fraction and exponent that a
    /// reader with doubles may not keep exact (RFC 7493 2.2).
    #[must_use]
    pub fn is_big_integer(self) -> bool {
        self.number_text().is_some_and(number::is_big_integer)
    }

    /// The elements of an array.
    #[must_use]
    pub fn as_array(self) -> Option<Array<'d>> {
        match self.node().shape {
            Shape::Array { .. } => Some(Array(self)),
            _ => None,
        }
    }

    /// The members of an object.
    #[must_use]
    pub fn as_object(self) -> Option<Object<'d>> {
        match self.node().shape {
            Shape::Object { .. } => Some(Object(self)),
            _ => None,
        }
    }

    /// Its octets in the text, as they were written.
    #[must_use]
    pub fn text(self) -> &'d str {
        self.document.json.get(self.span()).unwrap_or_default()
    }

    /// Where its octets are.
    #[must_use]
    pub fn span(self) -> Range<usize> {
        let node = self.node();
        node.start as usize..node.end as usize
    }

    /// Where it starts, in octets.
    #[must_use]
    pub fn offset(self) -> usize {
        self.node().start as usize
    }

    pub(crate) fn document(self) -> &'d Document<'d> {
        self.document
    }

    pub(crate) fn index(self) -> usize {
        self.at
    }

    fn node(self) -> Node {
        self.document.nodes[self.at]
    }
}

impl Document<'_> {
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
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} at {:?}", self.kind(), self.span())
    }
}

/// The elements of an array.
#[derive(Clone, Copy, Debug)]
pub struct Array<'d>(Value<'d>);

impl<'d> Array<'d> {
    /// How many elements there are.
    #[must_use]
    pub fn len(self) -> usize {
        self.0.length()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The elements in order.
    #[must_use]
    pub fn iter(self) -> Elements<'d> {
        Elements {
            document: self.0.document,
            at: self.0.at + 1,
            left: self.len(),
        }
    }
}

impl<'d> IntoIterator for Array<'d> {
    type Item = Value<'d>;
    type IntoIter = Elements<'d>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// The elements of an array, one after the other.
#[derive(Clone, Debug)]
pub struct Elements<'d> {
    document: &'d Document<'d>,
    at: usize,
    left: usize,
}

impl<'d> Iterator for Elements<'d> {
    type Item = Value<'d>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let value = Value::new(self.document, self.at);
        self.at = self.document.behind(self.at);
        Some(value)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Elements<'_> {}

/// The members of an object. No two have one name.
#[derive(Clone, Copy, Debug)]
pub struct Object<'d>(Value<'d>);

impl<'d> Object<'d> {
    /// How many members there are.
    #[must_use]
    pub fn len(self) -> usize {
        self.0.length()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The value of a member, found by looking at one after the other.
    #[must_use]
    pub fn get(self, name: &str) -> Option<Value<'d>> {
        self.iter()
            .find(|&(candidate, _)| candidate == name)
            .map(|(_, value)| value)
    }

    /// Names and values in document order.
    #[must_use]
    pub fn iter(self) -> Members<'d> {
        Members {
            document: self.0.document,
            at: self.0.at + 1,
            left: self.len(),
        }
    }
}

impl<'d> IntoIterator for Object<'d> {
    type Item = (&'d str, Value<'d>);
    type IntoIter = Members<'d>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// The members of an object, one after the other.
#[derive(Clone, Debug)]
pub struct Members<'d> {
    document: &'d Document<'d>,
    at: usize,
    left: usize,
}

impl<'d> Iterator for Members<'d> {
    type Item = (&'d str, Value<'d>);

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let name = self.document.str(self.document.nodes[self.at])?;
        let value = Value::new(self.document, self.at + 1);
        self.at = self.document.behind(self.at + 1);
        Some((name, value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Members<'_> {}

impl Value<'_> {
    fn length(self) -> usize {
        match self.node().shape {
            Shape::Array { length, .. } | Shape::Object { length, .. } => length as usize,
            _ => 0,
        }
    }
}
