//! The disk of a node is full in mid-load: it says so, goes on reading, and goes on writing as soon
//! as there is room. The disk is a small tmpfs that only the node sees.
#![allow(clippy::unwrap_used)] // a test fails by panicking
#![cfg(target_os = "linux")]

mod home;
mod load;
mod running;

use std::path::Path;
use std::process::Command;

use home::Home;
use load::{Load, Plan};
use running::Running;

/// A user and a mount namespace, which end with the node and take the disk with them.
const NAMESPACE: [&str; 3] = ["--user", "--map-root-user", "--mount"];

/// A node whose folder is a disk of 12 MiB.
fn on_small_disk(home: &Home, disk: &Path) -> Command {
    let mut command = home.command(&["serve", "--data", "node", "--http", "127.0.0.1:0"]);
    command.args(["--no-rate-limit", "--admin-token-file", "admin.secret"]);
    let mut around = Command::new("unshare");
    around
        .args(NAMESPACE)
        .args(["sh", "-c"])
        .arg("mount -t tmpfs -o size=12m,mode=700 tmpfs \"$0\" && exec \"$@\"")
        .arg(disk)
        .arg(command.get_program())
        .args(command.get_args())
        .current_dir(home.path());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => around.env(name, value),
            None => around.env_remove(name),
        };
    }
    around
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_loses_nothing_and_is_used_again() {
    let home = Home::new();
    home.file("admin.secret", "admin");
    let disk = home.path().join("node");
    std::fs::create_dir(&disk).unwrap();
    let allowed = Command::new("unshare").args(NAMESPACE).arg("true").status();
    assert!(
        allowed.is_ok_and(|status| status.success()),
        "this test mounts a disk for its node: it needs unshare, and root or user namespaces"
    );
    let node = Running::spawn(on_small_disk(&home, &disk));
    let plan = Plan {
        agents: 4,
        senders: 6,
        sockets: 4,
        text: 20_000,
    };
    let mut load = Load::start(plan, vec![node.url.clone()], "admin").await;
    load.are_refused(50).await;
    for (path, status) in [
        ("/healthz", 200),
        ("/mailbox", 200),
        ("/agents/me", 200),
        ("/agents/me/allowlist", 200),
    ] {
        assert_eq!(
            load.get(path).await.status(),
            status,
            "{path} on a full disk"
        );
    }
    let enlarged = Command::new("nsenter")
        .args(["--user", "--mount", "--preserve-credentials", "--target"])
        .arg(node.id().to_string())
        .args(["mount", "-o", "remount,size=64m"])
        .arg(&disk)
        .status();
    assert!(enlarged.unwrap().success());
    load.go_on(100).await;
    let figures = load.finish().await;
    figures.conclude("full disk", node.peak_memory());
    assert_eq!(node.stop(), Some(0));
}
