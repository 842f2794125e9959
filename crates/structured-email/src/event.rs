use std::fmt;

/// What a message does to an earlier one (draft-ietf-sml-structured-email, "Updates").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Event {
    /// Nothing: it stands alone.
    Standalone,
    /// It revokes the data of another message and replaces it.
    Superseded,
    /// It revokes the data of another message and puts nothing in its place.
    Cancelled,
}

impl Event {
    /// The name used in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Standalone => "standalone",
            Self::Superseded => "superseded",
            Self::Cancelled => "cancelled",
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
