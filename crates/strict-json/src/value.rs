use std::fmt;
use std::ops::Range;

use crate::document::{Document, Node, Shape};
use crate::{Array, Object, number};

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
    #[inline]
    pub(crate) fn new(document: &'d Document<'d>, at: usize) -> Self {
        Self { document, at }
    }

    /// What it is.
    #[must_use]
    #[inline]
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
    #[inline]
    pub fn is_null(self) -> bool {
        self.kind() == Kind::Null
    }

    /// `true` or `false`, if it is one of them.
    #[must_use]
    #[inline]
    pub fn as_bool(self) -> Option<bool> {
        match self.node().shape {
            Shape::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The characters of a string, without escapes.
    #[must_use]
    #[inline]
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
    #[inline]
    pub fn as_array(self) -> Option<Array<'d>> {
        match self.node().shape {
            Shape::Array { .. } => Some(Array::new(self)),
            _ => None,
        }
    }

    /// The members of an object.
    #[must_use]
    #[inline]
    pub fn as_object(self) -> Option<Object<'d>> {
        match self.node().shape {
            Shape::Object { .. } => Some(Object::new(self)),
            _ => None,
        }
    }

    /// Its octets in the text, as they were written.
    #[must_use]
    #[inline]
    pub fn text(self) -> &'d str {
        self.document.json.get(self.span()).unwrap_or_default()
    }

    /// Where its octets are.
    #[must_use]
    #[inline]
    pub fn span(self) -> Range<usize> {
        let node = self.node();
        node.start as usize..node.end as usize
    }

    /// Where it starts, in octets.
    #[must_use]
    #[inline]
    pub fn offset(self) -> usize {
        self.node().start as usize
    }

    /// How many elements or members there are directly inside.
    #[inline]
    pub(crate) fn length(self) -> usize {
        match self.node().shape {
            Shape::Array { length, .. } | Shape::Object { length, .. } => length as usize,
            _ => 0,
        }
    }

    #[inline]
    pub(crate) fn document(self) -> &'d Document<'d> {
        self.document
    }

    #[inline]
    pub(crate) fn index(self) -> usize {
        self.at
    }

    #[inline]
    pub(crate) fn node(self) -> Node {
        self.document.nodes[self.at]
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} at {:?}", self.kind(), self.span())
    }
}
