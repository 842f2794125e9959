use std::fmt;

/// Why a server could not serve. What goes wrong with a mailbox is told to the model instead.
pub struct Error {
    kind: ErrorKind,
    message: &'static str,
    source: Box<dyn std::error::Error + Send + Sync>,
}

/// The kinds of [`Error`], each saying who has to act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The caller: the configuration asks for what is not done.
    Config,
    /// Whoever runs the machine: the address cannot be listened on.
    Listen,
    /// The client: it does not speak the protocol, or broke off.
    Session,
}

impl Error {
    pub(crate) fn new(
        kind: ErrorKind,
        message: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self {
            kind,
            message,
            source: source.into(),
        }
    }

    /// What went wrong, by who has to act.
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
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(self.source.as_ref())
    }
}
