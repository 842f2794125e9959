use std::fmt;
use std::str::FromStr;

/// How data and text are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Arrangement {
    /// The data says everything the text says.
    Full,
    /// The data describes some of the text.
    Partial,
    /// The data has nothing to do with the text.
    NonRepresentation,
    /// No text: for machines only.
    Mrm,
}

impl Arrangement {
    /// The name used on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Partial => "partial",
            Self::NonRepresentation => "mixed",
            Self::Mrm => "mrm",
        }
    }
}

impl fmt::Display for Arrangement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Arrangement {
    type Err = UnknownArrangement;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        [
            Self::Full,
            Self::Partial,
            Self::NonRepresentation,
            Self::Mrm,
        ]
        .into_iter()
        .find(|arrangement| arrangement.as_str() == name)
        .ok_or(UnknownArrangement(()))
    }
}

/// The name of an [`Arrangement`] was none of `full`, `partial`, `mixed` and `mrm`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownArrangement(());

impl fmt::Display for UnknownArrangement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected full, partial, mixed or mrm")
    }
}

impl std::error::Error for UnknownArrangement {}
