//! Exchanges captured from the reference server, sent to our node in their order. It answers
//! otherwise exactly where `differences.json` (about threads) and `node_differences.json` (about the
//! server around them, with the order of all) say so, with the reason.

use mailmesh_testkit::context_captured::{Captured, Ids};
use reqwest::Method;
use serde_json::{Value, json};

use super::door::{Door, text};
use crate::suite::operator::Answer;

#[tokio::test]
async fn captured_exchanges_differ_only_where_the_reference_errs() {
    let mut captured = Captured::explained_by(&["node_differences.json", "differences.json"]);
    for (file, exchanges) in captured.files() {
        let mut replay = Replay::start(&file).await;
        for (at, exchange) in exchanges.iter().enumerate() {
            let Answer { status, body, .. } = replay.answer(&exchange["request"]).await;
            let theirs = &exchange["response"];
            captured.compare((&file, at), theirs, status, &body, &mut replay.ids);
        }
    }
    captured.finish();
}

/// A node, and the ids of theirs that stand for ours.
struct Replay {
    door: Door,
    /// Whose bearer stands for their key.
    token: Option<String>,
    ids: Ids,
}

impl Replay {
    async fn start(file: &str) -> Self {
        let mut replay = match file {
            "06-shared-key.json" => {
                let door = Door::keyed(&[]).await;
                let owner = door.operator.open("@acme.a").await.client;
                Self {
                    token: Some(owner.token),
                    ids: Ids::default(),
                    door,
                }
            }
            _ => Self {
                door: Door::open().await,
                token: None,
                ids: Ids::default(),
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
            self.ids.learn(thread, ours);
        }
    }

    async fn answer(&self, request: &Value) -> Answer {
        let method: Method = request["method"].as_str().unwrap().parse().unwrap();
        let url = format!(
            "http://{}/context-sync{}",
            self.door.operator.address,
            self.ids.ours(request["path"].as_str().unwrap())
        );
        let mut asked = reqwest::Client::new().request(method, url);
        if let Some(body) = self.ids.body(request) {
            asked = asked.body(body);
        }
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
}
