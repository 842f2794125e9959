use std::io::Write as _;
use std::path::{Path, PathBuf};

use agent_card::jws::Algorithm;
use agent_card::keys::SigningKey;
use agent_card::{Limits, SignError, SignOptions, SigningProfile, sign_json};
use clap::ValueEnum;
use zeroize::Zeroizing;

use super::check::LevelName;
use super::{malformed, read};
use crate::exit::{Exit, Failure};
use crate::input;
use crate::output::Output;

/// Write a card with one more signature
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Nothing else of the card changes. Where the SDKs would sign other octets than the specification \
asks for, it is refused and the members are named; --profile settles for one of both.

Example: mailmesh card sign card.json --key agent.jwk > signed.json")]
pub(super) struct Args {
    /// The card; `-` or none for standard input
    file: Option<PathBuf>,
    /// The file with the private JWK
    #[arg(long, value_name = "JWK")]
    key: PathBuf,
    /// The algorithm [default: what the key is for]
    #[arg(long, value_name = "A")]
    alg: Option<Algorithm>,
    /// The name verifiers find the key by [default: that of the key]
    #[arg(long, value_name = "K")]
    kid: Option<String>,
    /// What is signed
    #[arg(long, value_enum, default_value = "portable")]
    profile: ProfileName,
    /// What the card has to be
    #[arg(long, value_enum, default_value = "spec")]
    level: LevelName,
    /// Drop earlier signatures under the same kid
    #[arg(long)]
    replace: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ProfileName {
    /// What every implementation verifies
    Portable,
    /// What the specification says
    Spec,
    /// What the Python and JavaScript SDKs sign
    Sdk,
}

impl Args {
    pub(super) fn run(self, out: &mut Output) -> Result<Exit, Failure> {
        let is_stdin = |path: &Path| path == Path::new("-");
        if is_stdin(&self.key) && self.file.as_deref().is_none_or(is_stdin) {
            return Err(Failure::usage(
                "only one of card and key can be standard input",
            ));
        }
        let limits = Limits::default();
        let jwk = Zeroizing::new(input::read(&self.key, limits.size)?);
        let key = SigningKey::from_jwk(&jwk, &limits).map_err(|error| {
            let file = self.key.display();
            Failure::usage(format!("{file} holds no key to sign with: {error}")).with_kind("key")
        })?;
        let options = SignOptions {
            profile: match self.profile {
                ProfileName::Portable => SigningProfile::Portable,
                ProfileName::Spec => SigningProfile::Spec,
                ProfileName::Sdk => SigningProfile::Sdk,
            },
            level: self.level.into(),
            kid: self.kid,
            algorithm: self.alg,
            replace_by_kid: self.replace,
            limits,
            ..SignOptions::default()
        };
        let mut signed =
            sign_json(&read(self.file)?, &key, &options).map_err(|error| refused(&error))?;
        while signed.last().is_some_and(u8::is_ascii_whitespace) {
            signed.pop();
        }
        out.write_all(&signed)?;
        writeln!(out)?;
        Ok(Exit::Done)
    }
}

/// A card that is well formed and is not signed is a negative answer; the rest is wrong use.
fn refused(error: &SignError) -> Failure {
    match error {
        SignError::Card(error) => malformed(error),
        SignError::NotPortable(error) => {
            let advice = "; or choose --profile spec or sdk";
            Failure::negative(format!("not portable: {error}{advice}")).with_kind("not-portable")
        }
        SignError::Invalid(error) => Failure::negative(error.to_string()).with_kind("invalid-card"),
        SignError::Inexact(_) => Failure::negative(error.to_string()).with_kind("inexact"),
        SignError::TooManySignatures => Failure::negative(error.to_string()),
        SignError::NoKid => Failure::usage("the key has no kid; name one with --kid"),
        _ => Failure::usage(error.to_string()),
    }
}
