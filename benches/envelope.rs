//! `asmtp-envelope` beside `serde_json` on the same octets.
//!
//! Ours reads a post strictly and decides on it; `serde_json` parses it to a `Value`. What a store keeps to tell
//! a retry, a digest of the canonical form, has a row of its own. The table at the end is made of [`Pair`]s.

use std::hint::black_box;

use asmtp_envelope::{
    Accepted, Action, Decision, Entry, EnvelopePost, Event, Gate, HttpUrl, Limits, Listing, Page,
    Policy, PushFrame, Receiver, ReceiverOptions, Row, Timestamp, View, accept,
};
use criterion::{Criterion, Throughput};
use mailmesh_benches::{Pair, is_measuring};
use serde::Serialize;

const POST: &str = concat!(
    r#"{"id":"01M7XK89PHAZENM5WE3MBS1TF1","to":["@beta.bob"],"subject":"Quote for 40 widgets","date_ms":1795215861457,"content_parts":[{"type":"text","text":""#,
    "We need forty widgets, the blue ones of last spring, delivered to the dock in Utrecht by the ninth. ",
    "Please quote for the lot and for ten, with and without assembly, and say how long the offer stands. ",
    "Invoices go to accounting as usual.",
    r#""}]}"#
);

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let sample = Sample::new();
    let mut group = criterion.benchmark_group("envelope");
    group.throughput(Throughput::Bytes(POST.len() as u64));
    group.bench_function("read and accept", |b| b.iter(|| sample.read_and_accept()));
    group.bench_function("serde_json to Value", |b| b.iter(parse_to_value));
    let (frame, equal) = (sample.frame(), sample.equal_struct());
    group.throughput(Throughput::Bytes(written(&frame).len() as u64));
    let mut out = Vec::new();
    group.bench_function("write a frame", |b| b.iter(|| write(&frame, &mut out)));
    group.bench_function("serde_json, equal struct", |b| {
        b.iter(|| write_equal(&equal, &mut out))
    });
    group.throughput(Throughput::Elements(100));
    group.bench_function("plan a page of 100", |b| b.iter(|| plan(&frame)));
    let pages = pages();
    group.throughput(Throughput::Elements(ENVELOPES));
    group.bench_function("receive 10,000", |b| b.iter(|| receive(&pages)));
    group.finish();
    criterion.final_summary();
    if is_measuring() {
        print_ratios(&sample);
    }
}

/// An operator that knows two agents.
struct Sample {
    sender: Gate,
    recipients: [Gate; 1],
    base: HttpUrl,
    now: Timestamp,
    accepted: Box<Accepted>,
}

impl Sample {
    fn new() -> Self {
        let gate = |name: &str| Gate::new(name.parse().expect("a handle"), Policy::Open);
        let (sender, recipients) = (gate("@acme.alice"), [gate("@beta.bob")]);
        let base = "https://mail.example".parse().expect("a URL");
        let now = Timestamp::new(1_795_215_861_458).expect("a time");
        let accepted = decide(&sender, &recipients, &base, now);
        Self {
            sender,
            recipients,
            base,
            now,
            accepted,
        }
    }

    fn accept(&self) -> Box<Accepted> {
        decide(&self.sender, &self.recipients, &self.base, self.now)
    }

    fn read_and_accept(&self) {
        black_box(self.accept());
    }

    fn frame(&self) -> PushFrame<'_> {
        self.accepted.frame()
    }

    fn equal_struct(&self) -> Frame<'_> {
        let envelope = self.accepted.envelope();
        Frame {
            op: PushFrame::OP,
            id: self.accepted.id().to_string(),
            from: envelope.from().as_str(),
            to: envelope.to().iter().map(|handle| handle.as_str()).collect(),
            subject: envelope.subject().map(|subject| subject.as_str()),
            type_hint: "text",
            size_hint: self.accepted.size_hint(),
            created_at: self.accepted.key().created_at.as_millis(),
            date_ms: envelope.date_ms().as_millis(),
        }
    }
}

/// A frame as one would write it with serde.
#[derive(Serialize)]
struct Frame<'a> {
    op: &'a str,
    id: String,
    from: &'a str,
    to: Vec<&'a str>,
    subject: Option<&'a str>,
    type_hint: &'a str,
    size_hint: u64,
    created_at: u64,
    date_ms: u64,
}

fn decide(sender: &Gate, recipients: &[Gate], base: &HttpUrl, now: Timestamp) -> Box<Accepted> {
    let post = EnvelopePost::parse(black_box(POST.as_bytes()), &Limits::default());
    let view = View {
        sender,
        recipients,
        known: None,
        files: &[],
        last: None,
        base,
    };
    match accept(post.expect("a post"), &view, now) {
        Decision::Accepted(accepted) => accepted,
        other => panic!("{other:?}"),
    }
}

