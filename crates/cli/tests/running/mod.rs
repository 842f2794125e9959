//! `mailmesh serve` as a process.
#![allow(dead_code, unreachable_pub)] // each test binary uses its share of this
#![allow(clippy::unwrap_used)] // a test fails by panicking

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use crate::home::Home;

/// A node that runs until it is dropped.
pub struct Running {
    child: Child,
    pub url: String,
}

impl Running {
    /// Starts a node on the folder `node` of a home.
    pub fn start(home: &Home, more: &[&str]) -> Self {
        let mut arguments = vec!["serve", "--data", "node", "--http", "127.0.0.1:0"];
        arguments.extend(more);
        Self::spawn(home.command(&arguments))
    }

    /// Runs a command that becomes a node, until that is ready.
    pub fn spawn(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let output = child.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("ready http ");
        // As `--json` says it.
        let json = || serde_json::from_str::<serde_json::Value>(&line).ok();
        let url = match address {
            Some(address) => Some(format!("http://{address}")),
            None => json().and_then(|ready| Some(ready["url"].as_str()?.to_owned())),
        };
        let Some(url) = url else {
            let status = child.wait().unwrap();
            panic!("{command:?} did not become ready: {status} {line}");
        };
        Self { child, url }
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends SIGTERM and gives the exit code.
    pub fn stop(mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").arg(pid).status().unwrap().success());
        self.child.wait().unwrap().code()
    }

    /// Sends SIGKILL.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// The most memory that it ever held, in MiB. Known on Linux only.
    pub fn peak_memory(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).ok()?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))?;
        let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
        Some(kibibytes / 1024)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it may have ended already
        let _ = self.child.wait();
    }
}
