//! Signing a card as it was received changes nothing but its signatures.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use agent_card::jws::Algorithm;
use agent_card::keys::{Jwk, Jwks, SigningKey};
use agent_card::{Level, Limits, SignError, SignOptions, UnixTime, sign_json, verify};

const CARD: &str = r#"{
  "name": "Probe", "description": "Probe agent", "version": "1.0.0",
  "supportedInterfaces": [{"url": "https://agent.example.com/a2a", "protocolBinding": "JSONRPC", "protocolVersion": "1.0"}],
  "capabilities": {"streaming": true}, "defaultInputModes": ["text/plain"], "defaultOutputModes": ["text/plain"],
  "skills": [{"id": "s1", "name": "Skill", "description": "Does it", "tags": ["t"]}], "x-note": 1.50
}"#;

fn key(kid: &str) -> SigningKey {
    let seed = kid.bytes().next().unwrap();
    SigningKey::generate(Algorithm::EdDsa, &[seed; 32])
        .unwrap()
        .with_kid(kid)
}

fn signed(json: &str, key: &SigningKey, options: &SignOptions) -> String {
    String::from_utf8(sign_json(json.as_bytes(), key, options).unwrap()).unwrap()
}

fn outcomes(json: &str, kids: &[&str]) -> Vec<&'static str> {
    let keys: Jwks = kids
        .iter()
        .map(|kid| Jwk::new(key(kid).public()).with_kid(*kid))
        .collect();
    let verdict = verify(json.as_bytes(), &keys, UnixTime::from_secs(0)).unwrap();
    let reports = verdict.signatures().iter();
    reports.map(|report| report.outcome.as_str()).collect()
}

#[test]
fn the_text_stays_and_signatures_gather() {
    let options = SignOptions::default();
    let once = signed(CARD, &key("a"), &options);
    let head = CARD.strip_suffix('}').unwrap();
    assert!(once.starts_with(&format!("{head},\"signatures\":[{{\"protected\":\"")));
    let twice = signed(&once, &key("b"), &options);
    assert!(twice.starts_with(once.strip_suffix("]}").unwrap()));
    assert_eq!(outcomes(&twice, &["a", "b"]), ["Valid", "Valid"]);
}

#[test]
fn an_entry_is_replaced_when_that_is_asked_for() {
    let options = SignOptions {
        replace_by_kid: true,
        ..SignOptions::default()
    };
    let twice = signed(&signed(CARD, &key("a"), &options), &key("b"), &options);
    let again = signed(&twice, &key("a"), &options);
    assert_eq!(outcomes(&again, &["b"]), ["Valid", "KeyNotFound"]);
}

#[test]
fn no_signatures_null_and_none_are_the_same() {
    let options = SignOptions::default();
    let expected = outcomes(&signed(CARD, &key("a"), &options), &["a"]);
    for member in ["null", "[]"] {
        let card = CARD.replacen('{', &format!("{{\"signatures\": {member},"), 1);
        assert_eq!(
            outcomes(&signed(&card, &key("a"), &options), &["a"]),
            expected
        );
    }
    let lenient = SignOptions {
        level: Level::Lenient,
        ..options
    };
    assert_eq!(
        outcomes(&signed("{ }", &key("a"), &lenient), &["a"]),
        ["Valid"]
    );
}

#[test]
fn what_is_refused_says_why() {
    let sign = |card: &str| sign_json(card.as_bytes(), &key("a"), &SignOptions::default());
    assert!(matches!(sign("[]"), Err(SignError::Card(_))));
    assert!(matches!(sign("{}"), Err(SignError::Invalid(_))));
    let empty = CARD.replace("Does it", "");
    assert!(matches!(sign(&empty), Err(SignError::NotPortable(_))));
    let limits = Limits {
        signatures: 1,
        ..Limits::default()
    };
    let options = SignOptions {
        limits,
        ..SignOptions::default()
    };
    let full = signed(CARD, &key("a"), &options);
    let refused = sign_json(full.as_bytes(), &key("b"), &options);
    assert_eq!(refused, Err(SignError::TooManySignatures));
}
