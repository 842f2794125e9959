use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use structured_email::conformance::Outcome;

use crate::exit::{Exit, Failure};
use crate::input;
use crate::output::{Output, Progress, one_line};

/// Conformance vectors
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: mailmesh vectors run vectors")]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Run every vector file (*.json) in a folder and the folders below it
    #[command(after_help = "Example: mailmesh vectors run vectors/structured-email")]
    Run {
        /// The folder, or one file
        dir: PathBuf,
    },
}

/// The outcome of one vector, with the file it stands in.
#[derive(Debug, serde::Serialize)]
struct Line {
    file: PathBuf,
    id: String,
    passed: bool,
    difference: Option<String>,
}

impl Args {
    pub(crate) fn run(self, out: &mut Output) -> Result<Exit, Failure> {
        let Action::Run { dir } = self.action;
        let lines = run_folder(&dir)?;
        if lines.is_empty() {
            let advice = format!(
                "no vectors in {}; name a folder with *.json files",
                dir.display()
            );
            return Err(Failure::usage(advice));
        }
        let (passed, failed): (Vec<_>, Vec<_>) = lines.iter().partition(|line| line.passed);
        let (passed_count, failed_count) = (passed.len(), failed.len());
        if out.is_json() {
            out.value(&json!({"passed": passed_count, "failed": failed_count, "vectors": lines}))?;
        } else {
            for line in failed {
                let difference = line.difference.as_deref().unwrap_or("failed");
                let (file, difference) = (line.file.display(), one_line(difference));
                writeln!(out, "FAILED {} ({file}): {difference}", one_line(&line.id))?;
            }
            writeln!(out, "{passed_count} passed, {failed_count} failed")?;
        }
        Ok(if failed_count == 0 {
            Exit::Done
        } else {
            Exit::Negative
        })
    }
}

fn run_folder(dir: &Path) -> Result<Vec<Line>, Failure> {
    let files = json_files(dir)?;
    let progress = Progress::steps("vectors", files.len());
    let mut lines = Vec::new();
    for file in files {
        let text = input::read_text(&file, 64 << 20)?;
        let shown = file
            .strip_prefix(dir)
            .ok()
            .filter(|path| *path != Path::new(""));
        let shown = shown.unwrap_or(&file).to_owned();
        for outcome in run_file(&text) {
            lines.push(Line {
                file: shown.clone(),
                passed: outcome.passed(),
                id: outcome.id,
                difference: outcome.difference,
            });
        }
        progress.step();
    }
    Ok(lines)
}

/// Runs the cases of one file with the crate that its cases are about.
fn run_file(json: &str) -> Vec<Outcome> {
    let file: Value = serde_json::from_str(json).unwrap_or_default();
    if file["test"].is_string() {
        return agent_card::conformance::run(json);
    }
    if file.is_object() && !file["cases"][0]["test"].is_string() {
        return agent_card::jcs::conformance::run(json);
    }
    let is_no_vector_file = |outcomes: &[Outcome]| matches!(outcomes, [one] if one.id == "file");
    let outcomes = structured_email::conformance::run(json);
    if is_no_vector_file(&outcomes) {
        for run in [
            asmtp_envelope::conformance::run,
            context_sync::conformance::run,
            mail_bridge::conformance::run,
        ] {
            let others = run(json);
            if !is_no_vector_file(&others) {
                return others;
            }
        }
    }
    outcomes
}

/// A folder of this name holds what servers were seen to answer: data, but no cases.
const CAPTURED: &str = "captured";

/// Every `*.json` below `dir`, in the order of their paths; `dir` itself when it is a file. Symbolic links to folders are not
/// followed, so there is no loop.
fn json_files(dir: &Path) -> Result<Vec<PathBuf>, Failure> {
    if dir.is_file() {
        return Ok(vec![dir.to_owned()]);
    }
    let mut files = Vec::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        for entry in entries.map_err(|cause| Failure::file("read", &folder, &cause))? {
            let path = entry.path();
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                if entry.file_name() != CAPTURED {
                    folders.push(path);
                }
            } else if path
                .extension()
                .is_some_and(|extension| extension == "json")
            {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}
