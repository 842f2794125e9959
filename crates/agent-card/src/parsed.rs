use strict_json::Document;

use crate::model::{FromFields as _, Notes};
use crate::{AgentCard, Error, ErrorKind, Limits, Path, Pointer};

/// A card that came in as JSON, and what its reader saw beside the values.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ParsedCard {
    /// The card.
    pub card: AgentCard,
    /// Members that no field of v1.0 has. Ignored.
    pub unknown: Vec<Pointer>,
    /// Required fields that are not there. They read as empty.
    pub missing: Vec<Pointer>,
    /// Integers beyond ±(2^53−1). They read as the nearest double, and many libraries refuse
    /// them.
    pub inexact: Vec<Pointer>,
}

impl AgentCard {
    /// Reads a v1.0 card (ProtoJSON).
    ///
    /// Both `lowerCamelCase` and `snake_case` names count, `null` is the same as no member, and
    /// members that v1.0 does not know are ignored and reported. Members of older versions are
    /// such members; [`legacy`](crate::legacy) reads them.
    ///
    /// # Errors
    ///
    /// `Json` when the text is not JSON that every reader understands in the same way, or beyond
    /// the limits; `WrongType`, `NullElement`, `TwoSpellings`, `TwoMembers`, `TooManySignatures`
    /// and `ReportTooLarge` with the member.
    pub fn parse(json: &[u8], limits: &Limits) -> Result<ParsedCard, Error> {
        let document = Document::parse(json, &limits.json())?;
        let mut notes = Notes::new(limits);
        let card = Self::read(document.root(), &Path::Root, &mut notes)?;
        if card.signatures.len() > limits.signatures {
            let detail = "expected fewer signatures";
            let at = Path::Root.member("signatures");
            return Err(Error::new(ErrorKind::TooManySignatures, &at, detail));
        }
        Ok(ParsedCard {
            card,
            unknown: notes.unknown,
            missing: notes.missing,
            inexact: notes.inexact,
        })
    }

    /// The card as JSON (ProtoJSON, `lowerCamelCase`).
    ///
    /// Required fields are always written; others not when they are unset or, where that means
    /// the same, at their default.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        // Nothing of a card can fail to serialize: names are strings and numbers finite.
        serde_json::to_vec(self).unwrap_or_default()
    }
}
