use std::io::Write as _;
use std::path::PathBuf;

use agent_card::jcs::{Limits, canonical::canonicalize};

use crate::exit::{Exit, Failure};
use crate::input;
use crate::output::Output;

/// Write JSON in its canonical form, RFC 8785
#[derive(Debug, clap::Args)]
#[command(after_help = "\
No line end follows. Any JSON is taken, not only cards.

Example: mailmesh card jcs card.json | sha256sum")]
pub(super) struct Args {
    /// The JSON; `-` or none for standard input
    file: Option<PathBuf>,
}

impl Args {
    pub(super) fn run(self, out: &mut Output) -> Result<Exit, Failure> {
        let limits = Limits::default();
        let json = input::read(&input::path_or_stdin(self.file), limits.size)?;
        let canonical = canonicalize(&json, &limits)
            .map_err(|error| Failure::usage(error.to_string()).with_kind("malformed-json"))?;
        out.write_all(&canonical)?;
        Ok(Exit::Done)
    }
}
