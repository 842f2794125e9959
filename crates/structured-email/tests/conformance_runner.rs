//! The runner of conformance vectors fails what should fail.

use structured_email::conformance::{Outcome, run};

const MESSAGE: &str =
    r#"["Content-Type: application/ld+json", "Content-Purpose: Machine-readable", "", "{}"]"#;

fn case(members: &str) -> Vec<Outcome> {
    run(&format!(
        r#"{{"about": "x", "cases": [{{"id": "a", "reason": "r", "source": "s", {members}}}]}}"#
    ))
}

fn parse(members: &str) -> Vec<Outcome> {
    case(&format!(
        r#""test": "parse", "message": {MESSAGE}, {members}"#
    ))
}

fn ids_and_results(outcomes: &[Outcome]) -> Vec<(&str, bool)> {
    outcomes
        .iter()
        .map(|outcome| (outcome.id.as_str(), outcome.passed()))
        .collect()
}

#[test]
fn what_is_expected_decides() {
    assert_eq!(
        ids_and_results(&parse(r#""expected": {"class": "mrm"}"#)),
        [("a", true)]
    );
    assert_eq!(
        ids_and_results(&parse(r#""expected": {"class": "full"}"#)),
        [("a", false)]
    );
    assert_eq!(
        parse(r#""expected": {"class": "full"}"#)[0].to_string(),
        r#"a: /class: expected "full", found "mrm""#
    );
}

#[test]
fn a_member_that_the_report_lacks_fails() {
    assert_eq!(
        ids_and_results(&parse(r#""expected": {"clas": "mrm"}"#)),
        [("a", false)]
    );
}

#[test]
fn each_policy_is_an_outcome() {
    let outcomes = parse(r#""policy": ["strict", "lenient"], "expected": {}"#);
    assert_eq!(
        ids_and_results(&outcomes),
        [("a/strict", true), ("a/lenient", true)]
    );
    assert!(!parse(r#""policy": [], "expected": {}"#)[0].passed());
}

#[test]
fn a_file_with_a_slip_of_the_pen_fails_as_a_whole() {
    for members in [
        r#""expected": {}, "polici": "strict""#,
        r#""expected": {}, "policy": "strikt""#,
        r#""expected": {}, "reasons": []"#,
        r#""policy": "strict""#,
    ] {
        assert_eq!(
            ids_and_results(&parse(members)),
            [("file", false)],
            "{members}"
        );
    }
    for json in [
        "",
        "[]",
        r#"{"about": "x"}"#,
        r#"{"about": "x", "cases": [{}]}"#,
    ] {
        assert_eq!(ids_and_results(&run(json)), [("file", false)], "{json}");
    }
    for piece in [r#"{"raw": "x", "times": 2}"#, r#"{"repeat": "x"}"#, "7"] {
        let members = format!(r#""test": "parse", "message": [{piece}], "expected": {{}}"#);
        assert_eq!(
            ids_and_results(&case(&members)),
            [("file", false)],
            "{piece}"
        );
    }
}

#[test]
fn an_id_may_stand_once() {
    let case = r#"{"id": "a", "reason": "r", "source": "s", "test": "keyword", "keyword": "$x", "expected": null}"#;
    let file = |cases: &str| format!(r#"{{"about": "x", "cases": [{cases}]}}"#);
    assert_eq!(ids_and_results(&run(&file(case))), [("a", true)]);
    assert_eq!(
        ids_and_results(&run(&file(&format!("{case}, {case}")))),
        [("file", false)]
    );
}

#[test]
fn a_vector_cannot_fill_the_memory() {
    for repeat in [
        r#"{"repeat": "0123456789", "times": 99999999999}"#,
        r#"{"repeat": "{n}", "times": 18446744073709551615}"#,
    ] {
        let members = format!(r#""test": "parse", "message": [{repeat}], "expected": {{}}"#);
        assert_eq!(ids_and_results(&case(&members)), [("a", false)], "{repeat}");
    }
}

#[test]
fn a_draft_that_should_not_be_written_fails_when_it_is() {
    let compose = |expected: &str| {
        let stamp = r#"{"date": 0, "message_id": "m@x", "boundary": "b"}"#;
        case(&format!(
            r#""test": "compose", "draft": {{"from": "a@b"}}, "stamp": {stamp}, "expected": {expected}"#
        ))
    };
    for (expected, passed) in [
        (r#"{}"#, true),
        (r#"{"error": "NoFrom"}"#, false),
        (r#"{"lines": ["From: a@b"]}"#, true),
        (r#"{"lines": ["From: a"]}"#, false),
        (r#"{"no_lines": ["From: a@b"]}"#, false),
        (r#"{"message": "x"}"#, false),
        (r#"{"reads": {"from": [{"address": "a@b"}]}}"#, true),
        (r#"{"reads": {"from": []}}"#, false),
        (r#"{"needs_smtputf8": true}"#, false),
        (r#"{"warnings": ["NoText"]}"#, false),
    ] {
        assert_eq!(
            ids_and_results(&compose(expected)),
            [("a", passed)],
            "{expected}"
        );
    }
}
