//! Random cards between this crate and the published SDKs of A2A, both ways, with each algorithm.
//! `./test` installs the SDKs; `interop/README.md` says how to use them.
#![cfg(feature = "rs256-sign")]
#![allow(clippy::unwrap_used)] // a test fails by its panic

mod sdk;

use agent_card::keys::{Jwk, Jwks, SigningKey};
use agent_card::verify::{Matched, Outcome};
use agent_card::{
    AgentCard, Level, Limits, Payloads, Profile, SignOptions, SigningProfile, UnixTime, sign,
    verify,
};
use mailmesh_testkit::{card, vectors};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use sdk::Sdk;
use serde_json::{Value, json};

const CARDS: usize = 60;
const NOW: UnixTime = UnixTime::from_secs(1_780_000_000);

#[test]
fn payloads_are_those_of_the_sdks() {
    let mut sdks = Sdk::all();
    for card in cards(1) {
        let ours = Payloads::read(card.as_bytes(), &Limits::default()).unwrap();
        let ours = str::from_utf8(ours.of(Profile::Sdk)).unwrap();
        for sdk in &mut sdks {
            let theirs = sdk.ask(&json!({"do": "canonical", "card": card}));
            assert_eq!(
                theirs["canonical"], ours,
                "{} of {card}: {theirs}",
                sdk.name
            );
        }
    }
}

#[test]
fn what_is_signed_here_verifies_there() {
    let mut sdks = Sdk::all();
    let keys = Key::all();
    for (n, card) in cards(2).into_iter().enumerate() {
        let key = &keys[n % keys.len()];
        let signed = key.sign(&card);
        let tampered = tampered(&signed);
        for sdk in &mut sdks {
            let verdict = sdk.ask(&key.to_verify(&signed));
            assert_eq!(
                verdict["valid"], true,
                "{} of {signed}: {verdict}",
                sdk.name
            );
            let verdict = sdk.ask(&key.to_verify(&tampered));
            assert_eq!(
                verdict["valid"], false,
                "{} of {tampered}: {verdict}",
                sdk.name
            );
        }
    }
}

#[test]
fn what_is_signed_there_verifies_here() {
    let keys = Key::all();
    for sdk in &mut Sdk::all() {
        for (n, card) in cards(3).into_iter().enumerate() {
            let key = &keys[n % keys.len()];
            let header = json!({"alg": key.algorithm, "typ": "JOSE", "kid": key.kid});
            let signed =
                sdk.ask(&json!({"do": "sign", "card": card, "key": key.jwk, "header": header}));
            let text = signed["card"].as_str();
            let text = text.unwrap_or_else(|| panic!("{} of {card}: {signed}", sdk.name));
            let outcome = key.verify(text);
            let valid = [Matched::Sdk, Matched::Both].map(Outcome::Valid);
            assert!(
                valid.contains(&outcome),
                "{} of {text}: {outcome:?}",
                sdk.name
            );
            assert_eq!(key.verify(&tampered(text)), Outcome::BadSignature, "{text}");
        }
    }
}

/// Cards that both SDKs can carry, the same ones on every run.
fn cards(seed: u8) -> Vec<String> {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let mut runner = TestRunner::new_with_rng(Default::default(), rng);
    let card = card::card().prop_filter("an SDK loses it", is_carried);
    let cards = (0..CARDS).map(|_| card.new_tree(&mut runner).unwrap().current().to_string());
    cards.collect()
}

/// The JavaScript SDK loses members that are called `__proto__`, the Python one refuses to sign
/// integers beyond ±(2^53−1), whatever notation they came in.
fn is_carried(value: &Value) -> bool {
    match value {
        Value::Number(number) => {
            let number = number.as_f64().unwrap();
            number.fract() != 0.0 || number.abs() < 2_f64.powi(53)
        }
        Value::Array(elements) => elements.iter().all(is_carried),
        Value::Object(members) => members
            .iter()
            .all(|(name, value)| name != "__proto__" && is_carried(value)),
        _ => true,
    }
}

fn tampered(card: &str) -> String {
    let mut card: Value = serde_json::from_str(card).unwrap();
    card["version"] = "1.0.1".into();
    card.to_string()
}

/// A published key, as all sides use it.
struct Key {
    algorithm: &'static str,
    kid: &'static str,
    /// With its private part.
    jwk: Value,
}

impl Key {
    /// One for each algorithm.
    fn all() -> Vec<Self> {
        let files = vectors::load("agent-card").unwrap();
        let (_, signed) = files
            .iter()
            .find(|(file, _)| file == "signed.json")
            .unwrap();
        let signed: Value = serde_json::from_str(signed).unwrap();
        let keys = [("EdDSA", "ed"), ("ES256", "ec"), ("RS256", "rsa")];
        let key = |(algorithm, kid): (&'static str, &'static str)| {
            let mut jwk = signed["test_private_jwks"][kid].clone();
            jwk["kid"] = kid.into();
            Self {
                algorithm,
                kid,
                jwk,
            }
        };
        keys.map(key).into()
    }

    fn sign(&self, card: &str) -> String {
        let key = SigningKey::from_jwk(self.jwk.to_string().as_bytes(), &Limits::default());
        let card = AgentCard::parse(card.as_bytes(), &Limits::default())
            .unwrap()
            .card;
        let options = SignOptions {
            profile: SigningProfile::Sdk,
            level: Level::Lenient, // random cards hold URLs that are none
            ..SignOptions::default()
        };
        let signed = sign(&card, &key.unwrap(), &options).unwrap();
        String::from_utf8(signed.to_json()).unwrap()
    }

    fn verify(&self, card: &str) -> Outcome {
        let keys: Jwks = [self.public()].into_iter().collect();
        let verdict = verify(card.as_bytes(), &keys, NOW).unwrap();
        verdict.signatures()[0].outcome
    }

    fn to_verify(&self, card: &str) -> Value {
        let public: Value = serde_json::from_str(&self.public().to_json()).unwrap();
        json!({"do": "verify", "card": card, "keys": [public], "alg": self.algorithm})
    }

    fn public(&self) -> Jwk {
        Jwk::parse(self.jwk.to_string().as_bytes(), &Limits::default()).unwrap()
    }
}
