//! Cases about signatures alone: the examples of the RFCs.

use serde::Deserialize;
use serde_json::Value;

use crate::Limits;
use crate::jws::{Algorithm, base64url, signing_input};
use crate::keys::Jwk;

/// A flattened JWS, its key, and whether an AgentCard may be signed in that way.
#[derive(Debug, Deserialize)]
pub(super) struct Case {
    pub(super) name: String,
    alg: String,
    public_jwk: Value,
    protected: String,
    payload_b64url: String,
    signature: String,
    signing_input: String,
    /// Starts with `reject` when the algorithm is none for AgentCards.
    agent_card_policy: String,
}

pub(super) fn run(case: &Case) -> Result<(), String> {
    let decoded = |text| base64url::decode(text).ok_or("expected base64url");
    let (payload, signature) = (decoded(&case.payload_b64url)?, decoded(&case.signature)?);
    let input = signing_input(&case.protected, &payload);
    if input != case.signing_input.as_bytes() {
        return Err("the signing input differs".to_owned());
    }
    let jwk = Jwk::parse(case.public_jwk.to_string().as_bytes(), &Limits::default());
    let algorithm = case.alg.parse::<Algorithm>();
    match (algorithm, jwk) {
        (Ok(algorithm), Ok(jwk)) => jwk
            .key()
            .verify(algorithm, &input, &signature)
            .map_err(|error| error.to_string()),
        // Neither the algorithm nor the key has a place here.
        (Err(_), Err(_)) if case.agent_card_policy.starts_with("reject") => Ok(()),
        (algorithm, jwk) => Err(format!("found {algorithm:?} and {jwk:?}")),
    }
}
