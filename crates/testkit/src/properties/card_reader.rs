use agent_card::jcs::Document;
use agent_card::jcs::canonical::canonicalize;
use agent_card::legacy::{ChangeKind, Form, upgrade};
use agent_card::{AgentCard, ErrorKind, Level, Limits, ParsedCard, Payloads, Profile};
use serde_json::Value;

/// The readers of a card agree: the typed one, the one that makes payloads and the one of older
/// cards.
pub fn card_reader(octets: &[u8]) {
    let limits = Limits::default();
    let payloads = Payloads::read(octets, &limits);
    match (AgentCard::parse(octets, &limits), &payloads) {
        (Ok(parsed), Ok(payloads)) => {
            round_trip(&parsed, payloads);
            upgrade_keeps(octets, &parsed, payloads);
            let _ = parsed.problems(Level::Spec);
        }
        (Err(_), Err(_)) => {}
        // No payload looks at signatures.
        (Err(error), Ok(_)) => assert!(
            error.path().as_str().starts_with("/signatures")
                || error.kind() == ErrorKind::ReportTooLarge,
            "{error}"
        ),
        (Ok(_), Err(error)) => {
            assert_eq!(error.kind(), ErrorKind::ReportTooLarge, "{error}");
        }
    }
    if let Ok(payloads) = payloads {
        are_stable(&payloads);
        hold_what_is_covered(octets, &payloads);
    }
    if let Ok(upgraded) = upgrade(octets, &limits) {
        let json = upgraded.parsed.card.to_json();
        if let Ok(again) = upgrade(&json, &limits) {
            assert_eq!(again.form, Form::Current);
            assert_eq!(again.changes, []);
            assert_eq!(again.parsed.card, upgraded.parsed.card);
        }
    }
}

/// What is written is read back, and signed as what was received.
fn round_trip(parsed: &ParsedCard, payloads: &Payloads) {
    let json = parsed.card.to_json();
    let Ok(again) = AgentCard::parse(&json, &Limits::default()) else {
        return; // what is required makes a card larger
    };
    assert_eq!(again.card, parsed.card);
    assert_eq!((again.unknown, again.missing), (vec![], vec![]));
    let written = Payloads::of_card(&parsed.card, &Limits::default()).expect("it was read");
    assert_eq!(written.uncovered(Profile::Spec), []);
    if parsed.missing.is_empty() {
        assert_eq!(written.of(Profile::Spec), payloads.of(Profile::Spec));
    }
    assert_eq!(written.of(Profile::Sdk), payloads.of(Profile::Sdk));
}

/// A card of today is no other card after an upgrade.
fn upgrade_keeps(octets: &[u8], parsed: &ParsedCard, payloads: &Payloads) {
    let Ok(upgraded) = upgrade(octets, &Limits::default()) else {
        return; // members that v1.0 ignores are read, and may have a wrong type
    };
    let changes = upgraded.changes.iter();
    let case_form = changes.filter(|change| change.kind == ChangeKind::CaseForm);
    if upgraded.form == Form::Current && case_form.count() == 0 {
        let uncovered = payloads.uncovered(Profile::Spec);
        // An older security scheme or requirement counts in a card of today as well.
        if !uncovered.iter().any(|member| member.security) {
            assert_eq!(upgraded.parsed.card, parsed.card);
        }
    }
}

/// A payload is canonical, and the payload of itself.
fn are_stable(payloads: &Payloads) {
    let limits = agent_card::jcs::Limits::default();
    for profile in [Profile::Spec, Profile::Sdk] {
        let payload = payloads.of(profile);
        let canonical = canonicalize(payload, &limits).expect("JSON");
        assert_eq!(payload, canonical);
        if let Ok(again) = Payloads::read(payload, &Limits::default()) {
            assert_eq!(again.of(profile), payload);
            assert_eq!(again.uncovered(profile), []);
            assert!(profile == Profile::Spec || again.agree());
        }
    }
    assert_eq!(payloads.agree(), payloads.differences().is_empty());
    let same = payloads.of(Profile::Spec) == payloads.of(Profile::Sdk);
    assert_eq!(payloads.agree(), same);
}

/// Without what is not covered, the card has the same payload.
fn hold_what_is_covered(octets: &[u8], payloads: &Payloads) {
    for profile in [Profile::Spec, Profile::Sdk] {
        let document = Document::parse(octets, &Default::default()).expect("JSON");
        // Not with serde_json, which does not round every number to the nearest double.
        let mut card = document.root().to_serde();
        // Backwards, since an element that goes moves those behind it.
        for member in payloads.uncovered(profile).iter().rev() {
            remove(&mut card, member.path.as_str());
        }
        let covered = Payloads::read(card.to_string().as_bytes(), &Limits::default());
        if let Ok(covered) = covered {
            assert_eq!(covered.of(profile), payloads.of(profile));
            assert_eq!(covered.uncovered(profile), []);
        }
    }
}

fn remove(card: &mut Value, pointer: &str) {
    let (parent, step) = pointer.rsplit_once('/').expect("not the card itself");
    match card.pointer_mut(parent).expect("a received member") {
        Value::Object(members) => {
            let name = step.replace("~1", "/").replace("~0", "~");
            members.remove(&name).expect("a received member");
        }
        Value::Array(elements) => {
            elements.remove(step.parse().expect("an index"));
        }
        other => panic!("{other} has no members"),
    }
}
