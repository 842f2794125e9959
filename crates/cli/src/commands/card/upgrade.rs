use std::path::PathBuf;

use agent_card::Limits;
use agent_card::legacy::upgrade;

use super::{malformed, read};
use crate::exit::{Exit, Failure};
use crate::output::{Output, note};

/// Write a card of any version as v1.0
#[derive(Debug, clap::Args)]
#[command(after_help = "\
What cannot be carried over is named on standard error.

Example: mailmesh card upgrade old.json > card.json")]
pub(super) struct Args {
    /// The card, v0.1 or later; `-` or none for standard input
    file: Option<PathBuf>,
}

impl Args {
    pub(super) fn run(self, out: &mut Output) -> Result<Exit, Failure> {
        let card = read(self.file)?;
        let upgraded = upgrade(&card, &Limits::default()).map_err(|error| malformed(&error))?;
        out.value(&upgraded.parsed.card)?;
        for change in &upgraded.changes {
            note(&format!("{}: {}", change.path, change.kind));
        }
        Ok(Exit::Done)
    }
}
