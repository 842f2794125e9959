//! `strict-json` on cards of three sizes, beside the crates people know.
//!
//! Canonical form is taken of a parsed value: ours of a `Document` and of the same
//! `serde_json::Value` that the others get. A strict parse stands beside that of `serde_json`.
//! The tables at the end are made of [`Pair`]s.

use std::hint::black_box;

use a2a_protocol_types::signing;
use criterion::{BenchmarkId, Criterion, Throughput};
use mailmesh_benches::{Card, Pair, cards, is_measuring};
use serde_json::Value;
use strict_json::canonical::canonicalize_value;
use strict_json::{Document, Limits};

fn main() {
    let cards = cards();
    let mut criterion = Criterion::default().configure_from_args();
    for card in &cards {
        let input = Input::new(card);
        let mut group = criterion.benchmark_group(card.name);
        group.throughput(Throughput::Bytes(card.json.len() as u64));
        for (name, work) in PARSE.into_iter().chain(CANONICAL) {
            let id = BenchmarkId::from_parameter(name);
            group.bench_with_input(id, &input, |bencher, input| bencher.iter(|| work(input)));
        }
        group.finish();
    }
    criterion.final_summary();
    if is_measuring() {
        print_ratios(&cards, &PARSE, &["strict-json"]);
        print_ratios(&cards, &CANONICAL, &["Document", "serde_json::Value"]);
    }
}

/// A card in the forms that are measured.
struct Input<'a> {
    json: &'a [u8],
    document: Document<'a>,
    value: Value,
}

impl<'a> Input<'a> {
    fn new(card: &'a Card) -> Self {
        let json = card.json.as_bytes();
        Self {
            json,
            document: Document::parse(json, &Limits::default()).expect("a card"),
            value: serde_json::from_slice(json).expect("a card"),
        }
    }
}

/// What is measured, and its name.
type Work = (&'static str, fn(&Input<'_>));

const PARSE: [Work; 2] = [
    ("strict-json", |input| {
        black_box(Document::parse(black_box(input.json), &Limits::default()).ok());
    }),
    ("serde_json", |input| {
        black_box(serde_json::from_slice::<Value>(black_box(input.json)).ok());
    }),
];

const CANONICAL: [Work; 5] = [
    ("Document", |input| {
        let mut out = Vec::new();
        black_box(&input.document).root().write_canonical(&mut out);
        black_box(out);
    }),
    ("serde_json::Value", |input| {
        black_box(canonicalize_value(black_box(&input.value)).ok());
    }),
    ("serde_jcs", |input| {
        black_box(serde_jcs::to_vec(black_box(&input.value)).ok());
    }),
    ("serde_json_canonicalizer", |input| {
        black_box(serde_json_canonicalizer::to_vec(black_box(&input.value)).ok());
    }),
    ("a2a-protocol-types", |input| {
        black_box(signing::canonicalize(black_box(&input.value)).ok());
    }),
];

/// How many times as long the other works take as each of ours.
fn print_ratios(cards: &[Card], works: &[Work], ours: &[&str]) {
    println!("\n{:12} {:18} times as long", "card", "ours");
    for card in cards {
        let input = Input::new(card);
        let (ours, others): (Vec<_>, Vec<_>) = works
            .iter()
            .copied()
            .partition(|(name, _)| ours.contains(name));
        for (name, work) in ours {
            print!("{:12} {name:18}", card.name);
            for &(other, theirs) in &others {
                let pair = Pair::measure(|| work(&input), || theirs(&input));
                print!(" {other} {:.2}", 1.0 / pair.ratio());
            }
            println!();
        }
    }
}
