//! The runner for conformance vectors: text in, outcomes out.
//!
//! A vector file is data that any implementation can run; `vectors/bridge/README.md` describes it.
//! This runner knows nothing about files.

mod judge;
mod schema;

use schema::Test;
use strict_json::conformance::run_cases;

pub use strict_json::conformance::Outcome;

/// Runs the cases of one vector file.
///
/// A file that is not a vector file gives one failed outcome with the id `file`. So does a file
/// with an unknown member anywhere, or with one id twice: a slip of the pen must not pass.
#[must_use]
pub fn run(json: &str) -> Vec<Outcome> {
    run_cases(json, |id, test: &Test| {
        vec![Outcome::new(id, judge::judge(test))]
    })
}
