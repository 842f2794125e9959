//! JSON-LD expansion: terms become IRIs, nothing is fetched, and no nesting ends the process.
#![cfg(feature = "json-ld")]
#![allow(clippy::unwrap_used)] // a panic is how a test fails

use std::process::Command;
use std::{env, thread};

use serde_json::{Value, json};
use structured_email::{ExpandError, ExpandErrorKind, Item, Limits, Message, Policy};

fn expand_all(data: &str) -> Vec<Result<Value, ExpandError>> {
    let raw = format!(
        "Content-Type: application/ld+json\r\nContent-Purpose: Machine-readable\r\n\r\n{data}"
    );
    let limits = Limits {
        json_depth: 96,
        ..Limits::default()
    };
    let message = Message::parse_with(raw.as_bytes(), Policy::LENIENT, &limits).unwrap();
    assert!(!message.items().is_empty(), "{:?}", message.problems());
    message.items().iter().map(Item::expand).collect()
}

fn expand(data: &str) -> Result<Value, ExpandError> {
    expand_all(data).remove(0)
}

fn kind(data: &str) -> ExpandErrorKind {
    expand(data).unwrap_err().kind()
}

#[test]
fn terms_of_schema_org_become_iris() {
    for context in ["http://schema.org", "https://schema.org/"] {
        let data = format!(
            r#"{{"@context":"{context}","@type":"Event","name":"A","url":"https://a.example/",
                "startDate":"2026-11-21","location":{{"type":"Place","id":"urn:1"}}}}"#
        );
        let expected = json!([{
            "@type": ["http://schema.org/Event"],
            "http://schema.org/name": [{"@value": "A"}],
            "http://schema.org/url": [{"@id": "https://a.example/"}],
            "http://schema.org/startDate":
                [{"@value": "2026-11-21", "@type": "http://schema.org/Date"}],
            "http://schema.org/location": [{"@id": "urn:1", "@type": ["http://schema.org/Place"]}],
        }]);
        assert_eq!(expand(&data), Ok(expected), "{context}");
    }
}

#[test]
fn a_graph_member_starts_from_the_context_around_it() {
    let data = r#"{"@context":{"a":"urn:x:a"},"@graph":[{"a":1},{"@context":{"b":"urn:x:b"},"a":2,"b":3}]}"#;
    let expected = [
        Ok(json!([{"urn:x:a": [{"@value": 1}]}])),
        Ok(json!([{"urn:x:a": [{"@value": 2}], "urn:x:b": [{"@value": 3}]}])),
    ];
    assert_eq!(expand_all(data), expected);
}

#[test]
fn no_other_context_is_loaded() {
    for context in [
        r#""https://evil.example/ctx""#,
        r#"["https://schema.org",{"@import":"https://evil.example/ctx"}]"#,
        r#"{"a":{"@id":"urn:x:a","@context":"https://evil.example/ctx"}}"#,
        r#"["https://schema.org","https://evil.example/ctx"]"#,
    ] {
        let error = expand(&format!(r#"{{"@context":{context},"a":1}}"#)).unwrap_err();
        assert_eq!(error.kind(), ExpandErrorKind::RemoteContext, "{context}");
        assert_eq!(error.url(), Some("https://evil.example/ctx"));
    }
}

#[test]
fn what_is_not_json_ld_is_refused() {
    assert_eq!(kind(r#"{"@id":7}"#), ExpandErrorKind::Invalid);
    assert_eq!(
        kind(r#"{"@context":{"a":"b:c","b":"a:c"},"a":1}"#),
        ExpandErrorKind::Invalid
    );
    assert_eq!(kind(r#"{"a":1,"a":2}"#), ExpandErrorKind::DuplicateMember);
    assert_eq!(expand(r#"{"no":"context"}"#), Ok(json!([])));
}

/// Data that makes the algorithm recurse, at a gate and one beyond.
fn steep() -> Vec<(String, bool)> {
    let nest = |open: &str, core: &str, close: &str, depth: usize| {
        format!("{}{core}{}", open.repeat(depth), close.repeat(depth))
    };
    let chain = |terms: usize| {
        let links: String = (1..terms)
            .map(|n| format!(r#""t{n}":"t{}:x","#, n + 1))
            .collect();
        format!(r#"{{"@context":{{{links}"t{terms}":"urn:x:"}},"t1":1}}"#)
    };
    let scoped = |depth: usize| {
        let inner = (1..depth).fold(String::from("{}"), |inner, _| {
            format!(r#"{{"a":{{"@id":"urn:a","@context":{inner}}}}}"#)
        });
        format!(r#"{{"@context":{inner},"a":1}}"#)
    };
    let mut data = vec![(chain(256), true), (chain(257), false)];
    data.extend([(scoped(16), true), (scoped(17), false)]);
    for (depth, fits) in [(32, true), (33, false)] {
        data.push((nest(r#"{"urn:a":"#, "1", "}", depth), fits));
        data.push((nest(r#"{"@type":"urn:t","urn:a":"#, "1", "}", depth), fits));
        data.push((
            nest(r#"{"@included":"#, r#"{"urn:a":1}"#, "}", depth - 1),
            fits,
        ));
        let lists = nest("[", "", "]", depth - 2);
        data.push((format!(r#"{{"urn:a":{{"@list":{lists}}}}}"#), fits));
        let contexts = nest(
            r#"{"@context":{"a":"urn:a"},"a":"#,
            r#"{"a":1}"#,
            "}",
            depth - 1,
        );
        data.push((contexts, fits));
    }
    data
}

/// In a child process, because an overflow would end this one: a thread as small as those that
/// servers run on expands what just passes the gates.
#[test]
fn nesting_does_not_overflow_a_small_stack() {
    const CHILD: &str = "STRUCTURED_EMAIL_EXPANSION_CHILD";
    if env::var_os(CHILD).is_some() {
        let small = thread::Builder::new().stack_size(2 << 20);
        let run = small.spawn(|| {
            for (data, fits) in steep() {
                let verdict = expand(&data).map_err(|error| error.kind());
                let too_deep = verdict == Err(ExpandErrorKind::TooDeep);
                assert_eq!(too_deep, !fits, "{verdict:?} for {}", &data[..60]);
            }
        });
        run.unwrap().join().unwrap();
        return;
    }
    let child = Command::new(env::current_exe().unwrap())
        .args([
            "--exact",
            "nesting_does_not_overflow_a_small_stack",
            "--nocapture",
        ])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&child.stderr);
    assert!(child.status.success(), "{}: {stderr}", child.status);
}
