//! `strict-json` on cards of three sizes, beside the crates people know.
//!
//! Canonical form is taken of a parsed value: ours of a `Document` and of the same
//! `serde_json::Value` that the others get. A strict parse stands beside that of `serde_json`.
//! Wall time wanders on shared machines, so the tables at the end are made of pairs measured
//! right after each other: the median of their ratios is what counts.

use std::hint::black_box;
use std::time::{Duration, Instant};

use a2a_protocol_types::signing;
use criterion::{BenchmarkId, Criterion, Throughput};
use mailmesh_benches::{Card, cards};
use serde_json::Value;
use strict_json::canonical::canonicalize_value;
use strict_json::{Document, Limits};

const PAIRS: usize = 101;

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
    let others = ["--test", "--list", "--profile-time"];
    let measuring = !std::env::args().any(|argument| others.contains(&&*argument));
    if measuring {
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
    println!(
        "\n{:12} {:18} {:>10}  times as long",
        "card", "ours", "time"
    );
    for card in cards {
        let input = Input::new(card);
        let (ours, others): (Vec<_>, Vec<_>) = works
            .iter()
            .copied()
            .partition(|(name, _)| ours.contains(name));
        for (name, work) in ours {
            let rounds = rounds(&input, work);
            print!(
                "{:12} {name:18} {:>10.2?}",
                card.name,
                time(rounds, &input, work)
            );
            for &(other, theirs) in &others {
                print!("  {other} {:.2}", ratio(rounds, &input, work, theirs));
            }
            println!();
        }
    }
}

fn ratio(rounds: u32, input: &Input<'_>, ours: fn(&Input<'_>), theirs: fn(&Input<'_>)) -> f64 {
    let mut ratios: Vec<_> = (0..PAIRS)
        .map(|_| {
            let ours = time(rounds, input, ours);
            time(rounds, input, theirs).as_secs_f64() / ours.as_secs_f64()
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    ratios[PAIRS / 2]
}

/// How often a piece of work has to be done for half a millisecond to pass.
fn rounds(input: &Input<'_>, work: fn(&Input<'_>)) -> u32 {
    let once = time(10, input, work).max(Duration::from_nanos(1));
    u32::try_from(Duration::from_micros(500).as_nanos() / once.as_nanos())
        .unwrap_or(1)
        .max(1)
}

/// The time that one piece of work takes.
fn time(rounds: u32, input: &Input<'_>, work: fn(&Input<'_>)) -> Duration {
    let start = Instant::now();
    for _ in 0..rounds {
        work(input);
    }
    start.elapsed() / rounds
}
