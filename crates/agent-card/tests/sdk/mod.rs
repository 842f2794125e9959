//! A published SDK of A2A in a process of its own, as `./test` installs it.

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

/// An SDK that answers commands; `interop/README.md` lists them.
#[derive(Debug)]
pub(crate) struct Sdk {
    pub(crate) name: &'static str,
    process: Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Sdk {
    pub(crate) fn all() -> [Self; 2] {
        ["PYTHON", "JAVASCRIPT"].map(Self::start)
    }

    fn start(name: &'static str) -> Self {
        let variable = format!("MAILMESH_TEST_A2A_{name}");
        let program = env::var_os(&variable).unwrap_or_else(|| {
            panic!("{variable} is not set; ./test installs the SDKs and sets it")
        });
        let mut process = Command::new(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            name,
            commands: process.stdin.take().unwrap(),
            answers: BufReader::new(process.stdout.take().unwrap()),
            process,
        }
    }

    pub(crate) fn ask(&mut self, command: &Value) -> Value {
        writeln!(self.commands, "{command}").unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        serde_json::from_str(&answer).unwrap_or_else(|_| panic!("{} ended", self.name))
    }
}

impl Drop for Sdk {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}
