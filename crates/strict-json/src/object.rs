use crate::{Document, Value};

/// The members of an object. No two have one name.
#[derive(Clone, Copy, Debug)]
pub struct Object<'d>(Value<'d>);

impl<'d> Object<'d> {
    #[inline]
    pub(crate) fn new(value: Value<'d>) -> Self {
        Self(value)
    }

    /// How many members there are.
    #[must_use]
    #[inline]
    pub fn len(self) -> usize {
        self.0.length()
    }

    /// Whether there is none.
    #[must_use]
    #[inline]
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
    #[inline]
    pub fn iter(self) -> Members<'d> {
        Members {
            document: self.0.document(),
            at: self.0.index() + 1,
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

    #[inline]
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
