use std::io::Write as _;
use std::path::PathBuf;

use asmtp_envelope::{Limits, check};
use console::style;
use serde_json::json;

use crate::exit::{Exit, Failure};
use crate::input;
use crate::output::Output;

/// ASMTP envelopes
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: mailmesh envelope check post.json")]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Say whether a node would take a post, or with which code it would refuse
    #[command(after_help = "\
Whom the recipients trust, and what was posted before, is not looked at.

Example: mailmesh envelope check post.json
Example: mailmesh envelope check --json < post.json")]
    Check {
        /// The body of the post; `-` or none for standard input
        file: Option<PathBuf>,
    },
}

impl Args {
    pub(crate) fn run(self, out: &mut Output) -> Result<Exit, Failure> {
        let Action::Check { file } = self.action;
        let limits = Limits::default();
        let post = input::read(&input::path_or_stdin(file), limits.body)?;
        let Some(error) = check(&post, &limits) else {
            if out.is_json() {
                out.value(&json!({"valid": true}))?;
            } else {
                writeln!(out, "{}", style("valid").green().bold())?;
            }
            return Ok(Exit::Done);
        };
        let (code, message) = (error.code(), error.to_string());
        if out.is_json() {
            let status = code.status();
            let code = code.as_str();
            out.value(
                &json!({"valid": false, "code": code, "status": status, "message": message}),
            )?;
        } else {
            writeln!(out, "{}  {message}", style(code.as_str()).red().bold())?;
        }
        Ok(Exit::Negative)
    }
}
