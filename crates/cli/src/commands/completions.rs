use std::io::Write as _;

use clap_complete::Shell;

use crate::exit::{Exit, Failure};
use crate::output::Output;

/// Write a completion script for a shell
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example: mailmesh completions bash > ~/.local/share/bash-completion/completions/mailmesh"
)]
pub(crate) struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Args {
    pub(crate) fn run(self, out: &mut Output) -> Result<Exit, Failure> {
        let mut script = Vec::new();
        clap_complete::generate(
            self.shell,
            &mut crate::args::command(),
            "mailmesh",
            &mut script,
        );
        if out.is_json() {
            let script = String::from_utf8_lossy(&script);
            let shell = self.shell.to_string();
            out.value(&serde_json::json!({"shell": shell, "script": script}))?;
        } else {
            out.write_all(&script)?;
        }
        Ok(Exit::Done)
    }
}
