//! `mailmesh mcp --http`, started and stopped.
#![allow(dead_code, unreachable_pub)] // each test binary uses its share of this
#![allow(clippy::unwrap_used)] // a test fails by its panic

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use serde_json::Value;

use crate::home::Home;

pub struct Listening {
    child: Child,
    pub url: String,
    /// The token it made.
    pub token: String,
}

impl Listening {
    pub fn start(home: &Home, more: &[&str]) -> Self {
        let mailbox = home.mailbox("agent@example.test");
        let flags = [
            "mcp",
            "--json",
            "--http",
            "127.0.0.1:0",
            "--mailbox",
            &mailbox,
        ];
        let mut command = home.command(&flags);
        let mut child = command.args(more).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(ready["ready"], "http");
        let text = |name: &str| ready[name].as_str().unwrap_or_default().to_owned();
        Self {
            child,
            url: text("url"),
            token: text("token"),
        }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
