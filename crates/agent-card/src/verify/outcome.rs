use std::fmt;

use crate::Profile;
use crate::jws::HeaderFault;
use crate::keys::Thumbprint;

/// What became of one entry of `signatures`. No entry has a say in the outcome of another.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignatureReport {
    /// Which entry, counted from 0.
    pub index: usize,
    /// What became of it.
    pub outcome: Outcome,
    /// `kid` of the protected header, if that could be read. Proven only when the outcome is
    /// [`Outcome::Valid`].
    pub kid: Option<String>,
    /// `alg` of the protected header, if that could be read.
    pub algorithm: Option<String>,
    /// The key that verified it.
    pub signer: Option<Signer>,
}

/// A key that verified a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Signer {
    /// Its thumbprint.
    pub thumbprint: Thumbprint,
    /// The name that the resolver gave it; empty without one.
    pub label: String,
}

/// The outcomes of one signature (A2A 8.4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// A trusted key made it, over this payload.
    Valid(Matched),
    /// The entry is not an object with `protected` and `signature` in base64url.
    BadEncoding,
    /// A header breaks a rule.
    BadHeader(HeaderFault),
    /// The algorithm is not on the caller's list.
    AlgNotAllowed,
    /// No trusted key has this `kid` and speaks for the origin of the card.
    KeyNotFound,
    /// There is such a key, but not for this algorithm or not for signatures.
    KeyMismatch,
    /// There is such a key, but it must not be used now.
    KeyExpired(KeyFault),
    /// No key that fits made it over a payload that is allowed.
    BadSignature,
    /// The resolver cannot tell now.
    ResolverUnavailable,
}

impl Outcome {
    /// The name in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Valid(_) => "Valid",
            Self::BadEncoding => "BadEncoding",
            Self::BadHeader(_) => "BadHeader",
            Self::AlgNotAllowed => "AlgNotAllowed",
            Self::KeyNotFound => "KeyNotFound",
            Self::KeyMismatch => "KeyMismatch",
            Self::KeyExpired(_) => "KeyExpired",
            Self::BadSignature => "BadSignature",
            Self::ResolverUnavailable => "ResolverUnavailable",
        }
    }

    /// The payload that the signature is over, if it is valid.
    #[must_use]
    pub const fn matched(self) -> Option<Matched> {
        match self {
            Self::Valid(matched) => Some(matched),
            _ => None,
        }
    }
}

/// For people: the name, and what is behind it.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())?;
        match self {
            Self::Valid(matched) => write!(f, " ({})", matched.as_str()),
            Self::BadHeader(fault) => write!(f, ": {fault}"),
            Self::KeyExpired(fault) => write!(f, ": {fault}"),
            _ => Ok(()),
        }
    }
}

/// Why a key that is there must not be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyFault {
    /// `nbf` is still to come.
    NotYetValid,
    /// `exp` has passed.
    Expired,
    /// The caller says it is revoked.
    Revoked,
}

impl fmt::Display for KeyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotYetValid => "the key is not valid yet",
            Self::Expired => "the key has expired",
            Self::Revoked => "the key is revoked",
        })
    }
}

/// Which payload was verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)] // as the profiles
pub enum Matched {
    /// That of [`Profile::Spec`], and the other one differs.
    Spec,
    /// That of [`Profile::Sdk`], and the other one differs.
    Sdk,
    /// The one that both profiles give.
    Both,
}

impl Matched {
    pub(super) const fn of(profile: Profile, agree: bool) -> Self {
        match profile {
            _ if agree => Self::Both,
            Profile::Spec => Self::Spec,
            Profile::Sdk => Self::Sdk,
        }
    }

    /// `spec`, `sdk` or `both`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Spec => "spec",
            Self::Sdk => "sdk",
            Self::Both => "both",
        }
    }

    /// Whether all that [`Profile::Spec`] covers was verified.
    pub(super) const fn covers_spec(self) -> bool {
        matches!(self, Self::Spec | Self::Both)
    }
}

impl fmt::Display for Matched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
