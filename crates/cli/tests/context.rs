//! `mailmesh context` against a node, and `demo --context`.
#![allow(clippy::unwrap_used)] // a test fails by panicking
#![cfg(unix)]

mod home;
mod running;

use home::{Home, Ran, finish};
use running::Running;
use serde_json::{Value, json};

/// A node in open mode.
struct Server {
    home: Home,
    node: Running,
}

impl Server {
    fn start() -> Self {
        let home = Home::new();
        let node = Running::start(&home, &["--context-sync-open"]);
        Self { home, node }
    }

    fn run(&self, agent: &str, arguments: &[&str]) -> Ran {
        let mut all = vec!["context", "--json"];
        all.extend(arguments);
        let mut command = self.home.command(&all);
        command
            .env(
                "MAILMESH_CONTEXT_SERVER",
                format!("{}/context-sync", self.node.url),
            )
            .env("MAILMESH_CONTEXT_AGENT", agent);
        finish(command, b"")
    }

    fn json(&self, agent: &str, arguments: &[&str]) -> Value {
        self.run(agent, arguments).ok().json()
    }
}

#[test]
fn agents_talk_in_a_thread() {
    let server = Server::start();
    let knew = server.home.file(
        "knew.json",
        r#"{"grammar": "ABNF", "big": 9007199254740993}"#,
    );
    let sent = server.json(
        "ann@demo",
        &[
            "send",
            "--to",
            "ben@demo",
            "--bcc",
            "dan@demo",
            "--text",
            "Build it.",
            "--snapshot",
            &knew,
        ],
    );
    assert_eq!(sent["deliveredTo"], json!(["ben@demo", "dan@demo"]));
    let thread = sent["threadId"].as_str().unwrap();

    let received = server.json(
        "ben@demo",
        &["receive", "--from", "ann@demo", "--recent", "3"],
    );
    let frame = &received["messages"][0];
    assert_eq!(frame["payload"], "Build it.");
    assert_eq!(
        frame["context"]["snapshot"]["big"],
        9_007_199_254_740_993_u64
    );
    let none = server.json("ben@demo", &["receive", "--from", "dan@demo"]);
    assert_eq!(none["messages"], json!([]));

    let result = server.home.file("result.json", r#"{"rules": 7}"#);
    let reply = [
        "send",
        "--reply-all",
        "--thread",
        thread,
        "--data",
        &result,
        "--key",
        "k1",
    ];
    let first = server.json("ben@demo", &reply);
    assert_eq!(server.json("ben@demo", &reply), first, "taken once");
    let context = &server.json("ann@demo", &["sync", thread])["context"];
    assert_eq!(context["recentMessages"][1]["payload"], json!({"rules": 7}));
    assert_eq!(context["snapshot"], json!({}));

    let participants = server.json("ben@demo", &["participants", thread]);
    assert_eq!(participants["participants"].as_array().unwrap().len(), 2);
    let threads = server.json("ann@demo", &["threads"]);
    assert_eq!(
        (&threads["threads"][0]["id"], &threads["unreadCount"]),
        (&json!(thread), &json!(1))
    );
    assert_eq!(
        server.json("ann@demo", &["mark-read", thread]),
        json!({"ok": true})
    );
    assert_eq!(server.json("ann@demo", &["threads"])["unreadCount"], 0);
    assert_eq!(
        server.json("ben@demo", &["receive", "--mark-read"])["messages"][0]["id"],
        sent["messageId"]
    );
    assert_eq!(server.json("ben@demo", &["receive"])["messages"], json!([]));
}

#[test]
fn people_see_lines_and_tables() {
    let server = Server::start();
    let url = format!("{}/context-sync", server.node.url);
    let show = |agent: &str, arguments: &[&str]| {
        let mut all = vec!["context"];
        all.extend(arguments);
        all.extend(["--server", &url, "--as", agent]);
        server.home.run(&all).ok().stdout
    };
    let text = "two\nlines\u{1b}[31m";
    let send = ["send", "--to", "ben@demo", "--text", text];
    let sent = show("ann@demo", &send);
    let mut lines = sent.lines();
    let thread = lines.find_map(|line| line.strip_prefix("thread   "));
    let thread = thread.unwrap();
    for shown in [
        show("ann@demo", &["sync", thread]),
        show("ben@demo", &["receive"]),
    ] {
        assert!(shown.contains("ann@demo: two lines"), "{shown}");
        assert!(shown.contains("snapshot {}"), "{shown}");
        assert!(!shown.contains('\u{1b}'), "{shown}");
    }
    let listed = show("ben@demo", &["threads"]);
    assert!(listed.contains("ann@demo, ben@demo"), "{listed}");
    assert!(listed.ends_with("1 unread\n"), "{listed}");
    let participants = show("ann@demo", &["participants", thread]);
    assert!(participants.contains("ben@demo"), "{participants}");
}

#[test]
fn a_mail_is_taken_into_a_thread() {
    let server = Server::start();
    let mail =
        "From: carl@shop.example\r\nSubject: Offer\r\nList-Id: <offers>\r\n\r\n40 widgets\r\n";
    let mail = server.home.file("offer.eml", mail);
    let send = ["send", "--to", "ben@demo", "--mail", &mail];
    let sent = server.run("ann@demo", &send);
    assert_eq!(sent.code, 0, "{}", sent.stderr);
    assert!(sent.stderr.contains("list-id"), "{}", sent.stderr);
    let received = server.json("ben@demo", &["receive"]);
    let payload = &received["messages"][0]["payload"];
    assert_eq!(payload["from"], json!(["carl@shop.example"]));
    assert_eq!(
        (&payload["subject"], &payload["text"]),
        (&json!("Offer"), &json!("40 widgets\n"))
    );
    let both = ["send", "--to", "ben@demo", "--mail", &mail, "--text", "x"];
    server.run("ann@demo", &both).failed(2, &["--mail"]);
}

#[test]
fn failures_say_what_to_do() {
    let server = Server::start();
    server
        .run("eve@demo", &["sync", "nope"])
        .failed(1, &["not-found"]);
    server.run("a b", &["threads"]).failed(2, &["as"]);
    server
        .run("ann@demo", &["send", "--to", "ben@demo"])
        .failed(2, &["--text"]);
    server
        .run("ann@demo", &["send", "--text", "x"])
        .failed(2, &["--to"]);
    let broken = server.home.file("broken.json", "{");
    let send = ["send", "--to", "ben@demo", "--data", &broken];
    server.run("ann@demo", &send).failed(2, &["not JSON"]);
    let away = ["threads", "--server", "http://127.0.0.1:1/context-sync"];
    server.run("ann@demo", &away).failed(4, &["--server"]);
    let plain = ["threads", "--server", "http://mail.example/context-sync"];
    server.run("ann@demo", &plain).failed(2, &["https"]);
}

#[test]
fn in_keyed_mode_the_token_comes_from_a_file() {
    let home = Home::new();
    let node = Running::start(&home, &[]);
    let made = home.run(&[
        "agent",
        "create",
        "@acme.ann",
        "--node",
        &node.url,
        "--data",
        "node",
        "--json",
    ]);
    let token = made.ok().json()["token"].as_str().unwrap().to_owned();
    let file = home.file("ann.token", format!("{token}\n"));
    let url = format!("{}/context-sync", node.url);
    let threads = ["context", "threads", "--server", &url, "--as", "ann@demo"];
    home.run(&threads).failed(3, &["--token-file"]);
    let with_token = [&threads[..], &["--token-file", &file, "--json"]].concat();
    assert_eq!(home.run(&with_token).ok().json()["unreadCount"], 0);
}

#[test]
fn the_demo_shows_and_checks_a_late_joiner() {
    let home = Home::new();
    let shown = home.run(&["demo", "--context"]).ok().stdout;
    for words in [
        "1. ann@demo asks ben@demo, with a blind copy",
        "✓ the receiver knows what the sender knew",
        "✓ it sees the whole thread",
        "✓ in the words for a thread that does not exist",
        "checks passed",
    ] {
        assert!(shown.contains(words), "{words:?} is not in {shown}");
    }
    let report = home.run(&["demo", "--context", "--json"]).ok().json();
    let steps = report["steps"].as_array().unwrap().iter();
    let names: Vec<_> = steps.map(|step| step["step"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "send",
            "reply",
            "join",
            "participants",
            "stranger",
            "mark-read"
        ]
    );
}
