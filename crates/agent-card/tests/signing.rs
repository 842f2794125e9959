//! Signing cards: what is refused, what is written, and that it verifies.

#![allow(clippy::unwrap_used)] // a test fails by its panic

mod cards;

use agent_card::jws::{Algorithm, ProtectedHeader};
use agent_card::keys::{Jwk, Jwks, KeyErrorKind, SigningKey};
use agent_card::verify::{Matched, Outcome};
use agent_card::{
    AgentCard, Level, Limits, Payloads, Profile, SignError, SignOptions, SigningProfile, sign,
    signature, verify,
};
use cards::{ED25519, MINIMAL, NOW, P256, RSA, card, key, signed_by, trusted};
use proptest::prelude::*;
use serde_json::{Value, json};

fn read(card: &Value) -> AgentCard {
    let json = card.to_string();
    AgentCard::parse(json.as_bytes(), &Limits::default())
        .unwrap()
        .card
}

/// The minimal card with some members set.
fn with(members: Value) -> AgentCard {
    let mut card: Value = serde_json::from_str(MINIMAL).unwrap();
    for (name, value) in members.as_object().unwrap() {
        card[name] = value.clone();
    }
    read(&card)
}

fn refused(card: &AgentCard, options: &SignOptions) -> SignError {
    sign(card, &key(ED25519), options).unwrap_err()
}

fn options(profile: SigningProfile) -> SignOptions {
    SignOptions {
        profile,
        ..SignOptions::default()
    }
}

fn header(card: &AgentCard, index: usize) -> String {
    let protected = &card.signatures[index].protected;
    let header = ProtectedHeader::parse(protected, true, &Limits::default()).unwrap();
    header.text().to_owned()
}

#[test]
fn what_is_signed_here_verifies_with_each_algorithm() {
    let mut jwks = vec![ED25519, P256];
    if cfg!(feature = "rs256-sign") {
        jwks.push(RSA);
    }
    let verdict = verify(&signed_by(&jwks).to_json(), &trusted(&jwks), NOW).unwrap();
    let signatures = verdict.signatures();
    assert_eq!(signatures.len(), jwks.len());
    for report in signatures {
        assert_eq!(report.outcome, Outcome::Valid(Matched::Both));
    }
    assert_eq!(*verdict.card().unwrap().card(), card());
}

