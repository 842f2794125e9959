/// How much a conversion looks at. What a message may be in the first place is in the limits of the
/// two crates below.
///
/// Sizes are octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // configuration, built with `..Limits::default()`
pub struct Limits {
    /// HTML of which text is made. Default 256 KiB.
    pub html: usize,
    /// Names of header fields that are told as lost, one by one. Default 64.
    pub headers: usize,
    /// An envelope as it is posted. Default 1 MiB, what operators take.
    pub body: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            html: 256 << 10,
            headers: 64,
            body: asmtp_envelope::Limits::default().body,
        }
    }
}
