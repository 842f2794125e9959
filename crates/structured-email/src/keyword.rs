use std::fmt;
use std::str::FromStr;

use crate::{Message, Source};

/// A keyword that a server or client sets on a message at delivery.
///
/// IMAP keeps the case a keyword was set with and compares without it (RFC 9051, 2.3.2); JMAP
/// keeps lower case (RFC 8621, 4.1.1). Reading takes every spelling, writing has both.
///
/// | keyword | IMAP | JMAP |
/// |---|---|---|
/// | [`HasStructuredData`](Self::HasStructuredData) | `$hasStructuredData` | `$hasstructureddata` |
/// | [`Mrm`](Self::Mrm) | `$MRM` | `$mrm` |
/// | [`HasStructuredDataAction`](Self::HasStructuredDataAction) | `$hasStructuredDataAction` | `$hasstructureddataaction` |
/// | [`StructuredDataActionSent`](Self::StructuredDataActionSent) | `$structuredDataActionSent` | `$structureddataactionsent` |
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Keyword {
    /// The message carries structured data.
    HasStructuredData,
    /// The message is for machines only; implies [`Keyword::HasStructuredData`].
    Mrm,
    /// The data offers an action. From revision -01; read, never set by default.
    HasStructuredDataAction,
    /// An action of the message was answered and must not be triggered twice. From revision
    /// -01; set only by a user agent that answers actions.
    StructuredDataActionSent,
}

impl Keyword {
    const ALL: [Self; 4] = [
        Self::HasStructuredData,
        Self::Mrm,
        Self::HasStructuredDataAction,
        Self::StructuredDataActionSent,
    ];

    /// The spelling for IMAP, also used in reports.
    #[must_use]
    pub const fn as_imap(self) -> &'static str {
        match self {
            Self::HasStructuredData => "$hasStructuredData",
            Self::Mrm => "$MRM",
            Self::HasStructuredDataAction => "$hasStructuredDataAction",
            Self::StructuredDataActionSent => "$structuredDataActionSent",
        }
    }

    /// The spelling for JMAP.
    #[must_use]
    pub const fn as_jmap(self) -> &'static str {
        match self {
            Self::HasStructuredData => "$hasstructureddata",
            Self::Mrm => "$mrm",
            Self::HasStructuredDataAction => "$hasstructureddataaction",
            Self::StructuredDataActionSent => "$structureddataactionsent",
        }
    }
}

/// The keywords to set on a message at delivery.
///
/// They follow the items found in MIME parts under the message's policy. Data in HTML sets none,
/// and neither does any header field of the message.
#[must_use]
pub fn keywords_for(message: &Message<'_>) -> Vec<Keyword> {
    if !message
        .items()
        .iter()
        .any(|item| item.source() == Source::Mime)
    {
        return Vec::new();
    }
    let mrm = message.class().is_mrm().then_some(Keyword::Mrm);
    std::iter::once(Keyword::HasStructuredData)
        .chain(mrm)
        .collect()
}

/// Whether two keywords are the same, in IMAP and in JMAP.
#[must_use]
pub fn keyword_eq(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

impl fmt::Display for Keyword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_imap())
    }
}

impl FromStr for Keyword {
    type Err = UnknownKeyword;

    /// Reads a keyword in any spelling.
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|keyword| keyword_eq(keyword.as_jmap(), name))
            .ok_or(UnknownKeyword(()))
    }
}

/// A keyword that says nothing about structured data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownKeyword(());

impl fmt::Display for UnknownKeyword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected a keyword of structured email")
    }
}

impl std::error::Error for UnknownKeyword {}

#[cfg(test)]
mod tests {
    use super::{Keyword, keyword_eq};

    #[test]
    fn both_spellings_of_each_keyword_name_it() {
        for keyword in Keyword::ALL {
            assert!(keyword_eq(keyword.as_imap(), keyword.as_jmap()));
            assert_eq!(keyword.as_imap().parse(), Ok(keyword));
            assert_eq!(keyword.as_jmap().to_uppercase().parse(), Ok(keyword));
            assert_eq!(keyword.as_jmap(), keyword.as_imap().to_lowercase());
        }
        assert!("$Junk".parse::<Keyword>().is_err());
    }
}
