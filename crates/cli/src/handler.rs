//! The program that `watch --exec` runs for each message.

use std::ffi::OsString;
use std::io;
use std::process::Stdio;

use mailmesh::Summary;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::exit::Failure;

/// The variable that tells the program which message it is about.
const ID_VARIABLE: &str = "MAILMESH_ID";

/// A shell command and where it runs.
#[derive(Debug)]
pub(crate) struct Handler {
    /// The command, for the shell of the system.
    pub(crate) command: String,
    /// What it gets in its environment beside ours.
    pub(crate) environment: Vec<(&'static str, OsString)>,
    /// Whether standard output is ours alone, a stream of JSON lines: then the command writes to
    /// standard error.
    pub(crate) is_output_ours: bool,
}

impl Handler {
    /// Runs the command with the message's summary on its standard input, one line of JSON.
    pub(crate) async fn run(&self, summary: &Summary) -> Result<(), Failure> {
        let line = format!(
            "{}\n",
            serde_json::to_string(summary).map_err(io::Error::from)?
        );
        let why = match self.status(summary.id.as_str(), &line).await {
            Ok(status) if status.success() => return Ok(()),
            Ok(status) => format!("failed ({status})"),
            Err(cause) => format!("could not be run ({cause})"),
        };
        let id = &summary.id;
        Err(Failure::negative(format!(
            "the handler {why} on message {id}; it comes again with --state"
        )))
    }

    async fn status(&self, id: &str, line: &str) -> io::Result<std::process::ExitStatus> {
        let environment = self.environment.iter().map(|(name, value)| (name, value));
        let stdout = if self.is_output_ours {
            Stdio::from(io::stderr())
        } else {
            Stdio::inherit()
        };
        let mut child = shell(&self.command)
            .envs(environment)
            .env(ID_VARIABLE, id)
            .stdin(Stdio::piped())
            .stdout(stdout)
            .kill_on_drop(true)
            .spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            // A program may end without reading; its status says whether it succeeded.
            let _ = stdin.write_all(line.as_bytes()).await;
        }
        child.wait().await
    }
}

#[cfg(unix)]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", command]);
    shell
}

#[cfg(windows)]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("cmd");
    shell.args(["/C", command]);
    shell
}
