//! The `mailmesh` command: structured mail for agents from a terminal.

mod address;
mod args;
mod commands;
mod config;
mod draft;
mod exit;
mod handler;
mod input;
mod log;
mod mailbox;
mod node;
mod output;
mod password;
mod runtime;
mod state;

use std::io::Write as _;
use std::process::ExitCode;

use crate::exit::{Exit, Failure};
use crate::output::Output;

fn main() -> ExitCode {
    let cli = match args::parse() {
        Ok(cli) => cli,
        Err(exit) => return exit.into(),
    };
    log::to_stderr();
    let mut out = Output::new(cli.json);
    let ended = cli.command.run(&mut out);
    // What was written before a failure is still a result.
    let flushed = out.flush().map_err(Failure::from);
    let ended = ended.and_then(|exit| flushed.map(|()| exit));
    ended
        .unwrap_or_else(|failure: Failure| -> Exit { failure.report(cli.json) })
        .into()
}
