/// How much of a card, a key set or a signature is looked at before it is refused.
///
/// The defaults are safe for cards from strangers. Sizes are octets, the others are counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // configuration, built with `..Limits::default()`
pub struct Limits {
    /// The JSON text of a card, a JWK or a JWK Set. Default 1 MiB.
    pub size: usize,
    /// Nested arrays and objects, the outermost counted as 1. Default 128, never more than
    /// [`Limits::DEPTH_CAP`].
    pub depth: usize,
    /// JSON values, containers and leaves together. Default 10 000.
    pub nodes: usize,
    /// Entries of `signatures`. Default 64.
    pub signatures: usize,
    /// One protected header, decoded. Default 8 KiB.
    pub header: usize,
    /// Keys that are tried for one signature. Default 16.
    pub candidates: usize,
}

impl Limits {
    /// The most that [`Limits::depth`](field@crate::Limits::depth) can be raised to.
    pub const DEPTH_CAP: usize = 256;

    /// What they are to the JSON reader.
    pub(crate) fn json(&self) -> strict_json::Limits {
        strict_json::Limits {
            size: self.size,
            depth: self.depth.min(Self::DEPTH_CAP),
            nodes: self.nodes,
            ..strict_json::Limits::default()
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            size: 1 << 20,
            depth: 128,
            nodes: 10_000,
            signatures: 64,
            header: 8 << 10,
            candidates: 16,
        }
    }
}
