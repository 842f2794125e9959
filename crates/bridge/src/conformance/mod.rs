//! The runner for conformance vectors: text in, outcomes out.
//!
//! A vector file is data that any implementation can run; `vectors/bridge/README.md` describes it.
//! This runner knows nothing about files.

mod judge;
mod schema;

use std::collections::BTreeSet;

use schema::VectorFile;

pub use strict_json::conformance::Outcome;

/// Runs the cases of one vector file.
///
/// A file that is not a vector file gives one failed outcome with the id `file`. So does a file
/// with an unknown member anywhere, or with one id twice: a slip of the pen must not pass.
#[must_use]
pub fn run(json: &str) -> Vec<Outcome> {
    let failed = |reason: String| vec![Outcome::new("file", Err(reason))];
    let file: VectorFile = match serde_json::from_str(json) {
        Ok(file) => file,
        Err(error) => return failed(format!("not a vector file: {error}")),
    };
    let mut seen = BTreeSet::new();
    if let Some(case) = file.cases.iter().find(|case| !seen.insert(&case.id)) {
        return failed(format!("the id {} stands twice", case.id));
    }
    let cases = file.cases.iter();
    cases
        .map(|case| Outcome::new(&case.id, judge::judge(&case.test)))
        .collect()
}
