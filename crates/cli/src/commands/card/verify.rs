use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use agent_card::keys::{Jwk, Jwks};
use agent_card::verify::SignatureReport;
use agent_card::{Limits, Profile, UnixTime, Verdict, Verifier};
use clap::ValueEnum;
use console::style;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{malformed, read};
use crate::exit::{Exit, Failure};
use crate::input;
use crate::output::{Output, note, one_line};

/// Verify the signatures of a card
#[derive(Debug, clap::Args)]
#[command(after_help = "\
One valid signature by a key of the set is enough. A key is never fetched, whatever the card says.

Example: mailmesh card verify signed.json --keys example.org.jwks
Example: mailmesh card verify signed.json --keys example.org.jwks --json | jq .card")]
pub(super) struct Args {
    /// The card; `-` or none for standard input
    file: Option<PathBuf>,
    /// A file with the keys to trust, a JWK Set or one JWK
    #[arg(long, value_name = "JWKS")]
    keys: PathBuf,
    /// Which payload a signature may be over
    #[arg(long, value_enum, default_value = "any")]
    profile: ProfileName,
    /// Also refuse unusual headers, and security requirements that nobody signed
    #[arg(long)]
    strict: bool,
    /// The time at which keys have to be valid [default: now]
    #[arg(long, value_name = "RFC3339")]
    now: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ProfileName {
    /// Either
    Any,
    /// What the specification says
    Spec,
    /// What the Python and JavaScript SDKs sign
    Sdk,
}

impl Args {
    pub(super) fn run(self, out: &mut Output) -> Result<Exit, Failure> {
        let is_stdin = |path: &Path| path == Path::new("-");
        if is_stdin(&self.keys) && self.file.as_deref().is_none_or(is_stdin) {
            return Err(Failure::usage(
                "only one of card and keys can be standard input",
            ));
        }
        let keys = read_keys(&self.keys)?;
        let now = UnixTime::from_secs(self.now.map_or_else(seconds_now, Timestamp::as_second));
        let verifier = Verifier::new(&keys, now).strict(self.strict);
        let verifier = match self.profile {
            ProfileName::Any => verifier,
            ProfileName::Spec => verifier.only(Profile::Spec),
            ProfileName::Sdk => verifier.only(Profile::Sdk),
        };
        let verdict = verifier
            .verify(&read(self.file)?)
            .map_err(|error| malformed(&error))?;
        if out.is_json() {
            out.value(&report(&verdict))?;
        } else {
            show(&verdict, out)?;
        }
        Ok(if verdict.is_verified() {
            Exit::Done
        } else {
            Exit::Negative
        })
    }
}

fn seconds_now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    })
}

/// Reads a JWK Set, or one JWK. Entries that cannot be used are named.
pub(crate) fn read_keys(path: &Path) -> Result<Jwks, Failure> {
    let limits = Limits::default();
    let json = input::read(path, limits.size)?;
    let set = match Jwks::parse(&json, &limits) {
        Ok(set) => set,
        Err(no_set) => match Jwk::parse(&json, &limits) {
            Ok(key) => return Ok(Jwks::from_iter([key])),
            Err(no_key) => {
                let is_key = serde_json::from_slice(&json)
                    .is_ok_and(|value: Value| value.get("kty").is_some());
                let error = if is_key { no_key } else { no_set };
                let message = format!("{} holds no keys: {error}", path.display());
                return Err(Failure::usage(message).with_kind("key"));
            }
        },
    };
    for skipped in set.skipped() {
        note(&format!(
            "key {} of {} is left out: {}",
            skipped.index,
            path.display(),
            skipped.error
        ));
    }
    Ok(set)
}

fn report(verdict: &Verdict) -> Value {
    let signatures: Vec<_> = verdict.signatures().iter().map(entry).collect();
    match verdict.card() {
        Ok(verified) => json!({
            "verified": true,
            "profile": verified.matched().as_str(),
            "uncovered": paths(verified.uncovered()),
            "signatures": signatures,
            "card": serde_json::from_slice::<Value>(verified.payload()).unwrap_or_default(),
        }),
        Err(reason) => json!({
            "verified": false,
            "reason": reason.as_str(),
            "signatures": signatures,
        }),
    }
}

fn entry(report: &SignatureReport) -> Value {
    json!({
        "index": report.index,
        "outcome": report.outcome.as_str(),
        "kid": report.kid,
        "alg": report.algorithm,
        "profile": report.outcome.matched().map(agent_card::verify::Matched::as_str),
    })
}

fn paths(uncovered: &[agent_card::Uncovered]) -> Vec<&str> {
    uncovered
        .iter()
        .map(|member| member.path.as_str())
        .collect()
}

fn show(verdict: &Verdict, out: &mut impl Write) -> io::Result<()> {
    match verdict.card() {
        Ok(verified) => {
            let name = one_line(&verified.card().name).into_owned();
            writeln!(
                out,
                "{}  {}",
                style("verified").green().bold(),
                style(name).bold()
            )?;
        }
        Err(reason) => writeln!(out, "{}  {reason}", style("not verified").red().bold())?,
    }
    for report in verdict.signatures() {
        let kid = report.kid.as_deref().unwrap_or("no kid");
        let algorithm = report.algorithm.as_deref().unwrap_or("no alg");
        let (kid, algorithm) = (one_line(kid), one_line(algorithm));
        let (index, outcome) = (report.index, report.outcome);
        writeln!(out, "  signature {index}  {kid}  {algorithm}  {outcome}")?;
    }
    let Ok(verified) = verdict.card() else {
        return Ok(());
    };
    for member in verified.uncovered() {
        let path = one_line(member.path.as_str());
        writeln!(out, "  {} {path} is not signed", style("warning").yellow())?;
    }
    Ok(())
}
