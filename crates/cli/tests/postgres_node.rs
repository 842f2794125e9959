//! Nodes on PostgreSQL, while they or the database die in mid-load.
#![allow(clippy::unwrap_used)] // a test fails by panicking
#![cfg(unix)]

mod home;
mod load;
mod running;
// The suite of the store crashes servers too.
#[path = "../../store/tests/postgresql/server.rs"]
mod server;

use home::Home;
use load::{Load, Plan, survives_kills};
use running::Running;
use server::Server;
use tokio::task::block_in_place;

/// A node with a folder of its own, on the database of a server.
fn start(home: &Home, server: &Server) -> Running {
    let mut command = home.command(&["serve", "--data", "node", "--http", "127.0.0.1:0"]);
    command
        .args(["--no-rate-limit", "--admin-token-file"])
        .arg(home.file("admin.secret", "admin"))
        .env("MAILMESH_DATABASE", server.url());
    Running::spawn(command)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h16_a_node_that_is_killed_loses_nothing() {
    let (home, server) = (Home::new(), Server::start());
    survives_kills("PostgreSQL", 10, || start(&home, &server)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_restarts_or_crashes_loses_nothing() {
    let (home, server) = (Home::new(), Server::start());
    let node = start(&home, &server);
    let mut load = Load::start(Plan::SMALL, vec![node.url.clone()], "admin").await;
    for end in ["stop", "crash", "stop", "crash"] {
        load.go_on(50).await;
        block_in_place(|| server.run(end));
        // Without a database there is nothing to say but that.
        load.are_refused(5).await;
        assert_eq!(load.get("/mailbox").await.status(), 503);
        assert_eq!(load.get("/healthz").await.status(), 200);
        block_in_place(|| server.run("start"));
    }
    load.go_on(50).await;
    let figures = load.finish().await;
    let scenario = "PostgreSQL restarted twice and crashed twice";
    figures.conclude(scenario, node.peak_memory());
    assert_eq!(node.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_is_killed_is_replaced_by_the_other() {
    let (homes, server) = ([Home::new(), Home::new()], Server::start());
    let [one, two] = [0, 1].map(|n| start(&homes[n], &server));
    let plan = Plan {
        agents: 40,
        senders: 64,
        sockets: 200,
        text: 200,
    };
    let nodes = vec![one.url.clone(), two.url.clone()];
    let mut load = Load::start(plan, nodes, "admin").await;
    load.go_on(300).await;
    let killed = one.peak_memory();
    one.kill();
    // The senders and sockets of the one find the other.
    load.go_on(300).await;
    load.move_to(vec![two.url.clone()]);
    let figures = load.finish().await;
    let scenario = "one of two replicas killed, 64 senders, 200 sockets";
    figures.conclude(scenario, killed.max(two.peak_memory()));
    assert_eq!(two.stop(), Some(0));
}
