//! Verifying cards: outcomes of single signatures, policies over them, and the card that is left.

#![allow(clippy::unwrap_used)] // a test fails by its panic

mod cards;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use agent_card::jws::{self, Algorithm, HeaderFault};
use agent_card::keys::{
    JkuPolicy, Jwk, Jwks, KeyRequest, KeyResolver, Origin, TrustedKey, TrustedKeys, Unavailable,
    Validity,
};
use agent_card::verify::{KeyFault, Matched, Outcome, Policy, Reason, pending_keys};
use agent_card::{
    ErrorKind, Limits, Payloads, Profile, SignOptions, SigningProfile, UnixTime, Verifier, sign,
    verify,
};
use cards::{ED25519, MINIMAL, NOW, P256, card, key, public, signed_by, trusted};
use mailmesh_testkit::vectors;
use serde_json::{Value, json};

/// The outcome of every signature of a card.
fn outcomes(card: &[u8], keys: &dyn KeyResolver) -> Vec<Outcome> {
    let verdict = verify(card, keys, NOW).unwrap();
    let signatures = verdict.signatures().iter();
    signatures.map(|report| report.outcome).collect()
}

/// The signed minimal card as JSON, to be edited.
fn signed_json(jwks: &[&str]) -> Value {
    serde_json::from_slice(&signed_by(jwks).to_json()).unwrap()
}

fn octets(card: &Value) -> Vec<u8> {
    card.to_string().into_bytes()
}

/// The minimal card with one signature under a header of any kind.
fn under(header: &str, jwk: &str) -> Vec<u8> {
    let payload = Payloads::read(MINIMAL.as_bytes(), &Limits::default()).unwrap();
    let signature = jws::sign(header, payload.of(Profile::Spec), &key(jwk)).unwrap();
    let mut card: Value = serde_json::from_str(MINIMAL).unwrap();
    card["signatures"] = json!([signature]);
    octets(&card)
}

