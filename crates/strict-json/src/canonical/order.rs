use std::cmp::Ordering;

/// The order of member names: by UTF-16 code units (RFC 8785 3.2.3).
#[must_use]
pub fn compare_names(left: &str, right: &str) -> Ordering {
    let mut pairs = left.bytes().zip(right.bytes());
    match pairs.find(|(left, right)| left != right) {
        Some((left, right)) => rank(left).cmp(&rank(right)),
        None => left.len().cmp(&right.len()),
    }
}

/// What an octet of UTF-8 counts where two names differ first.
///
/// UTF-8 sorts as code points do. UTF-16 sorts in the same way, but for U+E000 to U+FFFF, which
/// stand behind all that is encoded with surrogates. They start with 0xEE and 0xEF, and nothing
/// else has those octets.
fn rank(octet: u8) -> u8 {
    match octet {
        0xEE | 0xEF => octet + 0x10,
        _ => octet,
    }
}

/// The first eight octets of a name as one number that sorts as the name does. Equal numbers say
/// nothing.
pub(super) fn prefix(name: &str) -> u64 {
    let mut octets = [0; 8];
    let length = name.len().min(8);
    octets[..length].copy_from_slice(&name.as_bytes()[..length]);
    if !name.is_ascii() {
        octets = octets.map(rank);
    }
    u64::from_be_bytes(octets)
}
