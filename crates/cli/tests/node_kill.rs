//! H16: a node is killed in mid-load, again and again, and nothing it acknowledged is lost.
#![allow(clippy::unwrap_used)] // a test fails by panicking
#![cfg(unix)]

mod home;
mod load;
mod running;

use std::time::Duration;

use home::Home;
use load::{Load, MEMORY, Plan};
use running::Running;

const ROUNDS: u64 = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h16_everything_acknowledged_is_there_once() {
    let home = Home::new();
    home.file("admin.secret", "admin");
    let start = || {
        Running::start(
            &home,
            &["--no-rate-limit", "--admin-token-file", "admin.secret"],
        )
    };
    let mut node = start();
    let plan = Plan {
        agents: 4,
        senders: 8,
        sockets: 8,
        text: 200,
    };
    let mut load = Load::start(plan, vec![node.url.clone()], "admin").await;
    let mut memory = None;
    for round in 0..ROUNDS {
        load.go_on(30).await;
        // Somewhere in the next commits.
        tokio::time::sleep(Duration::from_millis(round * 7 % 23)).await;
        memory = memory.max(node.peak_memory());
        node.kill();
        node = start();
        load.move_to(vec![node.url.clone()]);
    }
    load.go_on(30).await;
    let figures = load.finish().await;
    memory = memory.max(node.peak_memory());
    figures.print(&format!("kill -9 on SQLite, {ROUNDS} rounds"), memory);
    assert!(memory.is_none_or(|most| most < MEMORY), "{memory:?} MiB");
    assert_eq!(node.stop(), Some(0));
}
