//! `mailmesh serve` and the commands around it, as processes.
#![allow(clippy::unwrap_used)] // a test fails by panicking
#![cfg(unix)]

mod home;
mod running;

use std::os::unix::fs::PermissionsExt;

use home::{Home, finish};
use running::Running;

#[test]
fn a_node_is_administered_and_stopped() {
    let home = Home::new();
    let node = Running::start(&home, &["--mail-domain", "agents.example"]);
    let secret = home.path().join("node/admin.token");
    assert_eq!(
        secret.metadata().unwrap().permissions().mode() & 0o777,
        0o600
    );
    let agent = |arguments: &[&str]| {
        let mut all = vec!["agent"];
        all.extend(arguments);
        all.extend(["--node", &node.url, "--data", "node", "--json"]);
        home.run(&all)
    };
    let made = agent(&["create", "@acme.alice", "--policy", "open"])
        .ok()
        .json();
    assert_eq!(
        (&made["handle"], &made["policy"]),
        (&"@acme.alice".into(), &"open".into())
    );
    assert_eq!(made["address"], "acme.alice@agents.example");
    assert_eq!(made["token"].as_str().unwrap().len(), 43);
    agent(&["create", "@acme.alice"]).failed(3, &["AGENT_EXISTS"]);
    let set = agent(&["set", "@acme.alice", "--display-name", "Alice"])
        .ok()
        .json();
    assert_eq!(set["display_name"], "Alice");
    assert_eq!(agent(&["list"]).ok().json().as_array().unwrap().len(), 1);
    let rotated = agent(&["rotate-token", "@acme.alice"]).ok().json();
    assert_ne!(rotated["token"], made["token"]);
    assert!(
        agent(&["show", "@acme.alice"])
            .ok()
            .json()
            .get("token")
            .is_none()
    );
    agent(&["remove", "@acme.alice"]).ok();
    agent(&["show", "@acme.alice"]).failed(1, &["NOT_FOUND"]);

    let second = home.run(&["serve", "--data", "node", "--http", "127.0.0.1:0"]);
    second.failed(3, &[&format!("process {}", node.id())]);
    assert_eq!(node.stop(), Some(0));
}

#[test]
fn what_was_accepted_is_there_after_a_restart() {
    let home = Home::new();
    let node = Running::start(&home, &[]);
    let arguments = ["--data", "node", "--json", "--node"];
    let run = |node: &Running, first: &[&str]| {
        let mut all = first.to_vec();
        all.extend(arguments);
        all.push(&node.url);
        home.run(&all).ok().json()
    };
    run(&node, &["agent", "create", "@acme.alice"]);
    assert_eq!(node.stop(), Some(0));
    let node = Running::start(&home, &[]);
    assert_eq!(run(&node, &["agent", "list"])[0]["handle"], "@acme.alice");
}

#[test]
fn settings_come_from_a_file_and_secrets_from_files() {
    let home = Home::new();
    home.file("admin.secret", "chosen-by-the-operator\n");
    let config = home.file(
        "node.toml",
        "http = \"127.0.0.1:0\"\ndata = \"elsewhere\"\nadmin-token-file = \"admin.secret\"\n",
    );
    let node = Running::spawn(home.command(&["serve", "--config", &config, "--json"]));
    assert!(home.path().join("elsewhere/mailmesh.db").exists());
    let mut command = home.command(&["agent", "list", "--json", "--node", &node.url]);
    command.env(
        "MAILMESH_ADMIN_TOKEN_FILE",
        home.path().join("admin.secret"),
    );
    assert_eq!(finish(command, b"").ok().json(), serde_json::json!([]));
    assert_eq!(node.stop(), Some(0));

    let wrong = home.file(
        "wrong.toml",
        "http = \"127.0.0.1:0\"\nsmtp-banner = \"x\"\n",
    );
    home.run(&["serve", "--config", &wrong])
        .failed(2, &["line 2"]);
    home.run(&["serve", "--http", "0.0.0.0:0", "--data", "node"])
        .failed(2, &["--insecure-listen"]);
    // Neither TLS nor that flag makes open context-sync a thing for others.
    let open = [
        "serve",
        "--data",
        "node",
        "--context-sync-open",
        "--insecure-listen",
    ];
    home.run(&[&open[..], &["--http", "0.0.0.0:0"]].concat())
        .failed(2, &["--context-sync-open"]);
    let node = Running::start(&home, &["--context-sync-open"]);
    assert_eq!(node.stop(), Some(0));
}

#[test]
fn doctor_says_what_to_fix() {
    let home = Home::new();
    let checked = home
        .run(&[
            "doctor",
            "--data",
            "node",
            "--http",
            "127.0.0.1:0",
            "--json",
        ])
        .ok();
    assert_eq!(checked.json()["ok"], true);
    assert!(!home.path().join("node").exists(), "it makes nothing");
    let token = home.file("node/admin.token", "secret\n");
    std::fs::set_permissions(&token, PermissionsExt::from_mode(0o644)).unwrap();
    let checked = home.run(&["doctor", "--data", "node", "--http", "127.0.0.1:0"]);
    assert_eq!(checked.code, 1);
    assert!(checked.stdout.contains("chmod 600"), "{}", checked.stdout);
}

#[test]
fn a_node_that_is_not_there_cannot_be_reached() {
    let home = Home::new();
    home.file("node/admin.token", "secret\n");
    let run = |node| home.run(&["agent", "list", "--data", "node", "--node", node]);
    run("http://127.0.0.1:1").failed(4, &["mailmesh serve"]);
    run("http://mail.example").failed(2, &["https://"]);
    home.run(&["agent", "list", "--data", "nowhere"])
        .failed(2, &["--admin-token-file"]);
}

#[test]
fn the_demo_of_a_node_shows_and_checks_its_story() {
    let home = Home::new();
    let report = home.run(&["demo", "--node", "--json"]).ok().json();
    let steps = report["steps"].as_array().unwrap();
    let names: Vec<_> = steps
        .iter()
        .map(|step| step["step"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["start", "push", "wait", "replay", "fetch", "block"]);
    let shown = home.run(&["demo", "--node"]).ok().stdout;
    assert!(
        shown.contains("✓ live frames follow without a gap"),
        "{shown}"
    );
}
