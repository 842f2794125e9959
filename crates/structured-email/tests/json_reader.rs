//! The JSON reader beside another one, and at its limits.
#![allow(clippy::unwrap_used)] // a panic is how a test fails

use mailmesh_testkit::json_text::json_like;
use proptest::prelude::*;
use structured_email::json::check;
use structured_email::{Limits, ProblemKind};

fn kind(json: impl AsRef<[u8]>) -> Option<ProblemKind> {
    check(json.as_ref(), &Limits::default())
        .err()
        .map(|error| error.kind())
}

#[test]
fn every_fault_has_its_name() {
    let long_number = "1".repeat(65);
    let cases: [(&[u8], ProblemKind); 26] = [
        (b"", ProblemKind::EmptyPart),
        (b" \r\n\t", ProblemKind::EmptyPart),
        (b"\"\xFF\"", ProblemKind::InvalidUtf8),
        (b"\xFF\xFE{\0}\0", ProblemKind::InvalidUtf8),
        (b"{\"a\":1,}", ProblemKind::Syntax),
        (b"[1,]", ProblemKind::Syntax),
        (b"[1 // one\n]", ProblemKind::Syntax),
        (b"{'a':1}", ProblemKind::Syntax),
        (b"{\"a\" 1}", ProblemKind::Syntax),
        (b"[1}", ProblemKind::Syntax),
        (b"[\"a", ProblemKind::Syntax),
        (b"\"\n\"", ProblemKind::Syntax),
        (b"\"\\x41\"", ProblemKind::Syntax),
        (b"\"\\u00g0\"", ProblemKind::Syntax),
        (b"[NaN]", ProblemKind::NonFinite),
        (b"[-Infinity]", ProblemKind::NonFinite),
        (b"1e400", ProblemKind::NonFinite),
        (b"\"\\u0000\"", ProblemKind::Nul),
        (b"\"\0\"", ProblemKind::Nul),
        (b"{}\0", ProblemKind::Nul),
        (b"\"\\uD800\"", ProblemKind::LoneSurrogate),
        (b"\"\\uD800\\u0041\"", ProblemKind::LoneSurrogate),
        (b"\"\\uDC00\"", ProblemKind::LoneSurrogate),
        (b"{\"a\":1,\"\\u0061\":2}", ProblemKind::DuplicateMember),
        (b"{} {}", ProblemKind::Trailing),
        (long_number.as_bytes(), ProblemKind::NumberTooLong),
    ];
    for (json, expected) in cases {
        assert_eq!(kind(json), Some(expected), "{}", json.escape_ascii());
    }
}

#[test]
fn the_offset_is_where_the_fault_stands() {
    let offset = |json: &[u8]| check(json, &Limits::default()).unwrap_err().offset();
    assert_eq!(offset(b"[1,]"), Some(3));
    assert_eq!(offset(b"{\"a\":\"b\xC3\"}"), Some(7));
    assert_eq!(offset(b"{\"a\":0,\"a\":0,\"a\":0}"), Some(7));
    assert_eq!(offset(b"[\"ab\\uDEAD\"]"), Some(4));
    assert_eq!(offset(b"[[1]"), Some(4));
    assert_eq!(offset(b"[1] 2"), Some(4));
    assert_eq!(offset(b""), None);
}

#[test]
fn facts_are_told() {
    let facts = check(
        "\u{FEFF}[9007199254740993,\"\u{80}\"]".as_bytes(),
        &Limits::default(),
    );
    let facts = facts.unwrap();
    assert!(facts.byte_order_mark && facts.big_int && facts.control_characters);
    let plain = check(
        "[9007199254740991,\"\u{A0}\\n\"]".as_bytes(),
        &Limits::default(),
    )
    .unwrap();
    assert!(!plain.byte_order_mark && !plain.big_int && !plain.control_characters);
}

#[test]
fn nesting_is_limited_exactly() {
    let nested = |depth| "[".repeat(depth) + &"]".repeat(depth);
    assert_eq!(kind(nested(32)), None);
    assert_eq!(kind(nested(33)), Some(ProblemKind::TooDeep));
    assert_eq!(kind("[".repeat(60_000)), Some(ProblemKind::TooDeep));
    assert_eq!(kind("[".repeat(100_000)), Some(ProblemKind::TooLarge));
}

#[test]
fn size_is_limited_exactly() {
    let string = |octets: usize| format!("\"{}\"", "a".repeat(octets - 2));
    assert_eq!(kind(string(65_536)), None);
    assert_eq!(kind(string(65_537)), Some(ProblemKind::TooLarge));
    let raised = Limits {
        data: usize::MAX,
        ..Limits::default()
    };
    assert!(check(string(1 << 20).as_bytes(), &raised).is_ok());
    assert!(check(string((1 << 20) + 1).as_bytes(), &raised).is_err());
}

#[test]
fn duplicates_are_found_among_many_members() {
    let members = |last: &str| {
        let names: Vec<_> = (0..5000).map(|n| format!("\"{n}\":0")).collect();
        format!("{{{},\"{last}\":0}}", names.join(","))
    };
    assert_eq!(kind(members("5000")), None);
    assert_eq!(kind(members("\\u00347110")), None);
    assert_eq!(
        kind(members("\\u003471")),
        Some(ProblemKind::DuplicateMember)
    );
    // The same name in two objects is no duplicate.
    assert_eq!(
        kind(r#"{"a":{"a":{"b":0},"b":0},"b":[{"a":0},{"a":0}]}"#),
        None
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn another_reader_agrees(json in json_like()) {
        let theirs = serde_json::from_str::<serde_json::Value>(&json);
        match check(json.as_bytes(), &Limits::default()) {
            Ok(_) => prop_assert!(theirs.is_ok(), "{json}: {theirs:?}"),
            Err(error) => {
                let ours_alone = matches!(
                    error.kind(),
                    ProblemKind::DuplicateMember | ProblemKind::Nul | ProblemKind::TooDeep
                );
                prop_assert!(ours_alone || theirs.is_err(), "{json}: {error}");
            }
        }
    }

    #[test]
    fn any_octets_give_a_verdict(json in prop::collection::vec(any::<u8>(), 0..64)) {
        if let Err(error) = check(&json, &Limits::default()) {
            prop_assert!(error.offset().is_none_or(|offset| offset <= json.len()));
        }
    }
}
