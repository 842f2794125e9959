//! Exchanges captured from the reference server of context sync, and the differ that holds a server of
//! ours to them: it may answer otherwise exactly where a list says so, with the reason.

use std::collections::BTreeMap;
use std::fs;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::vectors;

/// The captured exchanges, and what was found so far.
#[derive(Debug)]
pub struct Captured {
    files: Vec<(String, Vec<Value>)>,
    differences: Vec<Difference>,
    explained: usize,
    faults: Vec<String>,
}

/// The ids of a server that stand for those of the reference, learned as they are met.
#[derive(Debug, Default)]
pub struct Ids(BTreeMap<String, String>);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Plan {
    #[serde(rename = "about")]
    _about: String,
    /// Files, and how many exchanges they have.
    order: Vec<(String, usize)>,
    differences: Vec<Difference>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Difference {
    file: String,
    /// Which exchanges, counted from 0.
    exchanges: Vec<usize>,
    /// The section or case that decides.
    why: String,
    /// What we answer.
    status: u16,
    /// Parts of our answer, by JSON pointer.
    #[serde(default)]
    members: BTreeMap<String, Value>,
}

impl Captured {
    /// The exchanges that the first of these lists names in its order, and what all of them explain.
    #[must_use]
    pub fn explained_by(lists: &[&str]) -> Self {
        let plans: Vec<Plan> = lists.iter().map(|list| read(list)).collect();
        let files = plans[0].order.iter().map(|(file, count)| {
            let captured: Value = read(file);
            let exchanges = captured["exchanges"].as_array().unwrap().clone();
            assert_eq!(exchanges.len(), *count, "{file}");
            (file.clone(), exchanges)
        });
        let files = files.collect();
        let differences: Vec<_> = plans
            .into_iter()
            .flat_map(|plan| plan.differences)
            .collect();
        assert!(differences.iter().all(|one| !one.why.is_empty()));
        Self {
            files,
            differences,
            explained: 0,
            faults: Vec::new(),
        }
    }

    /// Each file with its exchanges, `{"request":…,"response":…}`.
    #[must_use]
    pub fn files(&self) -> Vec<(String, Vec<Value>)> {
        self.files.clone()
    }

    /// Notes what our server answered to an exchange.
    pub fn compare(
        &mut self,
        (file, at): (&str, usize),
        theirs: &Value,
        status: u16,
        ours: &Value,
        ids: &mut Ids,
    ) {
        let is_same = theirs["status"] == status && ids.is_same(&theirs["body"], ours);
        let known = self
            .differences
            .iter()
            .find(|one| one.file == file && one.exchanges.contains(&at));
        let is_right = match known {
            None => is_same,
            Some(one) => {
                self.explained += 1;
                let has =
                    |(pointer, value): (&String, &Value)| ours.pointer(pointer) == Some(value);
                !is_same && status == one.status && one.members.iter().all(has)
            }
        };
        if !is_right {
            let fault = format!("{file} {at}: {status} {ours}\n  for {theirs}");
            self.faults.push(fault);
        }
    }

    /// Fails unless all was as captured or as explained, and every explanation was needed.
    #[track_caller]
    pub fn finish(self) {
        assert!(self.faults.is_empty(), "{}", self.faults.join("\n"));
        let listed: usize = self.differences.iter().map(|one| one.exchanges.len()).sum();
        assert_eq!(self.explained, listed, "an explanation without an exchange");
    }
}

impl Ids {
    /// Says which id of ours stands for one of theirs.
    pub fn learn(&mut self, theirs: &str, ours: String) {
        self.0.insert(theirs.to_owned(), ours);
    }

    /// A text of theirs with our ids in it.
    #[must_use]
    pub fn ours(&self, text: &str) -> String {
        let replaced =
            |text: String, (theirs, ours): (&String, &String)| text.replace(theirs, ours);
        self.0.iter().fold(text.to_owned(), replaced)
    }

    /// The body of a request of theirs with our ids in it, if it has one.
    #[must_use]
    pub fn body(&self, request: &Value) -> Option<String> {
        match (&request["body"], &request["raw_body"]) {
            (Value::Null, Value::String(raw)) => Some(raw.clone()),
            (Value::Null, _) => None,
            (body, _) => Some(self.ours(&body.to_string())),
        }
    }

    /// Whether two answers say the same: ids by position, times by being times, and of an error
    /// which field it is about.
    fn is_same(&mut self, theirs: &Value, ours: &Value) -> bool {
        match (theirs, ours) {
            (Value::Object(theirs), Value::Object(ours)) => {
                theirs.keys().eq(ours.keys())
                    && theirs.iter().all(|(name, value)| match name.as_str() {
                        "fieldErrors" => names(value).eq(&names(&ours[name])),
                        "formErrors" => {
                            value.as_array().map(Vec::len) == ours[name].as_array().map(Vec::len)
                        }
                        _ => self.is_same(value, &ours[name]),
                    })
            }
            (Value::Array(theirs), Value::Array(ours)) => {
                theirs.len() == ours.len()
                    && theirs
                        .iter()
                        .zip(ours)
                        .all(|(theirs, ours)| self.is_same(theirs, ours))
            }
            (Value::String(theirs), Value::String(ours)) if is_id(theirs) && is_id(ours) => {
                let known = self.0.entry(theirs.clone());
                known.or_insert_with(|| ours.clone()) == ours
            }
            (Value::Number(theirs), Value::Number(ours)) => {
                theirs == ours || is_time(theirs) && is_time(ours)
            }
            _ => theirs == ours,
        }
    }
}

fn read<T: DeserializeOwned>(file: &str) -> T {
    let path = vectors::folder("context-sync/captured").join(file);
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn names(value: &Value) -> Option<Vec<&String>> {
    value.as_object().map(|members| members.keys().collect())
}

fn is_id(text: &str) -> bool {
    text.len() == 36 && text.bytes().filter(|&octet| octet == b'-').count() == 4
}

fn is_time(number: &serde_json::Number) -> bool {
    number
        .as_u64()
        .is_some_and(|number| number > 1_700_000_000_000)
}
