#![no_main]

#[path = "../peak.rs"]
mod peak;

use mailmesh_testkit::properties;
use strict_json::{Document, Limits};

#[global_allocator]
static ALLOCATOR: peak::Counting = peak::Counting;

/// What a parse may take however short the text is: an octet can open an array, and there can be
/// 128 of them, in three lists that double.
const FIXED: usize = 12 << 10;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    let (parsed, peak) = peak::measure(|| Document::parse(octets, &Limits::default()));
    drop(parsed);
    // A node for every two octets, in a list that doubles and is copied when it grows.
    assert!(
        peak <= 40 * octets.len() + FIXED,
        "{peak} octets for a text of {}",
        octets.len()
    );
    properties::strict_json_reader(octets);
});
