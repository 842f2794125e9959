//! A node under load, beside bare commits of the same engine on the same disk in the same run.
//! Absolute figures are a machine's; the ratios are what `docs/scaling.md` is made of.
//!
//! The node is a process of its own, this binary again, so that its memory and its processor time
//! can be read. The generator blocks on plain sockets, a thread each: it costs the node's processors
//! little, and starts what is due within the sleep of a thread. Histograms keep three digits.
#![allow(clippy::unwrap_used)] // a bench fails by panicking

mod baseline;
mod client;
mod context;
mod database;
mod listing;
mod memory;
mod node;
mod notify;
mod peer;
mod process;
mod replicas;
mod report;
mod sends;
mod site;
mod stock;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};

use report::Report;
use site::Engine;

/// A node under load. All parts are measured, unless some are named.
#[derive(Debug, Parser)]
#[command(name = "load")]
struct Args {
    /// What to measure
    #[arg(value_enum)]
    parts: Vec<Part>,
    /// Shorter and smaller, for orientation: less than a minute
    #[arg(long)]
    quick: bool,
    /// Everything once and as small as it gets, to see that it works
    #[arg(long)]
    test: bool,
    /// Use this PostgreSQL server, postgres://USER:PASSWORD@HOST/DATABASE, instead of SQLite; databases are
    /// made in it
    #[arg(long, value_name = "URL")]
    postgres: Option<String>,
    /// Measure threads beside the npm server of agentsmcp that `peer.sh` installed here
    #[arg(long, value_name = "FOLDER")]
    peer: Option<PathBuf>,
    /// Use this disk [default: that of the build]
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
    /// Entries of the mailboxes that are listed and searched
    #[arg(long, value_name = "COUNT", value_delimiter = ',')]
    entries: Vec<u64>,
    /// Arrivals per second of the open loop
    #[arg(long, value_name = "RATE", value_delimiter = ',')]
    rates: Vec<u64>,
    /// Connections of the closed loop
    #[arg(long, value_name = "COUNT", value_delimiter = ',')]
    connections: Vec<usize>,
    /// What cargo says to benches
    #[arg(long, hide = true)]
    bench: bool,
    /// Be the node that is measured
    #[arg(long, hide = true)]
    serve: bool,
}

/// What can be measured alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Envelopes per second, closed loop
    Sends,
    /// From the post to the frame on a socket, open loop
    Notify,
    /// Listings and searches
    Listing,
    /// Memory of an idle node and of idle sockets
    Memory,
    /// Several nodes on one database
    Replicas,
    /// Threads of context sync, with --peer
    Context,
}

/// How much of everything.
#[derive(Clone, Debug)]
struct Scale {
    /// How long one measurement of a closed loop takes.
    turn: Duration,
    /// How often those are taken, in turns with the baseline; the middle one counts.
    rounds: usize,
    connections: Vec<usize>,
    /// Arrivals per second of the open loop.
    rates: Vec<u64>,
    /// How long the open loop goes on.
    stretch: Duration,
    entries: Vec<u64>,
    /// How often each listing is asked for.
    pages: usize,
    sockets: usize,
    /// How long a node rests before its memory is read.
    rest: Duration,
    replicas: Vec<usize>,
    /// Messages of a shorter and of a longer thread.
    threads: (u64, u64),
}

impl Args {
    fn scale(&self) -> Scale {
        let full = Scale {
            turn: Duration::from_secs(3),
            rounds: 3,
            connections: vec![1, 16, 64, 256],
            rates: vec![100, 1_000],
            stretch: Duration::from_secs(20),
            entries: vec![10_000, 100_000],
            pages: 300,
            sockets: 5_000,
            rest: Duration::from_secs(3),
            replicas: vec![1, 2, 4],
            threads: (1_000, 10_000),
        };
        let mut scale = if self.test {
            Scale {
                turn: Duration::from_millis(50),
                rounds: 1,
                connections: vec![1, 4],
                rates: vec![50],
                stretch: Duration::from_millis(200),
                entries: vec![20, 200],
                pages: 2,
                sockets: 20,
                rest: Duration::ZERO,
                replicas: vec![1, 2],
                threads: (20, 200),
            }
        } else if self.quick {
            Scale {
                turn: Duration::from_secs(1),
                rounds: 1,
                rates: vec![100],
                stretch: Duration::from_secs(5),
                entries: vec![1_000, 10_000],
                pages: 50,
                sockets: 1_000,
                rest: Duration::from_secs(1),
                replicas: vec![1, 2],
                ..full
            }
        } else {
            full
        };
        if !self.entries.is_empty() {
            scale.entries.clone_from(&self.entries);
        }
        if !self.rates.is_empty() {
            scale.rates.clone_from(&self.rates);
        }
        if !self.connections.is_empty() {
            scale.connections.clone_from(&self.connections);
        }
        scale
    }

    fn asks_for(&self, part: Part) -> bool {
        self.parts.is_empty() || self.parts.contains(&part)
    }
}

fn main() {
    let args = Args::parse();
    if args.serve {
        return node::serve();
    }
    process::lift_descriptor_limit();
    let folder = args.folder.clone();
    let folder = folder.unwrap_or_else(|| env!("CARGO_TARGET_TMPDIR").into());
    let engine = match &args.postgres {
        Some(server) => Engine::Postgres {
            server: server.clone(),
            folder,
        },
        None => Engine::Sqlite { folder },
    };
    let scale = args.scale();
    let mut report = Report::new(!args.test);
    if args.asks_for(Part::Sends) {
        sends::run(&scale, &engine, &mut report);
    }
    if args.asks_for(Part::Notify) {
        notify::run(&scale, &engine, &mut report);
    }
    if args.asks_for(Part::Listing) {
        listing::run(&scale, &engine, &mut report);
    }
    if args.asks_for(Part::Memory) {
        memory::run(&scale, &engine, &mut report);
    }
    if args.asks_for(Part::Replicas) && args.postgres.is_some() {
        replicas::run(&scale, &engine, &mut report);
    }
    if let Some(peer) = args
        .peer
        .as_deref()
        .filter(|_| args.asks_for(Part::Context))
    {
        // It starts elsewhere.
        let peer = std::path::absolute(peer).unwrap();
        context::run(&scale, &engine, &peer, &mut report);
    }
    report.end();
}
