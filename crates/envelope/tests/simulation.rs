//! An operator, three agents and a bad network: every accepted envelope reaches every handler, in
//! key order, whatever is lost, repeated, reordered or cut off.

use mailmesh_testkit::asmtp::{Tally, run_seed};

const SEEDS: u64 = 2_000;

#[test]
fn nothing_is_lost_and_nothing_is_sent_twice() {
    let mut sum = Tally::default();
    for seed in 0..SEEDS {
        let tally = run_seed(seed).unwrap_or_else(|finding| panic!("seed {seed}\n{finding}"));
        sum.accepted += tally.accepted;
        sum.replays += tally.replays;
        sum.crashes += tally.crashes;
        sum.cuts += tally.cuts;
        sum.delivered += tally.delivered;
    }
    // A network that spoils nothing would show nothing.
    println!("{sum:?}");
    assert!(sum.accepted > 10_000 && sum.delivered > sum.accepted);
    assert!(sum.replays > 1_000 && sum.crashes > 1_000 && sum.cuts > 1_000);
}
