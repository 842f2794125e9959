//! Prints the checksum of the number sequence of RFC 8785's author up to as many lines as asked
//! for, and how long it took.
//!
//! `cargo run --release -p strict-json --features conformance --example number_sequence -- 100000000`

use std::error::Error;
use std::time::Instant;
use std::{env, fs};

use strict_json::conformance::Sequence;
use strict_json::{Document, Limits};

const FILE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../vectors/json-canonicalization/numbers-sequence.json"
);

fn main() -> Result<(), Box<dyn Error>> {
    let lines: u64 = env::args()
        .nth(1)
        .map_or(Ok(1_000_000), |lines| lines.parse())?;
    let file = fs::read(FILE)?;
    let document = Document::parse(&file, &Limits::default())?;
    let file = document.root().as_object();
    let mut sequence = file
        .and_then(Sequence::read)
        .ok_or("expected a number sequence")?;
    let start = Instant::now();
    let sum = sequence.checksum(lines);
    println!("{lines} lines, {:.1?}: {sum}", start.elapsed());
    Ok(())
}
