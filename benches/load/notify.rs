//! From a post to the frame on the recipient's socket, open loop: posts are due at fixed times,
//! whatever became of those before them, and all is counted from when a post was due.

use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use crate::Scale;
use crate::baseline::Baseline;
use crate::client::Client;
use crate::node::Node;
use crate::report::{Figure, Report, per_second, time};
use crate::sends::{nanos, quantiles};
use crate::site::Engine;
use crate::stock::{create_agents, envelope, next_number, number_of};

/// Pairs of a sender and a recipient with a socket.
const PAIRS: usize = 16;

/// When things happened to one envelope.
#[derive(Clone, Copy, Debug)]
struct Trip {
    due: Instant,
    accepted: Instant,
    shown: Instant,
}

pub(crate) fn run(scale: &Scale, engine: &Engine, report: &mut Report) {
    let site = engine.site();
    site.stock(async |store| create_agents(store, 0..2 * PAIRS).await);
    let node = Node::start(&site);
    for &rate in &scale.rates {
        let due = per_second(rate as f64);
        report.heading(&format!(
            "frames on sockets, open loop, {due} over {PAIRS} pairs"
        ));
        let mut baseline = Baseline::open(&site);
        baseline.turn(scale.turn);
        open_loop(node.address(), rate, scale.stretch / 4);
        let trips = open_loop(node.address(), rate, scale.stretch);
        let paced = baseline.paced(rate, scale.stretch / 4);
        baseline.turn(scale.turn);
        baseline.report(report);
        report.add(&Figure::new(
            "bare commit at this pace, p50 / p99 / p999",
            quantiles(&paced, &[0.5, 0.99, 0.999]),
        ));
        for (what, is_judged, lasted) in [
            (
                "due -> 202",
                false,
                (|trip| trip.accepted - trip.due) as fn(&Trip) -> Duration,
            ),
            ("202 -> frame", true, |trip| {
                trip.shown.saturating_duration_since(trip.accepted)
            }),
            ("due -> frame", false, |trip| trip.shown - trip.due),
        ] {
            let mut histogram = Histogram::<u64>::new(3).unwrap();
            for trip in &trips {
                histogram.record(nanos(lasted(trip))).unwrap();
            }
            report.add(&Figure::new(
                format!("{what}, p50 / p99 / p999"),
                quantiles(&histogram, &[0.5, 0.99, 0.999]),
            ));
            let p99 = Duration::from_nanos(histogram.value_at_quantile(0.99));
            let ratio = p99.as_secs_f64() / baseline.commit().as_secs_f64();
            let figure = Figure::new("  p99", time(p99)).ratio(ratio, "bare commits");
            report.add(&if is_judged { figure.below(3.0) } else { figure });
        }
    }
}

/// Posts so many a second for so long, and sees every frame.
fn open_loop(node: SocketAddr, rate: u64, stretch: Duration) -> Vec<Trip> {
    let period = Duration::from_secs(PAIRS as u64) / u32::try_from(rate).unwrap();
    let each = (stretch.as_secs_f64() / period.as_secs_f64()).ceil() as u32;
    let opened: Vec<_> = (0..PAIRS)
        .map(|pair| {
            let client = Client::connect(node, pair);
            (client, Client::connect(node, PAIRS + pair).upgrade())
        })
        .collect();
    let start = Instant::now() + Duration::from_millis(20);
    thread::scope(|scope| {
        let pairs: Vec<_> = opened
            .into_iter()
            .zip(0_u32..)
            .map(|((mut client, mut socket), pair)| {
                // Spread over the period, so that the arrivals of all pairs are evenly apart.
                let first = start + period * pair / PAIRS as u32;
                let posts = scope.spawn(move || {
                    let posts = (0..each).map(|turn| {
                        let number = next_number();
                        let envelope = envelope(number, PAIRS + pair as usize);
                        let due = first + period * turn;
                        thread::sleep(due.saturating_duration_since(Instant::now()));
                        client.send(&envelope);
                        (number, due, Instant::now())
                    });
                    posts.collect::<Vec<_>>()
                });
                let frames = scope.spawn(move || {
                    let frames = (0..each).map(|_| {
                        let frame = socket.frame();
                        (number_of(&frame), Instant::now())
                    });
                    frames.collect::<Vec<_>>()
                });
                (posts, frames)
            })
            .collect();
        let mut trips = Vec::new();
        for (posts, frames) in pairs {
            let (posts, frames) = (posts.join().unwrap(), frames.join().unwrap());
            // One sender and one connection: frames come in the order of the posts.
            for ((posted, due, accepted), (framed, shown)) in posts.into_iter().zip(frames) {
                assert_eq!(posted, framed, "a frame is missing, or came out of order");
                trips.push(Trip {
                    due,
                    accepted,
                    shown,
                });
            }
        }
        trips
    })
}
