//! `mailmesh mcp --as` and `mailmesh-mcp --agent-id`: an agent for hosts, in the place of `agentsmcp`.
#![allow(clippy::unwrap_used)] // a test fails by panicking
#![cfg(unix)]

mod home;
mod mcp_host;
mod running;

use std::process::Command;

use home::{Home, finish};
use mcp_host::Host;
use running::Running;
use serde_json::{Value, json};

/// A node with or without keys.
struct Server {
    home: Home,
    node: Running,
    /// What is behind `--server`.
    url: String,
}

impl Server {
    fn start(flags: &[&str]) -> Self {
        let home = Home::new();
        let node = Running::start(&home, flags);
        let url = format!("{}/context-sync", node.url);
        Self { home, node, url }
    }

    fn open() -> Self {
        Self::start(&["--context-sync-open"])
    }

    fn say(&self, from: &str, to: &str, text: &str) {
        let flags = ["context", "send", "--as", from, "--to", to, "--text", text];
        let mut command = self.home.command(&flags);
        command.env("MAILMESH_CONTEXT_SERVER", &self.url);
        finish(command, b"").ok();
    }

    /// The token of an agent that the operator makes.
    fn token(&self) -> String {
        let url = &self.node.url;
        let flags = [
            "agent",
            "create",
            "@acme.ben",
            "--node",
            url,
            "--data",
            "node",
            "--json",
        ];
        let made = self.home.run(&flags).ok().json();
        made["token"].as_str().unwrap().to_owned()
    }

    /// The command of the published package's configurations.
    fn alias(&self, flags: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mailmesh-mcp"));
        command.args(flags).env("HOME", self.home.path());
        command
    }
}

fn tools(host: &mut Host) -> Vec<String> {
    let listed = host.ask("tools/list", json!({}));
    let tools = listed["result"]["tools"].as_array().unwrap().iter();
    tools
        .map(|tool| tool["name"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn an_agent_is_spoken_for_and_has_no_mail_unasked() {
    let server = Server::open();
    server.say("ann@demo", "ben@demo", "Build it.");
    let mut command = server
        .home
        .command(&["mcp", "--as", "ben@demo", "--server", &server.url]);
    // A mailbox that the environment names is none that the agent is to have.
    command.env("MAILMESH_MAILBOX", server.home.mailbox("ben@x.test"));
    let mut host = Host::start(command);
    let tools = tools(&mut host);
    assert_eq!(tools.len(), 15);
    assert!(tools.iter().all(|name| name.starts_with("agentsmcp_")));
    let received = host.call("agentsmcp_receive", json!({}));
    assert_eq!(received["messages"][0]["payload"], "Build it.");
    let read = host.ask("resources/read", json!({"uri": "agentsmcp://mailbox"}));
    assert!(
        read["result"]["contents"][0]["text"]
            .as_str()
            .unwrap()
            .contains("Build it.")
    );
    assert_eq!(host.end(), Some(0));

    let mailbox = server.home.mailbox("ben@x.test");
    let flags = [
        "mcp",
        "--as",
        "ben@demo",
        "--server",
        &server.url,
        "--mailbox",
        &mailbox,
    ];
    let mut host = Host::start(server.home.command(&flags));
    assert_eq!(self::tools(&mut host).len(), 28);
    assert_eq!(host.call("list_emails", json!({}))["emails"], json!([]));
    host.end();
}

#[test]
fn the_alias_takes_the_flags_and_variables_of_the_npm_package() {
    let server = Server::start(&[]);
    let token = server.token();
    let flags = [
        "--agent-id",
        "ben@demo",
        "--server",
        &server.url,
        "--api-key",
        &token,
    ];
    let mut host = Host::start(server.alias(&flags));
    assert_eq!(
        host.call("agentsmcp_unread", json!({}))["messages"],
        json!([])
    );
    let told = host.told();
    assert!(
        told.contains("seen by others") && !told.contains(&token),
        "{told}"
    );

    let mut command = server.alias(&[]);
    command
        .env("AGENTSMCP_AGENT_ID", "ben@demo")
        .env("AGENTSMCP_SERVER", &server.url)
        .env("AGENTSMCP_API_KEY", &token);
    let mut host = Host::start(command);
    assert_eq!(tools(&mut host).len(), 15);
    assert_eq!(
        host.call("agentsmcp_threads", json!({}))["threads"],
        json!([])
    );
    assert_eq!(host.told(), "");

    let file = server.home.file("token", &token);
    let flags = [
        "mcp",
        "--as",
        "ben@demo",
        "--server",
        &server.url,
        "--token-file",
        &file,
    ];
    let mut host = Host::start(server.home.command(&flags));
    assert_eq!(
        host.call("agentsmcp_threads", json!({}))["threads"],
        json!([])
    );
    assert_eq!(host.end(), Some(0));
}

#[test]
fn what_cannot_be_is_told_at_the_start() {
    let server = Server::start(&[]);
    let node = server.node.url.clone();
    let wrong = "k".repeat(43);
    for (flags, code, words) in [
        (
            vec!["--agent-id", "ben@demo", "--server", &server.url],
            3,
            "MAILMESH_CONTEXT_TOKEN",
        ),
        (
            vec![
                "--agent-id",
                "ben@demo",
                "--server",
                &server.url,
                "--api-key",
                &wrong,
            ],
            3,
            "MAILMESH_CONTEXT_TOKEN",
        ),
        (vec!["--agent-id", "two words"], 2, "agent id"),
        (vec!["--api-key", &wrong], 2, "--agent-id or --backend"),
        (vec!["--token-file", "none"], 2, "--as AGENT"),
        (
            vec![
                "--agent-id",
                "ben@demo",
                "--server",
                "http://mail.example.org",
            ],
            2,
            "https",
        ),
        (
            vec!["--agent-id", "ben@demo", "--server", &node],
            1,
            "/context-sync",
        ),
    ] {
        let ran = finish(server.alias(&flags), b"");
        assert_eq!(ran.code, code, "{flags:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(words), "{flags:?}: {}", ran.stderr);
        assert!(!ran.stderr.contains(&wrong), "{}", ran.stderr);
    }
}

#[test]
fn a_server_that_is_not_there_yet_ends_nothing() {
    let home = Home::new();
    let server = "http://127.0.0.1:1/context-sync";
    let mut host = Host::start(home.command(&["mcp", "--as", "ben@demo", "--server", server]));
    let params = json!({"name": "agentsmcp_receive", "arguments": {}});
    let answer: Value = host.ask("tools/call", params);
    assert_eq!(answer["result"]["isError"], true);
    let told = answer["result"]["content"][0]["text"].as_str().unwrap();
    assert!(told.contains("This may pass"), "{told}");
    assert!(host.told().contains("asked again"));
}
