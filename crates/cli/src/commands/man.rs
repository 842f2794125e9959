use std::io::Write as _;

use crate::exit::{Exit, Failure};
use crate::output::Output;

/// Write the manual page, of mailmesh or of one of its commands
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: mailmesh man | man -l -
Example: mailmesh man watch > mailmesh-watch.1")]
pub(crate) struct Args {
    /// The command; none for the page of mailmesh
    command: Vec<String>,
}

impl Args {
    pub(crate) fn run(self, out: &mut Output) -> Result<Exit, Failure> {
        let mut command = crate::args::command();
        command.build();
        for name in &self.command {
            command = command.find_subcommand(name).cloned().ok_or_else(|| {
                Failure::usage(format!(
                    "there is no command {name:?}; see `mailmesh --help`"
                ))
            })?;
        }
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page)?;
        if out.is_json() {
            out.value(&serde_json::json!({"page": String::from_utf8_lossy(&page)}))?;
        } else {
            out.write_all(&page)?;
        }
        Ok(Exit::Done)
    }
}
