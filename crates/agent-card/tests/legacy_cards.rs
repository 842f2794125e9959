//! Cards of older versions, by the cases of `vectors/agent-card/legacy.json` and by the rules
//! that they do not show.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use agent_card::conformance;
use agent_card::legacy::{ChangeKind, Form, UpgradedCard, upgrade};
use agent_card::model::{AgentCard, OAuthFlows, SecurityScheme};
use agent_card::{ErrorKind, Limits, Payloads, Profile};
use mailmesh_testkit::vectors;
use serde_json::{Value, json};

fn holds(name: &str) {
    let json = vectors::file("agent-card", "legacy.json").expect("a vector file");
    let outcomes = conformance::run(&json);
    let outcome = outcomes.iter().find(|outcome| outcome.id == name);
    let outcome = outcome.expect("a case of that name");
    assert!(outcome.passed(), "{outcome}");
}

// The numbers are those of the conformance list for A2A v1.0.

#[test]
fn item_64_every_renamed_member_of_v0_3() {
    holds("v0.3-full");
}

#[test]
fn item_65_a_minimal_card_of_v0_3() {
    holds("v0.3-minimal");
}

#[test]
fn item_66_a_card_of_v0_2() {
    holds("v0.2.0");
}

#[test]
fn item_67_a_card_of_v0_1() {
    holds("v0.1.0");
}

#[test]
fn item_68_two_oauth_flows() {
    holds("v0.3-two-oauth-flows");
}

#[test]
fn item_69_a_card_served_in_both_forms() {
    holds("dual-served-by-python");
}

#[test]
fn item_70_the_form_of_the_javascript_sdk() {
    holds("js-served-case-form");
}

fn upgraded(card: &Value) -> UpgradedCard {
    upgrade(card.to_string().as_bytes(), &Limits::default()).unwrap()
}

fn changes(upgraded: &UpgradedCard) -> Vec<(&str, ChangeKind)> {
    let changes = upgraded.changes.iter();
    changes
        .map(|change| (change.path.as_str(), change.kind))
        .collect()
}

#[test]
fn the_form_is_told_from_the_members() {
    for (card, form) in [
        (json!({"name": "a", "skills": []}), Form::Current),
        (json!({"supportedInterfaces": []}), Form::Current),
        (json!({"url": "https://a.example/"}), Form::Legacy),
        (
            json!({"url": "u", "supportedInterfaces": null}),
            Form::Legacy,
        ),
        (
            json!({"security": [], "supported_interfaces": []}),
            Form::Mixed,
        ),
    ] {
        assert_eq!(upgraded(&card).form, form, "{card}");
    }
}

#[test]
fn new_data_wins_where_both_are() {
    let card = upgraded(&json!({
        "supportedInterfaces": [],
        "url": "https://old.example/",
        "protocolVersion": "0.3.0",
        "capabilities": {"extendedAgentCard": false},
        "supportsAuthenticatedExtendedCard": true,
        "securityRequirements": [{"schemes": {"a": {}}}],
        "security": [{}],
        "securitySchemes": {"a": {
            "type": "http",
            "scheme": "basic",
            "httpAuthSecurityScheme": {"scheme": "Bearer"},
        }},
    }));
    assert_eq!(
        changes(&card),
        [
            ("/url", ChangeKind::Superseded),
            ("/protocolVersion", ChangeKind::Superseded),
            ("/supportsAuthenticatedExtendedCard", ChangeKind::Superseded),
            ("/securitySchemes/a/type", ChangeKind::Superseded),
            ("/securitySchemes/a/scheme", ChangeKind::Superseded),
            ("/security", ChangeKind::Superseded),
        ]
    );
    let AgentCard {
        capabilities,
        security_requirements,
        security_schemes,
        ..
    } = card.parsed.card;
    assert_eq!(capabilities.extended_agent_card, Some(false));
    assert!(security_requirements[0].schemes.contains_key("a"));
    assert_eq!(security_schemes["a"], SecurityScheme::http("Bearer"));
    assert!(card.parsed.unknown.is_empty());
}

#[test]
fn an_empty_list_does_not_win_over_requirements() {
    let card = upgraded(&json!({
        "supportedInterfaces": [],
        "securityRequirements": [],
        "security": [{"a": ["x"]}],
    }));
    let requirements = card.parsed.card.security_requirements;
    assert_eq!(requirements[0].schemes["a"], ["x"]);
}

#[test]
fn old_authentication_never_opens_a_door() {
    let card = upgraded(&json!({
        "url": "https://a.example/",
        "authentication": {"schemes": ["Bearer", "bearer", "Kerberos"], "credentials": "secret"},
    }));
    assert_eq!(
        changes(&card),
        [
            ("/authentication/credentials", ChangeKind::Credentials),
            ("/authentication/schemes/2", ChangeKind::UnknownScheme),
        ]
    );
    let card = card.parsed.card;
    assert_eq!(card.security_requirements.len(), 2);
    assert_eq!(
        card.security_schemes["bearer"],
        SecurityScheme::http("Bearer")
    );
    assert_eq!(
        card.security_schemes["kerberos"],
        SecurityScheme::Unrecognised
    );
    assert!(
        !String::from_utf8(card.to_json())
            .unwrap()
            .contains("secret")
    );
}

