//! What a payload does not cover, and what makes payloads differ.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use agent_card::{Limits, Payloads, Profile, Remedy, UncoveredReason};
use serde_json::{Value, json};

fn payloads(card: &Value) -> Payloads {
    Payloads::read(card.to_string().as_bytes(), &Limits::default()).unwrap()
}

/// Path and whether it is about security.
fn uncovered(payloads: &Payloads, profile: Profile) -> Vec<(&str, bool)> {
    let members = payloads.uncovered(profile).iter();
    members
        .map(|member| (member.path.as_str(), member.security))
        .collect()
}

#[test]
fn unknown_members_are_in_no_payload() {
    let payloads = payloads(&json!({
        "name": "a",
        "x": {"y": 1},
        "url": "https://old.example/",
        "skills": [{"id": "s", "x": 1}],
    }));
    let expected = [("/skills/0/x", false), ("/url", false), ("/x", false)];
    for profile in [Profile::Spec, Profile::Sdk] {
        let mut found = uncovered(&payloads, profile);
        found.sort_unstable();
        assert_eq!(found, expected);
    }
    let members = payloads.uncovered(Profile::Spec);
    assert!(
        members
            .iter()
            .all(|member| member.reason == UncoveredReason::Unknown)
    );
}

#[test]
fn what_is_left_out_as_a_whole_is_named_once() {
    let payloads = payloads(&json!({
        "name": "a",
        "provider": {"url": "", "organization": "", "x": 1},
        "securityRequirements": [{"schemes": {"a": {}, "b": {"list": []}}}],
    }));
    assert_eq!(
        uncovered(&payloads, Profile::Spec),
        [("/provider/x", false)]
    );
    assert_eq!(
        uncovered(&payloads, Profile::Sdk),
        [("/provider", false), ("/securityRequirements", true)]
    );
    let differences: Vec<_> = payloads
        .differences()
        .iter()
        .map(|difference| (difference.path.as_str(), difference.remedy))
        .collect();
    assert_eq!(
        differences,
        [
            ("/provider/organization", Remedy::Fill),
            ("/provider/url", Remedy::Fill),
            ("/securityRequirements/0/schemes/a", Remedy::AddScope),
            ("/securityRequirements/0/schemes/b", Remedy::AddScope),
        ]
    );
}

#[test]
fn a_default_that_means_nothing_is_not_uncovered() {
    let payloads = payloads(&json!({
        "name": "a",
        "provider": null,
        "securityRequirements": [],
        "capabilities": {"streaming": false, "extensions": []},
        "supportedInterfaces": [{"url": "u", "tenant": ""}],
        "signatures": [{"protected": ""}],
    }));
    assert!(payloads.agree());
    assert_eq!(uncovered(&payloads, Profile::Sdk), []);
}

#[test]
fn what_lets_callers_in_is_told_apart() {
    for (card, profile, path, security) in [
        // An alternative, a scheme or a scope that the SDKs do not sign.
        (
            json!({"securityRequirements": [{"schemes": {"a": {"list": ["x"]}}}, {}]}),
            Profile::Sdk,
            "/securityRequirements/1",
            true,
        ),
        (
            json!({"securitySchemes": {"m": {"mtlsSecurityScheme": {}}}}),
            Profile::Sdk,
            "/securitySchemes",
            true,
        ),
        (
            json!({"skills": [{"id": "s", "securityRequirements": [{}]}]}),
            Profile::Sdk,
            "/skills/0/securityRequirements",
            true,
        ),
        // A required field that is empty reads in the same way without it.
        (
            json!({"securitySchemes": {"h": {"httpAuthSecurityScheme": {"scheme": "", "bearerFormat": "JWT"}}}}),
            Profile::Sdk,
            "/securitySchemes/h/httpAuthSecurityScheme/scheme",
            false,
        ),
        // Other versions say it elsewhere, unless v1.0 says it as well.
        (
            json!({"security": [{"a": []}]}),
            Profile::Spec,
            "/security",
            true,
        ),
        (
            json!({"authentication": {"schemes": ["Bearer"]}}),
            Profile::Spec,
            "/authentication",
            true,
        ),
        (
            json!({"security": [{"a": []}], "securityRequirements": []}),
            Profile::Spec,
            "/security",
            true,
        ),
        (
            json!({"security": [{}], "securityRequirements": [{"schemes": {"a": {}}}]}),
            Profile::Spec,
            "/security",
            false,
        ),
        (
            json!({"securitySchemes": {"a": {"type": "http"}}}),
            Profile::Spec,
            "/securitySchemes/a/type",
            true,
        ),
        (
            json!({"securitySchemes": {"a": {"type": "http", "httpAuthSecurityScheme": {}}}}),
            Profile::Spec,
            "/securitySchemes/a/type",
            false,
        ),
        (
            json!({"securityRequirements": [{"a": []}]}),
            Profile::Spec,
            "/securityRequirements/0/a",
            true,
        ),
    ] {
        let payloads = payloads(&card);
        assert_eq!(uncovered(&payloads, profile), [(path, security)], "{card}");
    }
}

#[test]
fn every_remedy_makes_the_card_portable() {
    let card = json!({
        "name": "a",
        "iconUrl": "",
        "capabilities": {"extensions": [{}, {"uri": "urn:x", "params": {"list": [1, null]}}]},
        "securitySchemes": {"m": {"mtlsSecurityScheme": {}}, "x": {}},
        "skills": [],
    });
    let differing = payloads(&card);
    let found: Vec<_> = differing
        .differences()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        found,
        [
            "/capabilities/extensions/0: leave it out",
            "/capabilities/extensions/1/params/list/1: leave it out",
            "/iconUrl: leave it out",
            "/securitySchemes/m/mtlsSecurityScheme: give it a description",
            "/securitySchemes/x: leave it out",
            "/skills: give it a value",
        ]
    );
    let error = differing.portable().unwrap_err();
    assert_eq!(error.differences(), differing.differences());

    let remedied = payloads(&json!({
        "name": "a",
        "capabilities": {"extensions": [{"uri": "urn:x", "params": {"list": [1]}}]},
        "securitySchemes": {"m": {"mtlsSecurityScheme": {"description": "Certificate"}}},
        "skills": [{"id": "s"}],
    }));
    assert_eq!(remedied.portable(), Ok(remedied.of(Profile::Sdk)));
}

#[test]
fn a_card_without_members_has_one_payload() {
    let payloads = payloads(&json!({}));
    assert_eq!(payloads.portable().unwrap(), b"{}");
}
