//! Octets that stand for themselves in a JSON string, read and written.

const ONES: u64 = u64::MAX / 0xFF;
const HIGH: u64 = ONES << 7;

/// Most strings end before it pays to look at more octets than a word has.
const SHORT: usize = 16;

/// How many octets at the start are neither a quote nor a backslash nor a control (RFC 8259 7).
#[inline]
pub(crate) fn prefix(octets: &[u8]) -> usize {
    let Some((short, long)) = octets.split_at_checked(SHORT) else {
        return in_words(octets);
    };
    match in_words(short) {
        SHORT => SHORT + in_blocks(long),
        special => special,
    }
}

fn in_blocks(octets: &[u8]) -> usize {
    let (blocks, _) = octets.as_chunks::<32>();
    let plain = blocks.iter().position(|block| {
        // Without an early end, so that it is done in vector registers.
        let special = block.iter().fold(0, |any, &octet| {
            any | u8::from(octet < b' ') | u8::from(octet == b'"') | u8::from(octet == b'\\')
        });
        special != 0
    });
    let start = plain.unwrap_or(blocks.len()) * 32;
    start + in_words(&octets[start..])
}

#[inline]
fn in_words(octets: &[u8]) -> usize {
    let (words, tail) = octets.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let special = special(u64::from_le_bytes(*word));
        if special != 0 {
            return index * 8 + special.trailing_zeros() as usize / 8;
        }
    }
    let plain = tail
        .iter()
        .position(|&octet| octet < b' ' || octet == b'"' || octet == b'\\');
    words.len() * 8 + plain.unwrap_or(tail.len())
}

/// Marks the high bit of each octet that is not plain. A borrow can mark one too many, but only
/// above a right one, so the lowest mark is always right.
#[inline]
fn special(word: u64) -> u64 {
    let control = word.wrapping_sub(ONES * 0x20);
    let quote = (word ^ (ONES * 0x22)).wrapping_sub(ONES);
    let backslash = (word ^ (ONES * 0x5C)).wrapping_sub(ONES);
    (control | quote | backslash) & !word & HIGH
}

#[cfg(test)]
mod tests {
    use super::prefix;

    #[test]
    fn every_octet_stops_or_passes_wherever_it_stands() {
        for octet in 0..=u8::MAX {
            let stops = octet < 0x20 || octet == b'"' || octet == b'\\';
            for at in 0..90 {
                let mut octets = [b'a'; 90];
                octets[at] = octet;
                let expected = if stops { at } else { 90 };
                assert_eq!(prefix(&octets), expected, "{octet:#x} at {at}");
            }
        }
    }
}
