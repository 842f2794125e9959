use serde_json::Value as SerdeValue;
use strict_json::canonical::{canonicalize, canonicalize_value};
use strict_json::{Document, ErrorKind, Kind, Limits, Value};

use super::peer_value;

/// Below the depth at which `serde_json` stops.
const LIMITS: Limits = Limits {
    size: 1 << 20,
    depth: 100,
    nodes: 100_000,
    number: 1024,
};

/// The strict reader agrees with `serde_json`, except where it is stricter on purpose.
pub fn strict_json_reader(octets: &[u8]) {
    let Some(theirs) = peer_value(octets) else {
        return;
    };
    match (Document::parse(octets, &LIMITS), theirs) {
        (Ok(document), Ok(theirs)) => compare(document.root(), &theirs),
        (Ok(document), Err(theirs)) => assert!(
            nears_overflow(document.root()),
            "accepted what another reader refuses: {theirs}"
        ),
        (Err(error), theirs) => {
            assert!(error.offset() <= octets.len(), "{error}");
            let stricter = matches!(
                error.kind(),
                ErrorKind::DuplicateName
                    | ErrorKind::NumberTooLong
                    | ErrorKind::TooDeep
                    | ErrorKind::TooManyNodes
                    | ErrorKind::TooLarge
            );
            let agreed = stricter || theirs.is_err();
            assert!(agreed, "refused what another reader accepts: {error}");
        }
    }
}

/// Canonical form is a fixed point, is sorted, and is the same from a value of `serde_json`.
pub fn strict_json_canonical(octets: &[u8]) {
    let Ok(document) = Document::parse(octets, &LIMITS) else {
        return;
    };
    let mut canonical = Vec::new();
    document.root().write_canonical(&mut canonical);
    assert_eq!(
        canonicalize_value(&document.root().to_serde()).as_ref(),
        Ok(&canonical)
    );
    assert_eq!(
        canonicalize(&canonical, &Limits::default()).as_ref(),
        Ok(&canonical)
    );
    if let Ok(again) = Document::parse(&canonical, &Limits::default()) {
        check_order(again.root());
    }
}

/// Compares two readings. `serde_json` may miss the nearest double by one.
fn compare(ours: Value<'_>, theirs: &SerdeValue) {
    match theirs {
        SerdeValue::Null => assert!(ours.is_null()),
        SerdeValue::Bool(value) => assert_eq!(ours.as_bool(), Some(*value)),
        SerdeValue::Number(number) => {
            let token = ours.number_text().unwrap_or_default();
            assert_eq!(ours.as_f64(), token.parse().ok(), "{token}");
            let (ours, theirs) = (ours.as_f64().unwrap_or(f64::NAN), number.as_f64());
            let near = theirs.is_some_and(|theirs| (ours - theirs).abs() <= theirs.abs() * 1e-15);
            assert!(near, "{ours} is not {theirs:?}");
        }
        SerdeValue::String(text) => assert_eq!(ours.as_str(), Some(text.as_str())),
        SerdeValue::Array(elements) => {
            let array = ours.as_array().into_iter().flatten();
            assert_eq!(array.clone().count(), elements.len());
            array
                .zip(elements)
                .for_each(|(ours, theirs)| compare(ours, theirs));
        }
        SerdeValue::Object(members) => {
            let object = ours.as_object().into_iter().flatten();
            assert_eq!(object.clone().count(), members.len());
            object.for_each(|(name, value)| compare(value, &members[name]));
        }
    }
}

/// Whether there is a number that `serde_json`, missing the nearest double by one, takes for
/// infinite.
fn nears_overflow(value: Value<'_>) -> bool {
    match value.kind() {
        Kind::Array => value.as_array().into_iter().flatten().any(nears_overflow),
        Kind::Object => {
            let mut members = value.as_object().into_iter().flatten();
            members.any(|(_, value)| nears_overflow(value))
        }
        _ => value
            .as_f64()
            .is_some_and(|number| number.abs() > f64::MAX * (1.0 - 1e-15)),
    }
}

fn check_order(value: Value<'_>) {
    match value.kind() {
        Kind::Array => value.as_array().into_iter().flatten().for_each(check_order),
        Kind::Object => {
            let object = value.as_object().into_iter().flatten();
            let names: Vec<Vec<u16>> = object
                .clone()
                .map(|(name, _)| name.encode_utf16().collect())
                .collect();
            assert!(names.is_sorted_by(|a, b| a < b), "not in UTF-16 order");
            object.for_each(|(_, value)| check_order(value));
        }
        _ => {}
    }
}
