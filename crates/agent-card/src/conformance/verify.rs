//! Cases about signed cards: tampered with, attacked, or sound.

use serde::Deserialize;
use serde_json::Value;

use crate::jws::Algorithm;
use crate::keys::Jwks;
use crate::verify::Verifier;
use crate::{Limits, Profile, UnixTime};

/// Whom the cases trust.
#[derive(Debug, Deserialize)]
pub(super) struct Trust {
    allow_list: Vec<String>,
    jwks: Value,
}

/// A signed card and the verdict on it.
#[derive(Debug, Deserialize)]
pub(super) struct Case {
    pub(super) name: String,
    card: Value,
    expect: Expect,
}

#[derive(Debug, Deserialize)]
struct Expect {
    /// With the payload of the specification alone.
    spec: Expected,
    /// With the payload of the SDKs alone.
    sdk: Expected,
    /// In strict mode, with either payload, when that is another matter.
    strict: Option<Expected>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum Expected {
    Accept,
    Reject,
}

pub(super) fn run(case: &Case, trust: &Trust) -> Result<(), String> {
    let limits = Limits::default();
    let keys = Jwks::parse(trust.jwks.to_string().as_bytes(), &limits)
        .map_err(|error| format!("jwks: {error}"))?;
    let names = trust.allow_list.iter();
    let algorithms: Vec<Algorithm> = names
        .map(|name| name.parse())
        .collect::<Result<_, _>>()
        .map_err(|error| format!("allow_list: {error}"))?;
    let card = super::text(&case.card);
    let verifier = Verifier::new(&keys, UnixTime::from_secs(0)).algorithms(algorithms);
    let expected = [
        (
            "spec",
            verifier.clone().only(Profile::Spec),
            Some(case.expect.spec),
        ),
        (
            "sdk",
            verifier.clone().only(Profile::Sdk),
            Some(case.expect.sdk),
        ),
        ("strict", verifier.strict(true), case.expect.strict),
    ];
    for (name, verifier, expected) in expected {
        let verdict = verifier.verify(card.as_bytes());
        let found = match &verdict {
            Ok(verdict) if verdict.is_verified() => Expected::Accept,
            _ => Expected::Reject,
        };
        if expected.is_some_and(|expected| expected != found) {
            let why = verdict.map(|verdict| format!("{:?}", verdict.signatures()));
            return Err(format!("{name}: found {found:?}, {why:?}"));
        }
    }
    Ok(())
}
