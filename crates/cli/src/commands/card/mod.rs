//! `mailmesh card`: A2A AgentCards.

mod check;
mod jcs;
mod keygen;
mod payload;
mod sign;
mod upgrade;
mod verify;

use std::path::PathBuf;

use agent_card::{ErrorKind, Limits};

use crate::exit::{Exit, Failure};
use crate::input;
use crate::output::Output;

pub(crate) use verify::read_keys;

/// A2A AgentCards: check, sign, verify
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Every command takes a file, or reads standard input.

Example: mailmesh card sign card.json --key agent.jwk > signed.json
Example: mailmesh card verify signed.json --keys example.org.jwks")]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    Jcs(jcs::Args),
    Payload(payload::Args),
    Keygen(keygen::Args),
    Sign(sign::Args),
    Verify(verify::Args),
    Upgrade(upgrade::Args),
    Check(check::Args),
}

impl Args {
    pub(crate) fn run(self, out: &mut Output) -> Result<Exit, Failure> {
        match self.action {
            Action::Jcs(args) => args.run(out),
            Action::Payload(args) => args.run(out),
            Action::Keygen(args) => args.run(out),
            Action::Sign(args) => args.run(out),
            Action::Verify(args) => args.run(out),
            Action::Upgrade(args) => args.run(out),
            Action::Check(args) => args.run(out),
        }
    }
}

/// Reads a card. One that is too long is refused by whoever parses it.
fn read(file: Option<PathBuf>) -> Result<Vec<u8>, Failure> {
    input::read(&input::path_or_stdin(file), Limits::default().size)
}

/// A card that cannot be read as one.
fn malformed(error: &agent_card::Error) -> Failure {
    let kind = match error.kind() {
        ErrorKind::Json(_) => "malformed-json",
        _ => "malformed-card",
    };
    Failure::usage(format!("no AgentCard: {error}")).with_kind(kind)
}
