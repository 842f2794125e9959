use std::fmt;

/// What the structured data of a message, or of one item, says about the readable content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Class {
    /// No structured data.
    None,
    /// Encrypted: nothing is known until the caller hands in the decrypted entity.
    Opaque,
    /// HTML microdata.
    HtmlMicrodata,
    /// A JSON-LD script block in an HTML body.
    HtmlEmbedded,
    /// Data beside the text that does not describe it (`multipart/mixed`).
    NonRepresentation,
    /// Data that describes some of the text (`multipart/related`).
    Partial,
    /// Data that says everything the text says (`multipart/alternative`).
    Full,
    /// A machine-readable message in a multipart wrapper.
    MrmShape,
    /// A machine-readable message: one single `application/ld+json` entity.
    Mrm,
}

impl Class {
    /// The name used in reports and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Opaque => "opaque",
            Self::HtmlMicrodata => "html-microdata",
            Self::HtmlEmbedded => "html-embedded",
            Self::NonRepresentation => "non-representation",
            Self::Partial => "partial",
            Self::Full => "full",
            Self::MrmShape => "mrm-shape",
            Self::Mrm => "mrm",
        }
    }

    /// Whether the message is for machines only, strictly or by shape.
    #[must_use]
    pub const fn is_mrm(self) -> bool {
        matches!(self, Self::Mrm | Self::MrmShape)
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
