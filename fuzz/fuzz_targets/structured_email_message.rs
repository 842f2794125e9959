#![no_main]

#[path = "../peak.rs"]
mod peak;

use mailmesh_testkit::properties;
use structured_email::{Designation, HtmlData, Limits, Message, Policy};

#[global_allocator]
static ALLOCATOR: peak::Counting = peak::Counting;

/// What a parse may take however short the message is: 512 parts and 64 items have their price.
const FIXED: usize = 256 << 10;

libfuzzer_sys::fuzz_target!(|raw: &[u8]| {
    for designation in [Designation::Strict, Designation::Lenient] {
        let policy = Policy {
            designation,
            html: HtmlData::Fallback,
            microdata: false,
        };
        let (parsed, peak) = peak::measure(|| Message::parse_with(raw, policy, &Limits::default()));
        drop(parsed);
        assert!(
            peak <= 4 * raw.len() + FIXED,
            "{peak} octets for a message of {}",
            raw.len()
        );
    }
    properties::message(raw);
});
