use std::fmt;

/// What [`Draft::compose`](crate::Draft::compose) wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Composed {
    /// Whether sending it needs SMTPUTF8 (RFC 6531).
    pub needs_smtputf8: bool,
    /// What the author may want to know.
    pub warnings: Vec<ComposeWarning>,
}

/// What is odd about a draft that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ComposeWarning {
    /// A full representation should come with plain text.
    NoText,
    /// A full representation should come with HTML.
    NoHtml,
    /// Several pieces of data in one alternative count as contradicting each other; an array in
    /// one piece does not.
    SeveralAlternatives,
}

impl ComposeWarning {
    /// The name used in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoText => "NoText",
            Self::NoHtml => "NoHtml",
            Self::SeveralAlternatives => "SeveralAlternatives",
        }
    }
}

impl fmt::Display for ComposeWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoText => "a full representation should come with plain text",
            Self::NoHtml => "a full representation should come with HTML",
            Self::SeveralAlternatives => {
                "several pieces of data in one alternative contradict each other, send one array"
            }
        })
    }
}
