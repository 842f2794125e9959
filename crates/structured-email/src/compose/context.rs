//! Data on its way out: checked, and given a vocabulary where it names none.

use std::borrow::Cow;

use serde::de::IgnoredAny;

use super::{ComposeError, ComposeErrorKind};
use crate::Limits;

const SCHEMA_ORG: &str = r#""@context":"https://schema.org","#;

/// The data as it will be sent: the caller's text, with `@context` put into the objects that have
/// none.
pub(super) fn prepare<'a>(json: &'a str, limits: &Limits) -> Result<Cow<'a, str>, ComposeError> {
    check(json)?;
    let json = with_context(json);
    if json.len() > limits.data() {
        let expected = format!("expected at most {} octets", limits.data());
        return Err(ComposeError::new(
            ComposeErrorKind::TooLarge,
            "data",
            expected,
        ));
    }
    Ok(json)
}

fn check(json: &str) -> Result<(), ComposeError> {
    let invalid =
        |expected: &'static str| ComposeError::new(ComposeErrorKind::InvalidData, "data", expected);
    if let Err(error) = serde_json::from_str::<IgnoredAny>(json) {
        let line_start: usize = json
            .split_inclusive('\n')
            .take(error.line().saturating_sub(1))
            .map(str::len)
            .sum();
        return Err(invalid("expected JSON").at(line_start + error.column().saturating_sub(1)));
    }
    match json.trim_start().as_bytes().first() {
        Some(b'{' | b'[') => Ok(()),
        _ => Err(invalid("expected a JSON object or an array of objects")),
    }
}

/// Inserts the vocabulary as text, so that nothing else of the caller's JSON changes.
fn with_context(json: &str) -> Cow<'_, str> {
    let points = objects_without_context(json);
    if points.is_empty() {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len() + points.len() * SCHEMA_ORG.len());
    let mut rest = json;
    let mut taken = 0;
    for point in points {
        let (head, tail) = rest.split_at(point - taken);
        out.push_str(head);
        out.push_str(SCHEMA_ORG);
        (rest, taken) = (tail, point);
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Where the first member stands in each outermost object that has members but no `@context`.
///
/// The empty object has nothing to interpret; it stays empty, because that is how data is
/// cancelled. `json` is known to be well formed.
fn objects_without_context(json: &str) -> Vec<usize> {
    let bytes = json.as_bytes();
    let outermost = if json.trim_start().starts_with('[') {
        2
    } else {
        1
    };
    let mut points = Vec::new();
    let mut depth = 0_usize;
    let (mut start, mut members, mut context, mut key_next) = (0, false, false, false);
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'{' | b'[' => {
                depth += 1;
                if depth == outermost && byte == b'{' {
                    (start, members, context, key_next) = (at + 1, false, false, true);
                }
            }
            b'}' | b']' => {
                if depth == outermost && byte == b'}' && members && !context {
                    points.push(start);
                }
                depth = depth.saturating_sub(1);
            }
            b',' if depth == outermost => key_next = true,
            b'"' => {
                let end = string_end(bytes, at);
                if depth == outermost && key_next {
                    members = true;
                    context |= is_context(json.get(at..end).unwrap_or_default());
                    key_next = false;
                }
                at = end;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    points
}

/// The index behind the closing quote of the string that starts at `at`.
fn string_end(bytes: &[u8], at: usize) -> usize {
    let mut at = at + 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Whether a member name, quotes included, is `@context`, escaped or not.
fn is_context(quoted: &str) -> bool {
    quoted == r#""@context""#
        || (quoted.contains('\\')
            && serde_json::from_str::<String>(quoted).is_ok_and(|name| name == "@context"))
}

#[cfg(test)]
mod tests {
    use super::{prepare, with_context};
    use crate::{ComposeErrorKind, Limits};

    #[test]
    fn context_goes_into_outermost_objects_without_one() {
        for (json, expected) in [
            (r#"{"a":1}"#, r#"{"@context":"https://schema.org","a":1}"#),
            (
                "{\n \"a\":{}}",
                "{\"@context\":\"https://schema.org\",\n \"a\":{}}",
            ),
            (
                r#"[{"a":{"b":"@context"}}]"#,
                r#"[{"@context":"https://schema.org","a":{"b":"@context"}}]"#,
            ),
            (
                r#"[{"@context":null},{"a":["}"]}]"#,
                r#"[{"@context":null},{"@context":"https://schema.org","a":["}"]}]"#,
            ),
            (
                r#"{"a":{"@context":1}}"#,
                r#"{"@context":"https://schema.org","a":{"@context":1}}"#,
            ),
        ] {
            assert_eq!(with_context(json), expected);
        }
    }

    #[test]
    fn context_is_never_written_twice_nor_into_empty_objects() {
        for json in [
            "{}",
            "[]",
            " [ { } ] ",
            r#"{"@context":null,"a":1}"#,
            r#"{"a":1,"\u0040context":"x"}"#,
        ] {
            assert_eq!(with_context(json), json);
        }
    }

    #[test]
    fn the_size_limit_counts_what_is_sent() {
        let sent = with_context(r#"{"a":1}"#).len();
        let edge = |data| {
            prepare(
                r#"{"a":1}"#,
                &Limits {
                    data,
                    ..Limits::default()
                },
            )
        };
        assert!(edge(sent).is_ok());
        assert!(edge(sent - 1).is_err_and(|error| error.kind() == ComposeErrorKind::TooLarge));
    }

    #[test]
    fn scalars_and_broken_json_are_refused() {
        let limits = Limits::default();
        for json in ["7", "\"a\"", "null", "", "{", "{\"a\":}"] {
            let error = prepare(json, &limits).unwrap_err();
            assert_eq!(error.kind(), ComposeErrorKind::InvalidData, "{json}");
        }
        assert_eq!(
            prepare("{\n\"a\":}", &limits).unwrap_err().offset(),
            Some(6)
        );
    }
}
