use std::fmt;

/// The number of a part within its message as IMAP counts (RFC 9051, 6.4.5): `1`, `2.1`, …
///
/// A message that is one single part is part `1`. The outermost multipart has no number and
/// prints as `0`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Section(Vec<u16>);

impl Section {
    /// The outermost entity.
    pub(crate) fn root() -> Self {
        Self(Vec::new())
    }

    /// Its `n`th child, counted from 1.
    pub(crate) fn child(&self, n: u16) -> Self {
        let mut path = Vec::with_capacity(self.0.len() + 1);
        path.extend_from_slice(&self.0);
        path.push(n);
        Self(path)
    }

    /// The steps from the outermost entity, each counted from 1.
    #[must_use]
    pub fn path(&self) -> &[u16] {
        &self.0
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((first, rest)) = self.0.split_first() else {
            return f.write_str("0");
        };
        write!(f, "{first}")?;
        rest.iter().try_for_each(|n| write!(f, ".{n}"))
    }
}
