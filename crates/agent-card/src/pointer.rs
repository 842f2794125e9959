use std::fmt;

use serde::Serialize;

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
    Member(&'p Path<'p>, &'p str),
    Element(&'p Path<'p>, usize),
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
