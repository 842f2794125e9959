//! What the specification would not like about a card, and the builder that does not let it pass.

use agent_card::model::{
    AgentCapabilities, AgentExtension, AgentProvider, SecurityRequirement, SecurityScheme,
};
use agent_card::{
    AgentCard, AgentCardBuilder, AgentInterface, AgentSkill, Level, Limits, Problem, ProblemKind,
    Severity,
};
use serde_json::{Value, json};

fn builder() -> AgentCardBuilder {
    AgentCard::builder("Probe", "Looks at things", "1.0.0")
        .interface(AgentInterface::new(
            "https://a.example/",
            AgentInterface::JSONRPC,
            "1.0",
        ))
        .input_modes(["text/plain"])
        .output_modes(["text/plain"])
        .skill(AgentSkill::new("s", "S", "Does it", ["t"]))
}

fn found(problems: &[Problem]) -> Vec<(&str, ProblemKind)> {
    let problems = problems.iter();
    problems
        .map(|problem| (problem.path.as_str(), problem.kind))
        .collect()
}

#[test]
fn a_sound_card_has_no_problems() {
    let card = builder()
        .provider(AgentProvider::new("Example", "https://example.com/"))
        .documentation_url("https://example.com/docs")
        .icon_url("https://example.com/icon.png")
        .interface(AgentInterface::new(
            "a.example:443",
            AgentInterface::GRPC,
            "1.0.1",
        ))
        .interface(AgentInterface::new(
            "wss://a.example/",
            "https://example.com/ws",
            "1.0",
        ))
        .security_scheme("bearer", SecurityScheme::http("Bearer"))
        .security_requirement(SecurityRequirement::new("bearer", ["a"]))
        .security_requirement(SecurityRequirement::anonymous())
        .build()
        .unwrap();
    assert_eq!(card.problems(Level::Spec), []);
    let parsed = AgentCard::parse(&card.to_json(), &Limits::default()).unwrap();
    assert_eq!(parsed.problems(Level::Spec), []);
    assert_eq!(parsed.card, card);
}

#[test]
fn errors_are_refused_and_warnings_are_not() {
    let error = AgentCard::builder("", "", "1").build().unwrap_err();
    let kinds = found(error.problems());
    assert_eq!(
        kinds,
        [
            ("/name", ProblemKind::EmptyText),
            ("/defaultInputModes", ProblemKind::EmptyArray),
            ("/defaultOutputModes", ProblemKind::EmptyArray),
            ("/supportedInterfaces", ProblemKind::EmptyArray),
        ]
    );
    assert!(
        error
            .problems()
            .iter()
            .all(|problem| problem.severity == Severity::Error)
    );
}

#[test]
fn every_problem_has_its_kind_and_place() {
    let mut card = builder()
        .interface(AgentInterface::new(
            "/relative",
            AgentInterface::HTTP_JSON,
            "1",
        ))
        .interface(AgentInterface::new("http://localhost/", "mine", "1.0"))
        .security_scheme("key", SecurityScheme::api_key("body", ""))
        .security_scheme("none", SecurityScheme::Unrecognised)
        .security_requirement(SecurityRequirement::new("lost", ["x"]))
        .skill(AgentSkill::new("s", "", "", [""; 0]));
    card = card.capabilities({
        let mut capabilities = AgentCapabilities::default();
        capabilities.extensions.push(AgentExtension::new(""));
        capabilities
    });
    let error = card.clone().build().unwrap_err();
    assert_eq!(
        found(error.problems()),
        [
            ("/supportedInterfaces/1/url", ProblemKind::InvalidUrl),
            (
                "/supportedInterfaces/1/protocolVersion",
                ProblemKind::InvalidVersion
            ),
            ("/capabilities/extensions/0/uri", ProblemKind::EmptyText),
            (
                "/securitySchemes/key/apiKeySecurityScheme/location",
                ProblemKind::InvalidLocation
            ),
            (
                "/securitySchemes/key/apiKeySecurityScheme/name",
                ProblemKind::EmptyText
            ),
            ("/securitySchemes/none", ProblemKind::UnrecognisedScheme),
            (
                "/securityRequirements/0/schemes/lost",
                ProblemKind::UndeclaredScheme
            ),
            ("/skills/1/id", ProblemKind::DuplicateSkill),
            ("/skills/1/name", ProblemKind::EmptyText),
        ]
    );
}

#[test]
fn a_received_card_tells_what_is_not_there_once() {
    let card = json!({
        "name": "a",
        "description": "",
        "version": "1",
        "x": 1,
        "supportedInterfaces": [{"url": "http://a.example/", "protocolBinding": "JSONRPC"}],
        "capabilities": {},
        "defaultInputModes": ["text/plain"],
        "skills": [],
    });
    let parsed = AgentCard::parse(card.to_string().as_bytes(), &Limits::default()).unwrap();
    assert_eq!(parsed.problems(Level::Lenient), []);
    assert_eq!(
        found(&parsed.problems(Level::Spec)),
        [
            ("/defaultOutputModes", ProblemKind::Missing),
            (
                "/supportedInterfaces/0/protocolVersion",
                ProblemKind::Missing
            ),
            ("/x", ProblemKind::UnknownMember),
            ("/description", ProblemKind::EmptyDescription),
            ("/supportedInterfaces/0/url", ProblemKind::InsecureUrl),
            ("/skills", ProblemKind::NoSkills),
        ]
    );
}

#[test]
fn a_problem_is_reported_as_json() {
    let card = AgentCard::default();
    let problem = json!(card.problems(Level::Spec)[0]);
    let expected: Value = json!({"path": "/name", "kind": "EmptyText", "severity": "error"});
    assert_eq!(problem, expected);
}
