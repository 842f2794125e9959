use crate::{Document, Value};

/// The elements of an array.
#[derive(Clone, Copy, Debug)]
pub struct Array<'d>(Value<'d>);

impl<'d> Array<'d> {
    #[inline]
    pub(crate) fn new(value: Value<'d>) -> Self {
        Self(value)
    }

    /// How many elements there are.
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

    /// The elements in order.
    #[must_use]
    #[inline]
    pub fn iter(self) -> Elements<'d> {
        Elements {
            document: self.0.document(),
            at: self.0.index() + 1,
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

    #[inline]
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
