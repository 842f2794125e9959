//! Comparing what was found with what was expected.

use serde_json::Value;

/// Checks that `found` has all of `expected`: each member of an object, each element of an array
/// and no more elements, and equal scalars.
pub(super) fn compare(found: &Value, expected: &Value) -> Result<(), String> {
    // Vectors are nested as deeply as serde_json reads, 128 levels, so recursion is safe here.
    compare_at("", found, expected)
}

fn compare_at(path: &str, found: &Value, expected: &Value) -> Result<(), String> {
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => {
            expected.iter().try_for_each(|(name, expected)| {
                let path = format!("{path}/{name}");
                match found.get(name) {
                    Some(found) => compare_at(&path, found, expected),
                    None => Err(format!(
                        "{path}: expected {expected}, there is no such member"
                    )),
                }
            })
        }
        (Value::Array(found), Value::Array(expected)) if found.len() == expected.len() => found
            .iter()
            .zip(expected)
            .enumerate()
            .try_for_each(|(n, (f, e))| compare_at(&format!("{path}/{n}"), f, e)),
        _ if found == expected => Ok(()),
        _ => Err(format!(
            "{path}: expected {}, found {}",
            shown(expected),
            shown(found)
        )),
    }
}

/// Enough of a value to know it again.
fn shown(value: &Value) -> String {
    const LONGEST: usize = 600;
    let mut text = value.to_string();
    if text.len() > LONGEST {
        text.truncate(text.floor_char_boundary(LONGEST));
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::compare;

    #[test]
    fn expected_members_suffice_but_every_element_counts() {
        let found = json!({"a": 1, "b": [{"c": 1, "d": 2}], "e": []});
        for expected in [
            json!({}),
            json!({"a": 1}),
            json!({"b": [{"d": 2}]}),
            json!({"e": []}),
        ] {
            assert_eq!(compare(&found, &expected), Ok(()));
        }
        for expected in [
            json!({"a": 2}),
            json!({"a": null}),
            json!({"f": null}),
            json!({"b": []}),
            json!({"b": [{}, {}]}),
            json!({"b": {}}),
            json!([]),
        ] {
            assert!(compare(&found, &expected).is_err(), "{expected}");
        }
    }

    #[test]
    fn the_difference_says_where() {
        let difference = compare(&json!({"b": [{"c": 1}]}), &json!({"b": [{"c": 2}]}));
        assert_eq!(difference, Err("/b/0/c: expected 2, found 1".to_owned()));
    }
}
