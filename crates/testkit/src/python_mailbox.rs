//! A mailbox of the Python package mailmesh, driven by `tests/clients/mailmesh/mailbox.py`.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

/// A process of the package with one mailbox open. It ends when this is dropped.
#[derive(Debug)]
pub struct PythonMailbox {
    child: Child,
    calls: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl PythonMailbox {
    /// Starts one, with the command that `tests/clients/mailmesh/install.sh` made. It finds the servers
    /// by the variables that `test-servers/servers.sh` names.
    ///
    /// # Panics
    ///
    /// When it does not start.
    #[must_use]
    pub fn open(command: &Path, address: &str, ca_file: &Path) -> Self {
        let mut child = Command::new(command)
            .arg(address)
            .env("SSL_CERT_FILE", ca_file)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", command.display()));
        Self {
            calls: child.stdin.take().unwrap(),
            answers: BufReader::new(child.stdout.take().unwrap()),
            child,
        }
    }

    /// What a call answers: an object with its name as `call`, and its arguments.
    ///
    /// # Panics
    ///
    /// When the package fails.
    pub fn call(&mut self, call: &Value) -> Value {
        self.timed(call).0
    }

    /// The same, and how long the package took for it.
    ///
    /// # Panics
    ///
    /// When the package fails.
    pub fn timed(&mut self, call: &Value) -> (Value, Duration) {
        writeln!(self.calls, "{call}").unwrap();
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        let mut answer: Value = serde_json::from_str(&line).expect("an answer of the package");
        assert!(answer.get("error").is_none(), "{call}: {answer}");
        let seconds = answer["seconds"].as_f64().unwrap();
        (answer["answer"].take(), Duration::from_secs_f64(seconds))
    }
}

impl Drop for PythonMailbox {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
