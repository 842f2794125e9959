//! Cases about cards that other implementations signed.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::keys::{Jwk, Jwks, SigningKey};
use crate::model::AgentCardSignature;
use crate::verify::Verifier;
use crate::{Limits, Payloads, Profile, UnixTime, jws};

/// The private keys, by the names that cases use. They are published examples.
#[derive(Debug, Deserialize)]
pub(super) struct Keys {
    test_private_jwks: BTreeMap<String, Value>,
}

/// A signed card, and what was signed.
#[derive(Debug, Deserialize)]
pub(super) struct Case {
    pub(super) name: String,
    kid: String,
    private_test_jwk_ref: String,
    signed_card: Value,
    canonical_payload: String,
    canonical_sha256: String,
    protected_json: String,
    signing_input_sha256: String,
    /// Whether signing again gives the same octets.
    deterministic: bool,
    compact_jws: Option<String>,
}

pub(super) fn run(case: &Case, keys: &Keys) -> Result<(), String> {
    let limits = Limits::default();
    let key = keys
        .test_private_jwks
        .get(&case.private_test_jwk_ref)
        .ok_or("there is no such key")?;
    let key = SigningKey::from_jwk(key.to_string().as_bytes(), &limits)
        .map_err(|error| error.to_string())?;
    let card = super::text(&case.signed_card);
    let payloads = Payloads::read(card.as_bytes(), &limits).map_err(|error| error.to_string())?;
    same(
        "payload",
        &case.canonical_payload,
        payloads.of(Profile::Sdk),
    )?;
    same(
        "digest",
        &case.canonical_sha256,
        digest(payloads.of(Profile::Sdk)),
    )?;

    let trusted = Jwks::from_iter([Jwk::new(key.public()).with_kid(&case.kid)]);
    let verifier = Verifier::new(&trusted, UnixTime::from_secs(0));
    for profile in [Profile::Sdk, Profile::Spec] {
        let expected = payloads.of(profile) == case.canonical_payload.as_bytes();
        let verdict = verifier.clone().only(profile).verify(card.as_bytes());
        let verdict = verdict.map_err(|error| error.to_string())?;
        if verdict.is_verified() != expected {
            let signatures = verdict.signatures();
            return Err(format!("{}: found {signatures:?}", profile.as_str()));
        }
    }
    again(case, &key)
}

/// Signs the payload again, under the very header.
fn again(case: &Case, key: &SigningKey) -> Result<(), String> {
    let payload = case.canonical_payload.as_bytes();
    let mine = jws::sign(&case.protected_json, payload, key).map_err(|error| error.to_string())?;
    let input = jws::signing_input(&mine.protected, payload);
    same("signing input", &case.signing_input_sha256, digest(&input))?;
    let theirs = &case.signed_card["signatures"][0];
    let theirs = AgentCardSignature::new(
        theirs["protected"].as_str().unwrap_or_default(),
        theirs["signature"].as_str().unwrap_or_default(),
    );
    same("protected", &theirs.protected, &mine.protected)?;
    if case.deterministic {
        same("signature", &theirs.signature, &mine.signature)?;
    }
    let Some(compact) = &case.compact_jws else {
        return Ok(());
    };
    let input = String::from_utf8_lossy(&input).into_owned();
    same("compact form", compact, input + "." + &theirs.signature)
}

fn digest(octets: &[u8]) -> String {
    let mut hex = String::new();
    for octet in Sha256::digest(octets) {
        // Writing to a string does not fail.
        let _ = write!(hex, "{octet:02x}");
    }
    hex
}

fn same(what: &str, expected: &str, found: impl AsRef<[u8]>) -> Result<(), String> {
    if expected.as_bytes() == found.as_ref() {
        return Ok(());
    }
    let found = String::from_utf8_lossy(found.as_ref()).into_owned();
    Err(format!("{what}: found {found}"))
}
