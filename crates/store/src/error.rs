use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// What went wrong with a store.
///
/// One failed commit fails every write of its batch, so an error can be cloned.
#[derive(Clone)]
pub struct Error {
    kind: ErrorKind,
    message: Cow<'static, str>,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

/// The kinds of [`Error`], each saying who has to act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The caller: an argument cannot be used.
    Invalid,
    /// The caller: there is no such agent, mailbox, folder, entry or file.
    NotFound,
    /// The caller: what it wants to make is there, or was: an id, a handle, an address, a bearer.
    Exists,
    /// Another process held the store for too long. The same call may succeed later.
    Busy,
    /// The database is away. The same call may succeed later.
    Unavailable,
    /// The operator: the disk, the size the store was given, or a mailbox is used up. Nothing was stored.
    Full,
    /// The operator: a newer version of this crate has written the store. Nothing was changed.
    NewerSchema,
    /// The operator: what is on disk is damaged, or is no store.
    Corrupt,
    /// The operator: the folder or the disk failed.
    Io,
}

impl Error {
    /// An error for a store of another make. The message starts in lower case and says what was
    /// expected; it holds no secret.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            message: message.into(),
            source: None,
        }
    }

    pub(crate) fn with_source(
        mut self,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.kind)
            .field("message", &self.message)
            .field("source", &self.source)
            .finish()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source.as_ref() as _)
    }
}
