//! `mailmesh watch`: one line per message, handlers, and a state that loses nothing.
#![allow(clippy::unwrap_used)] // a test fails by its panic

mod home;

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::time::Duration;

use home::{Home, Ran};
use serde_json::Value;

struct Agents(Home);

impl Agents {
    fn new() -> Self {
        Self(Home::new())
    }

    fn send(&self, subject: &str) {
        let mailbox = self.0.mailbox("alice@x.test");
        let flags = [
            "send",
            "--mailbox",
            &mailbox,
            "--to",
            "bob@x.test",
            "--text",
            "t",
        ];
        self.0
            .run(&[&flags[..], &["--subject", subject]].concat())
            .ok();
    }

    fn watch(&self, arguments: &[&str]) -> Ran {
        let mailbox = self.0.mailbox("bob@x.test");
        self.0
            .run(&[&["watch", "--mailbox", &mailbox, "--json"], arguments].concat())
    }

    fn state(&self) -> String {
        self.0.path().join("state").to_str().unwrap().to_owned()
    }

    /// Waits until a watch has begun, which it shows by its state.
    fn wait_for_state(&self, child: &mut Child) {
        while !self.0.path().join("state").exists() {
            assert!(
                child.try_wait().unwrap().is_none(),
                "it ended before it watched"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// A state file whose position is now.
    fn state_from_now(&self) -> String {
        let state = self.state();
        let ran = self.watch(&["--timeout", "0", "--state", &state]);
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{}", ran.stderr);
        state
    }
}

fn subjects(lines: &str) -> Vec<String> {
    let subject = |line: &str| -> Value { serde_json::from_str(line).unwrap() };
    lines
        .lines()
        .map(|line| subject(line)["subject"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn each_message_is_a_line_at_once() {
    let agents = Agents::new();
    let mailbox = agents.0.mailbox("bob@x.test");
    agents.send("before");
    let mut child = agents
        .0
        .command(&[
            "watch",
            "--mailbox",
            &mailbox,
            "--json",
            "--state",
            "state",
            "--timeout",
            "60",
        ])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    agents.wait_for_state(&mut child);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for subject in ["first", "second"] {
        agents.send(subject);
        assert_eq!(subjects(&lines.next().unwrap().unwrap()), [subject]);
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn nothing_in_time_is_a_negative_answer() {
    let agents = Agents::new();
    let ran = agents.watch(&["--once", "--timeout", "1"]);
    assert_eq!(
        (ran.code, ran.stdout.as_str(), ran.stderr.as_str()),
        (1, "", "")
    );
}

#[test]
fn a_state_goes_on_where_the_last_run_ended() {
    let agents = Agents::new();
    agents.send("before");
    let state = agents.state_from_now();
    for subject in ["one", "two", "three"] {
        agents.send(subject);
    }
    let once = ["--once", "--timeout", "30", "--state", &state];
    assert_eq!(subjects(&agents.watch(&once).ok().stdout), ["one"]);
    assert_eq!(subjects(&agents.watch(&once).ok().stdout), ["two"]);
    assert_eq!(
        subjects(
            &agents
                .watch(&["--timeout", "2", "--state", &state])
                .ok()
                .stdout
        ),
        ["three"]
    );
}

#[test]
fn a_handler_gets_the_line_and_the_id() {
    let agents = Agents::new();
    let state = agents.state_from_now();
    agents.send("for the handler");
    let handler = "cat > line.json; printf %s \"$MAILMESH_ID\" > id; \
                   \"$MAILMESH\" read \"$MAILMESH_ID\" --raw > raw.eml";
    let mailbox = agents.0.mailbox("bob@x.test");
    let flags = [
        "watch",
        "--json",
        "--mailbox",
        &mailbox,
        "--once",
        "--timeout",
        "30",
    ];
    let mut command = agents
        .0
        .command(&[&flags[..], &["--state", &state, "--exec", handler]].concat());
    command.env("MAILMESH", env!("CARGO_BIN_EXE_mailmesh"));
    let ran = home::finish(command, b"").ok();
    let line = std::fs::read_to_string(agents.0.path().join("line.json")).unwrap();
    assert_eq!(line, ran.stdout);
    let id = std::fs::read_to_string(agents.0.path().join("id")).unwrap();
    assert_eq!(ran.json()["id"], id.as_str());
    let raw = std::fs::read_to_string(agents.0.path().join("raw.eml")).unwrap();
    assert!(
        raw.contains("Subject: for the handler"),
        "the handler works on the same mailbox"
    );
}

#[test]
fn a_message_whose_handler_failed_comes_again() {
    let agents = Agents::new();
    let state = agents.state_from_now();
    agents.send("again");
    let flags = ["--timeout", "30", "--state", &state, "--exec"];
    let ran = agents.watch(&[&flags[..], &["exit 3"]].concat());
    ran.failed(1, &["handler", "3"]);
    let ran = agents
        .watch(&[&flags[..], &["true", "--once"]].concat())
        .ok();
    assert_eq!(subjects(&ran.stdout), ["again"]);
}

#[test]
fn output_of_a_handler_does_not_mix_with_json_lines() {
    let agents = Agents::new();
    let state = agents.state_from_now();
    agents.send("clean");
    let flags = [
        "--once",
        "--timeout",
        "30",
        "--state",
        &state,
        "--exec",
        "echo noise",
    ];
    let ran = agents.watch(&flags);
    assert_eq!(subjects(&ran.stdout), ["clean"]);
    assert_eq!(ran.stderr, "noise\n");
}

#[test]
fn a_file_that_is_no_state_is_left_alone() {
    let agents = Agents::new();
    let notes = agents.0.file("notes.txt", "mine");
    agents
        .watch(&["--once", "--timeout", "1", "--state", &notes])
        .failed(2, &["notes.txt"]);
    assert_eq!(std::fs::read_to_string(notes).unwrap(), "mine");
}

#[test]
fn a_server_that_was_never_there_is_not_waited_for() {
    let home = Home::new();
    let state = r#"{"address":"bob@x.test","folder":"INBOX","position":"1.1"}"#;
    home.file("state", state);
    let url = "imaps://bob@x.test@127.0.0.1:1";
    let mut command = home.command(&["watch", "--mailbox", url, "--state", "state"]);
    command.env("MAILMESH_PASSWORD", "hunter2");
    home::finish(command, b"").failed(4, &["127.0.0.1:1"]);
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_it_quietly() {
    let agents = Agents::new();
    let mailbox = agents.0.mailbox("bob@x.test");
    let mut child = agents
        .0
        .command(&["watch", "--mailbox", &mailbox, "--state", "state"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    agents.wait_for_state(&mut child);
    let interrupt = ["-INT".to_owned(), child.id().to_string()];
    assert!(
        std::process::Command::new("kill")
            .args(interrupt)
            .status()
            .unwrap()
            .success()
    );
    let ran = child.wait_with_output().unwrap();
    assert_eq!(ran.status.code(), Some(130));
    assert_eq!(String::from_utf8_lossy(&ran.stderr), "");
}
