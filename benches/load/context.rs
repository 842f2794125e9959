//! Threads of context sync, beside the npm server of `agentsmcp` 0.5.2: both keep them in SQLite on the
//! same disk and are asked in turns, by the same client. The node syncs every commit to the disk; the
//! other server leaves that to the checkpoints of its log.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::Scale;
use crate::client::Client;
use crate::node::Node;
use crate::peer::Peer;
use crate::report::{Figure, Report, median, octets, per_second, time};
use crate::site::Engine;
use crate::stock::next_number;

/// Connections that send at one time, beside a single one.
const MANY: usize = 16;
/// How often each answer is asked for; the middle one counts.
const TIMES: usize = 15;
/// How long a side is asked for one answer before it is not asked again.
const ENOUGH: Duration = Duration::from_secs(10);

/// A server of the protocol that takes callers at their word.
#[derive(Clone, Copy, Debug)]
struct Side {
    address: SocketAddr,
    mount: &'static str,
}

pub(crate) fn run(scale: &Scale, engine: &Engine, installed: &Path, report: &mut Report) {
    report.heading("threads of context sync, beside agentsmcp 0.5.2");
    let site = engine.site();
    let node = Node::start(&site);
    let peer = Peer::start(installed, site.folder());
    let sides = [
        Side {
            address: node.address(),
            mount: "/context-sync",
        },
        Side {
            address: peer.address(),
            mount: "",
        },
    ];
    sends(scale, sides, "new pairs", report, |_| {
        let number = next_number();
        message(&format!("a{number}@bench"), &format!("b{number}@bench"))
    });

    let (short, long) = scale.threads;
    let threads = [short, long].map(|length| {
        let ann = format!("ann{length}@bench");
        let ids = sides.map(|side| side.begin(&ann, "ben@bench"));
        sides[0].fill(&ids[0], &ann, "ben@bench", length);
        peer.fill(&ids[1], length);
        (length, ids)
    });
    let ids = &threads[1].1;
    let what = format!("into a thread of {long}");
    sends(scale, sides, &what, report, |side| {
        let mut body = message(&format!("ann{long}@bench"), "ben@bench");
        body["threadId"] = json!(ids[side]);
        body
    });

    let paths = threads
        .map(|(length, ids)| ids.map(|id| format!("/threads/{id}/sync?as=ann{length}@bench")));
    for (length, paths) in [short, long].iter().zip(&paths) {
        let what = format!("sync of {length}");
        let figure = beside(&what, sides, paths, report);
        report.add(&figure);
    }
    let [shorter, longer] = sides[0].in_turns([&paths[0][0], &paths[1][0]]);
    let name = format!("sync of {long}, in turns with {short}");
    let ratio = longer.as_secs_f64() / shorter.as_secs_f64();
    let growth = Figure::new(name, time(longer)).ratio(ratio, "of the shorter");
    report.add(&growth.below(1.5));

    let unread = scale.threads.0;
    let ids = sides.map(|side| side.begin("cat@bench", "dan@bench"));
    sides[0].fill(&ids[0], "cat@bench", "dan@bench", unread);
    peer.fill(&ids[1], unread);
    let paths = [(); 2].map(|()| "/mailbox/dan@bench/unread".to_owned());
    let what = format!("unread of {unread} in one thread");
    let figure = beside(&what, sides, &paths, report);
    report.add(&figure.at_least(50.0));
}

/// Sends by one connection and by many, on both sides in turns.
fn sends(
    scale: &Scale,
    sides: [Side; 2],
    what: &str,
    report: &mut Report,
    body: impl Fn(usize) -> Value + Sync,
) {
    for connections in [1, MANY] {
        let mut rates = [Vec::new(), Vec::new()];
        for _ in 0..scale.rounds {
            for (at, side) in sides.iter().enumerate() {
                rates[at].push(side.rate(connections, scale.turn, || body(at)));
            }
        }
        let [ours, theirs] = rates.map(median);
        let name = match connections {
            1 => format!("sends, {what}, 1 connection"),
            _ => format!("sends, {what}, {connections} connections"),
        };
        let measured = format!("{} / {}", per_second(ours), per_second(theirs));
        let figure = Figure::new(name, measured).ratio(ours / theirs, "times as many");
        report.add(&match connections {
            1 => figure,
            _ => figure.at_least(5.0),
        });
    }
}

