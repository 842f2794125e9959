//! The runner for conformance vectors: text in, outcomes out.
//!
//! A vector file is data that any implementation can run; `vectors/README.md` describes it. This
//! runner knows nothing about files, so that a test suite, a command and a browser can all drive
//! it.

use std::fmt;

mod judge;
mod octets;
mod schema;

use schema::{Case, VectorFile};

/// What became of one case.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome {
    /// The id of the case.
    pub id: String,
    /// Where the case differs from what it expects, or `None` when it passed.
    pub difference: Option<String>,
}

impl Outcome {
    /// Whether the case passed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.difference.is_none()
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.difference {
            None => write!(f, "{}: passed", self.id),
            Some(difference) => write!(f, "{}: {difference}", self.id),
        }
    }
}

/// Runs the cases of one vector file.
///
/// A file that is not a vector file gives one failed outcome with the id `file`. So does a file
/// with an unknown member anywhere, or with one id twice: a slip of the pen must not pass.
#[must_use]
pub fn run(json: &str) -> Vec<Outcome> {
    let file: VectorFile = match serde_json::from_str(json) {
        Ok(file) => file,
        Err(error) => return vec![failed(format!("not a vector file: {error}"))],
    };
    let mut ids: Vec<&str> = file.cases.iter().map(|case| case.id.as_str()).collect();
    ids.sort_unstable();
    if let Some([twice, _]) = ids.array_windows().find(|[a, b]| a == b) {
        return vec![failed(format!("the id {twice} stands twice"))];
    }
    file.cases.iter().map(run_case).collect()
}

fn run_case(case: &Case) -> Outcome {
    Outcome {
        id: case.id.clone(),
        difference: judge::judge(&case.test).err(),
    }
}

fn failed(difference: String) -> Outcome {
    Outcome {
        id: "file".to_owned(),
        difference: Some(difference),
    }
}