#[test]
fn the_header_is_written_in_one_order() {
    let jku = "https://agent.example.com/.well-known/jwks.json";
    let options = SignOptions {
        kid: Some("k \"1\"\u{e9}".to_owned()),
        algorithm: Some(Algorithm::Ed25519),
        jku: Some(jku.to_owned()),
        ..SignOptions::default()
    };
    let signed = sign(&signed_by(&[ED25519]), &key(ED25519), &options).unwrap();
    assert_eq!(
        header(&signed, 0),
        r#"{"alg":"EdDSA","typ":"JOSE","kid":"ed"}"#
    );
    assert_eq!(
        header(&signed, 1),
        format!(r#"{{"alg":"Ed25519","typ":"JOSE","kid":"k \"1\"é","jku":"{jku}"}}"#)
    );
}

#[test]
fn signing_again_appends_or_replaces() {
    let twice = signed_by(&[ED25519, P256]);
    let replacing = SignOptions {
        replace_by_kid: true,
        ..SignOptions::default()
    };
    let again = sign(&twice, &key(ED25519), &SignOptions::default()).unwrap();
    assert_eq!(again.signatures.len(), 3);
    assert_eq!(again.signatures[..2], twice.signatures);
    let replaced = sign(&again, &key(ED25519), &replacing).unwrap();
    assert_eq!(replaced.signatures.len(), 2);
    assert_eq!(replaced.signatures[0], twice.signatures[1]);
    assert!(
        verify(&replaced.to_json(), &trusted(&[P256]), NOW)
            .unwrap()
            .is_verified()
    );
}

#[test]
fn a_card_whose_payloads_differ_is_not_portable() {
    let card = with(json!({
        "description": "",
        "securitySchemes": {"tls": {"mtlsSecurityScheme": {}}},
        "securityRequirements": [{"schemes": {"tls": {"list": []}}}],
    }));
    let SignError::NotPortable(found) = refused(&card, &SignOptions::default()) else {
        panic!("expected the differences");
    };
    let paths: Vec<_> = found
        .differences()
        .iter()
        .map(|found| found.path.as_str())
        .collect();
    assert!(paths.contains(&"/description"), "{paths:?}");
    assert!(
        paths
            .iter()
            .any(|path| path.starts_with("/securitySchemes/tls")),
        "{paths:?}"
    );
    assert!(
        paths
            .iter()
            .any(|path| path.starts_with("/securityRequirements/0")),
        "{paths:?}"
    );

    for (profile, matched) in [
        (SigningProfile::Spec, Matched::Spec),
        (SigningProfile::Sdk, Matched::Sdk),
    ] {
        let signed = sign(&card, &key(ED25519), &options(profile)).unwrap();
        let verdict = verify(&signed.to_json(), &trusted(&[ED25519]), NOW).unwrap();
        assert_eq!(verdict.matched(), Some(matched));
    }
}

#[test]
fn a_card_has_to_be_what_the_level_asks_for() {
    let card = with(json!({"supportedInterfaces": []}));
    assert!(matches!(
        refused(&card, &options(SigningProfile::Spec)),
        SignError::Invalid(_)
    ));
    let lenient = SignOptions {
        level: Level::Lenient,
        ..options(SigningProfile::Spec)
    };
    assert!(sign(&card, &key(ED25519), &lenient).is_ok());
}

#[test]
fn integers_that_are_not_exact_are_refused() {
    let signs = |number: &str| {
        let params: Value = serde_json::from_str(&format!(r#"{{"n":{number}}}"#)).unwrap();
        let extension = json!({"uri": "https://example.com/x", "params": params});
        let card = with(json!({"capabilities": {"extensions": [extension]}}));
        sign(&card, &key(ED25519), &SignOptions::default())
    };
    assert!(signs("9007199254740991").is_ok());
    assert!(signs("-9007199254740991").is_ok());
    assert!(signs("0.5").is_ok());
    assert!(signs("1e300").is_ok());
    for number in ["9007199254740992", "9007199254740993", "1e20"] {
        let Err(SignError::Inexact(paths)) = signs(number) else {
            panic!("expected a refusal of {number}");
        };
        assert_eq!(paths[0].as_str(), "/capabilities/extensions/0/params/n");
    }
}

#[test]
fn a_key_has_a_name_and_fits() {
    let nameless = SigningKey::generate(Algorithm::EdDsa, &[7; 32]).unwrap();
    let error = sign(&card(), &nameless, &SignOptions::default()).unwrap_err();
    assert_eq!(error, SignError::NoKid);
    let empty = SignOptions {
        kid: Some(String::new()),
        ..SignOptions::default()
    };
    assert_eq!(refused(&card(), &empty), SignError::NoKid);
    let misfit = SignOptions {
        algorithm: Some(Algorithm::Es256),
        ..SignOptions::default()
    };
    let SignError::Key(error) = refused(&card(), &misfit) else {
        panic!("expected a refusal of the algorithm");
    };
    assert_eq!(error.kind(), KeyErrorKind::NotForThis);
}

#[test]
fn limits_hold_for_what_is_written() {
    let few = SignOptions {
        limits: Limits {
            signatures: 1,
            ..Limits::default()
        },
        ..SignOptions::default()
    };
    let once = sign(&card(), &key(ED25519), &few).unwrap();
    assert_eq!(refused(&once, &few), SignError::TooManySignatures);

    let named = |length: usize| SignOptions {
        kid: Some("k".repeat(length)),
        ..SignOptions::default()
    };
    let frame = r#"{"alg":"EdDSA","typ":"JOSE","kid":""}"#.len();
    let longest = Limits::default().header - frame;
    assert!(sign(&card(), &key(ED25519), &named(longest)).is_ok());
    assert_eq!(
        refused(&card(), &named(longest + 1)),
        SignError::HeaderTooLong
    );
}

#[test]
fn a_jku_is_one_that_may_be_fetched() {
    for jku in [
        "http://keys.example.com/",
        "https://user@keys.example.com/",
        "https://keys.example.com/#k",
    ] {
        let options = SignOptions {
            jku: Some(jku.to_owned()),
            ..SignOptions::default()
        };
        assert!(
            matches!(refused(&card(), &options), SignError::Jku(_)),
            "{jku}"
        );
    }
}

#[test]
fn published_examples_come_out_byte_for_byte() {
    let key = key(ED25519).with_kid("ed25519-test");
    let signature = signature(&card(), &key, &SignOptions::default()).unwrap();
    assert_eq!(
        signature.protected,
        "eyJhbGciOiJFZERTQSIsInR5cCI6IkpPU0UiLCJraWQiOiJlZDI1NTE5LXRlc3QifQ"
    );
    assert_eq!(
        signature.signature,
        "-vFBi1FolIMpCjI3X2u-m2IHNILUmCf72jbULTBSVq_F5e2oDvmq_aQpMmrqo5FRTEUX1QL31WpshhXtSsAPAQ"
    );
}

/// A card with free texts, any of which may be empty or hostile.
fn texts() -> impl Strategy<Value = AgentCard> {
    (
        "\\PC{0,12}",
        ".{0,12}",
        prop::option::of("\\PC{0,8}"),
        any::<Option<bool>>(),
    )
        .prop_map(|(name, description, tenant, streaming)| {
            let mut card = card();
            card.name.push_str(&name);
            card.description = description;
            card.supported_interfaces[0].tenant = tenant.unwrap_or_default();
            card.capabilities.streaming = streaming;
            card
        })
}

fn lenient(profile: SigningProfile) -> SignOptions {
    SignOptions {
        level: Level::Lenient,
        ..options(profile)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn signed_cards_verify_as_what_was_signed(card in texts(), es256 in any::<bool>(), sdk in any::<bool>()) {
        let jwk = if es256 { P256 } else { ED25519 };
        let (profile, signed_as) = if sdk {
            (SigningProfile::Sdk, Profile::Sdk)
        } else {
            (SigningProfile::Spec, Profile::Spec)
        };
        let signed = sign(&card, &key(jwk), &lenient(profile)).unwrap();
        let payloads = Payloads::of_card(&card, &Limits::default()).unwrap();
        let verdict = verify(&signed.to_json(), &trusted(&[jwk]), NOW).unwrap();
        let verified = verdict.card().unwrap();
        prop_assert_eq!(verified.payload(), payloads.of(signed_as));
        let again = Payloads::of_card(verified.card(), &Limits::default()).unwrap();
        prop_assert_eq!(again.of(signed_as), verified.payload());
    }

    /// Whatever octet of a signed card is changed, either it is refused or it says the same.
    #[test]
    fn a_changed_octet_verifies_only_if_it_says_the_same(at in any::<prop::sample::Index>(), octet in any::<u8>()) {
        let mut octets = signed_by(&[ED25519]).to_json();
        let expected = Payloads::read(&octets, &Limits::default()).unwrap();
        let at = at.index(octets.len());
        octets[at] = octet;
        if let Ok(verdict) = verify(&octets, &trusted(&[ED25519]), NOW)
            && let Ok(verified) = verdict.card()
        {
            prop_assert_eq!(verified.payload(), expected.of(Profile::Spec));
        }
    }

    /// An entry changes no other, wherever it stands.
    #[test]
    fn foreign_entries_disturb_nothing(at in 0_usize..3, entry in entries()) {
        let mut card: Value = serde_json::from_slice(&signed_by(&[ED25519, P256]).to_json()).unwrap();
        card["signatures"].as_array_mut().unwrap().insert(at, entry);
        let keys: Jwks = trusted(&[ED25519, P256]);
        let verdict = verify(card.to_string().as_bytes(), &keys, NOW).unwrap();
        let mut outcomes: Vec<_> = verdict.signatures().iter().map(|report| report.outcome).collect();
        outcomes.remove(at);
        prop_assert_eq!(outcomes, vec![Outcome::Valid(Matched::Both); 2]);
    }
}

fn entries() -> impl Strategy<Value = Value> {
    let texts = prop_oneof![
        Just(json!(null)),
        Just(json!(7)),
        Just(json!("")),
        "\\PC{0,12}".prop_map(Value::from),
        "[A-Za-z0-9_-]{0,60}".prop_map(Value::from),
        Just(json!(
            "eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIiwidHlwIjoiSk9TRSJ9"
        )),
    ];
    let entry = (texts.clone(), texts.clone(), prop::option::of(texts)).prop_map(
        |(protected, signature, header)| {
            let mut entry = json!({"protected": protected, "signature": signature});
            if let Some(header) = header {
                entry["header"] = header;
            }
            entry
        },
    );
    prop_oneof![Just(json!(null)), Just(json!([])), entry]
}

#[test]
fn keys_made_here_sign() {
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
        let key = SigningKey::generate(algorithm, &[9; 32])
            .unwrap()
            .with_kid("new");
        let signed = sign(&card(), &key, &SignOptions::default()).unwrap();
        let keys = Jwks::from_iter([Jwk::new(key.public()).with_kid("new")]);
        assert!(verify(&signed.to_json(), &keys, NOW).unwrap().is_verified());
    }
}
