//! An operator, three agents and a bad network: every accepted envelope reaches every handler, in
//! key order, whatever is lost, repeated, reordered or cut off.

use mailmesh_testkit::asmtp::{Tally, run_seed};

/// Runs a quarter of the seeds, so that the quarters run side by side.
fn quarter(n: u64) {
    const SEEDS: u64 = 500;
    let mut sum = Tally::default();
    for seed in n * SEEDS..(n + 1) * SEEDS {
        let tally = run_seed(seed).unwrap_or_else(|finding| panic!("seed {seed}\n{finding}"));
        sum.accepted += tally.accepted;
        sum.replays += tally.replays;
        sum.crashes += tally.crashes;
        sum.cuts += tally.cuts;
        sum.delivered += tally.delivered;
    }
    // A network that spoils nothing would show nothing.
    println!("{sum:?}");
    assert!(sum.accepted > 3_000 && sum.delivered > sum.accepted);
    assert!(sum.replays > 500 && sum.crashes > 500 && sum.cuts > 500);
}

#[test]
fn nothing_is_lost_and_nothing_is_sent_twice_1() {
    quarter(0);
}

#[test]
fn nothing_is_lost_and_nothing_is_sent_twice_2() {
    quarter(1);
}

#[test]
fn nothing_is_lost_and_nothing_is_sent_twice_3() {
    quarter(2);
}

#[test]
fn nothing_is_lost_and_nothing_is_sent_twice_4() {
    quarter(3);
}
