use std::io::{self, Write};
use std::path::PathBuf;

use agent_card::{AgentCard, ErrorKind, Level, Limits, Problem, Severity};
use clap::ValueEnum;
use console::style;
use serde_json::{Value, json};

use super::{malformed, read};
use crate::exit::{Exit, Failure};
use crate::output::{Output, one_line};

/// Say what is wrong with a card
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The report is JSON unless a person reads along. Warnings do not fail a card.

Example: mailmesh card check card.json
Example: mailmesh card check card.json --level lenient --json")]
pub(super) struct Args {
    /// The card; `-` or none for standard input
    file: Option<PathBuf>,
    /// How strictly to check
    #[arg(long, value_enum, default_value = "spec")]
    level: LevelName,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum LevelName {
    /// What can be read
    Lenient,
    /// What the specification asks for
    Spec,
}

impl From<LevelName> for Level {
    fn from(name: LevelName) -> Self {
        match name {
            LevelName::Lenient => Self::Lenient,
            LevelName::Spec => Self::Spec,
        }
    }
}

/// One line of the report.
struct Finding {
    path: String,
    kind: String,
    severity: Severity,
    detail: String,
}

impl Args {
    pub(super) fn run(self, out: &mut Output) -> Result<Exit, Failure> {
        let level = Level::from(self.level);
        let findings: Vec<_> = match AgentCard::parse(&read(self.file)?, &Limits::default()) {
            Ok(parsed) => parsed.problems(level).iter().map(Finding::of).collect(),
            Err(error) if matches!(error.kind(), ErrorKind::Json(_)) => {
                return Err(malformed(&error));
            }
            Err(error) => vec![Finding::of_error(&error)],
        };
        let valid = findings
            .iter()
            .all(|finding| finding.severity == Severity::Warning);
        if out.is_for_people() {
            show(valid, &findings, out)?;
        } else {
            let problems: Vec<_> = findings.iter().map(Finding::to_json).collect();
            out.value(&json!({"valid": valid, "level": level.as_str(), "problems": problems}))?;
        }
        Ok(if valid { Exit::Done } else { Exit::Negative })
    }
}

impl Finding {
    fn of(problem: &Problem) -> Self {
        Self {
            path: problem.path.to_string(),
            kind: format!("{:?}", problem.kind),
            severity: problem.severity,
            detail: problem.to_string(),
        }
    }

    /// A card that cannot be read is not valid either.
    fn of_error(error: &agent_card::Error) -> Self {
        Self {
            path: error.path().to_string(),
            kind: format!("{:?}", error.kind()),
            severity: Severity::Error,
            detail: error.to_string(),
        }
    }

    fn to_json(&self) -> Value {
        json!({"path": self.path, "kind": self.kind, "severity": self.severity})
    }
}

fn show(valid: bool, findings: &[Finding], out: &mut impl Write) -> io::Result<()> {
    for finding in findings {
        let severity = match finding.severity {
            Severity::Warning => style("warning").yellow(),
            Severity::Error => style("error").red(),
        };
        writeln!(
            out,
            "{severity} {}  {}",
            finding.kind,
            one_line(&finding.detail)
        )?;
    }
    let verdict = if valid {
        style("valid").green()
    } else {
        style("not valid").red()
    };
    writeln!(out, "{}", verdict.bold())
}
