mod json;

use std::fmt;

use strict_json::canonical::write_string;

pub use json::sign_json;

use crate::jws::{self, Algorithm, ProtectedHeader};
use crate::keys::{InvalidOrigin, JkuPolicy, KeyError, SigningKey};
use crate::model::InvalidCard;
use crate::{
    AgentCard, AgentCardSignature, Error, Level, Limits, NotPortable, Payloads, Pointer, Profile,
};

/// Signs a card (A2A 8.4.2): the same card with one more signature.
///
/// Earlier signatures stay valid, since no payload holds `signatures`.
///
/// # Errors
///
/// A [`SignError`]; by default also for a card that is not as the specification wants it, and for one
/// whose payloads differ, which some implementations would not verify.
pub fn sign(
    card: &AgentCard,
    key: &SigningKey,
    options: &SignOptions,
) -> Result<AgentCard, SignError> {
    let signature = signature(card, key, options)?;
    let mut signed = card.clone();
    if options.replace_by_kid {
        let kid = options.kid(key)?;
        signed
            .signatures
            .retain(|earlier| !is_under(earlier, kid, &options.limits));
    }
    signed.signatures.push(signature);
    if signed.signatures.len() > options.limits.signatures {
        return Err(SignError::TooManySignatures);
    }
    Ok(signed)
}

/// The signature of a card, by itself.
///
/// # Errors
///
/// As [`sign`].
pub fn signature(
    card: &AgentCard,
    key: &SigningKey,
    options: &SignOptions,
) -> Result<AgentCardSignature, SignError> {
    InvalidCard::check(card.problems(options.level)).map_err(SignError::Invalid)?;
    let payloads = Payloads::of_card(card, &options.limits)?;
    signature_over(&payloads, key, options)
}

fn signature_over(
    payloads: &Payloads,
    key: &SigningKey,
    options: &SignOptions,
) -> Result<AgentCardSignature, SignError> {
    let payload = match options.profile {
        SigningProfile::Portable => payloads.portable().map_err(SignError::NotPortable)?,
        SigningProfile::Spec => payloads.of(Profile::Spec),
        SigningProfile::Sdk => payloads.of(Profile::Sdk),
    };
    refuse_inexact(payload, &options.limits)?;
    let header = options.header(key)?;
    jws::sign(&header, payload, key).map_err(SignError::Key)
}

/// How a card is signed.
#[derive(Clone, Debug, Default)]
#[allow(clippy::exhaustive_structs)] // configuration, built with `..SignOptions::default()`
pub struct SignOptions {
    /// What is signed. Default: what every implementation verifies.
    pub profile: SigningProfile,
    /// What the card has to be. Default: what the specification asks for.
    pub level: Level,
    /// The name of the key, instead of the one it has.
    pub kid: Option<String>,
    /// The name of the algorithm, instead of the usual one of the key. `EdDSA` is known to more
    /// readers than `Ed25519`.
    pub algorithm: Option<Algorithm>,
    /// Where verifiers may find the key: an `https` URL without user and fragment.
    pub jku: Option<String>,
    /// Whether earlier signatures under the same `kid` are dropped.
    pub replace_by_kid: bool,
    /// How large the card, the header and the list of signatures may become.
    pub limits: Limits,
}

/// Which payload is signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)] // the profiles, and what they share
pub enum SigningProfile {
    /// The one that both profiles give; a card whose payloads differ is refused.
    #[default]
    Portable,
    /// That of [`Profile::Spec`]. The published SDKs do not verify it when the payloads differ.
    Spec,
    /// That of [`Profile::Sdk`]. What is empty is not signed, security requirements without
    /// scopes among it.
    Sdk,
}

impl SignOptions {
    fn kid<'a>(&'a self, key: &'a SigningKey) -> Result<&'a str, SignError> {
        self.kid
            .as_deref()
            .or_else(|| key.kid())
            .filter(|kid| !kid.is_empty())
            .ok_or(SignError::NoKid)
    }

    /// The protected header, in the order of A2A 8.4.2.
    fn header(&self, key: &SigningKey) -> Result<String, SignError> {
        let usual = key.key_type().algorithm();
        let algorithm = self.algorithm.unwrap_or(usual);
        let mut header =
            format!("{{\"alg\":\"{algorithm}\",\"typ\":\"JOSE\",\"kid\":").into_bytes();
        write_string(self.kid(key)?, &mut header);
        if let Some(jku) = &self.jku {
            JkuPolicy::exact([jku.as_str()]).map_err(SignError::Jku)?;
            header.extend_from_slice(b",\"jku\":");
            write_string(jku, &mut header);
        }
        header.push(b'}');
        if header.len() > self.limits.header {
            return Err(SignError::HeaderTooLong);
        }
        Ok(String::from_utf8(header).expect("strings and ASCII between them")) // made right above
    }
}

/// Strict JSON libraries refuse integers that are not exact as doubles, and with them the card.
fn refuse_inexact(payload: &[u8], limits: &Limits) -> Result<(), SignError> {
    let limits = Limits {
        size: limits.size.max(payload.len()),
        ..*limits
    };
    let parsed = AgentCard::parse(payload, &limits)?;
    if parsed.inexact.is_empty() {
        Ok(())
    } else {
        Err(SignError::Inexact(parsed.inexact))
    }
}

fn is_under(signature: &AgentCardSignature, kid: &str, limits: &Limits) -> bool {
    ProtectedHeader::parse(&signature.protected, false, limits)
        .is_ok_and(|header| header.kid() == kid)
}

/// Why a card was not signed. It never holds key material.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum SignError {
    /// The card is not what [`SignOptions::level`] asks for.
    Invalid(InvalidCard),
    /// The card, written as JSON, is beyond the limits.
    Card(Error),
    /// The payloads differ, at these members.
    NotPortable(NotPortable),
    /// Integers beyond ±(2^53−1), at these members.
    Inexact(Vec<Pointer>),
    /// Neither the key nor the options have a `kid`, or it is empty.
    NoKid,
    /// The `jku` is not one that anybody should follow.
    Jku(InvalidOrigin),
    /// The protected header is longer than [`Limits::header`].
    HeaderTooLong,
    /// The card would have more signatures than [`Limits::signatures`].
    TooManySignatures,
    /// The key does not fit the algorithm, or failed.
    Key(KeyError),
}

impl From<Error> for SignError {
    fn from(error: Error) -> Self {
        Self::Card(error)
    }
}

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(error) => error.fmt(f),
            Self::Card(error) => error.fmt(f),
            Self::NotPortable(error) => error.fmt(f),
            Self::Inexact(paths) => {
                f.write_str("expected integers within ±(2^53-1), at ")?;
                for (n, path) in paths.iter().enumerate() {
                    f.write_str(if n == 0 { "" } else { ", " })?;
                    path.fmt(f)?;
                }
                Ok(())
            }
            Self::NoKid => f.write_str("expected a kid that is not empty"),
            Self::Jku(error) => write!(f, "jku: {error}"),
            Self::HeaderTooLong => f.write_str("expected a shorter kid and jku"),
            Self::TooManySignatures => f.write_str("expected fewer signatures on the card"),
            Self::Key(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for SignError {}
