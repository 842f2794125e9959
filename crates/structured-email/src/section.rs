use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

/// The number of a part within its message as IMAP counts (RFC 9051, 6.4.5): `1`, `2.1`, …
///
/// A message that is one single part is part `1`. The outermost multipart has no number and
/// prints as `0`.
#[derive(Clone)]
pub struct Section(Path);

/// Every part has a number, and hardly any lies deeper than ten multiparts.
#[derive(Clone)]
enum Path {
    Short {
        length: u8,
        steps: [u16; Section::SHORT],
    },
    Long(Box<[u16]>),
}

impl Section {
    const SHORT: usize = 10;

    /// The outermost entity.
    pub(crate) const fn root() -> Self {
        Self(Path::Short {
            length: 0,
            steps: [0; Self::SHORT],
        })
    }

    /// Its `n`th child, counted from 1.
    pub(crate) fn child(&self, n: u16) -> Self {
        let parent = self.path();
        if parent.len() < Self::SHORT {
            let mut steps = [0; Self::SHORT];
            steps[..parent.len()].copy_from_slice(parent);
            steps[parent.len()] = n;
            let length = parent.len() as u8 + 1;
            return Self(Path::Short { length, steps });
        }
        let mut path = Vec::with_capacity(parent.len() + 1);
        path.extend_from_slice(parent);
        path.push(n);
        Self(Path::Long(path.into_boxed_slice()))
    }

    /// The steps from the outermost entity, each counted from 1.
    #[must_use]
    pub fn path(&self) -> &[u16] {
        match &self.0 {
            Path::Short { length, steps } => &steps[..usize::from(*length)],
            Path::Long(steps) => steps,
        }
    }
}

impl Default for Section {
    fn default() -> Self {
        Self::root()
    }
}

impl PartialEq for Section {
    fn eq(&self, other: &Self) -> bool {
        self.path() == other.path()
    }
}

impl Eq for Section {}

impl PartialOrd for Section {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Section {
    fn cmp(&self, other: &Self) -> Ordering {
        self.path().cmp(other.path())
    }
}

impl Hash for Section {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.path().hash(state);
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((first, rest)) = self.path().split_first() else {
            return f.write_str("0");
        };
        write!(f, "{first}")?;
        rest.iter().try_for_each(|n| write!(f, ".{n}"))
    }
}

impl fmt::Debug for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Section({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::Section;

    #[test]
    fn prints_as_imap_counts() {
        assert_eq!(Section::root().to_string(), "0");
        assert_eq!(Section::root().child(2).child(1).to_string(), "2.1");
    }

    #[test]
    fn keeps_its_steps_where_it_leaves_the_inline_form() {
        let mut section = Section::root();
        let mut before = section.clone();
        for n in 1..=u16::try_from(Section::SHORT).unwrap() + 3 {
            section = section.child(n);
            assert_eq!(section.path().len(), usize::from(n));
            assert_eq!(section.path().last(), Some(&n));
            assert!(before < section, "a container comes before its children");
            before = section.clone();
        }
    }
}
