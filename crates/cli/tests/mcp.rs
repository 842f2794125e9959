//! `mailmesh mcp` and `mailmesh-mcp` as processes: what a host starts.
#![allow(clippy::unwrap_used)] // a test fails by panicking

mod home;
mod mcp_host;
mod mcp_http;

use std::process::Command;

use home::Home;
use mcp_host::Host;
use mcp_http::Listening;
use serde_json::{Value, json};

#[test]
fn a_host_gets_several_mailboxes_and_ends_the_server_by_hanging_up() {
    let home = Home::new();
    let work = format!("work={}", home.mailbox("agent@work.test"));
    let other = home.mailbox("agent@home.test");
    let mut host = Host::start(home.command(&["mcp", "--mailbox", &work, "--mailbox", &other]));
    let listed = host.call("list_mailboxes", json!({}));
    assert_eq!(listed["mailboxes"][0]["name"], "work");
    assert_eq!(listed["mailboxes"][1]["name"], "agent@home.test");
    let mail = json!({"to": ["agent@home.test"], "subject": "Hello", "text": "-"});
    host.call("send_email", mail);
    let inbox = host.call("list_emails", json!({"mailbox": "agent@home.test"}));
    assert_eq!(inbox["emails"][0]["subject"], "Hello");
    assert_eq!(host.end(), Some(0));
}

#[test]
fn what_is_switched_off_is_not_offered() {
    let home = Home::new();
    let mailbox = home.mailbox("agent@example.test");
    let flags = [
        "mcp",
        "--mailbox",
        &mailbox,
        "--read-only",
        "--no-attachments",
    ];
    let mut host = Host::start(home.command(&flags));
    let listed = host.ask("tools/list", json!({}));
    assert_eq!(listed["result"]["tools"].as_array().unwrap().len(), 7);
    host.end();
}

#[test]
fn the_agent_has_the_card_it_was_given() {
    let home = Home::new();
    let card = json!({
        "name": "Shop", "description": "Sells cups", "version": "1.0.0",
        "supportedInterfaces": [
            {"url": "https://shop.test/a2a", "protocolBinding": "JSONRPC", "protocolVersion": "1.0"}
        ],
        "capabilities": {}, "defaultInputModes": ["text/plain"],
        "defaultOutputModes": ["text/plain"],
        "skills": [{"id": "o", "name": "Order", "description": "Takes orders", "tags": ["shop"]}],
    });
    let file = home.file("card.json", card.to_string());
    let mailbox = home.mailbox("agent@example.test");
    let mut host = Host::start(home.command(&["mcp", "--mailbox", &mailbox, "--card", &file]));
    let listed = host.ask("resources/list", json!({}));
    assert_eq!(
        listed["result"]["resources"][0]["uri"],
        "agent-card://identity"
    );
    let read = host.ask("resources/read", json!({"uri": "agent-card://identity"}));
    let text = read["result"]["contents"][0]["text"].as_str().unwrap();
    assert_eq!(serde_json::from_str::<Value>(text).unwrap(), card);
    host.end();
}

#[test]
fn over_http_a_token_is_made_or_taken() {
    let home = Home::new();
    let made = Listening::start(&home, &[]);
    assert_eq!(made.token.len(), 43);
    assert!(made.url.starts_with("http://127.0.0.1:") && made.url.ends_with("/mcp"));
    drop(made);

    let ran = home.run(&[
        "mcp",
        "--http",
        "0.0.0.0:0",
        "--mailbox",
        &home.mailbox("a@x.test"),
    ]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    let mut short = home.command(&[
        "mcp",
        "--http",
        "127.0.0.1:0",
        "--mailbox",
        &home.mailbox("a@x.test"),
    ]);
    short.env("MAILMESH_MCP_TOKEN", "short-secret");
    let ran = home::finish(short, b"");
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("16 to 1024") && !ran.stderr.contains("short-secret"),
        "{}",
        ran.stderr
    );
}

#[test]
fn the_alias_takes_the_flags_of_the_python_package() {
    let home = Home::new();
    let mut alias = Command::new(env!("CARGO_BIN_EXE_mailmesh-mcp"));
    alias
        .args([
            "--backend",
            "smtp-imap",
            "--imap-host",
            "127.0.0.1",
            "--imap-port",
            "1",
        ])
        .args(["--smtp-host", "127.0.0.1", "--smtp-port", "1", "--no-tls"])
        .args(["--username", "agent@example.test"])
        .env("HOME", home.path())
        .env("MAILMESH_PASSWORD", "secret");
    let mut host = Host::start(alias);
    let listed = host.call("list_mailboxes", json!({}));
    assert_eq!(listed["mailboxes"][0]["address"], "agent@example.test");
    // There is no server; the model hears what to do.
    let params = json!({"name": "list_emails", "arguments": {}});
    let answer = host.ask("tools/call", params);
    assert_eq!(answer["result"]["isError"], true);
    let told = answer["result"]["content"][0]["text"].as_str().unwrap();
    assert!(told.contains("This may pass"), "{told}");
    assert_eq!(host.end(), Some(0));

    let mut plain = Command::new(env!("CARGO_BIN_EXE_mailmesh-mcp"));
    plain
        .args(["--mailbox", &home.mailbox("a@x.test")])
        .env("HOME", home.path());
    let mut host = Host::start(plain);
    assert_eq!(host.call("list_emails", json!({}))["emails"], json!([]));
    host.end();
}

#[test]
fn a_host_that_does_not_speak_the_protocol_is_told_so() {
    let home = Home::new();
    let ran = home.run(&["mcp", "--mailbox", &home.mailbox("a@x.test")]);
    // Nothing was asked, and nothing was answered.
    assert_eq!(ran.stdout, "");
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    assert!(ran.stderr.contains("the client"), "{}", ran.stderr);
}
