//! `structured-email` beside `mail-parser` on the same octets.
//!
//! Ours parses, classifies and extracts; `mail-parser` does its full parse. Wall time wanders
//! on shared machines, so the table at the end is made of pairs measured right after each
//! other: the median of their ratios is what counts.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput};
use mail_parser::MessageParser;
use mailmesh_benches::{Input, messages};
use structured_email::Message;

const PAIRS: usize = 101;

fn main() {
    let inputs = messages();
    let mut criterion = Criterion::default().configure_from_args();
    for input in &inputs {
        compare(&mut criterion, input);
    }
    criterion.final_summary();
    let others = ["--test", "--list", "--profile-time"];
    let measuring = !std::env::args().any(|argument| others.contains(&&*argument));
    if measuring {
        print_ratios(&inputs);
    }
}

fn compare(criterion: &mut Criterion, input: &Input) {
    let octets = input.message.as_bytes();
    let mut group = criterion.benchmark_group(input.name);
    group.throughput(Throughput::Bytes(octets.len() as u64));
    group.bench_with_input(
        BenchmarkId::from_parameter("ours"),
        octets,
        |bencher, octets| {
            bencher.iter(|| ours(octets));
        },
    );
    group.bench_with_input(
        BenchmarkId::from_parameter("mail-parser"),
        octets,
        |bencher, octets| {
            bencher.iter(|| theirs(octets));
        },
    );
    group.finish();
}

fn ours(octets: &[u8]) {
    black_box(Message::parse(black_box(octets)).ok());
}

fn theirs(octets: &[u8]) {
    black_box(MessageParser::default().parse(black_box(octets)));
}

fn print_ratios(inputs: &[Input]) {
    println!(
        "\n{:20} {:>9} {:>12} {:>12} {:>7}",
        "message", "octets", "ours", "mail-parser", "ratio"
    );
    for input in inputs {
        let octets = input.message.as_bytes();
        let rounds = rounds(octets);
        let mut pairs: Vec<_> = (0..PAIRS)
            .map(|_| (time(rounds, octets, ours), time(rounds, octets, theirs)))
            .collect();
        pairs.sort_by(|a, b| ratio(a).total_cmp(&ratio(b)));
        let (ours, theirs) = pairs[PAIRS / 2];
        println!(
            "{:20} {:>9} {:>9} MB/s {:>7} MB/s {:>6.2}x",
            input.name,
            octets.len(),
            speed(octets, ours),
            speed(octets, theirs),
            ratio(&(ours, theirs)),
        );
    }
}

/// How often an input has to be read for a millisecond to pass.
fn rounds(octets: &[u8]) -> u32 {
    let once = time(10, octets, theirs).max(Duration::from_nanos(1));
    u32::try_from(Duration::from_millis(1).as_nanos() / once.as_nanos())
        .unwrap_or(1)
        .max(1)
}

/// The time that one reading takes.
fn time(rounds: u32, octets: &[u8], read: fn(&[u8])) -> Duration {
    let start = Instant::now();
    for _ in 0..rounds {
        read(octets);
    }
    start.elapsed() / rounds
}

fn ratio((ours, theirs): &(Duration, Duration)) -> f64 {
    ours.as_secs_f64() / theirs.as_secs_f64()
}

fn speed(octets: &[u8], time: Duration) -> u64 {
    let seconds = time.as_secs_f64().max(f64::MIN_POSITIVE);
    (octets.len() as f64 / seconds / 1e6) as u64
}
