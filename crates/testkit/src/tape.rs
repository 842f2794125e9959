/// Decisions, one octet each: what a random seed and a fuzzer both can write. Behind its end every
/// decision is the first.
#[derive(Debug)]
pub(crate) struct Tape<'a> {
    octets: &'a [u8],
    at: usize,
}

impl<'a> Tape<'a> {
    pub(crate) fn new(octets: &'a [u8]) -> Self {
        Self { octets, at: 0 }
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.at >= self.octets.len()
    }

    /// A number below `end`, which is at most 256.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let octet = self.octets.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        usize::from(octet) % end.max(1)
    }

    pub(crate) fn flip(&mut self) -> bool {
        self.below(2) == 1
    }
}
