//! Keys: what is taken, what is refused and why, and that nothing of a private one gets out.

#![allow(clippy::unwrap_used)] // a test fails by its panic

mod cards;

use agent_card::jws::Algorithm;
use agent_card::keys::{Jwk, Jwks, KeyErrorKind, KeyType, PublicKey, SigningKey, Thumbprint};
use agent_card::{Limits, UnixTime};
use cards::{ED25519, P256, RSA, key, public};
use proptest::prelude::*;
use serde_json::{Value, json};

/// A JWK with some members set, or taken out when null.
fn changed(jwk: &str, changes: Value) -> Vec<u8> {
    let mut jwk: Value = serde_json::from_str(jwk).unwrap();
    for (name, value) in changes.as_object().unwrap() {
        let members = jwk.as_object_mut().unwrap();
        match value {
            Value::Null => members.remove(name),
            value => members.insert(name.clone(), value.clone()),
        };
    }
    jwk.to_string().into_bytes()
}

fn parse(json: &[u8]) -> Result<Jwk, KeyErrorKind> {
    Jwk::parse(json, &Limits::default()).map_err(|error| error.kind())
}

fn import(json: &[u8]) -> Result<SigningKey, KeyErrorKind> {
    SigningKey::from_jwk(json, &Limits::default()).map_err(|error| error.kind())
}

