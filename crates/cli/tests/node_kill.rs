//! H16: a node is killed in mid-load, again and again, and nothing it acknowledged is lost.
#![allow(clippy::unwrap_used)] // a test fails by panicking
#![cfg(unix)]

mod home;
mod load;
mod running;

use home::Home;
use load::survives_kills;
use running::Running;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h16_everything_acknowledged_is_there_once() {
    let home = Home::new();
    home.file("admin.secret", "admin");
    let arguments = ["--no-rate-limit", "--admin-token-file", "admin.secret"];
    survives_kills("SQLite", 20, || Running::start(&home, &arguments)).await;
}
