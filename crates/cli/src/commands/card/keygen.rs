use std::io::Write as _;

use agent_card::jws::Algorithm;
use agent_card::keys::SigningKey;
use clap::ValueEnum;
use zeroize::Zeroizing;

use crate::exit::{Exit, Failure};
use crate::output::Output;

/// Make a key to sign cards with, as private JWK
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Keep the output secret. What verifiers need of it is everything but the member `d`.

Example: (umask 077; mailmesh card keygen --alg EdDSA --kid 2026-11 > agent.jwk)")]
pub(super) struct Args {
    /// The algorithm it will sign with
    #[arg(long, value_enum, ignore_case = true)]
    alg: AlgorithmName,
    /// The name verifiers find it by
    #[arg(long, value_name = "K")]
    kid: String,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum AlgorithmName {
    #[value(name = "EdDSA")]
    EdDsa,
    #[value(name = "ES256")]
    Es256,
}

impl Args {
    pub(super) fn run(self, out: &mut Output) -> Result<Exit, Failure> {
        if self.kid.is_empty() {
            return Err(Failure::usage("--kid needs a name"));
        }
        let algorithm = match self.alg {
            AlgorithmName::EdDsa => Algorithm::EdDsa,
            AlgorithmName::Es256 => Algorithm::Es256,
        };
        let key = loop {
            let mut random = Zeroizing::new([0; 32]);
            getrandom::fill(random.as_mut_slice())
                .map_err(|error| Failure::usage(format!("no randomness: {error}")))?;
            // One draw in 2^32 is no scalar of P-256.
            if let Ok(key) = SigningKey::generate(algorithm, &random) {
                break key.with_kid(self.kid);
            }
        };
        writeln!(out, "{}", key.to_jwk().expose())?;
        Ok(Exit::Done)
    }
}
