//! Envelopes per second in a closed loop: each connection posts the next one when it has its 202.

use std::net::SocketAddr;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use crate::Scale;
use crate::baseline::Baseline;
use crate::client::Client;
use crate::node::Node;
use crate::report::{Figure, Report, median, per_second, time};
use crate::site::Engine;
use crate::stock::{create_agents, envelope, next_number};

/// What some connections got done.
#[derive(Debug)]
pub(crate) struct Turn {
    /// Accepted per second.
    pub(crate) rate: f64,
    pub(crate) accepted: u64,
    /// How long the answers took, in nanoseconds.
    latency: Histogram<u64>,
}

/// Who posts where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lane {
    pub(crate) node: SocketAddr,
    pub(crate) from: usize,
    pub(crate) to: usize,
}

pub(crate) fn run(scale: &Scale, engine: &Engine, report: &mut Report) {
    report.heading("envelopes of 2 KiB, closed loop, a sender and a recipient for each connection");
    let site = engine.site();
    let most = scale.connections.iter().copied().max().unwrap();
    site.stock(async |store| create_agents(store, 0..2 * most).await);
    let mut baseline = Baseline::open(&site);
    let node = Node::start(&site);
    let lane = |n| Lane {
        node: node.address(),
        from: n,
        to: most + n,
    };
    // Connections are opened and pages are read for the first time before anything counts.
    closed_loop((0..most).map(lane).collect(), scale.turn / 4);
    let mut turns: Vec<Vec<(Turn, Option<Duration>)>> = Vec::new();
    let mut answers = Vec::new();
    for _ in 0..scale.rounds {
        baseline.turn(scale.turn);
        answers.push(answers_per_second(&lane(0), scale.turn / 4));
        let round = scale.connections.iter().map(|&connections| {
            let before = node.processor_time();
            let turn = closed_loop((0..connections).map(lane).collect(), scale.turn);
            let used = node.processor_time().zip(before);
            (turn, used.map(|(after, before)| after - before))
        });
        turns.push(round.collect());
    }
    baseline.report(report);
    let answers = median(answers);
    let both = 1.0 / (1.0 / answers + 1.0 / baseline.rate());
    report.add(&Figure::new("health, 1 connection", per_second(answers)));
    report.add(
        &Figure::new("  and a bare commit behind each", per_second(both))
            .ratio(both / baseline.rate(), "bare commits"),
    );
    for (at, connections) in scale.connections.iter().enumerate() {
        let turns: Vec<_> = turns.iter().map(|round| &round[at]).collect();
        let rate = median(turns.iter().map(|(turn, _)| turn.rate).collect());
        let name = match connections {
            1 => "1 connection".to_owned(),
            _ => format!("{connections} connections"),
        };
        let figure =
            Figure::new(name, per_second(rate)).ratio(rate / baseline.rate(), "bare commits");
        report.add(&match connections {
            1 => figure.at_least(0.6),
            64 if baseline.is_sync_the_limit() => figure.at_least(8.0),
            _ => figure,
        });
        let mut latency = Histogram::<u64>::new(3).unwrap();
        for (turn, _) in &turns {
            latency.add(&turn.latency).unwrap();
        }
        report.add(&Figure::new(
            "  answer, p50 / p99",
            quantiles(&latency, &[0.5, 0.99]),
        ));
        let used: Option<Duration> = turns.iter().map(|(_, used)| *used).sum();
        let accepted: u64 = turns.iter().map(|(turn, _)| turn.accepted).sum();
        if let Some(used) = used {
            let each = used.as_secs_f64() / accepted as f64;
            let each = time(Duration::from_secs_f64(each));
            report.add(&Figure::new("  processor time of the node, each", each));
        }
    }
}

/// Asks one connection for what needs neither a store nor a bearer: the price of HTTP alone.
fn answers_per_second(lane: &Lane, turn: Duration) -> f64 {
    let mut client = Client::connect(lane.node, lane.from);
    let began = Instant::now();
    let mut answers = 0;
    while began.elapsed() < turn {
        client.get("/healthz");
        answers += 1;
    }
    f64::from(answers) / began.elapsed().as_secs_f64()
}

/// Posts on all lanes for so long.
pub(crate) fn closed_loop(lanes: Vec<Lane>, turn: Duration) -> Turn {
    let start = Barrier::new(lanes.len() + 1);
    let start = &start;
    thread::scope(|scope| {
        let posting: Vec<_> = lanes
            .into_iter()
            .map(|lane| {
                let post = move || {
                    let mut client = Client::connect(lane.node, lane.from);
                    let mut latency = Histogram::<u64>::new(3).unwrap();
                    start.wait();
                    let until = Instant::now() + turn;
                    let mut began = Instant::now();
                    while began < until {
                        client.send(&envelope(next_number(), lane.to));
                        let ended = Instant::now();
                        latency.record(nanos(ended - began)).unwrap();
                        began = ended;
                    }
                    latency
                };
                let small = thread::Builder::new().stack_size(128 << 10);
                small.spawn_scoped(scope, post).unwrap()
            })
            .collect();
        start.wait();
        let began = Instant::now();
        let mut latency = Histogram::<u64>::new(3).unwrap();
        for posted in posting {
            latency.add(posted.join().unwrap()).unwrap();
        }
        let accepted = latency.len();
        Turn {
            rate: accepted as f64 / began.elapsed().as_secs_f64(),
            accepted,
            latency,
        }
    })
}

pub(crate) fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap()
}

/// Some quantiles of a histogram of nanoseconds.
pub(crate) fn quantiles(histogram: &Histogram<u64>, quantiles: &[f64]) -> String {
    let times = quantiles
        .iter()
        .map(|&quantile| time(Duration::from_nanos(histogram.value_at_quantile(quantile))));
    times.collect::<Vec<_>>().join(" / ")
}