/// How long an answer takes on each side, its octets told before.
fn beside(what: &str, sides: [Side; 2], paths: &[String; 2], report: &mut Report) -> Figure {
    let mut clients = sides.map(|side| Client::connect(side.address, 0));
    let mut took = [Vec::new(), Vec::new()];
    let mut sizes = [0, 0];
    for _ in 0..TIMES {
        for (at, client) in clients.iter_mut().enumerate() {
            if took[at].iter().sum::<f64>() > ENOUGH.as_secs_f64() {
                continue;
            }
            let path = format!("{}{}", sides[at].mount, paths[at]);
            let began = Instant::now();
            // The other server hangs up on what takes it too long: then it took longer than that.
            let answer = client.try_get(&path).map(<[u8]>::len);
            took[at].push(began.elapsed().as_secs_f64());
            sizes[at] = answer.unwrap_or_default();
            if answer.is_none() {
                *client = Client::connect(sides[at].address, 0);
            }
        }
    }
    let [our_size, their_size] = sizes.map(|size| octets(size as f64));
    let name = format!("{what}, octets");
    report.add(&Figure::new(name, format!("{our_size} / {their_size}")));
    let [ours, theirs] = took.map(|took| Duration::from_secs_f64(median(took)));
    let measured = format!("{} / {}", time(ours), time(theirs));
    let ratio = theirs.as_secs_f64() / ours.as_secs_f64();
    Figure::new(what, measured).ratio(ratio, "times as fast")
}

impl Side {
    /// Messages per second over so many connections.
    fn rate(self, connections: usize, turn: Duration, body: impl Fn() -> Value + Sync) -> f64 {
        let start = Barrier::new(connections + 1);
        let (start, body) = (&start, &body);
        thread::scope(|scope| {
            let sending: Vec<_> = (0..connections)
                .map(|_| {
                    scope.spawn(move || {
                        let mut client = Client::connect(self.address, 0);
                        start.wait();
                        let until = Instant::now() + turn;
                        let mut sent = 0_u32;
                        while Instant::now() < until {
                            self.send(&mut client, &body());
                            sent += 1;
                        }
                        sent
                    })
                })
                .collect();
            start.wait();
            let began = Instant::now();
            let sent: u32 = sending.into_iter().map(|sent| sent.join().unwrap()).sum();
            f64::from(sent) / began.elapsed().as_secs_f64()
        })
    }

    /// How long two answers take, asked for in turns, so that whatever else the machine does befalls
    /// them alike.
    fn in_turns(self, paths: [&String; 2]) -> [Duration; 2] {
        let mut client = Client::connect(self.address, 0);
        let mut took = [Vec::new(), Vec::new()];
        for _ in 0..20 * TIMES {
            for (path, took) in paths.iter().zip(&mut took) {
                let began = Instant::now();
                client.get(&format!("{}{path}", self.mount));
                took.push(began.elapsed().as_secs_f64());
            }
        }
        took.map(|took| Duration::from_secs_f64(median(took)))
    }

    /// Sends the first message of a thread and gives its id.
    fn begin(self, from: &str, to: &str) -> String {
        let mut client = Client::connect(self.address, 0);
        let receipt = self.send(&mut client, &message(from, to));
        let receipt: Value = serde_json::from_slice(&receipt).unwrap();
        receipt["threadId"].as_str().unwrap().to_owned()
    }

    /// Makes a thread so long, by messages like its first one.
    fn fill(self, thread: &str, from: &str, to: &str, length: u64) {
        let mut body = message(from, to);
        body["threadId"] = json!(thread);
        let (body, missing, lanes) = (&body, length - 1, MANY as u64);
        thread::scope(|scope| {
            for lane in 0..lanes {
                let share = missing / lanes + u64::from(lane < missing % lanes);
                scope.spawn(move || {
                    let mut client = Client::connect(self.address, 0);
                    for _ in 0..share {
                        self.send(&mut client, body);
                    }
                });
            }
        });
    }

    fn send(self, client: &mut Client, body: &Value) -> Vec<u8> {
        let path = format!("{}/messages/send", self.mount);
        client.post(&path, &body.to_string()).to_vec()
    }
}

/// A message of ordinary size.
fn message(from: &str, to: &str) -> Value {
    json!({
        "from": from,
        "to": to,
        "payload": {
            "job": "quote",
            "text": "We need forty widgets, the blue ones of last spring, by the ninth.",
        },
        "contextSnapshot": {"order": 7, "stage": "open"},
    })
}
