use std::io::Write as _;
use std::path::PathBuf;

use agent_card::{Limits, Payloads, Profile};
use clap::ValueEnum;

use super::{malformed, read};
use crate::exit::{Exit, Failure};
use crate::output::Output;

/// Write the octets of a card that get signed
#[derive(Debug, clap::Args)]
#[command(after_help = "\
No line end follows.

Example: mailmesh card payload card.json --profile spec")]
pub(super) struct Args {
    /// The card; `-` or none for standard input
    file: Option<PathBuf>,
    /// Whose payload
    #[arg(long, value_enum, default_value = "spec")]
    profile: ProfileName,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ProfileName {
    /// What the specification says
    Spec,
    /// What the Python and JavaScript SDKs sign
    Sdk,
}

impl Args {
    pub(super) fn run(self, out: &mut Output) -> Result<Exit, Failure> {
        let card = read(self.file)?;
        let payloads =
            Payloads::read(&card, &Limits::default()).map_err(|error| malformed(&error))?;
        out.write_all(payloads.of(match self.profile {
            ProfileName::Spec => Profile::Spec,
            ProfileName::Sdk => Profile::Sdk,
        }))?;
        Ok(Exit::Done)
    }
}
