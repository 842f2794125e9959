//! Where a listing goes on.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// The longest cursor that is read, in octets. Queries and names in it are within their limits.
const LONGEST: usize = 8 << 10;

/// A listing, and how much of it was shown. It is opaque to clients and holds no secret: whoever
/// makes one up can ask for nothing that the tools do not give.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cursor {
    #[serde(rename = "m")]
    pub(crate) mailbox: String,
    #[serde(flatten)]
    pub(crate) listing: Listing,
    /// Emails shown.
    #[serde(rename = "n")]
    pub(crate) seen: usize,
    /// The id of the last of them.
    #[serde(rename = "l")]
    pub(crate) last: String,
}

/// Which emails.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Listing {
    #[serde(rename = "f")]
    pub(crate) folder: String,
    #[serde(rename = "q", skip_serializing_if = "Option::is_none")]
    pub(crate) query: Option<String>,
    #[serde(rename = "r", skip_serializing_if = "Option::is_none")]
    pub(crate) mrm: Option<bool>,
    #[serde(rename = "u", skip_serializing_if = "Option::is_none")]
    pub(crate) unread: Option<bool>,
}

impl Cursor {
    pub(crate) fn write(&self) -> Result<String, Failure> {
        let json = serde_json::to_vec(self)
            .map_err(|_| Failure::new("The next page cannot be named.", "Use `offset`."))?;
        Ok(URL_SAFE_NO_PAD.encode(json))
    }

    pub(crate) fn read(text: &str) -> Result<Self, Failure> {
        let octets = (text.len() <= LONGEST)
            .then(|| URL_SAFE_NO_PAD.decode(text).ok())
            .flatten();
        octets
            .and_then(|octets| serde_json::from_slice(&octets).ok())
            .ok_or_else(|| {
                let advice = "Pass `next_cursor` of the page before as it stands, or leave it out.";
                Failure::new("This is no cursor.", advice)
            })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert_eq, proptest};

    use super::{Cursor, Listing};

    proptest! {
        #[test]
        fn cursors_come_back(
            folder in any::<String>(),
            query in any::<Option<String>>(),
            mrm in any::<Option<bool>>(),
            seen in any::<u32>(),
        ) {
            let listing = Listing { folder, query, mrm, unread: None };
            let cursor = Cursor {
                mailbox: "m".into(),
                listing,
                seen: seen as usize,
                last: "1".into(),
            };
            prop_assert_eq!(Cursor::read(&cursor.write().unwrap()).ok(), Some(cursor));
        }

        #[test]
        fn any_text_is_a_cursor_or_refused(text in any::<String>()) {
            let _ = Cursor::read(&text);
        }
    }
}
