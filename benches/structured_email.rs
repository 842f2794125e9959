//! `structured-email` beside `mail-parser` on the same octets.
//!
//! Ours parses, classifies and extracts; `mail-parser` does its full parse. The table at
//! the end is made of [`Pair`]s.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput};
use mail_parser::MessageParser;
use mailmesh_benches::{Input, Pair, is_measuring, messages};
use structured_email::Message;

fn main() {
    let inputs = messages();
    let mut criterion = Criterion::default().configure_from_args();
    for input in &inputs {
        compare(&mut criterion, input);
    }
    criterion.final_summary();
    if is_measuring() {
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
        let pair = Pair::measure(|| ours(octets), || theirs(octets));
        println!(
            "{:20} {:>9} {:>9} MB/s {:>7} MB/s {:>6.2}x",
            input.name,
            octets.len(),
            speed(octets, pair.ours),
            speed(octets, pair.theirs),
            pair.ratio(),
        );
    }
}

fn speed(octets: &[u8], time: Duration) -> u64 {
    let seconds = time.as_secs_f64().max(f64::MIN_POSITIVE);
    (octets.len() as f64 / seconds / 1e6) as u64
}
