//! A node that is killed again and again.

use std::time::Duration;

use tokio::time::sleep;

use super::{Load, Plan};
use crate::running::Running;

/// Kills a node in mid-load, so many times, and checks what is left then.
pub async fn survives_kills(scenario: &str, rounds: u64, start: impl Fn() -> Running) {
    let mut node = start();
    let mut load = Load::start(Plan::SMALL, vec![node.url.clone()], "admin").await;
    let mut memory = None;
    for round in 0..rounds {
        load.go_on(30).await;
        // Somewhere in the next commits.
        sleep(Duration::from_millis(round * 7 % 23)).await;
        memory = memory.max(node.peak_memory());
        node.kill();
        node = start();
        load.move_to(vec![node.url.clone()]);
    }
    load.go_on(30).await;
    let figures = load.finish().await;
    let scenario = format!("kill -9 on {scenario}, {rounds} rounds");
    figures.conclude(&scenario, memory.max(node.peak_memory()));
    assert_eq!(node.stop(), Some(0));
}
