//! Reading v1.0 cards: what is accepted, what is refused and where, what is reported.

use agent_card::model::{OAuthFlows, SecurityScheme, Struct};
use agent_card::{AgentCard, Error, ErrorKind, Limits, ParsedCard, Payloads, Pointer, jcs};
use serde_json::{Value, json};

fn parse(card: &Value) -> Result<ParsedCard, Error> {
    AgentCard::parse(card.to_string().as_bytes(), &Limits::default())
}

fn paths(pointers: &[Pointer]) -> Vec<&str> {
    pointers.iter().map(Pointer::as_str).collect()
}

#[test]
fn every_refusal_names_the_member() {
    use ErrorKind::{NullElement, TwoMembers, TwoSpellings, WrongType};
    for (card, kind, path) in [
        (json!([]), WrongType, ""),
        (json!({"name": 1}), WrongType, "/name"),
        (json!({"skills": {}}), WrongType, "/skills"),
        (
            json!({"skills": [{}, {"tags": [1]}]}),
            WrongType,
            "/skills/1/tags/0",
        ),
        (json!({"skills": [null]}), NullElement, "/skills/0"),
        (
            json!({"skills": [{"tags": [null]}]}),
            NullElement,
            "/skills/0/tags/0",
        ),
        (
            json!({"securitySchemes": {"a/b": null}}),
            NullElement,
            "/securitySchemes/a~1b",
        ),
        (
            json!({"capabilities": {"streaming": "false"}}),
            WrongType,
            "/capabilities/streaming",
        ),
        (
            json!({"capabilities": {"extensions": [{"params": []}]}}),
            WrongType,
            "/capabilities/extensions/0/params",
        ),
        (
            json!({"icon_url": "a", "iconUrl": "b"}),
            TwoSpellings,
            "/icon_url",
        ),
        (
            json!({"icon_url": null, "iconUrl": "b"}),
            TwoSpellings,
            "/icon_url",
        ),
        (
            json!({"securitySchemes": {"a": {"mtlsSecurityScheme": {}, "apiKeySecurityScheme": {}}}}),
            TwoMembers,
            "/securitySchemes/a/mtlsSecurityScheme",
        ),
        (
            json!({"securitySchemes": {"a": {"oauth2SecurityScheme": {"flows": {
                "password": {}, "implicit": {},
            }}}}}),
            TwoMembers,
            "/securitySchemes/a/oauth2SecurityScheme/flows/password",
        ),
    ] {
        let error = parse(&card).unwrap_err();
        assert_eq!(
            (error.kind(), error.path().as_str()),
            (kind, path),
            "{card}"
        );
        let payload = Payloads::read(card.to_string().as_bytes(), &Limits::default());
        assert_eq!(payload.unwrap_err(), error);
    }
}

#[test]
fn what_is_not_json_is_told_with_its_place() {
    let error = AgentCard::parse(b"{\"name\":\"a\",\"n\\u0061me\":\"b\"}", &Limits::default());
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Json(jcs::ErrorKind::DuplicateName));
    assert_eq!(error.offset(), Some(12));
    assert_eq!(error.path(), &Pointer::root());
}

#[test]
fn one_of_two_members_may_be_null() {
    let card = json!({"securitySchemes": {"a": {
        "mtlsSecurityScheme": null,
        "api_key_security_scheme": {"location": "header", "name": "X"},
    }}});
    let schemes = parse(&card).unwrap().card.security_schemes;
    assert_eq!(schemes["a"], SecurityScheme::api_key("header", "X"));
}

#[test]
fn what_is_ignored_or_missing_is_reported() {
    let card = json!({
        "name": "a",
        "x": 1,
        "provider": {"url": "", "x/y": 2},
        "securitySchemes": {"s": {"type": "http"}},
        "capabilities": {"extensions": [{"params": {"n": 9007199254740992_u64}}]},
        "skills": [],
    });
    let parsed = parse(&card).unwrap();
    assert_eq!(
        paths(&parsed.unknown),
        ["/x", "/provider/x~1y", "/securitySchemes/s/type"]
    );
    assert_eq!(
        paths(&parsed.missing),
        [
            "/defaultInputModes",
            "/defaultOutputModes",
            "/description",
            "/supportedInterfaces",
            "/version",
            "/provider/organization",
        ]
    );
    assert_eq!(
        paths(&parsed.inexact),
        ["/capabilities/extensions/0/params/n"]
    );
    assert_eq!(
        parsed.card.security_schemes["s"],
        SecurityScheme::Unrecognised
    );
}

