//! `mailmesh card`: keys, signatures, verdicts and reports.
#![allow(clippy::unwrap_used)] // a test fails by its panic

mod home;

use home::{Home, Ran};
use serde_json::{Value, json};

/// The card of the example in the signing rules: both profiles give the same payload.
const CARD: &str = r#"{"name":"Probe","description":"Probe agent","version":"1.0.0","supportedInterfaces":[{"url":"https://agent.example.com/a2a","protocolBinding":"JSONRPC","protocolVersion":"1.0"}],"capabilities":{"streaming":true},"defaultInputModes":["text/plain"],"defaultOutputModes":["text/plain"],"skills":[{"id":"s1","name":"Skill","description":"Does it","tags":["t"]}]}"#;
const PAYLOAD: &str = r#"{"capabilities":{"streaming":true},"defaultInputModes":["text/plain"],"defaultOutputModes":["text/plain"],"description":"Probe agent","name":"Probe","skills":[{"description":"Does it","id":"s1","name":"Skill","tags":["t"]}],"supportedInterfaces":[{"protocolBinding":"JSONRPC","protocolVersion":"1.0","url":"https://agent.example.com/a2a"}],"version":"1.0.0"}"#;

/// RFC 8037 A.1.
const KEY: &str = r#"{"kty":"OKP","crv":"Ed25519","kid":"ed25519-test","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

struct Cards(Home);

impl Cards {
    fn new() -> Self {
        let home = Home::new();
        home.file("key.jwk", KEY);
        Self(home)
    }

    fn run(&self, arguments: &[&str], stdin: &str) -> Ran {
        self.0
            .run_with(&[&["card"], arguments].concat(), stdin.as_bytes())
    }

    fn signed(&self) -> String {
        self.run(&["sign", "--key", "key.jwk"], CARD).ok().stdout
    }

    fn verdict(&self, card: &str, more: &[&str]) -> (i32, Value) {
        let ran = self.run(
            &[&["verify", "--keys", "key.jwk", "--json"], more].concat(),
            card,
        );
        (ran.code, serde_json::from_str(&ran.stdout).unwrap())
    }
}

