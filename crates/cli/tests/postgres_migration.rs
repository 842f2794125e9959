//! `mailmesh store migrate-to` and `mailmesh doctor`, against the server that `MAILMESH_TEST_POSTGRES` names.
#![allow(clippy::unwrap_used)] // a test fails by panicking
#![cfg(unix)]

mod home;

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use home::{Home, Ran, finish};
use serde_json::Value;

/// An empty database: its URL without the password, and the password.
struct Database {
    url: String,
    password: String,
}

impl Database {
    fn new() -> Self {
        let server = std::env::var("MAILMESH_TEST_POSTGRES").expect(
            "MAILMESH_TEST_POSTGRES names no server: start one with test-servers/postgres.sh",
        );
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let name = format!("cli_{}_{}", std::process::id(), since.as_nanos());
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(&server, tokio_postgres::NoTls)
                .await
                .unwrap();
            tokio::spawn(connection);
            let create = format!("CREATE DATABASE {name}");
            client.batch_execute(&create).await.unwrap();
        });
        let (before, _) = server.rsplit_once('/').unwrap();
        let (user, host) = before.split_once('@').unwrap();
        let (user, password) = user.rsplit_once(':').unwrap();
        Self {
            url: format!("{user}@{host}/{name}"),
            password: password.to_owned(),
        }
    }

    fn command(&self, home: &Home, arguments: &[&str]) -> Command {
        let mut command = home.command(arguments);
        command.env("PGPASSWORD", &self.password);
        command
    }

    fn run(&self, home: &Home, arguments: &[&str]) -> Ran {
        finish(self.command(home, arguments), b"")
    }
}

/// A node that runs until it is dropped.
struct Running {
    child: Child,
    url: String,
}

impl Running {
    fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("ready http ").unwrap();
        Self {
            url: format!("http://{address}"),
            child,
        }
    }

    fn ask(&self, home: &Home, arguments: &[&str]) -> Value {
        let mut all = arguments.to_vec();
        all.extend(["--data", "node", "--json", "--node", &self.url]);
        home.run(&all).ok().json()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it may have ended already
        let _ = self.child.wait();
    }
}

const SERVE: [&str; 5] = ["serve", "--data", "node", "--http", "127.0.0.1:0"];

#[test]
fn a_node_goes_on_in_the_database() {
    let home = Home::new();
    let database = Database::new();
    let node = Running::start(home.command(&SERVE));
    node.ask(&home, &["agent", "create", "@acme.alice"]);
    let before = node.ask(&home, &["agent", "list"]);
    let migrate = [
        "store",
        "migrate-to",
        &database.url,
        "--data",
        "node",
        "--json",
    ];
    database
        .run(&home, &migrate)
        .failed(3, &["holds the folder"]);
    drop(node);

    let moved = database.run(&home, &migrate).ok().json();
    assert_eq!(
        (&moved["agents"], &moved["messages"]),
        (&1.into(), &0.into())
    );
    assert_eq!(
        database.run(&home, &migrate).ok().json(),
        moved,
        "it is done"
    );
    let told = database.run(&home, &migrate[..5]).ok().stdout;
    assert!(told.starts_with("1 agents, 0 messages"), "{told}");
    assert!(!told.contains(&database.password), "{told}");

    let mut arguments = SERVE.to_vec();
    arguments.extend(["--database", &database.url]);
    let node = Running::start(database.command(&home, &arguments));
    assert_eq!(node.ask(&home, &["agent", "list"]), before);
    home.run(&["health", "--node", &node.url]).ok();

    // What is in the folder goes nowhere else.
    let node = Running::start(home.command(&["serve", "--data", "other", "--http", "127.0.0.1:0"]));
    drop(node);
    let other = ["store", "migrate-to", &database.url, "--data", "other"];
    database
        .run(&home, &other)
        .failed(2, &["expected an empty database"]);
}

#[test]
fn what_cannot_be_reached_or_is_not_there_is_told() {
    let home = Home::new();
    let nowhere = "postgres://u@127.0.0.1:1/d";
    home.run(&["store", "migrate-to", nowhere, "--data", "node"])
        .failed(2, &["there is no store"]);
    drop(Running::start(home.command(&SERVE)));
    home.run(&["store", "migrate-to", nowhere, "--data", "node"])
        .failed(4, &["expected the database to answer"]);
    home.run(&["store", "migrate-to", "mysql://u@h/d", "--data", "node"])
        .failed(2, &["postgres://"]);
    home.run(&["health", "--node", "http://127.0.0.1:1"])
        .failed(4, &["cannot connect"]);
    home.run(&["health", "--node", "nothing"])
        .failed(2, &["--node"]);
}

#[test]
fn the_doctor_looks_at_the_database_and_changes_nothing() {
    let home = Home::new();
    let database = Database::new();
    let doctor = [
        "doctor",
        "--data",
        "node",
        "--http",
        "127.0.0.1:0",
        "--database",
        &database.url,
        "--json",
    ];
    let report = database.run(&home, &doctor).ok().json();
    let found = |report: &Value, name: &str| {
        let checks = report["checks"].as_array().unwrap();
        let check = checks.iter().find(|check| check["check"] == name);
        check.unwrap_or_else(|| panic!("{name}: {report}"))["found"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert!(
        found(&report, "database").contains("is PostgreSQL 1"),
        "{report}"
    );
    assert!(found(&report, "store").starts_with("none yet"), "{report}");
    for check in [
        "database TLS",
        "writes",
        "clock",
        "database size",
        "connections",
    ] {
        found(&report, check);
    }
    let again = database.run(&home, &doctor).ok().json();
    assert!(
        found(&again, "store").starts_with("none yet"),
        "it makes nothing"
    );
    assert!(!report.to_string().contains(&database.password));

    let mut arguments = SERVE.to_vec();
    arguments.extend(["--database", &database.url]);
    drop(Running::start(database.command(&home, &arguments)));
    let report = database.run(&home, &doctor).ok().json();
    assert!(found(&report, "store").ends_with("up to date"), "{report}");

    let away = [
        "doctor",
        "--data",
        "node",
        "--http",
        "127.0.0.1:0",
        "--database",
        "postgres://u@127.0.0.1:1/d",
    ];
    let ran = home.run(&away);
    assert_eq!(ran.code, 1, "{}", ran.stdout);
    assert!(ran.stdout.contains("check host, port"), "{}", ran.stdout);
}
