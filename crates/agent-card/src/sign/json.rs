use strict_json::{Document, Value};

use super::{SignError, SignOptions, is_under};
use crate::keys::SigningKey;
use crate::model::InvalidCard;
use crate::{AgentCard, Error, Payloads};

/// Signs a card as it was received: the same text with one more signature.
///
/// Nothing else of the text changes, members that v1.0 does not know included. What no signature
/// covers is told by [`Payloads::uncovered`].
///
/// # Errors
///
/// As [`sign`](super::sign), and when the text is not a card.
pub fn sign_json(
    json: &[u8],
    key: &SigningKey,
    options: &SignOptions,
) -> Result<Vec<u8>, SignError> {
    let limits = &options.limits;
    let parsed = AgentCard::parse(json, limits)?;
    InvalidCard::check(parsed.problems(options.level)).map_err(SignError::Invalid)?;
    let document = Document::parse(json, &limits.json()).map_err(Error::from)?;
    let payloads = Payloads::of_document(&document, limits)?;
    let signature = super::signature_over(&payloads, key, options)?;

    let mut entries = Vec::new();
    let earlier = signatures(&document);
    let earlier_entries = earlier.and_then(Value::as_array);
    for (entry, read) in earlier_entries
        .iter()
        .flat_map(|entries| entries.iter())
        .zip(&parsed.card.signatures)
    {
        if !options.replace_by_kid || !is_under(read, options.kid(key)?, limits) {
            entries.push(entry.text());
        }
    }
    if entries.len() >= limits.signatures {
        return Err(SignError::TooManySignatures);
    }
    let signature = serde_json::to_string(&signature).unwrap_or_default(); // strings only
    entries.push(&signature);
    Ok(with_signatures(&document, earlier, &entries.join(",")))
}

fn signatures<'d>(document: &'d Document<'_>) -> Option<Value<'d>> {
    document.root().as_object()?.get("signatures")
}

/// The text with these entries as its `signatures`.
fn with_signatures(document: &Document<'_>, earlier: Option<Value<'_>>, entries: &str) -> Vec<u8> {
    let text = document.json();
    let root = document.root();
    let (before, member, behind) = match earlier {
        Some(value) => (&text[..value.span().start], "", &text[value.span().end..]),
        None => {
            let brace = root.span().end - 1;
            let is_empty = root.as_object().is_none_or(|card| card.is_empty());
            let member = if is_empty {
                "\"signatures\":"
            } else {
                ",\"signatures\":"
            };
            (&text[..brace], member, &text[brace..])
        }
    };
    [before, member, "[", entries, "]", behind]
        .concat()
        .into_bytes()
}
