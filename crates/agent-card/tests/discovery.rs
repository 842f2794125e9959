//! Serving, caching and choosing: etags, versions, interfaces, extended cards.

use agent_card::discovery::{ExtendedCardAnswer, etag, if_none_match, requested_version};
use agent_card::{AgentCard, AgentInterface, Limits, ParsedCard, Payloads, ProtocolVersion};
use serde_json::{Value, json};

fn parse(card: &Value) -> AgentCard {
    let parsed = AgentCard::parse(card.to_string().as_bytes(), &Limits::default());
    let ParsedCard { card, .. } = parsed.expect("a card");
    card
}

#[test]
fn an_etag_outlives_a_new_signature() {
    let etag_of = |card: &Value| {
        etag(&Payloads::read(card.to_string().as_bytes(), &Limits::default()).unwrap())
    };
    let unsigned = json!({"name": "a"});
    let signed = json!({"name": "a", "signatures": [{"protected": "e30", "signature": "AA"}]});
    // SHA-256 of {"name":"a"}.
    let expected = "W/\"d9d719b27480b55cd4918020e7473e716ed3569c8adafe926cf9b10b4f8ef064\"";
    assert_eq!(etag_of(&unsigned), expected);
    assert_eq!(etag_of(&unsigned), etag_of(&signed));
    assert_ne!(etag_of(&unsigned), etag_of(&json!({"name": "b"})));
    assert!(if_none_match(
        &format!("\"x\", {}", etag_of(&signed)),
        &etag_of(&unsigned)
    ));
}

#[test]
fn the_first_interface_that_is_spoken_is_chosen() {
    let interface = |url: &str, binding: &str, version: &str| json!({"url": url, "protocolBinding": binding, "protocolVersion": version, "tenant": url});
    let card = parse(&json!({"supportedInterfaces": [
        interface("a", "GRPC", "1.0"),
        interface("b", "jsonrpc", "1.0"),
        interface("c", "JSONRPC", "0.3.0"),
        interface("d", "JSONRPC", "one"),
        interface("e", "JSONRPC", "1.0.7"),
        interface("f", "HTTP+JSON", "1.0"),
    ]}));
    let choose = |spoken: &[_]| card.select_interface(spoken).map(|it| it.tenant.as_str());
    let (old, new) = (ProtocolVersion::V0_3, ProtocolVersion::V1_0);
    assert_eq!(choose(&[(AgentInterface::JSONRPC, new)]), Some("e"));
    assert_eq!(choose(&[(AgentInterface::JSONRPC, old)]), Some("c"));
    assert_eq!(choose(&[("HTTP+JSON", new), ("JSONRPC", new)]), Some("e"));
    assert_eq!(choose(&[("GRPC", old)]), None);
    assert_eq!(choose(&[]), None);
}

#[test]
fn a_request_without_a_version_is_of_v0_3() {
    assert_eq!(requested_version(None), Ok(ProtocolVersion::V0_3));
    assert_eq!(requested_version(Some(" ")), Ok(ProtocolVersion::V0_3));
    assert_eq!(requested_version(Some("1.0")), Ok(ProtocolVersion::V1_0));
    assert!(requested_version(Some("latest")).is_err());
}

#[test]
fn an_extended_card_is_declared_authenticated_and_there() {
    let with = parse(&json!({"capabilities": {"extendedAgentCard": true}, "version": "1"}));
    let without = parse(&json!({"capabilities": {"extendedAgentCard": false}, "version": "1"}));
    for (card, authenticated, configured, answer) in [
        (&without, true, true, ExtendedCardAnswer::Unsupported),
        (&with, false, true, ExtendedCardAnswer::Unauthenticated),
        (&with, true, false, ExtendedCardAnswer::NotConfigured),
        (&with, true, true, ExtendedCardAnswer::Card),
    ] {
        assert_eq!(card.answer_extended_card(authenticated, configured), answer);
    }
    assert!(with.keeps_extended_card("1", true));
    assert!(!with.keeps_extended_card("1", false));
    assert!(!with.keeps_extended_card("0", true));
    assert!(!without.keeps_extended_card("1", true));
}
