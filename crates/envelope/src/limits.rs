/// How much a reader takes in. The defaults are those of the protocol, or safe where it names none.
///
/// Sizes are octets, the others are counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // configuration, built with `..Limits::default()`
pub struct Limits {
    /// A posted body, another request, or an answer with a receipt. Default 1 MiB (2.1).
    pub body: usize,
    /// A fetched envelope: longer than its post by its sender and the URLs of its files. Default
    /// 2 MiB.
    pub envelope: usize,
    /// A page of a listing, or an answer to a batch fetch. Default 64 MiB.
    pub page: usize,
    /// A push frame. Default 256 KiB.
    pub frame: usize,
    /// Nested arrays and objects, the outermost counted as 1. Default 64 (section 14).
    pub depth: usize,
    /// One JSON number. Default 1,024.
    pub number: usize,
    /// Handles in `to` and `cc` together, as posted. Default 100 (section 19).
    pub recipients: usize,
    /// Ids in `references`. Default 100 (2.1).
    pub references: usize,
    /// Content parts. Default 64 (2.1).
    pub parts: usize,
}

impl Limits {
    pub(crate) fn json(&self, size: usize) -> strict_json::Limits {
        strict_json::Limits {
            size,
            depth: self.depth,
            number: self.number,
            ..strict_json::Limits::default()
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 1 << 20,
            envelope: 2 << 20,
            page: 64 << 20,
            frame: 256 << 10,
            depth: 64,
            number: 1024,
            recipients: 100,
            references: 100,
            parts: 64,
        }
    }
}
