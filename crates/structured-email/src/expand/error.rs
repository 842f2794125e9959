use std::fmt;

/// Why an item was not expanded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpandError {
    kind: ExpandErrorKind,
    url: Option<String>,
}

/// The kinds of [`ExpandError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExpandErrorKind {
    /// A context is a URL other than schema.org. Contexts are never fetched.
    RemoteContext,
    /// The data is nested too deeply, or its contexts define too many terms.
    TooDeep,
    /// A member name stands twice, so there is no one value to expand.
    DuplicateMember,
    /// The data is JSON, but not JSON-LD.
    Invalid,
}

/// How much of a URL from a stranger is shown.
const SHOWN: usize = 64;

impl ExpandError {
    pub(super) fn remote_context(url: String) -> Self {
        Self {
            kind: ExpandErrorKind::RemoteContext,
            url: Some(url),
        }
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ExpandErrorKind {
        self.kind
    }

    /// The context that was refused.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }
}

impl From<ExpandErrorKind> for ExpandError {
    fn from(kind: ExpandErrorKind) -> Self {
        Self { kind, url: None }
    }
}

impl fmt::Display for ExpandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            ExpandErrorKind::RemoteContext => "expected schema.org as the only remote context",
            ExpandErrorKind::TooDeep => "expected less nesting and fewer terms",
            ExpandErrorKind::DuplicateMember => "expected each member name once",
            ExpandErrorKind::Invalid => "expected JSON-LD",
        })?;
        match &self.url {
            Some(url) => {
                let shown = &url[..url.floor_char_boundary(SHOWN)];
                write!(f, ", found {shown:?}")
            }
            None => Ok(()),
        }
    }
}

impl std::error::Error for ExpandError {}
