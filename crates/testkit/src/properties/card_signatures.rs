#![allow(clippy::unwrap_used)] // a panic is how a case fails

use std::sync::OnceLock;

use agent_card::jws::Algorithm;
use agent_card::keys::{Jwk, Jwks, SigningKey};
use agent_card::verify::{Outcome, pending_keys};
use agent_card::{
    AgentCard, Level, Limits, Payloads, Profile, SignOptions, SigningProfile, UnixTime, sign,
    verify,
};

/// Cards that were signed here, by keys that nothing else knows; a fuzzer starts from them.
///
/// No payload of one is the payload of another, and they hold what the profiles differ in.
#[must_use]
pub fn signed_cards() -> &'static [Vec<u8>] {
    &signed().cards
}

struct Signed {
    cards: Vec<Vec<u8>>,
    /// Everything that was signed.
    payloads: Vec<Vec<u8>>,
    keys: Jwks,
}

fn signed() -> &'static Signed {
    static SIGNED: OnceLock<Signed> = OnceLock::new();
    SIGNED.get_or_init(|| {
        let keys = [(Algorithm::EdDsa, "ed", 1), (Algorithm::Es256, "ec", 2)].map(
            |(algorithm, kid, n)| {
                let key = SigningKey::generate(algorithm, &[n; 32]).unwrap();
                key.with_kid(kid)
            },
        );
        let mut signed = Signed {
            cards: Vec::new(),
            payloads: Vec::new(),
            keys: keys
                .iter()
                .map(|key| Jwk::new(key.public()).with_kid(key.kid().unwrap_or_default()))
                .collect(),
        };
        for card in CARDS {
            let parsed = AgentCard::parse(card.as_bytes(), &Limits::default());
            let unsigned = parsed.unwrap().card;
            for profile in [SigningProfile::Spec, SigningProfile::Sdk] {
                let options = SignOptions {
                    profile,
                    level: Level::Lenient,
                    ..SignOptions::default()
                };
                let mut card = unsigned.clone();
                for key in &keys {
                    card = sign(&card, key, &options).unwrap();
                }
                signed.cards.push(card.to_json());
            }
            let payloads = Payloads::of_card(&unsigned, &Limits::default()).unwrap();
            for profile in [Profile::Spec, Profile::Sdk] {
                signed.payloads.push(payloads.of(profile).to_vec());
            }
        }
        signed
    })
}

const CARDS: [&str; 2] = [
    r#"{"name":"Fuzz","description":"d","version":"1","supportedInterfaces":[{"url":"https://a.example","protocolBinding":"JSONRPC","protocolVersion":"1.0"}],"capabilities":{"streaming":false,"extensions":[{"uri":"urn:x","params":{"n":[1,2.5,null,""]}}]},"defaultInputModes":["text/plain"],"defaultOutputModes":["text/plain"],"skills":[]}"#,
    r#"{"name":"","description":"","version":"","supportedInterfaces":[],"capabilities":{},"securitySchemes":{"m":{"mtlsSecurityScheme":{}}},"securityRequirements":[{"schemes":{"m":{}}},{}],"defaultInputModes":[],"defaultOutputModes":[],"skills":[]}"#,
];

/// Nobody can make a card verify that says something else than one that was signed, and no entry
/// of `signatures` has a say in another.
pub fn card_verifier(octets: &[u8]) {
    let Signed { payloads, keys, .. } = signed();
    let now = UnixTime::from_secs(0);
    let Ok(verdict) = verify(octets, keys, now) else {
        return;
    };
    let valid = |outcome| matches!(outcome, Outcome::Valid(_));
    let reports = verdict.signatures();
    assert!(
        reports
            .iter()
            .enumerate()
            .all(|(n, report)| n == report.index)
    );
    let pending = pending_keys(octets, &Limits::default()).unwrap();
    for report in reports.iter().filter(|report| valid(report.outcome)) {
        let named = |key: &str| pending.iter().any(|pending| pending.kid == key);
        assert!(report.kid.as_deref().is_some_and(named));
    }
    match verdict.card() {
        Ok(verified) => {
            assert!(reports.iter().any(|report| valid(report.outcome)));
            let known = payloads.iter().any(|payload| payload == verified.payload());
            assert!(known, "a card verified that nobody signed");
            let again = Payloads::of_card(verified.card(), &Limits::default()).unwrap();
            let profiles = [Profile::Spec, Profile::Sdk];
            assert!(
                profiles
                    .iter()
                    .any(|profile| again.of(*profile) == verified.payload())
            );
            assert!(verified.card().signatures.is_empty());
        }
        Err(_) => assert!(!reports.iter().any(|report| valid(report.outcome))),
    }
}

/// A set that can be read can be written and read again, and no key in it panics.
pub fn card_jwks(octets: &[u8]) {
    let limits = Limits::default();
    if let Ok(set) = Jwks::parse(octets, &limits) {
        let again = Jwks::parse(set.to_json().as_bytes(), &limits).unwrap();
        assert!(again.skipped().is_empty());
        assert_eq!(again.keys().len(), set.keys().len());
        for (key, again) in set.keys().iter().zip(again.keys()) {
            assert_eq!(key.key(), again.key());
            assert_eq!(key.key().thumbprint(), again.key().thumbprint());
            assert_eq!((key.kid(), key.validity()), (again.kid(), again.validity()));
            for algorithm in Algorithm::ALL {
                assert_eq!(key.may_verify(algorithm), again.may_verify(algorithm));
                let signature = [0x5a; 64];
                assert!(key.key().verify(algorithm, b"", &signature).is_err());
            }
        }
    }
    match SigningKey::from_jwk(octets, &limits) {
        Ok(key) => {
            let algorithm = key.key_type().algorithm();
            let signature = key.sign(algorithm, octets).unwrap();
            assert!(key.public().verify(algorithm, octets, &signature).is_ok());
            let again = SigningKey::from_jwk(key.to_jwk().expose().as_bytes(), &limits).unwrap();
            assert_eq!(again.public(), key.public());
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}
