/// How much of a JSON text is read before it is refused.
///
/// The defaults are safe for texts from strangers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // configuration, built with `..Limits::default()`
pub struct Limits {
    /// The whole text, in octets. Default 64 MiB, never more than [`Limits::SIZE_CAP`].
    pub size: usize,
    /// Nested arrays and objects, the outermost counted as 1. Default 128.
    pub depth: usize,
    /// Values, the outermost and those inside of it together; member names are not counted.
    /// Default 4 194 304 (2^22).
    pub nodes: usize,
    /// One number, in octets. Default 1024.
    pub number: usize,
}

impl Limits {
    /// The most that [`Limits::size`](field@crate::Limits::size) can be raised to: 1 GiB. Offsets
    /// are kept in 32 bits.
    pub const SIZE_CAP: usize = 1 << 30;

    pub(crate) fn size(&self) -> usize {
        self.size.min(Self::SIZE_CAP)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            size: 64 << 20,
            depth: 128,
            nodes: 1 << 22,
            number: 1024,
        }
    }
}
