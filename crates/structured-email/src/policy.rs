/// What counts as structured data. Strict everywhere by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // configuration, built with `..Policy::default()`
pub struct Policy {
    /// Which MIME parts speak for the message.
    pub designation: Designation,
    /// When JSON-LD in HTML bodies is read.
    pub html: HtmlData,
    /// Read microdata in HTML bodies when a message holds no JSON-LD at all. Without the
    /// `microdata` feature nothing is found.
    pub microdata: bool,
}

impl Policy {
    /// The strict policy, the default: designated parts only.
    pub const STRICT: Self = Self {
        designation: Designation::Strict,
        html: HtmlData::Fallback,
        microdata: false,
    };

    /// The lenient policy: parts without `Content-Purpose`, and attachments, speak as well.
    pub const LENIENT: Self = Self {
        designation: Designation::Lenient,
        html: HtmlData::Fallback,
        microdata: false,
    };
}

/// Which `application/ld+json` parts are statements about the message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)] // two readings, on purpose
pub enum Designation {
    /// Only parts with `Content-Purpose: Machine-readable` that are not attachments.
    #[default]
    Strict,
    /// Parts without a `Content-Purpose` too, and parts marked as attachment, each flagged.
    Lenient,
}

/// When JSON-LD script blocks in HTML bodies are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum HtmlData {
    /// Never.
    Ignore,
    /// Only when no MIME part is strictly designated.
    #[default]
    Fallback,
    /// Always, blocks with the octets of a MIME part left out.
    Both,
}
