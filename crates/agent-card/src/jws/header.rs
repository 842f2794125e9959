use std::collections::BTreeSet;
use std::fmt;

use strict_json::{Document, Object};

use super::base64url;
use crate::Limits;

/// The protected header of one signature, after all checks that need no key (RFC 7515 4).
///
/// Its bytes are signed as received; nothing is ever written again from this value. Until the
/// signature is verified, everything in it is the word of a stranger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProtectedHeader {
    algorithm: String,
    kid: String,
    jku: Option<String>,
    text: String,
}

impl ProtectedHeader {
    /// Reads the `protected` member of a signature. `strict` also demands `typ` to be `JOSE` and
    /// refuses every `b64`.
    ///
    /// # Errors
    ///
    /// The [`HeaderFault`] that is found first.
    pub fn parse(protected: &str, strict: bool, limits: &Limits) -> Result<Self, HeaderFault> {
        Self::read(protected, None, strict, limits)
    }

    /// As [`parse`](Self::parse), with the unprotected header beside it.
    pub(crate) fn read(
        protected: &str,
        unprotected: Option<Object<'_>>,
        strict: bool,
        limits: &Limits,
    ) -> Result<Self, HeaderFault> {
        let octets = Self::decode(protected, limits)?;
        let document = Document::parse(&octets, &limits.json()).map_err(|_| HeaderFault::Json)?;
        let members = document.root().as_object().ok_or(HeaderFault::Json)?;
        check(members, strict)?;
        if let Some(unprotected) = unprotected {
            check_unprotected(unprotected, members)?;
        }
        let text = |name| {
            members
                .get(name)
                .map(|value| value.as_str().ok_or(HeaderFault::WrongType))
                .transpose()
        };
        let header = Self {
            algorithm: text("alg")?.ok_or(HeaderFault::NoAlgorithm)?.to_owned(),
            kid: text("kid")?
                .filter(|kid| !kid.is_empty())
                .ok_or(HeaderFault::NoKid)?
                .to_owned(),
            jku: text("jku")?.map(str::to_owned),
            text: document.json().to_owned(),
        };
        match text("typ")? {
            Some("JOSE") => Ok(header),
            _ if strict => Err(HeaderFault::Type),
            _ => Ok(header),
        }
    }

    /// Base64url is decoded before the size is known to the octet, so it is bounded twice.
    fn decode(protected: &str, limits: &Limits) -> Result<Vec<u8>, HeaderFault> {
        if protected.len() / 4 * 3 > limits.header {
            return Err(HeaderFault::TooLong);
        }
        let octets = base64url::decode(protected).ok_or(HeaderFault::Base64url)?;
        if octets.len() > limits.header {
            return Err(HeaderFault::TooLong);
        }
        Ok(octets)
    }

    /// `alg`, as it stands there.
    #[must_use]
    pub fn algorithm(&self) -> &str {
        &self.algorithm
    }

    /// `kid`, never empty.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// `jku`: a hint of the signer, never to be followed blindly.
    #[must_use]
    pub fn jku(&self) -> Option<&str> {
        self.jku.as_deref()
    }

    /// `kid` and `alg`, owned.
    pub(crate) fn into_names(self) -> (String, String) {
        (self.kid, self.algorithm)
    }

    /// The JSON text, for display.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// The members that make a header unusable whatever else it holds.
fn check(members: Object<'_>, strict: bool) -> Result<(), HeaderFault> {
    // RFC 7515 4.1.11: no extension is understood here, and an empty list is not allowed.
    if members.get("crit").is_some() {
        return Err(HeaderFault::Critical);
    }
    // RFC 7797: a payload that is not base64url is no part of A2A.
    match members.get("b64") {
        None => Ok(()),
        Some(b64) if !strict && b64.as_bool() == Some(true) => Ok(()),
        Some(_) => Err(HeaderFault::Unencoded),
    }
}

/// The unprotected header decides nothing, but it may not hold `crit` (RFC 7515 4.1.11) nor repeat
/// a name (RFC 7515 4).
fn check_unprotected(unprotected: Object<'_>, protected: Object<'_>) -> Result<(), HeaderFault> {
    if unprotected.get("crit").is_some() {
        return Err(HeaderFault::Critical);
    }
    let mut names = BTreeSet::new();
    names.extend(protected.iter().map(|(name, _)| name));
    if unprotected.iter().any(|(name, _)| names.contains(name)) {
        return Err(HeaderFault::SharedName);
    }
    Ok(())
}

/// What is wrong with a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HeaderFault {
    /// It is not base64url without padding.
    Base64url,
    /// It is longer than [`Limits::header`](field@crate::Limits::header).
    TooLong,
    /// It is not one JSON object in UTF-8 with every name once.
    Json,
    /// A known member is not a string.
    WrongType,
    /// There is no `alg`.
    NoAlgorithm,
    /// There is no `kid`, or it is empty.
    NoKid,
    /// `typ` is not `JOSE`, in strict mode.
    Type,
    /// There is a `crit`.
    Critical,
    /// There is a `b64`, and it is not `true` or the mode is strict.
    Unencoded,
    /// A name stands in the protected and in the unprotected header.
    SharedName,
    /// The unprotected header is not an object.
    Unprotected,
}

impl HeaderFault {
    /// What was expected, in one sentence.
    #[must_use]
    pub const fn detail(self) -> &'static str {
        match self {
            Self::Base64url => "expected base64url without padding",
            Self::TooLong => "expected a shorter header",
            Self::Json => "expected one JSON object in UTF-8 with every name once",
            Self::WrongType => "expected strings for alg, kid, typ and jku",
            Self::NoAlgorithm => "expected alg in the protected header",
            Self::NoKid => "expected a kid that is not empty in the protected header",
            Self::Type => "expected JOSE as typ",
            Self::Critical => "expected no crit",
            Self::Unencoded => "expected no b64",
            Self::SharedName => "expected no name in both headers",
            Self::Unprotected => "expected an object as unprotected header",
        }
    }
}

impl fmt::Display for HeaderFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.detail())
    }
}

impl std::error::Error for HeaderFault {}
