use std::fmt;
use std::time::Duration;

/// What went wrong with a mailbox.
pub struct Error {
    kind: ErrorKind,
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
    http_status: Option<u16>,
    retry_after: Option<Duration>,
}

/// The kinds of [`Error`], each saying who has to act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The caller: an argument cannot be used.
    Invalid,
    /// The caller: there is no such message or folder.
    NotFound,
    /// The caller: the credentials were not taken.
    Unauthorized,
    /// The caller: the credentials are good, but not for this.
    Forbidden,
    /// The caller: something else was asked for under the same key before.
    Conflict,
    /// The other side said no and will say so again.
    Refused,
    /// The other side said no for now; the same call may succeed later.
    Busy,
    /// The other side could not be reached, or the connection broke.
    Unreachable,
    /// The other side took too long.
    Timeout,
    /// The other side does not speak the protocol, or went over a budget.
    Protocol,
    /// The store on this machine failed.
    Store,
    /// The caller: this build, or the other side, does not offer what was asked for.
    Unsupported,
}

impl Error {
    /// An error of this kind.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            source: None,
            http_status: None,
            retry_after: None,
        }
    }

    /// The same with its cause.
    #[must_use]
    pub fn with_source(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The same with the status that a server answered over HTTP.
    #[must_use]
    pub fn with_http_status(mut self, status: u16) -> Self {
        self.http_status = Some(status);
        self
    }

    /// The same with the pause that the other side asks for.
    #[must_use]
    pub fn with_retry_after(mut self, pause: Duration) -> Self {
        self.retry_after = Some(pause);
        self
    }

    /// What went wrong, by who has to act.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The status, where a server answered over HTTP.
    #[must_use]
    pub fn http_status(&self) -> Option<u16> {
        self.http_status
    }

    /// How long to wait before the next try, where the other side said so.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }
}

impl ErrorKind {
    /// Whether the same call may succeed later with nothing changed by the caller.
    #[must_use]
    pub const fn is_transient(self) -> bool {
        matches!(self, Self::Busy | Self::Unreachable | Self::Timeout)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.kind)
            .field("message", &self.message)
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