#[test]
fn the_safest_flow_is_kept() {
    let flow = json!({"tokenUrl": "https://i.example/t", "scopes": {}});
    let mut flows = serde_json::Map::new();
    for name in ["password", "implicit", "clientCredentials", "deviceCode"] {
        flows.insert(name.to_owned(), flow.clone());
        let card = upgraded(&json!({
            "url": "https://a.example/",
            "securitySchemes": {"o": {"type": "oauth2", "flows": flows}},
        }));
        assert_eq!(card.changes.len(), flows.len() - 1);
        let SecurityScheme::OAuth2(oauth2) = &card.parsed.card.security_schemes["o"] else {
            panic!("expected OAuth 2.0");
        };
        assert!(match name {
            "password" => matches!(oauth2.flows, OAuthFlows::Password(_)),
            "implicit" => matches!(oauth2.flows, OAuthFlows::Implicit(_)),
            "clientCredentials" => matches!(oauth2.flows, OAuthFlows::ClientCredentials(_)),
            _ => matches!(oauth2.flows, OAuthFlows::DeviceCode(_)),
        });
    }
}

#[test]
fn the_case_form_is_read_for_schemes_and_flows() {
    let card = upgraded(&json!({
        "supportedInterfaces": [],
        "securitySchemes": {"o": {"scheme": {"$case": "oauth2SecurityScheme", "value": {
            "flows": {"flow": {"$case": "deviceCode", "value": {"tokenUrl": "https://i.example/t"}}},
        }}}},
    }));
    assert_eq!(
        changes(&card),
        [
            ("/securitySchemes/o/scheme", ChangeKind::CaseForm),
            (
                "/securitySchemes/o/oauth2SecurityScheme/flows/flow",
                ChangeKind::CaseForm
            ),
        ]
    );
    let SecurityScheme::OAuth2(oauth2) = &card.parsed.card.security_schemes["o"] else {
        panic!("expected OAuth 2.0");
    };
    assert!(matches!(&oauth2.flows, OAuthFlows::DeviceCode(flow) if !flow.token_url.is_empty()));
}

#[test]
fn an_interface_that_repeats_the_first_is_dropped() {
    let card = upgraded(&json!({
        "url": "https://a.example/",
        "preferredTransport": "GRPC",
        "protocolVersion": "0.2.5",
        "additionalInterfaces": [
            {"url": "https://a.example/", "transport": "GRPC"},
            {"url": "https://a.example/", "transport": "JSONRPC"},
        ],
    }));
    let interfaces = card.parsed.card.supported_interfaces;
    let interfaces: Vec<_> = interfaces
        .iter()
        .map(|i| {
            (
                i.url.as_str(),
                i.protocol_binding.as_str(),
                i.protocol_version.as_str(),
            )
        })
        .collect();
    assert_eq!(
        interfaces,
        [
            ("https://a.example/", "GRPC", "0.2.5"),
            ("https://a.example/", "JSONRPC", "0.2.5"),
        ]
    );
}

#[test]
fn old_members_have_types_as_well() {
    for (card, path) in [
        (json!({"url": 1}), "/url"),
        (
            json!({"url": "u", "preferredTransport": []}),
            "/preferredTransport",
        ),
        (
            json!({"url": "u", "additionalInterfaces": [{"url": "u"}]}),
            "/additionalInterfaces/0/transport",
        ),
        (
            json!({"url": "u", "supportsExtendedAgentCard": "yes"}),
            "/supportsExtendedAgentCard",
        ),
        (
            json!({"url": "u", "security": [{"a": [1]}]}),
            "/security/0/a/0",
        ),
        (
            json!({"url": "u", "skills": [{"security": {}}]}),
            "/skills/0/security",
        ),
        (
            json!({"url": "u", "authentication": "Bearer"}),
            "/authentication",
        ),
        (
            json!({"url": "u", "securitySchemes": {"a": {"type": 1}}}),
            "/securitySchemes/a/type",
        ),
        (json!([]), ""),
    ] {
        let error = upgrade(card.to_string().as_bytes(), &Limits::default()).unwrap_err();
        assert_eq!(
            (error.kind(), error.path().as_str()),
            (ErrorKind::WrongType, path)
        );
    }
}

#[test]
fn a_signature_of_an_older_card_is_not_carried_over() {
    let signatures = json!([{"protected": "e30", "signature": "AA"}]);
    let old = upgraded(&json!({"url": "https://a.example/", "signatures": signatures}));
    assert_eq!(changes(&old), [("/signatures", ChangeKind::Signature)]);
    assert!(old.parsed.card.signatures.is_empty());

    let mixed = upgraded(&json!({"supportedInterfaces": [], "url": "u", "signatures": signatures}));
    assert_eq!(mixed.parsed.card.signatures.len(), 1);
}

#[test]
fn an_upgrade_of_a_mixed_card_has_the_payload_of_the_card() {
    let json = vectors::file("agent-card", "legacy.json").unwrap();
    let json: Value = serde_json::from_str(&json).unwrap();
    let cases = json["cases"].as_array().unwrap();
    let dual = cases
        .iter()
        .find(|case| case["name"] == "dual-served-by-python")
        .unwrap();
    let limits = Limits::default();
    let received = Payloads::read(dual["card"].to_string().as_bytes(), &limits).unwrap();
    let upgraded = Payloads::of_card(&upgraded(&dual["card"]).parsed.card, &limits).unwrap();
    assert_eq!(received.of(Profile::Spec), upgraded.of(Profile::Spec));
    assert!(
        !received
            .uncovered(Profile::Spec)
            .iter()
            .any(|member| member.security)
    );
}
