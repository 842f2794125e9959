//! Every limit holds exactly at its edge, and every fault has its name and place.

use strict_json::{Document, ErrorKind, Limits};

fn kind(json: impl AsRef<[u8]>, limits: Limits) -> Option<ErrorKind> {
    Document::parse(json.as_ref(), &limits)
        .err()
        .map(|error| error.kind())
}

#[test]
fn size() {
    let limits = Limits {
        size: 10,
        ..Limits::default()
    };
    assert_eq!(kind("\"12345678\"", limits), None);
    assert_eq!(kind("\"123456789\"", limits), Some(ErrorKind::TooLarge));
}

#[test]
fn depth() {
    let nested = |depth: usize| "[{\"a\":".repeat(depth / 2) + "0" + &"}]".repeat(depth / 2);
    let limits = Limits::default();
    assert_eq!(kind(nested(128), limits), None);
    assert_eq!(kind(nested(130), limits), Some(ErrorKind::TooDeep));
    assert_eq!(kind("[".repeat(129), limits), Some(ErrorKind::TooDeep));
    let none = Limits { depth: 0, ..limits };
    assert_eq!(kind("0", none), None);
    assert_eq!(kind("[]", none), Some(ErrorKind::TooDeep));
}

#[test]
fn a_raised_depth_costs_no_stack() {
    let depth = 1_000_000;
    let limits = Limits {
        depth,
        ..Limits::default()
    };
    let json = "[".repeat(depth) + &"]".repeat(depth);
    let document = Document::parse(json.as_bytes(), &limits).unwrap();
    let mut canonical = Vec::new();
    document.root().write_canonical(&mut canonical);
    assert_eq!(canonical, json.as_bytes());
}

#[test]
fn nodes() {
    let limits = Limits {
        nodes: 5,
        ..Limits::default()
    };
    assert_eq!(kind(r#"{"a":[1,2],"b":{}}"#, limits), None);
    assert_eq!(
        kind(r#"{"a":[1,2],"b":[3]}"#, limits),
        Some(ErrorKind::TooManyNodes)
    );
}

#[test]
fn number() {
    let limits = Limits {
        number: 8,
        ..Limits::default()
    };
    assert_eq!(kind("[-1.25e-1]", limits), None);
    assert_eq!(kind("[-1.25e-01]", limits), Some(ErrorKind::NumberTooLong));
}

#[test]
fn every_fault_has_its_name_and_place() {
    let cases: [(&[u8], ErrorKind, usize); 34] = [
        (b"", ErrorKind::Empty, 0),
        (b" \r\n\t", ErrorKind::Empty, 4),
        (b"\"\xFF\"", ErrorKind::InvalidUtf8, 1),
        (b"\xEF\xBB\xBF{}", ErrorKind::ByteOrderMark, 0),
        (b"[\xEF\xBB\xBF]", ErrorKind::Syntax, 1),
        (b"{\"a\":1,}", ErrorKind::Syntax, 7),
        (b"{\"a\":}", ErrorKind::Syntax, 5),
        (b"{\"a\":1 \"b\":2}", ErrorKind::Syntax, 7),
        (b"{\"a\",1}", ErrorKind::Syntax, 4),
        (b"{\"a\" 1}", ErrorKind::Syntax, 5),
        (b"{'a':1}", ErrorKind::Syntax, 1),
        (b"{1:1}", ErrorKind::Syntax, 1),
        (b"{,}", ErrorKind::Syntax, 1),
        (b"{", ErrorKind::Syntax, 1),
        (b"{\"a\"", ErrorKind::Syntax, 4),
        (b"[1,]", ErrorKind::Syntax, 3),
        (b"[,1]", ErrorKind::Syntax, 1),
        (b"[1 2]", ErrorKind::Syntax, 3),
        (b"[1}", ErrorKind::Syntax, 2),
        (b"[1,2", ErrorKind::Syntax, 4),
        (b"]", ErrorKind::Syntax, 0),
        (b"[\"a", ErrorKind::Syntax, 3),
        (b"\"\n\"", ErrorKind::Syntax, 1),
        (b"\"\\x41\"", ErrorKind::Syntax, 2),
        (b"\"\\u00g0\"", ErrorKind::Syntax, 5),
        (b"\"\\", ErrorKind::Syntax, 2),
        (b"tru", ErrorKind::Syntax, 0),
        (b"[NaN]", ErrorKind::NonFinite, 1),
        (b"[1e400]", ErrorKind::NonFinite, 1),
        (b"[\"ab\\uDEAD\"]", ErrorKind::LoneSurrogate, 4),
        (b"\"\\uD800\\u0041\"", ErrorKind::LoneSurrogate, 1),
        (b"{\"a\":0,\"\\u0061\":0}", ErrorKind::DuplicateName, 7),
        (b"[{\"a\":{\"b\":1,\"b\":2}}", ErrorKind::DuplicateName, 13),
        (b"{} {}", ErrorKind::Trailing, 3),
    ];
    for (json, kind, offset) in cases {
        let error = Document::parse(json, &Limits::default()).unwrap_err();
        let expected = (kind, offset);
        assert_eq!(
            (error.kind(), error.offset()),
            expected,
            "{}",
            json.escape_ascii()
        );
    }
}

#[test]
fn duplicates_are_found_among_many_members() {
    let members = |last: &str| {
        let names: Vec<_> = (0..5000).map(|n| format!("\"{n}\":0")).collect();
        format!("{{{},\"{last}\":0}}", names.join(","))
    };
    let limits = Limits::default();
    assert_eq!(kind(members("5000"), limits), None);
    assert_eq!(kind(members("\\u00347110"), limits), None);
    assert_eq!(
        kind(members("\\u003471"), limits),
        Some(ErrorKind::DuplicateName)
    );
    // The same name in two objects is no duplicate.
    let apart = r#"{"a":{"a":{"b":0},"b":0},"b":[{"a":0},{"a":0}]}"#;
    assert_eq!(kind(apart, limits), None);
}
