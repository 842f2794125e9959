//! The `mailmesh` command: structured mail for agents from a terminal.
//!
//! A program, not a library: what it does for others to use is in the crates below it.

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

use crate::args::Cli;
use crate::exit::{Exit, Failure};
use crate::output::Output;

/// The command `mailmesh`, with the arguments of this process.
#[must_use]
pub fn mailmesh() -> ExitCode {
    match args::parse() {
        Ok(Cli { json, command }) => ended(json, |out| command.run(out)),
        Err(exit) => exit.into(),
    }
}

/// The command `mailmesh-mcp`, with the arguments of this process.
#[must_use]
pub fn mailmesh_mcp() -> ExitCode {
    match args::parse_alias() {
        Ok(alias) => ended(false, |out| alias.run(out)),
        Err(exit) => exit.into(),
    }
}

/// Runs a command and says how it ended.
fn ended(json: bool, run: impl FnOnce(&mut Output) -> Result<Exit, Failure>) -> ExitCode {
    log::to_stderr();
    let mut out = Output::new(json);
    let ended = run(&mut out);
    // What was written before a failure is still a result.
    let flushed = out.flush().map_err(Failure::from);
    let ended = ended.and_then(|exit| flushed.map(|()| exit));
    ended
        .unwrap_or_else(|failure: Failure| -> Exit { failure.report(json) })
        .into()
}
