//! `mailmesh mcp` under the published SDKs for Python and TypeScript, two generations of each, and
//! under the official conformance suite: `tests/clients/mcp`.
#![allow(clippy::unwrap_used)] // a test fails by panicking

mod home;
mod mcp_http;

use std::path::PathBuf;
use std::process::Command;

use home::Home;
use mcp_http::Listening;

const CLIENTS: [&str; 4] = ["python-1", "python-2", "typescript-1", "typescript-2"];

fn client(name: &str) -> PathBuf {
    let clients = std::env::var_os("MAILMESH_TEST_MCP_CLIENTS").expect(
        "MAILMESH_TEST_MCP_CLIENTS names no folder of clients: install them with \
         tests/clients/mcp/install.sh",
    );
    PathBuf::from(clients).join(name)
}

/// Runs a client to its end and passes on which revisions it spoke.
fn succeeds(mut command: Command) {
    let ended = command.output().unwrap();
    let told = String::from_utf8_lossy(&ended.stdout);
    let wrong = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{told}{wrong}");
    for line in told.lines() {
        println!("figures: mcp: {line}");
    }
}

fn over_stdio(name: &str) {
    let home = Home::new();
    let server = home.command(&[]);
    let mailbox = home.mailbox("agent@example.test");
    let mut command = Command::new(client(name));
    command
        .arg("stdio")
        .arg(server.get_program())
        .args(["mcp", "--mailbox", &mailbox])
        .env("HOME", home.path());
    succeeds(command);
}

fn over_http(name: &str) {
    let home = Home::new();
    let listening = Listening::start(&home, &[]);
    let mut command = Command::new(client(name));
    command
        .args(["http", &listening.url])
        .env("MCP_TOKEN", &listening.token);
    succeeds(command);
}

#[test]
fn every_client_is_served_over_stdio() {
    CLIENTS.into_iter().for_each(over_stdio);
}

#[test]
fn every_client_is_served_over_http() {
    CLIENTS.into_iter().for_each(over_http);
}

#[test]
fn the_official_suite_finds_nothing() {
    let home = Home::new();
    let origin = "http://page.test";
    let listening = Listening::start(&home, &["--allowed-origin", origin]);
    let mut command = Command::new(client("conformance"));
    command
        .arg(&listening.url)
        .env("MCP_TOKEN", &listening.token)
        .env("MCP_ORIGIN", origin);
    succeeds(command);
}