fn parse_to_value() {
    let octets = black_box(POST.as_bytes());
    black_box(serde_json::from_slice::<serde_json::Value>(octets).expect("JSON"));
}

fn write(frame: &PushFrame<'_>, out: &mut Vec<u8>) {
    out.clear();
    black_box(frame).write(out);
    black_box(&out);
}

fn write_equal(frame: &Frame<'_>, out: &mut Vec<u8>) {
    out.clear();
    serde_json::to_writer(&mut *out, black_box(frame)).expect("a vector takes everything");
    black_box(&out);
}

fn written(frame: &PushFrame<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    frame.write(&mut out);
    out
}

/// Reads the query, and makes and writes the page that answers it.
fn plan(frame: &PushFrame<'_>) {
    let query = "limit=100&after_created_at=5&after_envelope_id=01M7XK89PHAZENM5WE3MBS1TF1";
    let listing = Listing::parse(black_box(query)).expect("a query");
    let entry = Entry {
        sent: false,
        received: Some(false),
    };
    let rows = (0..100).filter(|_| listing.selects(entry));
    let page = Page::of(
        &listing,
        rows.map(|_| Row::of(&listing, frame.clone(), entry)),
    );
    let mut out = Vec::with_capacity(32 << 10);
    page.write(&mut out);
    black_box(out);
}

const ENVELOPES: u64 = 10_000;

/// A mailbox as an operator answers it.
fn pages() -> Vec<Vec<u8>> {
    let numbers: Vec<u64> = (0..ENVELOPES).collect();
    let pages = numbers.chunks(1_000).map(|numbers| {
        let rows: Vec<_> = numbers.iter().map(|n| format!(
            r#"{{"op":"envelope.notify","id":"01{n:024}","from":"@acme.alice","to":["@beta.bob"],"subject":"Quote for 40 widgets","type_hint":"text","size_hint":12,"created_at":{},"date_ms":1}}"#,
            1_795_215_861_458 + n,
        )).collect();
        let last = numbers.last().expect("a chunk");
        let next = if *last + 1 == ENVELOPES { "null".to_owned() } else {
            format!(r#"{{"created_at":{},"envelope_id":"01{last:024}"}}"#, 1_795_215_861_458 + last)
        };
        format!(r#"{{"envelope_headers":[{}],"next_cursor":{next}}}"#, rows.join(",")).into_bytes()
    });
    pages.collect()
}

/// Reads all pages and gives every envelope to a handler, with a save for each.
fn receive(pages: &[Vec<u8>]) {
    let now = Timestamp::default();
    let mut receiver = Receiver::new(None, ReceiverOptions::default(), 1);
    receiver.handle(Event::Tick, now);
    let mut pages = pages.iter();
    let mut handled = 0;
    while let Some(action) = receiver.poll() {
        match action {
            Action::Connect(ticket) => receiver.handle(Event::Opened(ticket), now),
            Action::List(ticket, _) => {
                let page = pages.next().expect("as many pages as it asks for");
                let page = Page::parse(page, &Limits::default()).expect("a page");
                receiver.handle(Event::Listed(ticket, page), now);
            }
            Action::Deliver(frame) => {
                handled += 1;
                receiver.handle(Event::Handled(frame.id()), now);
            }
            Action::Save(_) => receiver.handle(Event::Saved, now),
            _ => {}
        }
    }
    assert_eq!(handled, ENVELOPES);
}

fn print_ratios(sample: &Sample) {
    let (frame, equal) = (sample.frame(), sample.equal_struct());
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let octets = written(&frame).len();
    println!(
        "\n{:28} {:>7} {:>10} {:>10} {:>7}",
        "", "octets", "ours", "serde_json", "ratio"
    );
    let row = |name, octets, ours: &mut dyn FnMut(), theirs: &mut dyn FnMut()| {
        let pair = Pair::measure(ours, theirs);
        println!(
            "{name:28} {octets:>7} {:>7} ns {:>7} ns {:>6.2}x",
            pair.ours.as_nanos(),
            pair.theirs.as_nanos(),
            pair.ratio()
        );
    };
    row(
        "read and accept",
        POST.len(),
        &mut || sample.read_and_accept(),
        &mut parse_to_value,
    );
    row(
        "the same, and its record",
        POST.len(),
        &mut || {
            black_box(sample.accept().record());
        },
        &mut parse_to_value,
    );
    row(
        "write a frame",
        octets,
        &mut || write(&frame, &mut ours),
        &mut || {
            write_equal(&equal, &mut theirs);
        },
    );
}
