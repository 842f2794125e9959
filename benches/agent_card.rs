//! `agent-card` on cards of three sizes.
//!
//! The payload from raw octets is a strict parse, the projection to the schema and canonical
//! JSON. Beside it stands what a program would do first without this crate: reading the same
//! octets into a `serde_json::Value`. Wall time wanders on shared machines, so the table at the
//! end is made of pairs measured right after each other: the median of their ratios is what
//! counts.

use std::hint::black_box;
use std::time::{Duration, Instant};

use agent_card::{AgentCard, Limits, Payloads, jcs};
use criterion::{BenchmarkId, Criterion, Throughput};
use mailmesh_benches::{Card, cards};
use serde_json::Value;

const PAIRS: usize = 101;

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
    let others = ["--test", "--list", "--profile-time"];
    let measuring = !std::env::args().any(|argument| others.contains(&&*argument));
    if measuring {
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
        let rounds = rounds(octets);
        let mut pairs: Vec<_> = (0..PAIRS)
            .map(|_| (time(rounds, octets, payload), time(rounds, octets, value)))
            .collect();
        pairs.sort_by(|a, b| ratio(a).total_cmp(&ratio(b)));
        let (ours, theirs) = pairs[PAIRS / 2];
        println!(
            "{:12} {:>7} {:>9.2?} {:>15.2?} {:>6.2}x",
            card.name,
            octets.len(),
            ours,
            theirs,
            ratio(&(ours, theirs)),
        );
    }
}

/// How often a card has to be read for a millisecond to pass.
fn rounds(octets: &[u8]) -> u32 {
    let once = time(10, octets, value).max(Duration::from_nanos(1));
    u32::try_from(Duration::from_millis(1).as_nanos() / once.as_nanos())
        .unwrap_or(1)
        .max(1)
}

/// The time that one piece of work takes.
fn time(rounds: u32, octets: &[u8], work: fn(&[u8])) -> Duration {
    let start = Instant::now();
    for _ in 0..rounds {
        work(octets);
    }
    start.elapsed() / rounds
}

fn ratio((ours, theirs): &(Duration, Duration)) -> f64 {
    ours.as_secs_f64() / theirs.as_secs_f64()
}
