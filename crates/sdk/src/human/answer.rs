//! What a language model answered, checked before it is believed.

use strict_json::{Document, Limits, Object, Value};

use crate::untrusted::visible;
use crate::{Error, ErrorKind};

/// The longest answer that is read, in octets.
pub(super) const MAX_ANSWER: usize = 64 << 10;
/// The longest text for a person, in characters.
const MAX_WORDS: usize = 10_000;

/// The shape of [`words`].
pub(super) const SCHEMA: &str = include_str!("answer.schema.json");

/// The text of a mail to a person: `{"text": "…"}`.
pub(super) fn words(answer: &str) -> Result<String, Error> {
    let limits = Limits {
        size: MAX_ANSWER,
        depth: 1,
        nodes: 2,
        number: 1,
    };
    let json = json(answer)?;
    let document = Document::parse(json.as_bytes(), &limits).map_err(|_| malformed())?;
    let object = document.root().as_object().ok_or_else(malformed)?;
    only(object, &["text"])?;
    let text = text(object.get("text"), MAX_WORDS)?;
    match text.trim() {
        "" => Err(malformed()),
        text => Ok(text.to_owned()),
    }
}

/// The JSON of an answer, out of the code fence that models like to put around it.
pub(super) fn json(answer: &str) -> Result<&str, Error> {
    if answer.len() > MAX_ANSWER {
        return Err(malformed());
    }
    let answer = answer.trim();
    let Some(inner) = answer.strip_prefix("```") else {
        return Ok(answer);
    };
    let inner = inner.strip_suffix("```").ok_or_else(malformed)?;
    Ok(inner.strip_prefix("json").unwrap_or(inner).trim())
}

/// Refuses members of other names.
pub(super) fn only(object: Object<'_>, names: &[&str]) -> Result<(), Error> {
    // Duplicate names are refused by the reader, so as many as named means each once.
    if object.len() <= names.len()
        && names
            .iter()
            .filter(|name| object.get(name).is_some())
            .count()
            == object.len()
    {
        Ok(())
    } else {
        Err(malformed())
    }
}

/// A string of at most so many characters, without what nobody sees.
pub(super) fn text(value: Option<Value<'_>>, most: usize) -> Result<String, Error> {
    let text = value.and_then(Value::as_str).ok_or_else(malformed)?;
    if text.chars().nth(most).is_some() {
        return Err(malformed());
    }
    Ok(visible(text).0)
}

/// The words of a model can repeat what a stranger wrote, so they are no part of the error.
pub(super) fn malformed() -> Error {
    let message = "expected the language model to answer with JSON of the schema of the prompt";
    Error::new(ErrorKind::Protocol, message)
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn an_answer_has_to_say_something() {
        assert_eq!(words(r#"{"text":" Hello. \n"}"#).unwrap(), "Hello.");
        let long = format!(r#"{{"text":"{}"}}"#, "x".repeat(10_001));
        for answer in [
            "Hello.",
            r#"{"text":" \n"}"#,
            r#"{"text":"a","to":"eve@x.test"}"#,
            r#"{"text":"a","text":"b"}"#,
            r#"{"text":["a"]}"#,
            r#"```{"text":"a"}"#,
            "{}",
            &long,
        ] {
            assert!(words(answer).is_err(), "{answer:.60}");
        }
    }
}
