//! The runner for conformance vectors: text in, outcomes out.
//!
//! `vectors/agent-card/README.md` describes the files. This runner knows nothing about files, so
//! that a test suite, a command and a browser can all drive it.

mod jws;
mod payload;
mod signed;
mod upgrade;
mod verify;

use serde::Deserialize;
use serde_json::Value;
pub use strict_json::conformance::Outcome;

/// A vector file. What a case holds depends on the test.
#[derive(Debug, Deserialize)]
#[serde(tag = "test", rename_all = "kebab-case")]
enum VectorFile {
    Jws {
        cases: Vec<jws::Case>,
    },
    Payload {
        cases: Vec<payload::Case>,
    },
    Signed {
        #[serde(flatten)]
        keys: signed::Keys,
        cases: Vec<signed::Case>,
    },
    Upgrade {
        cases: Vec<upgrade::Case>,
    },
    Verify {
        #[serde(flatten)]
        trust: verify::Trust,
        cases: Vec<verify::Case>,
    },
}

/// Runs the cases of one vector file.
///
/// A file that is not a vector file gives one failed outcome with the id `file`, so that a slip
/// of the pen cannot pass.
#[must_use]
pub fn run(json: &str) -> Vec<Outcome> {
    match serde_json::from_str(json) {
        Ok(VectorFile::Jws { cases }) => each(&cases, |case| &case.name, jws::run),
        Ok(VectorFile::Payload { cases }) => each(&cases, |case| &case.name, payload::run),
        Ok(VectorFile::Signed { keys, cases }) => {
            each(&cases, |case| &case.name, |case| signed::run(case, &keys))
        }
        Ok(VectorFile::Upgrade { cases }) => each(&cases, |case| &case.name, upgrade::run),
        Ok(VectorFile::Verify { trust, cases }) => {
            each(&cases, |case| &case.name, |case| verify::run(case, &trust))
        }
        Err(error) => {
            let difference = format!("not a vector file: {error}");
            vec![Outcome::new("file", Err(difference))]
        }
    }
}

fn each<C>(
    cases: &[C],
    name: impl Fn(&C) -> &str,
    run: impl Fn(&C) -> Result<(), String>,
) -> Vec<Outcome> {
    cases
        .iter()
        .map(|case| Outcome::new(name(case), run(case)))
        .collect()
}

/// An optional member that may be `null`, which says something else than no member.
fn nullable<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<String>>, D::Error> {
    Deserialize::deserialize(deserializer).map(Some)
}

/// A card as JSON text, which a case holds as such or as a string.
fn text(card: &Value) -> String {
    match card {
        Value::String(text) => text.clone(),
        card => card.to_string(),
    }
}
