use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::Object;
use crate::canonical::write_number;

/// The sequence of doubles that the author of RFC 8785 published checksums of: a list, a run of
/// neighbours, then a chain of SHA-256 blocks.
#[derive(Clone, Debug)]
pub struct Sequence {
    numbers: Numbers,
    lines: u64,
    hash: Sha256,
    /// Lines that are not hashed yet.
    pending: Vec<u8>,
    /// What the sums are at some places, in order.
    pub(super) checksums: Vec<Checksum>,
}

#[derive(Clone, Debug)]
pub(super) struct Checksum {
    pub(super) lines: u64,
    pub(super) sha256: String,
}

impl Sequence {
    /// The sequence that a vector file describes: `static`, `serial_start`, `serial_count` and
    /// `checksums`.
    #[must_use]
    pub fn read(file: Object<'_>) -> Option<Self> {
        let bits = |text: &str| u64::from_str_radix(text, 16).ok();
        let listed = file.get("static")?.as_array()?;
        let mut first = listed
            .iter()
            .map(|value| bits(value.as_str()?))
            .collect::<Option<Vec<_>>>()?;
        let start = bits(file.get("serial_start")?.as_str()?)?;
        let count = file.get("serial_count")?.as_f64()? as u64;
        first.extend(start..start.checked_add(count)?);
        let checksums = file.get("checksums")?.as_array()?;
        let checksums = checksums.iter().map(|checksum| {
            let checksum = checksum.as_object()?;
            Some(Checksum {
                lines: checksum.get("lines")?.as_f64()? as u64,
                sha256: checksum.get("sha256")?.as_str()?.to_owned(),
            })
        });
        Some(Self {
            numbers: Numbers::new(first),
            lines: 0,
            hash: Sha256::new(),
            pending: Vec::new(),
            checksums: checksums.collect::<Option<_>>()?,
        })
    }

    /// Goes on to the end of line `lines` and gives the SHA-256 of all lines so far, in
    /// hexadecimal. It never goes back.
    pub fn checksum(&mut self, lines: u64) -> String {
        while self.lines < lines
            && let Some(bits) = self.numbers.next()
        {
            self.line(bits);
        }
        self.hash.update(&self.pending);
        self.pending.clear();
        let mut hex = String::new();
        for octet in self.hash.clone().finalize() {
            let _ = write!(hex, "{octet:02x}"); // a string takes all
        }
        hex
    }

    fn line(&mut self, bits: u64) {
        self.lines += 1;
        self.pending
            .extend_from_slice(format!("{bits:x},").as_bytes());
        let written = write_number(f64::from_bits(bits), &mut self.pending);
        debug_assert!(written.is_ok(), "the sequence is finite");
        self.pending.push(b'\n');
        if self.pending.len() > 1 << 16 {
            self.hash.update(&self.pending);
            self.pending.clear();
        }
    }
}

/// The bits of the doubles, one after the other, without an end.
#[derive(Clone, Debug)]
struct Numbers {
    first: std::vec::IntoIter<u64>,
    block: [u8; 32],
    /// How many octets of the block were used.
    used: usize,
}

impl Numbers {
    fn new(first: Vec<u64>) -> Self {
        Self {
            first: first.into_iter(),
            block: [0; 32],
            used: 32,
        }
    }
}

impl Iterator for Numbers {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        if let Some(bits) = self.first.next() {
            return Some(bits);
        }
        loop {
            if self.used == self.block.len() {
                self.block = Sha256::digest(self.block).into();
                self.used = 0;
            }
            let (numbers, _) = self.block.as_chunks::<8>();
            let bits = u64::from_le_bytes(*numbers.get(self.used / 8)?);
            self.used += 8;
            let number = f64::from_bits(bits);
            if number.is_finite() && number != 0.0 {
                return Some(bits);
            }
        }
    }
}
