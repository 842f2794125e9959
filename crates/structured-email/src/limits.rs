/// How much of a message is looked at before the rest is refused or left opaque.
///
/// Every limit applies after transfer decoding and is checked while decoding, so that a bomb
/// stops early. The defaults are safe for mail from strangers.
///
/// Sizes are octets, the others are counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // configuration, built with `..Limits::default()`
pub struct Limits {
    /// Whole message. Beyond it the message is refused with
    /// [`MessageTooLarge`](crate::ErrorKind::MessageTooLarge). Default 25 MiB.
    pub message: usize,
    /// One header block. Beyond it the message is refused with
    /// [`HeaderTooLarge`](crate::ErrorKind::HeaderTooLarge), a single part becomes opaque.
    /// Default 256 KiB.
    pub header: usize,
    /// Nested multiparts, the outermost counted as 1. Default 16, never more than
    /// [`Limits::MIME_DEPTH_CAP`].
    pub mime_depth: usize,
    /// Entities, containers and leaves together. Default 512, never more than
    /// [`Limits::PARTS_CAP`].
    pub parts: usize,
    /// One data part or script block, decoded. Default 64 KiB, never more than
    /// [`Limits::DATA_CAP`].
    pub data: usize,
    /// Nested JSON arrays and objects, the outermost counted as 1. Default 32, never more than
    /// [`Limits::JSON_DEPTH_CAP`].
    pub json_depth: usize,
    /// One JSON number token. Default 64.
    pub number: usize,
    /// Items per message. Default 64.
    pub items: usize,
    /// Script blocks per HTML body. Default 32.
    pub scripts: usize,
    /// HTML scanned per body. Default 2 MiB.
    pub html: usize,
}

impl Limits {
    /// The most that [`Limits::mime_depth`](field@crate::Limits::mime_depth) can be raised to. Each line is compared with the
    /// boundaries of all open multiparts.
    pub const MIME_DEPTH_CAP: usize = 128;
    /// The most that [`Limits::parts`](field@crate::Limits::parts) can be raised to.
    pub const PARTS_CAP: usize = 10_000;
    /// The most that [`Limits::data`](field@crate::Limits::data) can be raised to.
    pub const DATA_CAP: usize = 1 << 20;
    /// The most that [`Limits::json_depth`](field@crate::Limits::json_depth) can be raised to.
    pub const JSON_DEPTH_CAP: usize = 96;

    pub(crate) fn mime_depth(&self) -> usize {
        self.mime_depth.min(Self::MIME_DEPTH_CAP)
    }

    pub(crate) fn parts(&self) -> usize {
        self.parts.min(Self::PARTS_CAP)
    }

    pub(crate) fn data(&self) -> usize {
        self.data.min(Self::DATA_CAP)
    }

    pub(crate) fn json_depth(&self) -> usize {
        self.json_depth.min(Self::JSON_DEPTH_CAP)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message: 25 << 20,
            header: 256 << 10,
            mime_depth: 16,
            parts: 512,
            data: 64 << 10,
            json_depth: 32,
            number: 64,
            items: 64,
            scripts: 32,
            html: 2 << 20,
        }
    }
}
