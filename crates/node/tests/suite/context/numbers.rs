//! That every case of section 10 has a test.

use std::collections::BTreeSet;

const FILES: [&str; 10] = [
    include_str!("copies.rs"),
    include_str!("delivery.rs"),
    include_str!("notes.rs"),
    include_str!("processes.rs"),
    include_str!("races.rs"),
    include_str!("refusals.rs"),
    include_str!("strangers.rs"),
    include_str!("threads.rs"),
    include_str!("windows.rs"),
    include_str!("../../context_clients.rs"),
];

#[test]
fn every_case_has_a_test() {
    let tests = FILES
        .iter()
        .flat_map(|file| file.split("async fn case").skip(1));
    let numbers = tests.flat_map(|test| {
        let name = test.split('(').next().unwrap_or_default();
        let words = name
            .trim_start_matches('s')
            .trim_start_matches('_')
            .split('_');
        words.map_while(|word| word.parse::<u32>().ok())
    });
    let found: BTreeSet<_> = numbers.collect();
    let missing: Vec<_> = (1..=57).filter(|number| !found.contains(number)).collect();
    assert_eq!(missing, Vec::<u32>::new());
}
