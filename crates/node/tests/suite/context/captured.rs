//! Exchanges captured from the reference server, sent to our node in their order. It answers
//! otherwise exactly where `differences.json` (about threads) and `node_differences.json` (about the
//! server around them, with the order of all) say so, with the reason.

use std::collections::BTreeMap;
use std::path::Path;

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::door::{Door, text};
use crate::suite::operator::Answer;

#[derive(Deserialize)]
struct Plan {
    order: Vec<(String, usize)>,
    differences: Vec<Difference>,
}

#[derive(Deserialize)]
struct Difference {
    file: String,
    exchanges: Vec<usize>,
    /// The section or case that decides.
    why: String,
    status: u16,
    /// Parts of our answer, by JSON pointer.
    #[serde(default)]
    members: BTreeMap<String, Value>,
}

fn read<T: for<'de> Deserialize<'de>>(file: &str) -> T {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors/context-sync/captured");
    serde_json::from_str(&std::fs::read_to_string(folder.join(file)).unwrap()).unwrap()
}

#[tokio::test]
async fn captured_exchanges_differ_only_where_the_reference_errs() {
    let Plan {
        order,
        mut differences,
    } = read("node_differences.json");
    differences.extend(read::<Plan>("differences.json").differences);
    let mut faults = Vec::new();
    let mut explained = 0;
    for (file, count) in &order {
        let captured: Value = read(file);
        let exchanges = captured["exchanges"].as_array().unwrap();
        assert_eq!(exchanges.len(), *count, "{file}");
        let mut replay = Replay::start(file).await;
        for (at, exchange) in exchanges.iter().enumerate() {
            let ours = replay.answer(&exchange["request"]).await;
            let theirs = &exchange["response"];
            let is_same =
                theirs["status"] == ours.status && replay.is_same(&theirs["body"], &ours.body);
            let known = differences
                .iter()
                .find(|one| one.file == *file && one.exchanges.contains(&at));
            let is_right = match known {
                None => is_same,
                Some(one) => {
                    explained += 1;
                    assert!(!one.why.is_empty());
                    let has = |(pointer, value): (&String, &Value)| {
                        ours.body.pointer(pointer) == Some(value)
                    };
                    !is_same && ours.status == one.status && one.members.iter().all(has)
                }
            };
            if !is_right {
                faults.push(format!(
                    "{file} {at}: {} {}\n  for {theirs}",
                    ours.status, ours.body
                ));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let listed: usize = differences.iter().map(|one| one.exchanges.len()).sum();
    assert_eq!(explained, listed, "an explanation without an exchange");
}

/// A node, and the ids of theirs that stand for ours.
struct Replay {
    door: Door,
    /// Whose bearer stands for their key.
    token: Option<String>,
    ids: BTreeMap<String, String>,
}

impl Replay {
    async fn start(file: &str) -> Self {
        let mut replay = match file {
            "06-shared-key.json" => {
                let door = Door::keyed(&[]).await;
                let owner = door.operator.open("@acme.a").await.client;
                Self {
                    token: Some(owner.token),
                    ids: BTreeMap::new(),
                    door,
                }
            }
            _ => Self {
                door: Door::open().await,
                token: None,
                ids: BTreeMap::new(),
            },
        };
        if file == "04-sync-window.json" {
            let first = "bbfe7832-cc61-44c8-a8cb-1d31800c83ef";
            replay.fill(first, "long1@vec", "long2@vec", 31, true).await;
            let second = "68cd5f27-8c2e-4685-bef1-c69a0e55a578";
            replay
                .fill(second, "long3@vec", "long4@vec", 29, false)
                .await;
        }
        replay
    }

    /// Sends the messages that were there before the first captured exchange.
    async fn fill(
        &mut self,
        thread: &str,
        from: &str,
        to: &str,
        count: usize,
        has_snapshots: bool,
    ) {
        for n in 0..count {
            let snapshot = if has_snapshots {
                json!({"n": n})
            } else {
                json!({})
            };
            let body =
                json!({"from": from, "to": to, "payload": {"n": n}, "contextSnapshot": snapshot});
            let ours = text(&self.door.send(body).await["threadId"]);
            self.ids.insert(thread.to_owned(), ours);
        }
    }

    async fn answer(&self, request: &Value) -> Answer {
        let ours = |text: &str| {
            self.ids
                .iter()
                .fold(text.to_owned(), |text, (theirs, ours)| {
                    text.replace(theirs, ours)
                })
        };
        let method: Method = request["method"].as_str().unwrap().parse().unwrap();
        let url = format!(
            "http://{}/context-sync{}",
            self.door.operator.address,
            ours(request["path"].as_str().unwrap())
        );
        let mut asked = reqwest::Client::new().request(method.clone(), url);
        asked = match (&request["body"], &request["raw_body"]) {
            (Value::Null, Value::String(raw)) => asked.body(raw.clone()),
            (Value::Null, _) => asked,
            (body, _) => asked.body(ours(&body.to_string())),
        };
        for (name, value) in request["headers"].as_object().into_iter().flatten() {
            let value = value.as_str().unwrap();
            let value = match &self.token {
                Some(token) => value.replace("demo-key", token),
                None => value.to_owned(),
            };
            asked = asked.header(name, value);
        }
        if request["headers"].get("content-type").is_none() {
            asked = asked.header("content-type", "application/json");
        }
        Answer::of(asked).await
    }

    /// Whether two answers say the same: ids by position, times by being times, and of an error
    /// which field it is about.
    fn is_same(&mut self, theirs: &Value, ours: &Value) -> bool {
        match (theirs, ours) {
            (Value::Object(theirs), Value::Object(ours)) => {
                theirs.keys().eq(ours.keys())
                    && theirs.iter().all(|(name, value)| match name.as_str() {
                        "fieldErrors" => value
                            .as_object()
                            .unwrap()
                            .keys()
                            .eq(ours[name].as_object().unwrap().keys()),
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
