//! `agent-card` on cards of three sizes.
//!
//! The payload from raw octets is a strict parse, the projection to the schema and canonical
//! JSON. Beside it stands what a program would do first without this crate: reading the same
//! octets into a `serde_json::Value`. The table at the end is made of [`Pair`]s.

use std::hint::black_box;

use agent_card::{AgentCard, Limits, Payloads, jcs};
use criterion::{BenchmarkId, Criterion, Throughput};
use mailmesh_benches::{Card, Pair, cards, is_measuring};
use serde_json::Value;

/// What is measured, and its name.
type Work = (&'static str, fn(&[u8]));

const WORKS: [Work; 4] = [
    ("payload", payload),
    ("serde_json::Value", value),
    ("strict parse", document),
    ("card", card),
];

fn main() {
    let cards = cards();
    let mut criterion = Criterion::default().configure_from_args();
    for card in &cards {
        measure(&mut criterion, card);
    }
    criterion.final_summary();
    if is_measuring() {
        print_ratios(&cards);
    }
}

fn measure(criterion: &mut Criterion, card: &Card) {
    let octets = card.json.as_bytes();
    let mut group = criterion.benchmark_group(card.name);
    group.throughput(Throughput::Bytes(octets.len() as u64));
    for (name, work) in WORKS {
        let id = BenchmarkId::from_parameter(name);
        group.bench_with_input(id, octets, |bencher, octets| bencher.iter(|| work(octets)));
    }
    group.finish();
}

/// Raw octets to what is signed, under both profiles.
fn payload(octets: &[u8]) {
    black_box(Payloads::read(black_box(octets), &Limits::default()).ok());
}

fn value(octets: &[u8]) {
    black_box(serde_json::from_slice::<Value>(black_box(octets)).ok());
}

fn document(octets: &[u8]) {
    let limits = jcs::Limits::default();
    black_box(jcs::Document::parse(black_box(octets), &limits).ok());
}

/// Raw octets to a typed card.
fn card(octets: &[u8]) {
    black_box(AgentCard::parse(black_box(octets), &Limits::default()).ok());
}

fn print_ratios(cards: &[Card]) {
    println!(
        "\n{:12} {:>7} {:>12} {:>18} {:>7}",
        "card", "octets", "payload", "serde_json::Value", "ratio"
    );
    for card in cards {
        let octets = card.json.as_bytes();
        let pair = Pair::measure(|| payload(octets), || value(octets));
        println!(
            "{:12} {:>7} {:>9.2?} {:>15.2?} {:>6.2}x",
            card.name,
            octets.len(),
            pair.ours,
            pair.theirs,
            pair.ratio(),
        );
    }
}
