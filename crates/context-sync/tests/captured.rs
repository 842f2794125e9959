//! Exchanges captured from the reference server, replayed against ours in their order. It answers
//! otherwise exactly where `differences.json` says so, with the reason.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use std::collections::BTreeMap;

use context_sync::Timestamp;
use context_sync::conformance::Server;
use mailmesh_testkit::vectors;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Plan {
    #[expect(dead_code, reason = "for people")]
    about: String,
    /// Files, and how many of their exchanges are replayed.
    order: Vec<(String, usize)>,
    differences: Vec<Difference>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Difference {
    file: String,
    /// Which exchanges, counted from 0.
    exchanges: Vec<usize>,
    #[expect(dead_code, reason = "for people")]
    why: String,
    /// What we answer.
    status: u16,
    /// Members of our answer, by JSON pointer, that differ; without, nothing of it is compared.
    #[serde(default)]
    members: BTreeMap<String, Value>,
}

#[test]
fn captured_exchanges_differ_only_where_the_reference_errs() {
    let folder = vectors::folder("context-sync/captured");
    let read = |file: &str| std::fs::read_to_string(folder.join(file)).unwrap();
    let differences = vectors::folder("context-sync").join("captured/differences.json");
    let plan: Plan = serde_json::from_str(&std::fs::read_to_string(differences).unwrap()).unwrap();
    let mut used = vec![0; plan.differences.len()];
    let mut faults = Vec::new();
    for (file, count) in &plan.order {
        let exchanges: Value = serde_json::from_str(&read(file)).unwrap();
        let exchanges = exchanges["exchanges"].as_array().unwrap();
        assert_eq!(exchanges.len(), *count, "{file}");
        let mut replay = Replay::new();
        for (at, exchange) in exchanges.iter().enumerate() {
            let known = plan
                .differences
                .iter()
                .position(|one| one.file == *file && one.exchanges.contains(&at));
            let (status, answer) = replay.answer(&exchange["request"]);
            let theirs = &exchange["response"];
            let same =
                u64::from(status) == theirs["status"] && replay.is_same(&theirs["body"], &answer);
            match known {
                None if same => {}
                None => faults.push(format!("{file} {at}: {status} {answer}\n  for {theirs}")),
                Some(place) => {
                    used[place] += 1;
                    let one = &plan.differences[place];
                    let as_said = status == one.status
                        && one
                            .members
                            .iter()
                            .all(|(pointer, value)| answer.pointer(pointer) == Some(value));
                    if same || !as_said {
                        faults.push(format!("{file} {at}: not as explained: {status} {answer}"));
                    }
                }
            }
        }
    }
    let counted = plan.differences.iter().map(|one| one.exchanges.len());
    assert!(counted.eq(used), "an explanation without an exchange");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Our server, and the ids of theirs that stand for ours.
struct Replay {
    server: Server,
    ids: BTreeMap<String, String>,
}

impl Replay {
    fn new() -> Self {
        Self {
            server: Server::new(Timestamp::new(1_795_216_410_663).unwrap()),
            ids: BTreeMap::new(),
        }
    }

    fn answer(&mut self, request: &Value) -> (u16, Value) {
        let later = self.server.now.as_millis() + 5;
        self.server.now = Timestamp::new(later).unwrap();
        let ours = |text: &str| {
            self.ids
                .iter()
                .fold(text.to_owned(), |text, (theirs, ours)| {
                    text.replace(theirs, ours)
                })
        };
        let body = match (&request["body"], &request["raw_body"]) {
            (Value::Null, Value::String(raw)) => raw.clone(),
            (Value::Null, _) => String::new(),
            (body, _) => ours(&body.to_string()),
        };
        let target = ours(request["path"].as_str().unwrap());
        let method = request["method"].as_str().unwrap();
        let (status, octets) = self.server.open(method, &target, body.as_bytes());
        (status, serde_json::from_slice(&octets).unwrap())
    }

    /// Whether two answers say the same: ids by position, times by being times, and of an error
    /// which field it is about.
    fn is_same(&mut self, theirs: &Value, ours: &Value) -> bool {
        match (theirs, ours) {
            (Value::Object(theirs), Value::Object(ours)) => {
                if theirs.keys().ne(ours.keys()) {
                    return false;
                }
                theirs.iter().all(|(name, value)| {
                    name == "fieldErrors"
                        && value
                            .as_object()
                            .unwrap()
                            .keys()
                            .eq(ours[name].as_object().unwrap().keys())
                        || name == "formErrors"
                            && value.as_array().map(Vec::len) == ours[name].as_array().map(Vec::len)
                        || self.is_same(value, &ours[name])
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
                let known = self
                    .ids
                    .entry(theirs.clone())
                    .or_insert_with(|| ours.clone());
                known == ours
            }
            (Value::Number(theirs), Value::Number(ours)) => {
                theirs == ours || is_time(theirs) && is_time(ours)
            }
            _ => theirs == ours,
        }
    }
}

fn is_id(text: &str) -> bool {
    text.len() == 36 && text.bytes().filter(|&octet| octet == b'-').count() == 4
}

fn is_time(number: &serde_json::Number) -> bool {
    number
        .as_u64()
        .is_some_and(|number| number > 1_700_000_000_000)
}