#[test]
fn every_outcome_has_its_cause() {
    let fresh = signed_json(&[ED25519]);
    let valid = fresh["signatures"][0].clone();
    let edited = |edit: fn(&mut Value)| {
        let mut entry = valid.clone();
        edit(&mut entry);
        entry
    };
    let header = |text: &str| {
        let card: Value = serde_json::from_slice(&under(text, ED25519)).unwrap();
        card["signatures"][0].clone()
    };
    let bad_header = Outcome::BadHeader;
    let cases = [
        (valid.clone(), Outcome::Valid(Matched::Both)),
        (json!(null), Outcome::BadEncoding),
        (json!("text"), Outcome::BadEncoding),
        (json!({}), Outcome::BadEncoding),
        (
            edited(|e| e["protected"] = json!(null)),
            Outcome::BadEncoding,
        ),
        (edited(|e| e["protected"] = json!(7)), Outcome::BadEncoding),
        (
            edited(|e| e["protected"] = json!("*")),
            Outcome::BadEncoding,
        ),
        (
            edited(|e| e["signature"] = json!(null)),
            Outcome::BadEncoding,
        ),
        (
            edited(|e| e["signature"] = json!("A")),
            Outcome::BadEncoding,
        ),
        (
            edited(|e| e["signature"] = json!("")),
            Outcome::BadSignature,
        ),
        (
            edited(|e| e["protected"] = json!("")),
            bad_header(HeaderFault::Json),
        ),
        (
            edited(|e| e["header"] = json!(null)),
            bad_header(HeaderFault::Unprotected),
        ),
        (
            edited(|e| e["header"] = json!([])),
            bad_header(HeaderFault::Unprotected),
        ),
        (
            edited(|e| e["header"] = json!({})),
            Outcome::Valid(Matched::Both),
        ),
        (
            edited(|e| e["header"] = json!({"kid": "ed"})),
            bad_header(HeaderFault::SharedName),
        ),
        (
            edited(|e| e["header"] = json!({"crit": ["x"]})),
            bad_header(HeaderFault::Critical),
        ),
        (header(r#"{"alg":"EdDSA"}"#), bad_header(HeaderFault::NoKid)),
        (
            header(r#"{"alg":"EdDSA","kid":"ed","jku":1}"#),
            bad_header(HeaderFault::WrongType),
        ),
        (
            header(r#"{"alg":"EdDSA","kid":"ed","typ":1}"#),
            bad_header(HeaderFault::WrongType),
        ),
        (
            header(r#"{"alg":"EdDSA","kid":"ed","b64":1}"#),
            bad_header(HeaderFault::Unencoded),
        ),
        (
            header(r#"{"alg":"EdDSA","kid":"ec"}"#),
            Outcome::KeyMismatch,
        ),
        (
            header(r#"{"alg":"EdDSA","kid":"ED"}"#),
            Outcome::KeyNotFound,
        ),
    ];
    let keys = trusted(&[ED25519, P256]);
    let mut all = fresh;
    all["signatures"] = cases.iter().map(|(entry, _)| entry.clone()).collect();
    let expected: Vec<_> = cases.iter().map(|(_, outcome)| *outcome).collect();
    // Together, they come out as each does alone.
    assert_eq!(outcomes(&octets(&all), &keys), expected);
    for (entry, outcome) in cases {
        all["signatures"] = json!([entry]);
        assert_eq!(outcomes(&octets(&all), &keys), [outcome], "{entry}");
    }
}

#[test]
fn the_list_of_algorithms_is_the_callers() {
    let card = signed_by(&[ED25519]).to_json();
    let keys = trusted(&[ED25519]);
    let outcome = |algorithms: &[Algorithm]| {
        let verifier = Verifier::new(&keys, NOW).algorithms(algorithms.iter().copied());
        verifier.verify(&card).unwrap().signatures()[0].outcome
    };
    assert_eq!(outcome(&[Algorithm::EdDsa]), Outcome::Valid(Matched::Both));
    assert_eq!(outcome(&[Algorithm::Ed25519]), Outcome::AlgNotAllowed);
    assert_eq!(outcome(&[]), Outcome::AlgNotAllowed);
}

#[test]
fn item_63_a_card_without_signatures_is_not_signed() {
    let keys = trusted(&[ED25519]);
    for signatures in [json!([]), json!(null)] {
        let mut card: Value = serde_json::from_str(MINIMAL).unwrap();
        card["signatures"] = signatures;
        let verdict = verify(&octets(&card), &keys, NOW).unwrap();
        assert_eq!(verdict.card(), Err(Reason::NotSigned));
    }
    let verdict = verify(MINIMAL.as_bytes(), &keys, NOW).unwrap();
    assert_eq!(verdict.card(), Err(Reason::NotSigned));
}

#[test]
fn malformed_cards_are_errors_with_a_path() {
    let keys = trusted(&[ED25519]);
    let refused = |card: &Value| {
        let error = verify(&octets(card), &keys, NOW).unwrap_err();
        (error.kind(), error.path().as_str().to_owned())
    };
    let mut card = signed_json(&[ED25519]);
    card["signatures"] = json!({});
    assert_eq!(
        refused(&card),
        (ErrorKind::WrongType, "/signatures".to_owned())
    );
    card["signatures"] = vec![json!(null); 65].into();
    let many = (ErrorKind::TooManySignatures, "/signatures".to_owned());
    assert_eq!(refused(&card), many);
    assert!(pending_keys(&octets(&card), &Limits::default()).is_err());
    card["signatures"] = vec![json!(null); 64].into();
    assert_eq!(outcomes(&octets(&card), &keys), [Outcome::BadEncoding; 64]);
    card["name"] = json!(7);
    assert_eq!(refused(&card), (ErrorKind::WrongType, "/name".to_owned()));
    assert!(verify(b"[]", &keys, NOW).is_err());
    assert!(verify(b"", &keys, NOW).is_err());
}

#[test]
fn signatures_from_before_v1_cannot_be_verified() {
    let signature = signed_json(&[ED25519])["signatures"].clone();
    let card = json!({"name": "Old", "url": "https://old.example", "protocolVersion": "0.3.0",
        "version": "1", "signatures": signature});
    let verdict = verify(&octets(&card), &trusted(&[ED25519]), NOW).unwrap();
    assert_eq!(verdict.card(), Err(Reason::UnverifiableLegacy));
}

/// The last but one case of `legacy.json`: signed, then served with members of v0.3 merged in.
#[test]
fn item_69_a_card_served_for_two_versions_verifies_by_its_v1_members() {
    let files = vectors::load("agent-card").unwrap();
    let find = |name: &str| {
        let (_, json) = files.iter().find(|(file, _)| file == name).unwrap();
        serde_json::from_str::<Value>(json).unwrap()
    };
    let legacy = find("legacy.json");
    let mut cases = legacy["cases"].as_array().unwrap().iter();
    let served = cases.find(|case| case["name"] == "dual-served-by-python");
    let served = octets(&served.unwrap()["card"]);
    let keys = Jwks::parse(&octets(&find("verify.json")["jwks"]), &Limits::default()).unwrap();
    let verdict = verify(&served, &keys, NOW).unwrap();
    let verified = verdict.card().unwrap();
    let uncovered: Vec<_> = verified
        .uncovered()
        .iter()
        .map(|member| member.path.as_str())
        .collect();
    assert!(uncovered.contains(&"/url"), "{uncovered:?}");
    assert!(uncovered.contains(&"/protocolVersion"), "{uncovered:?}");
    let payload = Payloads::of_card(verified.card(), &Limits::default()).unwrap();
    assert_eq!(payload.of(Profile::Spec), verified.payload());
}

#[test]
fn policies_ask_for_more_than_one() {
    let rotated = ED25519.replace("\"ed\"", "\"ed-again\"");
    let keys = trusted(&[ED25519, &rotated, P256]);
    let met = |jwks: &[&str], policy: Policy| {
        let card = signed_by(jwks).to_json();
        let verdict = Verifier::new(&keys, NOW)
            .policy(policy)
            .verify(&card)
            .unwrap();
        match verdict.card() {
            Ok(_) => true,
            Err(reason) => {
                assert_eq!(reason, Reason::PolicyNotMet);
                false
            }
        }
    };
    let stranger = P256.replace("\"ec\"", "\"nobody\"");
    assert!(met(&[&stranger, ED25519], Policy::AnyOf));
    assert!(!met(&[&stranger], Policy::AnyOf));
    assert!(met(&[ED25519, P256], Policy::AllOf));
    assert!(!met(&[ED25519, &stranger], Policy::AllOf));

    let kids = |names: &[&str]| Policy::Kids(names.iter().map(|name| (*name).into()).collect());
    assert!(met(&[P256, ED25519], kids(&["ed", "ec"])));
    assert!(!met(&[ED25519], kids(&["ed", "ec"])));
    assert!(!met(&[&stranger, ED25519], kids(&["nobody"])));
    assert!(!met(&[ED25519], kids(&[])));

    let keys_of = |n| Policy::Threshold(NonZeroUsize::new(n).unwrap());
    assert!(met(&[ED25519, P256], keys_of(2)));
    assert!(!met(&[ED25519, P256], keys_of(3)));
    // One key under two names is one key.
    assert!(!met(&[ED25519, &rotated, ED25519], keys_of(2)));
}

#[test]
fn the_card_is_what_all_who_count_have_signed() {
    let mut card = card();
    card.description.clear();
    let by = |card: &_, jwk, profile| {
        let options = SignOptions {
            profile,
            ..SignOptions::default()
        };
        sign(card, &key(jwk), &options).unwrap()
    };
    let signed = by(&card, ED25519, SigningProfile::Spec);
    let signed = by(&signed, P256, SigningProfile::Sdk).to_json();
    let keys = trusted(&[ED25519, P256]);
    let outcomes = outcomes(&signed, &keys);
    let expected = [Matched::Spec, Matched::Sdk].map(Outcome::Valid);
    assert_eq!(outcomes, expected);

    let any = verify(&signed, &keys, NOW).unwrap().into_card().unwrap();
    assert_eq!(any.matched(), Matched::Spec);
    let description = br#""description":"""#;
    let describes = |payload: &[u8]| payload.windows(description.len()).any(|w| w == description);
    assert!(describes(any.payload()));
    assert!(any.uncovered().is_empty());

    let all = Verifier::new(&keys, NOW).policy(Policy::AllOf);
    let all = all.verify(&signed).unwrap().into_card().unwrap();
    assert_eq!(all.matched(), Matched::Sdk);
    assert!(!describes(all.payload()));
    assert_eq!(all.uncovered()[0].path.as_str(), "/description");
    assert_eq!(all.signers().len(), 2);
}

#[test]
fn strict_mode_refuses_requirements_that_nobody_signed() {
    let mut card = signed_json(&[ED25519]);
    card["securityRequirements"] = json!([{}]);
    let keys = trusted(&[ED25519]);
    let verifier = Verifier::new(&keys, NOW);
    let verdict = verifier.clone().verify(&octets(&card)).unwrap();
    let verified = verdict.card().unwrap();
    assert!(verified.card().security_requirements.is_empty());
    assert!(verified.uncovered()[0].security);
    let verdict = verifier.strict(true).verify(&octets(&card)).unwrap();
    assert_eq!(verdict.card(), Err(Reason::UncoveredSecurity));
}

#[test]
fn a_verified_card_holds_nothing_that_was_added() {
    let mut card = signed_json(&[ED25519]);
    card["url"] = json!("https://evil.example");
    card["x"] = json!({"y": 1});
    let verdict = verify(&octets(&card), &trusted(&[ED25519]), NOW).unwrap();
    let verified = verdict.into_card().unwrap();
    assert_eq!(*verified.card(), cards::card());
    let paths = verified
        .uncovered()
        .iter()
        .map(|member| member.path.as_str());
    assert_eq!(
        paths.collect::<BTreeSet<_>>(),
        BTreeSet::from(["/url", "/x"])
    );
}

#[test]
fn keys_out_of_time_or_revoked_are_not_used() {
    let signed = signed_by(&[ED25519]).to_json();
    let at = |seconds: i64, validity: Validity| {
        let keys = Jwks::from_iter([public(ED25519).valid_during(validity)]);
        let verdict = verify(&signed, &keys, UnixTime::from_secs(seconds)).unwrap();
        verdict.signatures()[0].outcome
    };
    let validity = Validity {
        not_before: Some(UnixTime::from_secs(100)),
        expires: Some(UnixTime::from_secs(200)),
    };
    assert_eq!(at(99, validity), Outcome::KeyExpired(KeyFault::NotYetValid));
    assert_eq!(at(100, validity), Outcome::Valid(Matched::Both));
    assert_eq!(at(200, validity), Outcome::KeyExpired(KeyFault::Expired));

    let keys = trusted(&[ED25519]);
    let revoked = BTreeSet::from([public(ED25519).key().thumbprint()]);
    let verdict = Verifier::new(&keys, NOW).revoked(&revoked).verify(&signed);
    let outcome = verdict.unwrap().signatures()[0].outcome;
    assert_eq!(outcome, Outcome::KeyExpired(KeyFault::Revoked));
}

#[test]
fn keys_bound_to_origins_speak_for_no_other() {
    let signed = signed_by(&[ED25519]).to_json();
    let home: Origin = "https://agent.example.com".parse().unwrap();
    let elsewhere: Origin = "https://other.example.com".parse().unwrap();
    let keys = TrustedKeys::of_origin(&trusted(&[ED25519]), &home);
    let verifier = Verifier::new(&keys, NOW);
    let outcome =
        |verifier: &Verifier<'_>| verifier.verify(&signed).unwrap().signatures()[0].outcome;
    assert_eq!(outcome(&verifier), Outcome::KeyNotFound);
    assert_eq!(
        outcome(&verifier.clone().origin(&elsewhere)),
        Outcome::KeyNotFound
    );
    assert_eq!(
        outcome(&verifier.origin(&home)),
        Outcome::Valid(Matched::Both)
    );
}

#[test]
fn several_keys_of_one_name_are_tried_up_to_the_limit() {
    let signed = signed_by(&[ED25519]).to_json();
    let decoy = |n: u8| {
        let decoy = agent_card::keys::SigningKey::generate(Algorithm::EdDsa, &[n; 32]).unwrap();
        Jwk::new(decoy.public()).with_kid("ed")
    };
    let set = |decoys: u8| -> Jwks {
        let decoys = (0..decoys).map(decoy);
        decoys.chain([public(ED25519)]).collect()
    };
    assert_eq!(outcomes(&signed, &set(15)), [Outcome::Valid(Matched::Both)]);
    assert_eq!(outcomes(&signed, &set(16)), [Outcome::BadSignature]);
    // A key of another type does not take a place.
    let mixed: Jwks = (0..16)
        .map(|_| public(P256).with_kid("ed"))
        .chain([public(ED25519)])
        .collect();
    assert_eq!(outcomes(&signed, &mixed), [Outcome::Valid(Matched::Both)]);
}

/// A resolver that notes what it is asked, and cannot tell for one kid.
struct Noting {
    keys: Jwks,
    asked: RefCell<Vec<(String, Option<String>)>>,
}

impl KeyResolver for Noting {
    fn resolve(&self, request: &KeyRequest<'_>) -> Result<Vec<TrustedKey>, Unavailable> {
        let asked = (request.kid.to_owned(), request.jku.map(str::to_owned));
        self.asked.borrow_mut().push(asked);
        if request.kid == "later" {
            return Err(Unavailable);
        }
        self.keys.resolve(request)
    }
}

#[test]
fn a_resolver_that_cannot_tell_fails_one_signature() {
    let later = P256.replace("\"ec\"", "\"later\"");
    let mut card = signed_by(&[&later]);
    let jku = "https://agent.example.com/jwks.json";
    let options = SignOptions {
        jku: Some(jku.to_owned()),
        ..SignOptions::default()
    };
    card = sign(&card, &key(ED25519), &options).unwrap();
    let resolver = Noting {
        keys: trusted(&[ED25519]),
        asked: RefCell::default(),
    };
    let signed = card.to_json();
    let expected = [Outcome::ResolverUnavailable, Outcome::Valid(Matched::Both)];
    assert_eq!(outcomes(&signed, &resolver), expected);
    let asked = resolver.asked.into_inner();
    let expected = [
        ("later".to_owned(), None),
        ("ed".to_owned(), Some(jku.to_owned())),
    ];
    assert_eq!(asked, expected);
}

/// How a caller that has to fetch keys verifies: ask, obtain, verify.
#[test]
fn keys_can_be_obtained_between_two_steps() {
    let jku = "https://keys.example.com/jwks.json";
    let options = SignOptions {
        jku: Some(jku.to_owned()),
        ..SignOptions::default()
    };
    let twice = sign(&card(), &key(ED25519), &options).unwrap();
    let twice = sign(&twice, &key(ED25519), &options).unwrap().to_json();
    let pending = pending_keys(&twice, &Limits::default()).unwrap();
    assert_eq!(pending.len(), 1);
    assert_eq!(
        (&*pending[0].kid, pending[0].algorithm),
        ("ed", Algorithm::EdDsa)
    );

    let policy = JkuPolicy::exact([jku]).unwrap();
    let trusted_url = policy.trusted(pending[0].jku.as_deref().unwrap()).unwrap();
    assert_eq!(trusted_url, jku);
    let fetched = trusted(&[ED25519]); // by the caller, from that URL
    assert!(verify(&twice, &fetched, NOW).unwrap().is_verified());
}

#[test]
fn labels_come_back_with_the_signer() {
    let label = "the key of last spring";
    let keys = TrustedKeys::from_iter([TrustedKey::new(public(ED25519)).labelled(label)]);
    let verdict = verify(&signed_by(&[ED25519]).to_json(), &keys, NOW).unwrap();
    let signer = &verdict.card().unwrap().signers()[0];
    assert_eq!(signer.label, label);
    assert_eq!(signer.thumbprint, public(ED25519).key().thumbprint());
}

#[test]
fn a_header_may_be_as_long_as_the_limit() {
    let card = |length: usize| {
        let rest = r#"{"alg":"EdDSA","kid":"ed","x":""}"#;
        let padding = "x".repeat(length - rest.len());
        under(
            &format!(r#"{{"alg":"EdDSA","kid":"ed","x":"{padding}"}}"#),
            ED25519,
        )
    };
    let keys = trusted(&[ED25519]);
    let limit = Limits::default().header;
    assert_eq!(
        outcomes(&card(limit), &keys),
        [Outcome::Valid(Matched::Both)]
    );
    let too_long = Outcome::BadHeader(HeaderFault::TooLong);
    for length in [limit + 1, limit + 2, limit + 3, limit * 2] {
        assert_eq!(outcomes(&card(length), &keys), [too_long], "{length}");
    }
}
