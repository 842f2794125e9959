use std::fmt;

use serde::Serialize;

use crate::{Error, ErrorKind, Limits};

/// The place of a member in a card: a JSON Pointer (RFC 6901), such as `/skills/0/tags`.
///
/// The empty pointer is the whole card. Names are the ones the card was received with.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Pointer(String);

impl Pointer {
    /// The whole card.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// The pointer as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `self` is `other` or lies inside it.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        self.0
            .strip_prefix(&other.0)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&Path<'_>> for Pointer {
    fn from(path: &Path<'_>) -> Self {
        let mut text = String::new();
        path.write(&mut text);
        Self(text)
    }
}

/// A place while walking through a card. It lives on the stack and costs nothing until it has to
/// be reported.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Path<'p> {
    Root,
    Member(&'p Self, &'p str),
    Element(&'p Self, usize),
}

impl<'p> Path<'p> {
    pub(crate) fn member(&'p self, name: &'p str) -> Self {
        Self::Member(self, name)
    }

    pub(crate) fn element(&'p self, index: usize) -> Self {
        Self::Element(self, index)
    }

    pub(crate) fn pointer(&self) -> Pointer {
        Pointer::from(self)
    }

    /// Recursion is as deep as the reader lets a card be.
    fn write(&self, out: &mut String) {
        match self {
            Self::Root => {}
            Self::Member(parent, name) => {
                parent.write(out);
                out.push('/');
                for c in name.chars() {
                    match c {
                        '~' => out.push_str("~0"),
                        '/' => out.push_str("~1"),
                        c => out.push(c),
                    }
                }
            }
            Self::Element(parent, index) => {
                parent.write(out);
                out.push('/');
                out.push_str(&index.to_string());
            }
        }
    }
}

/// The room that is left for pointers in a report.
///
/// A long name with many members below it would make a report quadratic in the size of the card.
#[derive(Debug)]
pub(crate) struct Room(usize);

impl Room {
    /// As much text as a card may have, and not less when a caller allows small cards only.
    pub(crate) fn new(limits: &Limits) -> Self {
        Self(limits.size.max(Limits::default().size))
    }

    /// The pointer to `at`.
    ///
    /// # Errors
    ///
    /// `ReportTooLarge` when there is no room left.
    pub(crate) fn pointer(&mut self, at: &Path<'_>) -> Result<Pointer, Error> {
        let pointer = at.pointer();
        match self.0.checked_sub(pointer.0.len()) {
            Some(left) => {
                self.0 = left;
                Ok(pointer)
            }
            None => {
                let detail = "expected fewer members that have to be reported";
                Err(Error::new(ErrorKind::ReportTooLarge, &Path::Root, detail))
            }
        }
    }

    /// Takes back what a pointer took that is not reported after all.
    pub(crate) fn give_back(&mut self, pointer: &Pointer) {
        self.0 += pointer.0.len();
    }
}

#[cfg(test)]
mod tests {
    use super::Path;

    #[test]
    fn names_are_escaped_as_rfc_6901_says() {
        let schemes = Path::Root.member("securitySchemes");
        let pointer = schemes.member("a/b~c").element(3).pointer();
        assert_eq!(pointer.as_str(), "/securitySchemes/a~1b~0c/3");
    }

    #[test]
    fn within_compares_whole_steps() {
        let skills = Path::Root.member("skills");
        let (first, eleventh) = (skills.element(1), skills.element(11));
        assert!(first.member("id").pointer().is_within(&first.pointer()));
        assert!(!eleventh.pointer().is_within(&first.pointer()));
        assert!(first.pointer().is_within(&Path::Root.pointer()));
    }
}
