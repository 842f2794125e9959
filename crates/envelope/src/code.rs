use std::fmt;

/// The code in an operator's error answer (section 13). A client branches on the status, then on
/// the code, never on the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
#[allow(missing_docs)] // each is its own name on the wire
pub enum Code {
    BadRequest,
    InvalidRequest,
    InvalidJson,
    InvalidQuery,
    InvalidEnvelopeId,
    InvalidHandle,
    InvalidTo,
    InvalidContent,
    InvalidReferences,
    InvalidMonitor,
    InvalidFile,
    InvalidAllowlistEntry,
    InvalidEntries,
    InvalidBlockTarget,
    InvalidPolicy,
    InvalidVisibility,
    InvalidDisplayName,
    InvalidDescription,
    InvalidCardBody,
    InvalidUpdate,
    InvalidLimit,
    InvalidCursor,
    Unauthorized,
    NotFound,
    MethodNotAllowed,
    RequestTimeout,
    RetryMismatch,
    IdCollision,
    AgentExists,
    Conflict,
    PayloadTooLarge,
    UnsupportedMediaType,
    RateLimited,
    InternalError,
    Unavailable,
}

impl Code {
    /// Every code there is.
    pub const ALL: [Self; 35] = [
        Self::BadRequest,
        Self::InvalidRequest,
        Self::InvalidJson,
        Self::InvalidQuery,
        Self::InvalidEnvelopeId,
        Self::InvalidHandle,
        Self::InvalidTo,
        Self::InvalidContent,
        Self::InvalidReferences,
        Self::InvalidMonitor,
        Self::InvalidFile,
        Self::InvalidAllowlistEntry,
        Self::InvalidEntries,
        Self::InvalidBlockTarget,
        Self::InvalidPolicy,
        Self::InvalidVisibility,
        Self::InvalidDisplayName,
        Self::InvalidDescription,
        Self::InvalidCardBody,
        Self::InvalidUpdate,
        Self::InvalidLimit,
        Self::InvalidCursor,
        Self::Unauthorized,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::RequestTimeout,
        Self::RetryMismatch,
        Self::IdCollision,
        Self::AgentExists,
        Self::Conflict,
        Self::PayloadTooLarge,
        Self::UnsupportedMediaType,
        Self::RateLimited,
        Self::InternalError,
        Self::Unavailable,
    ];

    /// The code on the wire: `INVALID_REQUEST`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BadRequest => "BAD_REQUEST",
            Self::InvalidRequest => "INVALID_REQUEST",
            Self::InvalidJson => "INVALID_JSON",
            Self::InvalidQuery => "INVALID_QUERY",
            Self::InvalidEnvelopeId => "INVALID_ENVELOPE_ID",
            Self::InvalidHandle => "INVALID_HANDLE",
            Self::InvalidTo => "INVALID_TO",
            Self::InvalidContent => "INVALID_CONTENT",
            Self::InvalidReferences => "INVALID_REFERENCES",
            Self::InvalidMonitor => "INVALID_MONITOR",
            Self::InvalidFile => "INVALID_FILE",
            Self::InvalidAllowlistEntry => "INVALID_ALLOWLIST_ENTRY",
            Self::InvalidEntries => "INVALID_ENTRIES",
            Self::InvalidBlockTarget => "INVALID_BLOCK_TARGET",
            Self::InvalidPolicy => "INVALID_POLICY",
            Self::InvalidVisibility => "INVALID_VISIBILITY",
            Self::InvalidDisplayName => "INVALID_DISPLAY_NAME",
            Self::InvalidDescription => "INVALID_DESCRIPTION",
            Self::InvalidCardBody => "INVALID_CARD_BODY",
            Self::InvalidUpdate => "INVALID_UPDATE",
            Self::InvalidLimit => "INVALID_LIMIT",
            Self::InvalidCursor => "INVALID_CURSOR",
            Self::Unauthorized => "UNAUTHORIZED",
            Self::NotFound => "NOT_FOUND",
            Self::MethodNotAllowed => "METHOD_NOT_ALLOWED",
            Self::RequestTimeout => "REQUEST_TIMEOUT",
            Self::RetryMismatch => "RETRY_MISMATCH",
            Self::IdCollision => "ID_COLLISION",
            Self::AgentExists => "AGENT_EXISTS",
            Self::Conflict => "CONFLICT",
            Self::PayloadTooLarge => "PAYLOAD_TOO_LARGE",
            Self::UnsupportedMediaType => "UNSUPPORTED_MEDIA_TYPE",
            Self::RateLimited => "RATE_LIMITED",
            Self::InternalError => "INTERNAL_ERROR",
            Self::Unavailable => "UNAVAILABLE",
        }
    }

    /// The HTTP status it comes with.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Unauthorized => 401,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::RequestTimeout => 408,
            Self::RetryMismatch | Self::IdCollision | Self::AgentExists | Self::Conflict => 409,
            Self::PayloadTooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::RateLimited => 429,
            Self::InternalError => 500,
            Self::Unavailable => 503,
            _ => 400,
        }
    }

    /// The code that a text on the wire names.
    #[must_use]
    pub fn from_wire(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.as_str() == text)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
