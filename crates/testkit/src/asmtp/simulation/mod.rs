//! Several agents, their operator and a bad network, all driven by one tape of octets.
//!
//! The network loses, delays, repeats and reorders requests and answers, and cuts sockets at any
//! message. Sockets that an agent gave up go on beside the new one. Processes crash between any
//! two steps, with what they were writing done or not. Clocks step back. A socket is a stream:
//! what it brings, it brings in order, until it is cut.
//!
//! When the tape ends the network heals, and everything has to come to rest with every accepted
//! envelope delivered.

use std::fmt;

use crate::random::Random;

mod agent;
mod world;

use world::World;

/// How a run went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // printed by tests
pub struct Finding {
    /// What does not hold.
    pub what: String,
    /// The steps that led there.
    pub replay: Vec<String>,
}

/// What a good run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // counted by tests
pub struct Tally {
    /// Envelopes that were accepted.
    pub accepted: usize,
    /// Deliveries to handlers, repeats after a crash included.
    pub delivered: usize,
    /// Tries that found the envelope there already.
    pub replays: usize,
    /// Crashes.
    pub crashes: usize,
    /// Connections that ended.
    pub cuts: usize,
}

/// Runs the simulation that a tape stands for.
///
/// # Errors
///
/// With the first promise that was broken, without a replay.
pub fn run(tape: &[u8]) -> Result<Tally, Finding> {
    World::new(tape, false).run()
}

/// Runs the simulation of a seed. A failing one is cut down to the octets that matter.
///
/// # Errors
///
/// With the promise that was broken and a replay of what is left.
pub fn run_seed(seed: u64) -> Result<Tally, Finding> {
    let mut random = Random::new(seed);
    let length = 100 + random.next_u64() as usize % 500;
    let tape = random.octets(length);
    run(&tape).map_err(|_| {
        let tape = shrink(tape);
        let failed = World::new(&tape, true).run();
        failed.expect_err("the same tape fails in the same way")
    })
}

/// Takes out piece after piece for as long as what is left still fails.
fn shrink(mut tape: Vec<u8>) -> Vec<u8> {
    let mut piece = tape.len() / 2;
    while piece > 0 {
        let mut at = 0;
        while at < tape.len() {
            let mut shorter = tape.clone();
            shorter.drain(at..(at + piece).min(tape.len()));
            if run(&shorter).is_err() {
                tape = shorter;
            } else {
                at += piece;
            }
        }
        piece /= 2;
    }
    tape
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.replay.iter().enumerate() {
            writeln!(f, "{at:4} {step}")?;
        }
        f.write_str(&self.what)
    }
}
