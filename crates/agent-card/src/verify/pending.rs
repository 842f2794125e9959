use strict_json::Document;

use super::entry::Entry;
use super::signatures;
use crate::jws::Algorithm;
use crate::{Error, Limits};

/// A key that a signature of a card names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct PendingKey {
    /// The name of the key.
    pub kid: String,
    /// The algorithm of the signature.
    pub algorithm: Algorithm,
    /// Where the signer says his keys are; see [`JkuPolicy`](crate::keys::JkuPolicy).
    pub jku: Option<String>,
}

/// The keys that would be asked for while a card is verified, each once, in order of the entries.
///
/// For callers that have to fetch keys first: ask here, obtain what they trust under a policy of
/// their own, verify then. Nothing here is verified yet.
///
/// # Errors
///
/// When the text is not JSON, or `signatures` is not an array within the limits.
pub fn pending_keys(card: &[u8], limits: &Limits) -> Result<Vec<PendingKey>, Error> {
    let document = Document::parse(card, &limits.json())?;
    let mut pending = Vec::new();
    for value in signatures(&document, limits)? {
        let Ok(entry) = Entry::read(value, false, limits) else {
            continue;
        };
        let Ok(algorithm) = entry.header.algorithm().parse() else {
            continue;
        };
        let key = PendingKey {
            kid: entry.header.kid().to_owned(),
            algorithm,
            jku: entry.header.jku().map(str::to_owned),
        };
        // There are as many entries as the limits let there be, 64 by default.
        if !pending.contains(&key) {
            pending.push(key);
        }
    }
    Ok(pending)
}
