//! The rules for signatures, by the cases of the vector files that show them.

#![allow(clippy::unwrap_used)] // a test fails by its panic

use agent_card::conformance::{self, Outcome};
use mailmesh_testkit::vectors;

fn outcomes(file: &str) -> Vec<Outcome> {
    let files = vectors::load("agent-card").unwrap();
    let (_, json) = files.iter().find(|(name, _)| name == file).unwrap();
    conformance::run(json)
}

/// Fails unless the cases exist and pass. A name that ends in `*` is the start of names.
fn hold(file: &str, names: &[&str]) {
    let outcomes = outcomes(file);
    for name in names {
        let mut found = outcomes
            .iter()
            .filter(|outcome| match name.strip_suffix('*') {
                Some(start) => outcome.id.starts_with(start),
                None => outcome.id == *name,
            });
        let first = found.next();
        assert!(first.is_some(), "there is no case {name}");
        for outcome in first.into_iter().chain(found) {
            assert!(outcome.passed(), "{outcome}");
        }
    }
}

macro_rules! rules {
    ($file:literal: $($name:ident: $($case:literal),+;)*) => {
        $(#[test]
        fn $name() {
            hold($file, &[$($case),+]);
        })*
    };
}

// The numbers are those of the conformance list for A2A v1.0.
rules! {
    "jws-rfc.json":
    item_40_the_example_of_rfc_8037: "rfc8037-a4-ed25519";
    item_41_the_examples_of_rfc_7515: "rfc7515-a2-rs256", "rfc7515-a3-es256";
    item_42_hs256_is_refused_though_correct: "rfc7515-a1-hs256";
}

rules! {
    "verify.json":
    items_46_tampered_members: "valid-*", "tampered-*", "materialised-optional-false", "removed-optional";
    item_47_no_algorithm: "alg-none", "alg-none-uppercase";
    item_48_a_public_key_as_secret: "hs256-public-key-as-secret", "hs256-pem-as-secret";
    item_49_keys_and_paddings_that_do_not_fit: "alg-key-mismatch", "alg-ps256-on-rs256-key", "rs256-header-pss-signature", "alg-ed25519-name";
    item_50_alg_and_kid_are_needed: "missing-alg", "missing-kid", "kid-empty", "kid-not-string";
    item_51_typ_in_both_modes: "missing-typ", "typ-jwt";
    item_52_no_key_comes_from_the_header: "unknown-kid", "embedded-jwk", "jku-attacker";
    item_53_no_extension_is_understood: "crit-unknown", "crit-empty", "crit-b64-false", "b64-true-no-crit";
    item_54_the_form_of_a_header: "header-*", "protected-empty", "protected-absent";
    item_55_strict_base64url: "signature-padded", "protected-padded", "signature-newline", "signature-illegal-char", "signature-trailing-bits", "signature-standard-alphabet";
    item_56_the_form_of_es256: "es256-*";
    item_57_the_form_of_ed25519: "ed25519-*";
    item_58_only_the_canonical_payload_is_signed: "signed-raw-payload", "signed-pretty-json", "signed-with-signatures-member";
    item_59_one_entry_does_not_disturb_another: "multi-*";
    item_60_the_unprotected_header_decides_nothing: "unprotected-*", "kid-only-unprotected", "alg-only-unprotected";
    item_61_what_a_signature_covers: "coverage-*";
    item_62_signatures_of_one_profile: "profile-*";
    item_63_no_signatures: "no-signatures", "empty-signatures";
}

/// The runner signs every payload again under the header as it is, which is item 45.
#[test]
fn items_44_and_45_cards_signed_by_the_sdks() {
    let outcomes = outcomes("signed.json");
    assert_eq!(outcomes.len(), 24);
    for outcome in outcomes {
        assert!(outcome.passed(), "{outcome}");
    }
}