#[test]
fn item_43_thumbprints_are_those_of_rfc_7638() {
    let thumbprints = [
        (ED25519, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"),
        (P256, "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U"),
        (RSA, "IsUn6_e04MaShXFIISMp4kG62LWzMIPy_MvSA5pJgX8"),
    ];
    for (jwk, expected) in thumbprints {
        let thumbprint = public(jwk).key().thumbprint();
        assert_eq!(thumbprint.to_string(), expected);
        assert_eq!(expected.parse(), Ok(thumbprint));
    }
    for text in ["", "kPrK", "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k="] {
        assert!(text.parse::<Thumbprint>().is_err());
    }
}

#[test]
fn malformed_keys_are_refused_by_member() {
    let cases = [
        (ED25519, json!({"kty": null}), "kty"),
        (ED25519, json!({"kty": 1}), "kty"),
        (ED25519, json!({"crv": null}), "crv"),
        (ED25519, json!({"x": null}), "x"),
        (
            ED25519,
            json!({"x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHUR"}),
            "x",
        ),
        (
            ED25519,
            json!({"x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo="}),
            "x",
        ),
        (P256, json!({"y": "AA"}), "y"),
        (
            P256,
            json!({"x": "AH_NzidwdsRdQYPL7m_bS3tYBzM1e-nvE7rPbjx70VRF"}),
            "x",
        ),
        (RSA, json!({"e": ""}), "e"),
        (RSA, json!({"e": "AAABAAE"}), "e"),
        (ED25519, json!({"kid": 7}), "kid"),
        (ED25519, json!({"use": ["sig"]}), "use"),
        (ED25519, json!({"key_ops": "verify"}), "key_ops"),
        (ED25519, json!({"key_ops": ["verify", 1]}), "key_ops"),
        (ED25519, json!({"nbf": "0"}), "nbf"),
    ];
    for (jwk, changes, member) in cases {
        let error = Jwk::parse(&changed(jwk, changes.clone()), &Limits::default()).unwrap_err();
        assert_eq!(error.kind(), KeyErrorKind::InvalidMember, "{changes}");
        assert_eq!(error.member(), member);
    }
}

#[test]
fn keys_of_other_kinds_are_not_understood() {
    let cases = [
        (ED25519, json!({"crv": "X25519"})),
        (ED25519, json!({"crv": "P-256"})),
        (P256, json!({"crv": "P-384"})),
        (P256, json!({"crv": "secp256k1"})),
        (ED25519, json!({"kty": "okp"})),
        (
            ED25519,
            json!({"kty": "oct", "k": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ"}),
        ),
    ];
    for (jwk, changes) in cases {
        let found = parse(&changed(jwk, changes.clone()));
        assert_eq!(found, Err(KeyErrorKind::Unsupported), "{changes}");
    }
}

#[test]
fn keys_that_prove_nothing_are_refused() {
    // The eight points of small order, and encodings of them that are not canonical.
    let small_order = [
        "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIA",
        "7P_______________________________________38",
        "JuiVj8KyJ7BFw_SJ8u-Y8NXfrAXTxjM5sTgCiG1T_AU",
        "JuiVj8KyJ7BFw_SJ8u-Y8NXfrAXTxjM5sTgCiG1T_IU",
        "xxdqcD1N2E-6PAt2DRBnDyogU_osOczGTsf9d5KsA3o",
        "xxdqcD1N2E-6PAt2DRBnDyogU_osOczGTsf9d5KsA_o",
        "7v_______________________________________38",
    ];
    for x in small_order {
        let found = parse(&changed(ED25519, json!({"x": x})));
        assert_eq!(found, Err(KeyErrorKind::UnsafeKey), "{x}");
    }
    let off_curve = json!({"y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a4"});
    assert_eq!(
        parse(&changed(P256, off_curve)),
        Err(KeyErrorKind::UnsafeKey)
    );
    for e in ["AQ", "Ag", "AQAA", "AwAAAAAB"] {
        let found = parse(&changed(RSA, json!({"e": e})));
        assert_eq!(found, Err(KeyErrorKind::UnsafeKey), "{e}");
    }
}

#[test]
fn an_rsa_modulus_is_odd_and_has_2048_to_8192_bits() {
    let modulus = |bits: usize| {
        let mut octets = vec![0xff; bits.div_ceil(8)];
        octets[0] >>= octets.len() * 8 - bits;
        octets
    };
    let e = [1, 0, 1];
    for bits in [2048, 2049, 3072, 8191, 8192] {
        assert!(PublicKey::rsa(&modulus(bits), &e).is_ok(), "{bits}");
        let padded = [&[0], modulus(bits).as_slice()].concat();
        assert_eq!(
            PublicKey::rsa(&padded, &e).unwrap(),
            PublicKey::rsa(&modulus(bits), &e).unwrap()
        );
    }
    for bits in [1, 1024, 2047, 8193, 100_000] {
        let error = PublicKey::rsa(&modulus(bits), &e).unwrap_err();
        assert_eq!(error.kind(), KeyErrorKind::UnsafeKey, "{bits}");
    }
    let mut even = modulus(2048);
    *even.last_mut().unwrap() = 0xfe;
    assert!(PublicKey::rsa(&even, &e).is_err());
    for malformed in [
        Vec::new(),
        vec![0],
        [&[0, 0], modulus(2048).as_slice()].concat(),
    ] {
        let error = PublicKey::rsa(&malformed, &e).unwrap_err();
        assert_eq!(error.kind(), KeyErrorKind::InvalidMember);
    }
    assert!(PublicKey::rsa(&modulus(2048), &[3]).is_ok());
    assert!(PublicKey::rsa(&modulus(2048), &[1, 0xff, 0xff, 0xff, 0xff]).is_ok());
    assert!(PublicKey::rsa(&modulus(2048), &[2, 0, 0, 0, 1]).is_err());
}

#[test]
fn a_private_part_belongs_to_the_public_part() {
    let other = SigningKey::generate(Algorithm::EdDsa, &[7; 32]).unwrap();
    let other: Value = serde_json::from_str(other.to_jwk().expose()).unwrap();
    let mismatch = KeyErrorKind::PrivateMismatch;
    let x = json!({"x": other["x"]});
    assert_eq!(import(&changed(ED25519, x)).unwrap_err(), mismatch);
    let d = json!({"d": other["d"]});
    assert_eq!(import(&changed(P256, d)).unwrap_err(), mismatch);

    for jwk in [ED25519, P256] {
        let without = import(&changed(jwk, json!({"d": null}))).unwrap_err();
        assert_eq!(without, KeyErrorKind::NotPrivate);
        let short = import(&changed(jwk, json!({"d": "AAAA"}))).unwrap_err();
        assert_eq!(short, KeyErrorKind::UnsafeKey);
    }
    // Zero, and the order of the curve.
    for d in [
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "_____wAAAAD__________7zm-q2nF56E87nKwvxjJVE",
    ] {
        assert!(import(&changed(P256, json!({"d": d}))).is_err());
    }
}

#[cfg(feature = "rs256-sign")]
#[test]
fn an_rsa_exponent_has_to_undo_the_other() {
    for d in ["Aw", "AQAB", ""] {
        let found = import(&changed(RSA, json!({"d": d}))).unwrap_err();
        assert_eq!(found, KeyErrorKind::PrivateMismatch, "{d}");
    }
    // Longer than the modulus.
    let long = format!("{}AAAA", "_".repeat(400));
    let found = import(&changed(RSA, json!({"d": long}))).unwrap_err();
    assert_eq!(found, KeyErrorKind::PrivateMismatch);
}

#[cfg(not(feature = "rs256-sign"))]
#[test]
fn rsa_keys_sign_only_with_the_feature() {
    let found = import(RSA.as_bytes()).unwrap_err();
    assert_eq!(found, KeyErrorKind::Unsupported);
}

#[test]
fn a_key_signs_only_if_its_owner_says_so() {
    let refused = [
        json!({"use": "enc"}),
        json!({"key_ops": ["verify"]}),
        json!({"key_ops": []}),
        json!({"alg": "ES256"}),
        json!({"alg": "HS256"}),
    ];
    for changes in refused {
        let found = import(&changed(ED25519, changes.clone())).unwrap_err();
        assert_eq!(found, KeyErrorKind::NotForThis, "{changes}");
    }
    let allowed = json!({"use": "sig", "key_ops": ["sign", "verify"], "alg": "Ed25519"});
    assert!(import(&changed(ED25519, allowed)).is_ok());
}

#[test]
fn selection_looks_at_type_algorithm_use_and_operations() {
    let may_verify = |changes, algorithm| {
        parse(&changed(ED25519, changes))
            .unwrap()
            .may_verify(algorithm)
    };
    for changes in [
        json!({}),
        json!({"alg": "EdDSA"}),
        json!({"alg": "Ed25519"}),
        json!({"use": "sig"}),
        json!({"key_ops": ["sign", "verify"]}),
    ] {
        assert!(may_verify(changes.clone(), Algorithm::EdDsa), "{changes}");
        assert!(may_verify(changes.clone(), Algorithm::Ed25519), "{changes}");
        assert!(!may_verify(changes.clone(), Algorithm::Es256), "{changes}");
    }
    for changes in [
        json!({"alg": "ES256"}),
        json!({"alg": "eddsa"}),
        json!({"use": "enc"}),
        json!({"use": "SIG"}),
        json!({"key_ops": ["sign"]}),
        json!({"key_ops": []}),
    ] {
        assert!(!may_verify(changes.clone(), Algorithm::EdDsa), "{changes}");
    }
}

#[test]
fn validity_is_read_from_nbf_and_exp() {
    let jwk = parse(&changed(ED25519, json!({"nbf": 99.5, "exp": 200}))).unwrap();
    let valid = |seconds| jwk.validity().contains(UnixTime::from_secs(seconds));
    assert!(!valid(99));
    assert!(valid(100));
    assert!(valid(199));
    assert!(!valid(200));
    assert!(
        public(ED25519)
            .validity()
            .contains(UnixTime::from_secs(i64::MIN))
    );
}

#[test]
fn a_set_skips_what_it_cannot_read_and_says_so() {
    let parsed = |jwk: &str| serde_json::from_str::<Value>(jwk).unwrap();
    let set = json!({"keys": [
        {"kty": "oct", "k": "AAAA"},
        parsed(ED25519),
        null,
        {"kty": "OKP", "crv": "Ed25519", "x": "short"},
        parsed(P256),
    ], "more": true});
    let set = Jwks::parse(set.to_string().as_bytes(), &Limits::default()).unwrap();
    let kids: Vec<_> = set.keys().iter().map(Jwk::kid).collect();
    assert_eq!(kids, [Some("ed"), Some("ec")]);
    assert!(set.keys().iter().all(Jwk::held_private_part));
    let skipped = set.skipped().iter();
    let skipped: Vec<_> = skipped.map(|key| (key.index, key.error.kind())).collect();
    assert_eq!(
        skipped,
        [
            (0, KeyErrorKind::Unsupported),
            (2, KeyErrorKind::Json),
            (3, KeyErrorKind::InvalidMember),
        ]
    );
    let again = Jwks::parse(set.to_json().as_bytes(), &Limits::default()).unwrap();
    assert_eq!(again.keys().len(), 2);
    assert!(!again.keys().iter().any(Jwk::held_private_part));
}

#[test]
fn a_text_that_is_no_set_is_refused() {
    let duplicate = r#"{"keys":[],"ke\u0079s":[]}"#;
    for text in [
        "",
        "[]",
        "{}",
        r#"{"keys":{}}"#,
        r#"{"keys":null}"#,
        duplicate,
        "\u{feff}{\"keys\":[]}",
    ] {
        assert!(
            Jwks::parse(text.as_bytes(), &Limits::default()).is_err(),
            "{text}"
        );
    }
    let limits = Limits {
        size: 11,
        ..Limits::default()
    };
    assert!(Jwks::parse(br#"{"keys":[]}"#, &limits).is_ok());
    assert!(Jwks::parse(br#"{"keys":[] }"#, &limits).is_err());
}

/// RFC 7515 A.3 and RFC 8037 A.1 print the keys, so the parts can be looked for.
#[test]
fn no_text_shows_key_material() {
    for jwk in [ED25519, P256] {
        let private: Value = serde_json::from_str(jwk).unwrap();
        let d = private["d"].as_str().unwrap();
        let key = key(jwk);
        let texts = [
            format!("{key:?} {key:#?}"),
            format!("{:?}", key.public()),
            format!("{:?}", public(jwk)),
            format!("{:?}", key.to_jwk()),
            import(&changed(jwk, json!({"d": d[1..]})))
                .unwrap_err()
                .to_string(),
        ];
        for text in texts {
            assert!(!text.contains(&d[..6]), "{text}");
        }
        assert_eq!(format!("{key:?}"), "SigningKey(secret)");
        assert_eq!(format!("{:?}", key.to_jwk()), "SecretText(secret)");
    }
}

#[test]
fn a_private_jwk_reads_back() {
    for jwk in [ED25519, P256] {
        let key = key(jwk);
        let text = key.to_jwk();
        let mut expected: Value = serde_json::from_str(jwk).unwrap();
        expected["alg"] = key.key_type().algorithm().as_str().into();
        expected["use"] = "sig".into();
        assert_eq!(
            serde_json::from_str::<Value>(text.expose()).unwrap(),
            expected
        );
        let again = import(text.expose().as_bytes()).unwrap();
        assert_eq!(again.public(), key.public());
        assert_eq!(again.kid(), key.kid());
    }
}

#[cfg(feature = "rs256-sign")]
#[test]
fn a_private_rsa_jwk_reads_back() {
    let expected: Value = serde_json::from_str(RSA).unwrap();
    let text: Value = serde_json::from_str(key(RSA).to_jwk().expose()).unwrap();
    for member in ["n", "e", "d", "kid"] {
        assert_eq!(text[member], expected[member]);
    }
}

#[test]
fn keys_are_made_of_random_octets() {
    let made = SigningKey::generate(Algorithm::Es256, &[1; 32]).unwrap();
    assert_eq!(made.key_type(), KeyType::P256);
    assert_eq!(made.kid(), None);
    let made = SigningKey::generate(Algorithm::Ed25519, &[1; 32]).unwrap();
    assert_eq!(made.key_type(), KeyType::Ed25519);
    for random in [[0; 32], [0xff; 32]] {
        let error = SigningKey::generate(Algorithm::Es256, &random).unwrap_err();
        assert_eq!(error.kind(), KeyErrorKind::UnsafeKey);
    }
    let error = SigningKey::generate(Algorithm::Rs256, &[1; 32]).unwrap_err();
    assert_eq!(error.kind(), KeyErrorKind::NotForThis);
}

#[test]
fn a_key_has_its_own_algorithm_only() {
    let ed = key(ED25519);
    let signature = ed.sign(Algorithm::EdDsa, b"message").unwrap();
    assert!(ed.sign(Algorithm::Es256, b"message").is_err());
    assert!(
        ed.public()
            .verify(Algorithm::Ed25519, b"message", &signature)
            .is_ok()
    );
    assert!(
        ed.public()
            .verify(Algorithm::Es256, b"message", &signature)
            .is_err()
    );
    let ec = key(P256).public();
    assert!(ec.verify(Algorithm::EdDsa, b"message", &signature).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_signed_verifies_and_nothing_else(
        es256 in any::<bool>(),
        random in prop::array::uniform32(1_u8..255),
        message in prop::collection::vec(any::<u8>(), 0..200),
        bit in any::<prop::sample::Index>(),
    ) {
        let algorithm = if es256 { Algorithm::Es256 } else { Algorithm::EdDsa };
        let key = SigningKey::generate(algorithm, &random).unwrap();
        let signature = key.sign(algorithm, &message).unwrap();
        let public = key.public();
        prop_assert!(public.verify(algorithm, &message, &signature).is_ok());
        prop_assert_eq!(&key.sign(algorithm, &message).unwrap(), &signature);

        let flip = |octets: &[u8]| {
            let mut octets = octets.to_vec();
            let bit = bit.index(octets.len() * 8);
            octets[bit / 8] ^= 1 << (bit % 8);
            octets
        };
        prop_assert!(public.verify(algorithm, &message, &flip(&signature)).is_err());
        if !message.is_empty() {
            prop_assert!(public.verify(algorithm, &flip(&message), &signature).is_err());
        }
        let longer = [message.as_slice(), b"x"].concat();
        prop_assert!(public.verify(algorithm, &longer, &signature).is_err());

        let jwk = Jwk::new(public).with_kid("k").with_algorithm(algorithm);
        prop_assert_eq!(parse(jwk.to_json().as_bytes()).unwrap(), jwk);
    }
}
