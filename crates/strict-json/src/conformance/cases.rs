//! Vector files of the form that `vectors/README.md` describes: cases with an id, a reason and a
//! source, and beside these whatever the test needs.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::Outcome;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct VectorFile {
    /// What the cases have in common.
    #[serde(rename = "about")]
    _about: String,
    cases: Vec<Map<String, Value>>,
}

/// The members that every case has.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct About {
    id: String,
    #[serde(rename = "reason")]
    _reason: String,
    #[serde(rename = "source")]
    _source: String,
    /// The kinds of mistake the case catches.
    #[serde(default, rename = "flags")]
    _flags: Vec<String>,
}

/// Runs the cases of one vector file: `run` gets the id of a case and its test.
///
/// A file that is not a vector file gives one failed outcome with the id `file`. So does a file
/// with one id twice, or with an unknown member anywhere if `T` refuses those: a slip of the pen
/// must not pass.
pub fn run_cases<T: DeserializeOwned>(
    json: &str,
    run: impl Fn(&str, &T) -> Vec<Outcome>,
) -> Vec<Outcome> {
    match read::<T>(json) {
        Ok(cases) => cases.iter().flat_map(|(id, test)| run(id, test)).collect(),
        Err(fault) => {
            let difference = format!("not a vector file: {fault}");
            vec![Outcome::new("file", Err(difference))]
        }
    }
}

fn read<T: DeserializeOwned>(json: &str) -> Result<Vec<(String, T)>, String> {
    let file: VectorFile = serde_json::from_str(json).map_err(|error| error.to_string())?;
    let mut ids = BTreeSet::new();
    let mut cases = Vec::new();
    for members in file.cases {
        let (id, test) = case(members)?;
        if !ids.insert(id.clone()) {
            return Err(format!("the id {id} stands twice"));
        }
        cases.push((id, test));
    }
    Ok(cases)
}

/// Serde cannot refuse unknown members of a flattened struct, so the common members are taken out
/// first and the rest is read as the test.
fn case<T: DeserializeOwned>(mut members: Map<String, Value>) -> Result<(String, T), String> {
    let name = members.get("id").and_then(Value::as_str);
    let name = name.unwrap_or("without id").to_owned();
    let describe = |error: serde_json::Error| format!("case {name}: {error}");
    let common = ["id", "reason", "source", "flags"];
    let about: Map<_, _> = common
        .into_iter()
        .filter_map(|member| members.remove_entry(member))
        .collect();
    let about: About = serde_json::from_value(Value::Object(about)).map_err(describe)?;
    let test = serde_json::from_value(Value::Object(members)).map_err(describe)?;
    Ok((about.id, test))
}