#[test]
fn canonical_forms_and_payloads_end_without_a_line_end() {
    let cards = Cards::new();
    let jcs = cards
        .run(&["jcs"], " { \"b\" : 1.0 , \"a\" : \"\\u0041\" } ")
        .ok();
    assert_eq!(jcs.stdout, r#"{"a":"A","b":1}"#);
    for profile in ["spec", "sdk"] {
        let payload = cards.run(&["payload", "--profile", profile], CARD).ok();
        assert_eq!(payload.stdout, PAYLOAD);
    }
    let empty = r#"{"name":"n","skills":[],"x":1}"#;
    let of = |profile| {
        cards
            .run(&["payload", "--profile", profile], empty)
            .ok()
            .stdout
    };
    assert_eq!(
        (of("spec").as_str(), of("sdk").as_str()),
        (r#"{"name":"n","skills":[]}"#, r#"{"name":"n"}"#)
    );
}

#[test]
fn a_signature_is_the_one_the_javascript_sdk_makes() {
    let signed = Cards::new().signed();
    let signed: Value = serde_json::from_str(&signed).unwrap();
    assert_eq!(
        signed["signatures"][0],
        json!({
            "protected": "eyJhbGciOiJFZERTQSIsInR5cCI6IkpPU0UiLCJraWQiOiJlZDI1NTE5LXRlc3QifQ",
            "signature": "-vFBi1FolIMpCjI3X2u-m2IHNILUmCf72jbULTBSVq_F5e2oDvmq_aQpMmrqo5FRTEUX1QL31WpshhXtSsAPAQ",
        })
    );
}

#[test]
fn a_verdict_holds_the_verified_card_and_nothing_else() {
    let cards = Cards::new();
    let received = cards.signed().replacen('{', r#"{"x-note":1,"#, 1);
    let (code, verdict) = cards.verdict(&received, &[]);
    assert_eq!(code, 0);
    assert_eq!(
        verdict,
        json!({
            "verified": true, "profile": "both", "uncovered": ["/x-note"],
            "signatures": [{"index": 0, "outcome": "Valid", "kid": "ed25519-test", "alg": "EdDSA", "profile": "both"}],
            "card": serde_json::from_str::<Value>(PAYLOAD).unwrap(),
        })
    );
    assert!(
        cards
            .run(&["verify", "--keys", "key.jwk"], &received)
            .ok()
            .stdout
            .starts_with("verified  Probe")
    );
}

#[test]
fn what_does_not_verify_is_1() {
    let cards = Cards::new();
    let (code, verdict) = cards.verdict(&cards.signed().replace("Probe agent", "Another"), &[]);
    assert_eq!((code, &verdict["verified"]), (1, &json!(false)));
    assert_eq!(verdict["signatures"][0]["outcome"], "BadSignature");
    let (code, verdict) = cards.verdict(CARD, &[]);
    assert_eq!((code, &verdict["reason"]), (1, &json!("NotSigned")));
    let old = r#"{"name":"x","url":"https://x.example","protocolVersion":"0.3.0","version":"1","signatures":[{"protected":"e30","signature":"e30"}]}"#;
    let (code, verdict) = cards.verdict(old, &[]);
    assert_eq!(
        (code, &verdict["reason"]),
        (1, &json!("UnverifiableLegacy"))
    );
}

#[test]
fn keys_are_held_against_now() {
    let cards = Cards::new();
    cards
        .0
        .file("key.jwk", KEY.replacen('{', r#"{"exp":1800000000,"#, 1));
    let signed = cards.signed();
    let at = |now| cards.verdict(&signed, &["--now", now]);
    assert_eq!(at("2026-11-21T00:00:00Z").0, 0);
    let (code, verdict) = at("2027-11-21T00:00:00Z");
    assert_eq!(
        (code, &verdict["signatures"][0]["outcome"]),
        (1, &json!("KeyExpired"))
    );
}

#[test]
fn generated_keys_sign_and_their_private_part_is_not_needed_to_verify() {
    for algorithm in ["EdDSA", "ES256"] {
        let cards = Cards::new();
        let jwk = cards
            .run(&["keygen", "--alg", algorithm, "--kid", "k"], "")
            .ok()
            .stdout;
        let mut jwk: Value = serde_json::from_str(&jwk).unwrap();
        assert_eq!((&jwk["alg"], &jwk["kid"]), (&json!(algorithm), &json!("k")));
        cards.0.file("new.jwk", jwk.to_string());
        let signed = cards.run(&["sign", "--key", "new.jwk"], CARD).ok().stdout;
        jwk.as_object_mut().unwrap().remove("d").unwrap();
        cards.0.file("key.jwk", json!({"keys": [jwk]}).to_string());
        let (code, verdict) = cards.verdict(&signed, &["--strict", "--profile", "spec"]);
        assert_eq!(
            (code, &verdict["signatures"][0]["alg"]),
            (0, &json!(algorithm))
        );
    }
}

#[test]
fn a_card_that_is_not_portable_is_named_member_by_member() {
    let cards = Cards::new();
    let empty = CARD.replace("Does it", "");
    let refused = cards.run(&["sign", "--key", "key.jwk"], &empty);
    refused.failed(1, &["not portable", "/skills/0/description", "--profile"]);
    let sdk = cards
        .run(&["sign", "--key", "key.jwk", "--profile", "sdk"], &empty)
        .ok()
        .stdout;
    assert_eq!(cards.verdict(&sdk, &[]).1["profile"], "sdk");
    assert_eq!(cards.verdict(&sdk, &["--profile", "spec"]).0, 1);
}

#[test]
fn signing_asks_for_a_card_as_the_specification_wants_it() {
    let cards = Cards::new();
    let partial = r#"{"name":"n","version":"1"}"#;
    cards
        .run(&["sign", "--key", "key.jwk"], partial)
        .failed(1, &["/skills"]);
    let signed = cards
        .run(&["sign", "--key", "key.jwk", "--level", "lenient"], partial)
        .ok()
        .stdout;
    assert_eq!(cards.verdict(&signed, &[]).0, 0);
}

#[test]
fn a_check_reports_paths_kinds_and_severities() {
    let cards = Cards::new();
    let sound = cards.run(&["check"], CARD).ok().json();
    assert_eq!(
        sound,
        json!({"valid": true, "level": "spec", "problems": []})
    );
    let warned = cards
        .run(&["check", "--json"], &CARD.replace("Does it", ""))
        .ok()
        .json();
    assert_eq!(
        warned["problems"],
        json!([{"path": "/skills/0/description", "kind": "EmptyDescription", "severity": "warning"}])
    );
    let without = CARD.replace(r#""version":"1.0.0","#, "");
    let refused = cards.run(&["check"], &without);
    let report: Value = serde_json::from_str(&refused.stdout).unwrap();
    assert_eq!((refused.code, &report["valid"]), (1, &json!(false)));
    assert_eq!(report["problems"][0]["path"], "/version");
    cards.run(&["check", "--level", "lenient"], &without).ok();
    let wrong = cards.run(&["check"], r#"{"name":1}"#);
    let report: Value = serde_json::from_str(&wrong.stdout).unwrap();
    assert_eq!(
        (wrong.code, &report["problems"][0]["kind"]),
        (1, &json!("WrongType"))
    );
}

#[test]
fn an_old_card_is_upgraded_and_what_is_lost_is_said() {
    let old = r#"{"name":"x","description":"d","url":"https://x.example","protocolVersion":"0.3.0","version":"1","capabilities":{"stateTransitionHistory":true},"skills":[]}"#;
    let upgraded = Cards::new().run(&["upgrade"], old);
    assert_eq!(upgraded.code, 0);
    assert!(
        upgraded
            .stderr
            .contains("/capabilities/stateTransitionHistory"),
        "{}",
        upgraded.stderr
    );
    let card: Value = serde_json::from_str(&upgraded.stdout).unwrap();
    let interface = json!({"url": "https://x.example", "protocolBinding": "JSONRPC", "protocolVersion": "0.3.0"});
    assert_eq!(card["supportedInterfaces"], json!([interface]));
}

#[test]
fn malformed_input_and_unusable_keys_are_2() {
    let cards = Cards::new();
    for command in ["jcs", "payload", "check", "upgrade"] {
        cards.run(&[command], "{").failed(2, &["octet 1"]);
        cards
            .run(&[command], r#"{"a":1,"\u0061":2}"#)
            .failed(2, &["octet"]);
    }
    cards
        .run(&["sign", "--key", "key.jwk"], "{")
        .failed(2, &["octet 1"]);
    cards
        .run(&["verify", "--keys", "key.jwk"], "{")
        .failed(2, &["octet 1"]);
    cards
        .run(&["verify", "--keys", "-"], "")
        .failed(2, &["standard input"]);
    cards.0.file(
        "public.jwk",
        KEY.replace(r#""d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","#, ""),
    );
    cards
        .run(&["sign", "--key", "public.jwk"], CARD)
        .failed(2, &["public.jwk"]);
    cards
        .0
        .file("mixed.jwk", KEY.replace("11qYAYKx", "11qYAYKy"));
    let refused = cards.run(&["sign", "--key", "mixed.jwk"], CARD);
    assert!(
        !refused.stderr.contains("nWGxne"),
        "a secret in {}",
        refused.stderr
    );
    refused.failed(2, &["mixed.jwk"]);
    cards.0.file("none.jwk", "[]");
    cards
        .run(&["verify", "--keys", "none.jwk"], CARD)
        .failed(2, &["none.jwk"]);
    cards
        .run(&["keygen", "--alg", "RS256", "--kid", "k"], "")
        .failed(2, &["RS256"]);
}
