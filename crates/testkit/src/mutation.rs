//! Octets that nearly are what somebody wrote.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{Strategy, any};
use proptest::sample::{Index, select};

/// One of `written` with up to three octets changed, and maybe the rest of another one behind its start.
pub fn mutated(written: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let one = select(written.clone());
    let other = select(written);
    let cut = option::of(any::<Index>());
    overwritten((one, other, cut).prop_map(|(mut octets, other, cut)| {
        if let Some(cut) = cut.filter(|_| !octets.is_empty()) {
            let at = cut.index(octets.len());
            octets.truncate(at);
            octets.extend(other.get(at..).unwrap_or_default());
        }
        octets
    }))
}

/// Octets of `source`, up to three of them changed.
pub fn overwritten(source: impl Strategy<Value = Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let changes = vec((any::<Index>(), any::<u8>()), 0..4);
    (source, changes).prop_map(|(mut octets, changes)| {
        for (place, octet) in changes {
            if !octets.is_empty() {
                let place = place.index(octets.len());
                octets[place] = octet;
            }
        }
        octets
    })
}
