use std::fmt;

use crate::Section;

/// Something wrong with one part: an item is missing or the sender broke a rule.
///
/// A problem never disturbs the parts beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub(crate) part: Section,
    pub(crate) kind: ProblemKind,
    pub(crate) offset: Option<usize>,
}

impl Problem {
    pub(crate) fn new(part: Section, kind: ProblemKind, offset: Option<usize>) -> Self {
        Self { part, kind, offset }
    }

    /// The part it concerns.
    #[must_use]
    pub fn part(&self) -> &Section {
        &self.part
    }

    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> ProblemKind {
        self.kind
    }

    /// Where, in octets of the decoded part or script block, if it is at one place.
    #[must_use]
    pub fn offset(&self) -> Option<usize> {
        self.offset
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.detail())?;
        if let Some(offset) = self.offset {
            write!(f, " at octet {offset}")?;
        }
        Ok(())
    }
}

/// Something odd that lost nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    pub(crate) part: Option<Section>,
    pub(crate) kind: WarningKind,
}

impl Warning {
    pub(crate) fn of_message(kind: WarningKind) -> Self {
        Self { part: None, kind }
    }

    pub(crate) fn in_part(part: Section, kind: WarningKind) -> Self {
        Self {
            part: Some(part),
            kind,
        }
    }

    /// The part it concerns, or `None` for the message.
    #[must_use]
    pub fn part(&self) -> Option<&Section> {
        self.part.as_ref()
    }

    /// What is odd.
    #[must_use]
    pub fn kind(&self) -> WarningKind {
        self.kind
    }
}

/// One enum, its names and its sentences, kept in one table.
macro_rules! kinds {
    ($(#[$meta:meta])* $name:ident { $($variant:ident = $detail:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum $name {
            $(#[doc = concat!($detail, ".")] $variant,)*
        }

        impl $name {
            /// The name used in reports.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => stringify!($variant),)* }
            }

            /// One sentence for people.
            #[must_use]
            pub const fn detail(self) -> &'static str {
                match self { $(Self::$variant => $detail,)* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

kinds! {
    /// The kinds of [`Problem`].
    ProblemKind {
        InvalidUtf8 = "the data is not UTF-8",
        UnsupportedCharset = "the part names a charset other than UTF-8",
        Syntax = "the data is not JSON",
        NonFinite = "a number is not finite",
        Nul = "the data holds a NUL character",
        LoneSurrogate = "a string escape is half of a surrogate pair",
        DuplicateMember = "an object has two members of one name",
        NumberTooLong = "a number token is too long",
        TooDeep = "the JSON is nested too deeply",
        TooLarge = "the decoded data is too large",
        Trailing = "something follows the JSON value",
        EmptyPart = "the part is empty",
        NotAnObject = "the data is not a JSON object",
        BadBase64 = "the part is not base64",
        UnknownEncoding = "the transfer encoding is unknown",
        MimeTooDeep = "the multiparts are nested too deeply, the rest is opaque",
        TooManyParts = "the message has too many parts, the rest is opaque",
        TooManyItems = "the message has too many items, the first ones are kept",
        TooManyScripts = "the HTML has too many script blocks, the first ones are kept",
        UnclosedScript = "a script block is not closed",
        CidOfBody = "an @id names the readable body by its Content-ID",
        HeaderTooLarge = "the header block of a part is too long, the part is opaque",
    }
}

kinds! {
    /// The kinds of [`Warning`].
    WarningKind {
        Bom = "the data starts with a byte order mark",
        NoPurpose = "the part has no Content-Purpose",
        AmbiguousHeaders = "a part has a MIME field or parameter twice",
        AmbiguousContentId = "two parts have one Content-ID",
        HeaderHintMismatch = "a header hint contradicts the content",
        MissingRelatedType = "a multipart/related has no type parameter",
        RelatedRootIsMachine = "the root of a multipart/related is the data",
        MixedClasses = "the message holds data of different classes",
        UnusualContainer = "the data stands in an unusual kind of multipart",
        CompositeEncoding = "a multipart names a transfer encoding",
        IllegalHeaderLine = "a header line is not legal",
        BoundaryReused = "a nested multipart reuses a boundary",
        MissingCloseBoundary = "a multipart is not closed",
        BareLf = "lines end with a bare line feed",
        Base64Noise = "the base64 holds other characters, or lacks its padding",
        Utf8Header = "a header holds raw UTF-8",
        DanglingCid = "a cid: reference matches no part",
        BigInt = "an integer is beyond the range that every reader keeps exact",
        DuplicateMember = "an object has two members of one name, there is no value view",
        ForeignSupersedes = "the message supersedes mail of another author",
    }
}
