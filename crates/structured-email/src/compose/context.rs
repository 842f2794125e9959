//! Data on its way out: checked, and given a vocabulary where it names none.

use std::borrow::Cow;

use super::{ComposeError, ComposeErrorKind};
use crate::json::{Node, Outline, Root};
use crate::{Limits, ProblemKind};

const SCHEMA_ORG: &str = r#""@context":"https://schema.org","#;

/// The data as it will be sent: the caller's text, with `@context` put into the objects that have
/// none, and without a byte order mark (RFC 8259, 8.1).
///
/// It is held to what a strict receiver with these limits takes.
pub(super) fn prepare<'a>(json: &'a str, limits: &Limits) -> Result<Cow<'a, str>, ComposeError> {
    let json = json.strip_prefix('\u{FEFF}').unwrap_or(json);
    let points = insertion_points(json, limits)?;
    let json = with_context(json, &points);
    if json.len() > limits.data() {
        return Err(too_large(limits));
    }
    Ok(json)
}

/// Where the first member stands in each outermost object that has members but no `@context`.
///
/// The empty object has nothing to interpret. It stays empty, because that is how data is
/// cancelled.
fn insertion_points(json: &str, limits: &Limits) -> Result<Vec<usize>, ComposeError> {
    let outline =
        Outline::read(json.as_bytes(), 0..json.len(), limits, limits.items).map_err(|error| {
            match error.kind() {
                ProblemKind::TooLarge => too_large(limits),
                kind => invalid(kind.detail(), error.offset()),
            }
        })?;
    if let Some(offset) = outline.facts.duplicate_member {
        return Err(invalid(ProblemKind::DuplicateMember.detail(), Some(offset)));
    }
    if outline.overflow {
        let expected = format!("expected at most {} objects in one array", limits.items);
        return Err(ComposeError::new(
            ComposeErrorKind::TooLarge,
            "data",
            expected,
        ));
    }
    let (objects, items): (&[Node], &[Node]) = match &outline.root {
        Root::Object(object) => (std::slice::from_ref(object), &[]),
        Root::Graph { holder, members } => (std::slice::from_ref(holder), members),
        Root::Array(elements) => (elements, elements),
        Root::Scalar => return Err(invalid("expected a JSON object or array", None)),
    };
    if let Some(item) = items.iter().find(|item| !item.is_object) {
        return Err(invalid(
            "expected nothing but objects in an array or graph",
            Some(item.span.start),
        ));
    }
    let bare = |object: &&Node| object.has_members && object.context.is_none();
    Ok(objects
        .iter()
        .filter(bare)
        .map(|object| object.span.start + 1)
        .collect())
}

/// Inserts the vocabulary as text, so that nothing else of the caller's JSON changes.
fn with_context<'a>(json: &'a str, points: &[usize]) -> Cow<'a, str> {
    if points.is_empty() {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len() + points.len() * SCHEMA_ORG.len());
    let mut rest = json;
    let mut taken = 0;
    for &point in points {
        let (head, tail) = rest.split_at(point - taken);
        out.push_str(head);
        out.push_str(SCHEMA_ORG);
        (rest, taken) = (tail, point);
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn invalid(expected: &'static str, offset: Option<usize>) -> ComposeError {
    let error = ComposeError::new(ComposeErrorKind::InvalidData, "data", expected);
    offset.into_iter().fold(error, ComposeError::at)
}

fn too_large(limits: &Limits) -> ComposeError {
    let expected = format!("expected at most {} octets", limits.data());
    ComposeError::new(ComposeErrorKind::TooLarge, "data", expected)
}

#[cfg(test)]
mod tests {
    use super::prepare;
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
            assert_eq!(prepare(json, &Limits::default()).unwrap(), expected);
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
            assert_eq!(prepare(json, &Limits::default()).unwrap(), json);
        }
    }

    #[test]
    fn the_size_limit_counts_what_is_sent() {
        let sent = prepare(r#"{"a":1}"#, &Limits::default()).unwrap().len();
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
    fn what_a_strict_receiver_would_refuse_is_refused() {
        let limits = Limits::default();
        for json in [
            "7",
            "\"a\"",
            "null",
            "",
            "{",
            "[1]",
            "[{}, []]",
            "{\"a\":1,\"a\":1}",
        ] {
            let error = prepare(json, &limits).unwrap_err();
            assert_eq!(error.kind(), ComposeErrorKind::InvalidData, "{json}");
        }
        assert_eq!(
            prepare("{\n\"a\":}", &limits).unwrap_err().offset(),
            Some(6)
        );
    }
}
