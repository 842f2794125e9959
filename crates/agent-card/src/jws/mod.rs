//! JSON Web Signatures (RFC 7515) as AgentCards use them: the flattened form with a detached
//! payload.

mod algorithm;
pub(crate) mod base64url;
mod header;

use strict_json::{Document, Value};

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use header::{HeaderFault, ProtectedHeader};

use crate::keys::{KeyError, KeyErrorKind, SigningKey};
use crate::model::AgentCardSignature;

/// What is signed (RFC 7515 5.1): the protected header in base64url as it stands, a dot, and the
/// payload in base64url.
#[must_use]
pub fn signing_input(protected: &str, payload: &[u8]) -> Vec<u8> {
    // Four characters for three octets.
    let mut input = Vec::with_capacity(protected.len() + 1 + payload.len().div_ceil(3) * 4);
    input.extend_from_slice(protected.as_bytes());
    input.push(b'.');
    base64url::encode_into(payload, &mut input);
    input
}

/// Signs a payload under a header of the caller's. Most callers want [`sign`](crate::sign()), which
/// makes both.
///
/// # Errors
///
/// A [`KeyError`] when the header is not a JSON object with an `alg` that fits the key.
pub fn sign(
    header: &str,
    payload: &[u8],
    key: &SigningKey,
) -> Result<AgentCardSignature, KeyError> {
    let algorithm = Document::parse(header.as_bytes(), &strict_json::Limits::default())
        .ok()
        .and_then(|document| {
            let members = document.root().as_object()?;
            members.get("alg").and_then(Value::as_str)?.parse().ok()
        })
        .ok_or(KeyError::new(
            KeyErrorKind::NotForThis,
            "alg",
            "a header with an algorithm that fits the key",
        ))?;
    let protected = base64url::encode(header.as_bytes());
    let signature = key.sign(algorithm, &signing_input(&protected, payload))?;
    Ok(AgentCardSignature::new(
        protected,
        base64url::encode(&signature),
    ))
}
