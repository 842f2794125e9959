//! Cards and keys that the tests of signatures share. The keys are the published examples of
//! RFC 8037 A.1, RFC 7515 A.3 and A.2.

#![allow(clippy::unwrap_used)] // a test fails by its panic
#![allow(dead_code)] // every test binary takes what it needs

use agent_card::keys::{Jwk, Jwks, SigningKey};
use agent_card::{AgentCard, Limits, SignOptions, UnixTime, sign};

pub(crate) const NOW: UnixTime = UnixTime::from_secs(1_780_000_000);

pub(crate) const MINIMAL: &str = r#"{"name":"Probe","description":"Probe agent","version":"1.0.0","supportedInterfaces":[{"url":"https://agent.example.com/a2a","protocolBinding":"JSONRPC","protocolVersion":"1.0"}],"capabilities":{"streaming":true},"defaultInputModes":["text/plain"],"defaultOutputModes":["text/plain"],"skills":[{"id":"s1","name":"Skill","description":"Does it","tags":["t"]}]}"#;

pub(crate) const ED25519: &str = r#"{"kty":"OKP","crv":"Ed25519","kid":"ed","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

pub(crate) const P256: &str = r#"{"kty":"EC","crv":"P-256","kid":"ec","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}"#;

pub(crate) const RSA: &str = r#"{"kty":"RSA","kid":"rsa","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB","d":"Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ"}"#;

pub(crate) fn key(jwk: &str) -> SigningKey {
    SigningKey::from_jwk(jwk.as_bytes(), &Limits::default()).unwrap()
}

/// The public parts, under the names that the keys have.
pub(crate) fn trusted(jwks: &[&str]) -> Jwks {
    jwks.iter().map(|jwk| public(jwk)).collect()
}

pub(crate) fn public(jwk: &str) -> Jwk {
    Jwk::parse(jwk.as_bytes(), &Limits::default()).unwrap()
}

pub(crate) fn card() -> AgentCard {
    AgentCard::parse(MINIMAL.as_bytes(), &Limits::default())
        .unwrap()
        .card
}

/// The minimal card, signed by each of these keys in turn.
pub(crate) fn signed_by(jwks: &[&str]) -> AgentCard {
    jwks.iter().fold(card(), |card, jwk| {
        sign(&card, &key(jwk), &SignOptions::default()).unwrap()
    })
}