#[test]
fn map_keys_are_any_strings() {
    let card = json!({"securitySchemes": {"": {}, "__proto__": {}, "10": {}, "9": {}, "é": {}}});
    assert_eq!(parse(&card).unwrap().card.security_schemes.len(), 5);
}

#[test]
fn required_fields_are_written_and_defaults_are_not() {
    let card = json!({
        "name": "a",
        "documentationUrl": "",
        "provider": {},
        "capabilities": {"streaming": false, "extensions": [{"uri": "", "required": false, "params": {}}]},
        "securityRequirements": [{"schemes": {"s": {"list": []}}}, {}],
        "securitySchemes": {"s": {"oauth2SecurityScheme": {"flows": {"implicit": {"scopes": {}}}}}},
        "signatures": [],
    });
    let written = parse(&card).unwrap().card.to_json();
    let written: Value = serde_json::from_slice(&written).unwrap();
    assert_eq!(
        written,
        json!({
            "name": "a",
            "description": "",
            "supportedInterfaces": [],
            "provider": {"url": "", "organization": ""},
            "version": "",
            "documentationUrl": "",
            "capabilities": {"streaming": false, "extensions": [{"params": {}}]},
            "securitySchemes": {"s": {"oauth2SecurityScheme": {"flows": {"implicit": {}}}}},
            "securityRequirements": [{"schemes": {"s": {}}}, {}],
            "defaultInputModes": [],
            "defaultOutputModes": [],
            "skills": [],
        })
    );
}

#[test]
fn a_card_holds_doubles() {
    let params = json!({"a": 1.0, "b": 1e2, "c": -0.0, "d": 0.1, "e": 1e300});
    let card = json!({"capabilities": {"extensions": [{"params": params}]}});
    let read = parse(&card).unwrap().card.capabilities.extensions.remove(0);
    let made = Struct::from(params.as_object().unwrap().clone());
    assert_eq!(read.params, Some(made));
    let text = serde_json::to_string(&read).unwrap();
    assert_eq!(
        text,
        r#"{"params":{"a":1,"b":100,"c":0,"d":0.1,"e":1e+300}}"#
    );
}

#[test]
fn flows_that_are_not_there_are_unrecognised() {
    let card = json!({"securitySchemes": {"s": {"oauth2SecurityScheme": {}}}});
    let SecurityScheme::OAuth2(scheme) = &parse(&card).unwrap().card.security_schemes["s"] else {
        panic!("expected OAuth 2.0");
    };
    assert_eq!(scheme.flows, OAuthFlows::Unrecognised);
}

#[test]
fn limits_hold_at_the_edge() {
    let json = br#"{"signatures":[{},{}]}"#;
    let limits = |signatures| Limits {
        signatures,
        ..Limits::default()
    };
    assert!(AgentCard::parse(json, &limits(2)).is_ok());
    let error = AgentCard::parse(json, &limits(1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooManySignatures);

    let size = |size| Limits {
        size,
        ..Limits::default()
    };
    assert!(AgentCard::parse(b"{}", &size(2)).is_ok());
    let error = AgentCard::parse(b"{}", &size(1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Json(jcs::ErrorKind::TooLarge));
}

#[test]
fn depth_cannot_be_raised_beyond_what_the_stack_bears() {
    let limits = Limits {
        depth: usize::MAX,
        ..Limits::default()
    };
    let nested = |depth: usize| {
        let inner = depth - 4; // card, capabilities, extensions, extension
        let params = format!(
            "{{\"a\":{}{}}}",
            "[".repeat(inner - 1),
            "]".repeat(inner - 1)
        );
        format!(r#"{{"capabilities":{{"extensions":[{{"params":{params}}}]}}}}"#)
    };
    let deepest = nested(Limits::DEPTH_CAP);
    assert!(AgentCard::parse(deepest.as_bytes(), &limits).is_ok());
    assert!(Payloads::read(deepest.as_bytes(), &limits).is_ok());
    let deeper = nested(Limits::DEPTH_CAP + 1);
    let error = AgentCard::parse(deeper.as_bytes(), &limits).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Json(jcs::ErrorKind::TooDeep));
}

#[test]
fn a_report_does_not_outgrow_the_card() {
    let unknown: Vec<_> = (0..5000).map(|n| format!("\"{n}\":0")).collect();
    let long = "k".repeat(500_000);
    let json = format!(
        r#"{{"securitySchemes":{{"{long}":{{{}}}}}}}"#,
        unknown.join(",")
    );
    let error = AgentCard::parse(json.as_bytes(), &Limits::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ReportTooLarge);
    let error = Payloads::read(json.as_bytes(), &Limits::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ReportTooLarge);
}
