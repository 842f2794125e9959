//! The runner for conformance vectors: text in, outcomes out.
//!
//! A vector file is data that any implementation can run; `vectors/README.md` describes it. This
//! runner knows nothing about files, so that a test suite, a command and a browser can all drive
//! it.

mod compare;
mod compose;
mod judge;
mod octets;
mod parse;
mod schema;

use schema::{Case, VectorFile};

pub use strict_json::conformance::Outcome;

/// Runs the cases of one vector file.
///
/// A file that is not a vector file gives one failed outcome with the id `file`. So does a file
/// with an unknown member anywhere, or with one id twice: a slip of the pen must not pass.
#[must_use]
pub fn run(json: &str) -> Vec<Outcome> {
    let file: VectorFile = match serde_json::from_str(json) {
        Ok(file) => file,
        Err(error) => {
            return vec![Outcome::new(
                "file",
                Err(format!("not a vector file: {error}")),
            )];
        }
    };
    let mut ids: Vec<&str> = file
        .cases
        .iter()
        .map(|case| case.about.id.as_str())
        .collect();
    ids.sort_unstable();
    if let Some([twice, _]) = ids.array_windows().find(|[a, b]| a == b) {
        return vec![Outcome::new(
            "file",
            Err(format!("the id {twice} stands twice")),
        )];
    }
    file.cases.iter().flat_map(run_case).collect()
}

fn run_case(case: &Case) -> Vec<Outcome> {
    let id = &case.about.id;
    match &case.test {
        schema::Test::Parse(test) => parse::run(id, test),
        schema::Test::Compose(test) => vec![Outcome::new(id, compose::run(test))],
        schema::Test::Trust(test) => vec![Outcome::new(id, judge::trust(test))],
        schema::Test::Supersession(test) => vec![Outcome::new(id, judge::supersession(test))],
        schema::Test::Keyword(test) => vec![Outcome::new(id, judge::keyword(test))],
    }
}
