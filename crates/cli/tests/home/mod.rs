//! The real binary, run away from the user's own files.
#![allow(dead_code, unreachable_pub)] // each test binary uses its share of this
#![allow(clippy::unwrap_used)] // a test fails by its panic

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A home directory of its own, and the binary to run in it.
pub struct Home {
    dir: TempDir,
}

/// How a run ended.
pub struct Ran {
    pub code: i32,
    pub octets: Vec<u8>,
    pub stdout: String,
    pub stderr: String,
}

impl Home {
    pub fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Writes a file in it and returns its path.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// The configuration file, which does not exist yet.
    pub fn config(&self) -> PathBuf {
        self.path().join("config/mailmesh/config.toml")
    }

    /// The URL of a local mailbox in it.
    pub fn mailbox(&self, address: &str) -> String {
        format!("local:{}?as={address}", self.path().join("mail").display())
    }

    /// The binary with its arguments, and nothing of mailmesh in its environment.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mailmesh"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("MAILMESH_") {
                command.env_remove(name);
            }
        }
        command
            .args(arguments)
            .current_dir(self.path())
            .env_remove("RUST_LOG")
            .env("HOME", self.path())
            .env("XDG_CONFIG_HOME", self.path().join("config"))
            .env("XDG_DATA_HOME", self.path().join("data"));
        command
    }

    /// Runs it with nothing on standard input.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, b"")
    }

    /// Runs it with standard input.
    pub fn run_with(&self, arguments: &[&str], stdin: &[u8]) -> Ran {
        finish(self.command(arguments), stdin)
    }
}

/// Runs a command to its end.
pub fn finish(mut command: Command, stdin: &[u8]) -> Ran {
    let command = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let stdin = stdin.to_owned();
    // The command may end before it has read everything.
    let writer = std::thread::spawn(move || drop(input.write_all(&stdin)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Ran::from(output)
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().expect("ended by a signal"),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            octets: output.stdout,
        }
    }
}

impl Ran {
    /// It ended with 0 and said nothing on standard error.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(
            (self.code, self.stderr.as_str()),
            (0, ""),
            "stdout: {}",
            self.stdout
        );
        self
    }

    /// Its standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {} {}", self.stdout, self.stderr))
    }

    /// It failed with this code and said why, in one line that holds these words.
    #[track_caller]
    pub fn failed(&self, code: i32, words: &[&str]) {
        assert_eq!(self.code, code, "{} {}", self.stdout, self.stderr);
        assert_eq!(
            self.stderr.lines().count(),
            1,
            "one line: {:?}",
            self.stderr
        );
        for word in words {
            assert!(
                self.stderr.contains(word),
                "{word:?} is not in {:?}",
                self.stderr
            );
        }
    }
}
