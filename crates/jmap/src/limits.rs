/// How much is read of what a server says. The octets of an answer are bounded by whoever reads
/// them from the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // configuration, built with `..Limits::default()`
pub struct Limits {
    /// Calls answered in one response. Default 64.
    pub answers: usize,
    /// A line of the event stream, in octets. Default 64 KiB.
    pub event: usize,
}

impl Limits {
    /// The longest state, in octets.
    pub const STATE: usize = 1024;
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            answers: 64,
            event: 64 << 10,
        }
    }
}
