use std::fmt;

/// Why a key was not taken, or could not be used. It never holds key material.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyError {
    kind: KeyErrorKind,
    member: &'static str,
    expected: &'static str,
}

/// The kinds of [`KeyError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyErrorKind {
    /// The text is not one JSON value within the limits, with every name once.
    Json,
    /// The text is not PEM, or what it holds is not the DER of a key.
    Pem,
    /// A member is absent, or not of the type or grammar that RFC 7517 or RFC 7518 gives it.
    InvalidMember,
    /// A key type or curve that this crate does not use; a symmetric key always.
    Unsupported,
    /// The public key is not one that may be used: off the curve, of small order, or of a size
    /// out of bounds.
    UnsafeKey,
    /// A private key was needed and there is only a public one.
    NotPrivate,
    /// The private part does not belong to the public part.
    PrivateMismatch,
    /// The key may not be used for this: its `use`, `key_ops` or `alg` says otherwise, or its
    /// type does not fit the algorithm.
    NotForThis,
}

impl KeyError {
    pub(crate) const fn new(
        kind: KeyErrorKind,
        member: &'static str,
        expected: &'static str,
    ) -> Self {
        Self {
            kind,
            member,
            expected,
        }
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> KeyErrorKind {
        self.kind
    }

    /// The member of the JWK at fault, such as `x`; empty when it is the key as a whole.
    #[must_use]
    pub fn member(&self) -> &'static str {
        self.member
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.member.is_empty() {
            write!(f, "{}: ", self.member)?;
        }
        write!(f, "expected {}", self.expected)
    }
}

impl std::error::Error for KeyError {}

impl KeyErrorKind {
    /// The name used in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Json => "Json",
            Self::Pem => "Pem",
            Self::InvalidMember => "InvalidMember",
            Self::Unsupported => "Unsupported",
            Self::UnsafeKey => "UnsafeKey",
            Self::NotPrivate => "NotPrivate",
            Self::PrivateMismatch => "PrivateMismatch",
            Self::NotForThis => "NotForThis",
        }
    }
}

impl fmt::Display for KeyErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
