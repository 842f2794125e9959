//! Snapshots, windows, coverage and handoff.

use context_sync::Window;
use serde_json::{Value, json};

use super::{pair, sent, server, sync, unread};

#[test]
fn cases_10_11_the_newest_snapshot_replaces_the_others() {
    let mut server = server();
    let thread = pair(&mut server, "ann@x", "ben@x");
    sent(
        &mut server,
        &json!({"from": "ann@x", "to": "ben@x", "contextSnapshot": {"a": 1}}),
    );
    sent(
        &mut server,
        &json!({"from": "ann@x", "to": "ben@x", "contextSnapshot": {"b": 2}}),
    );
    assert_eq!(
        sync(&mut server, &thread, "ben@x")["snapshot"],
        json!({"b": 2})
    );
    pair(&mut server, "ann@x", "ben@x");
    assert_eq!(sync(&mut server, &thread, "ben@x")["snapshot"], json!({}));
}

#[test]
fn cases_20_21_older_messages_are_covered_from_twenty_on() {
    let mut server = server();
    let thread = pair(&mut server, "ann@x", "ben@x");
    for _ in 1..29 {
        pair(&mut server, "ann@x", "ben@x");
    }
    let context = sync(&mut server, &thread, "ben@x");
    assert_eq!(context.get("threadSummaryStructured"), None);
    pair(&mut server, "ann@x", "ben@x");
    let context = sync(&mut server, &thread, "ben@x");
    assert_eq!(context["recentMessages"].as_array().unwrap().len(), 10);
    assert_eq!(context["threadSummary"], "");
    assert!(context["tokenCount"].as_u64().unwrap() > 0);
    let summary = &context["threadSummaryStructured"];
    assert_eq!(
        (
            &summary["text"],
            &summary["decisions"],
            &summary["artifacts"]
        ),
        (&json!(""), &json!([]), &json!({}))
    );
    assert_eq!(summary["coversMessageIds"].as_array().unwrap().len(), 20);
    // The stored set grows only when twenty more are uncovered.
    for _ in 0..19 {
        pair(&mut server, "ann@x", "ben@x");
    }
    let covered = |context: &Value| {
        context["threadSummaryStructured"]["coversMessageIds"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(covered(&sync(&mut server, &thread, "ben@x")), 20);
    pair(&mut server, "ann@x", "ben@x");
    assert_eq!(covered(&sync(&mut server, &thread, "ben@x")), 40);
}

#[test]
fn coverage_ids_stand_once_for_each_thread_of_an_answer() {
    let mut server = server();
    for _ in 0..31 {
        pair(&mut server, "ann@x", "ben@x");
    }
    let frames = unread(&mut server, "ben@x");
    let covered = |frame: &Value| {
        frame["context"]["threadSummaryStructured"]["coversMessageIds"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(covered(&frames[30]), 21);
    assert!(frames[..30].iter().all(|frame| covered(frame) == 0));
    let mut last = frames[30]["context"].clone();
    last["threadSummaryStructured"]["coversMessageIds"] = json!([]);
    assert!(frames[..30].iter().all(|frame| frame["context"] == last));
}

#[test]
fn cases_22_41_the_window_is_clamped() {
    for (recent, messages) in [
        ("2", 2),
        ("0", 1),
        ("-5", 1),
        ("1.9", 1),
        ("99999", 50),
        ("abc", 10),
        ("", 10),
        ("inf", 10),
        ("NaN", 10),
    ] {
        assert_eq!(Window::from_query(recent).messages(), messages, "{recent}");
    }
}

#[test]
fn a_handoff_replaces_the_snapshot() {
    let mut server = server();
    let answer = sent(
        &mut server,
        &json!({
            "from": "h1", "to": "h2", "payload": {"task": "port"},
            "contextSnapshot": {"a": 1, "_route": "x", "big": "y"},
            "handoff": {"goal": "ship", "nextAction": "review", "includeFields": ["a", "_route"], "maxContextBytes": 512},
        }),
    );
    let thread = answer["threadId"].as_str().unwrap();
    assert_eq!(
        sync(&mut server, thread, "h2")["snapshot"],
        json!({
            "version": 1, "goal": "ship", "nextAction": "review", "context": {"a": 1}, "decisions": [],
            "openQuestions": [], "artifacts": {}, "sourceThreadId": thread, "generatedAt": server.now.as_millis(),
        })
    );
}

#[test]
fn a_handoff_stays_in_its_budget() {
    let mut server = server();
    let answer = sent(
        &mut server,
        &json!({
            "from": "h1", "to": "h2",
            "contextSnapshot": {"long": "x".repeat(400), "short": 1, "handoff": 2},
            "handoff": {"maxContextBytes": 256},
        }),
    );
    let thread = answer["threadId"].as_str().unwrap();
    assert_eq!(
        sync(&mut server, thread, "h2")["snapshot"]["context"],
        json!({"short": 1})
    );
}
