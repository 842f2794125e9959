//! Exchanges captured from the reference operator, sent to our node in their order. It answers
//! otherwise exactly where `differences.json` and `node_differences.json` say so, with the reason.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use mailmesh_node::Clock;
use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;

use crate::operator::{Answer, Operator};

/// An escape that `serde_json` refuses as well, and what stands for it while it reads the files.
const LONE_SURROGATE: &str = "\\ud800";
const STAND_IN: &str = "(lone surrogate)";

#[derive(Deserialize)]
struct Differences {
    /// File, first and last exchange.
    order: Vec<(String, String, String)>,
    differences: Vec<Difference>,
}

#[derive(Debug, Deserialize)]
struct Difference {
    exchange: String,
    /// The row or section that decides.
    why: String,
    /// What we answer.
    status: u16,
    /// The code in it, or null when it is no error.
    code: Option<String>,
}

/// What differs between two runs: their bearers and the ids of files.
#[derive(Default)]
struct Bindings(BTreeMap<String, String>);

#[tokio::test]
async fn captured_exchanges_differ_only_where_the_reference_errs() {
    let now = Arc::new(AtomicU64::new(1_795_215_861_000));
    let clock = now.clone();
    let operator = Operator::start_with(|config| {
        config.public_url = Some("http://127.0.0.1:18723".parse().unwrap());
        config.clock =
            Clock::new(move || UNIX_EPOCH + Duration::from_millis(clock.load(Ordering::SeqCst)));
    })
    .await;
    let mut bindings = Bindings::default();
    bindings.bind("<admin-token>", &operator.admin.token);
    let (mut unexplained, mut explained, mut replayed) = (Vec::new(), 0, 0);
    let plans = ["differences.json", "node_differences.json"]
        .map(|file| serde_json::from_str::<Differences>(&read(file)).unwrap());
    for plan in &plans {
        for (file, first, last) in &plan.order {
            let exchanges: Vec<Value> = serde_json::from_str(&read(file)).unwrap();
            let at = |id: &str| exchanges.iter().position(|exchange| exchange["id"] == id);
            for exchange in &exchanges[at(first).unwrap()..=at(last).unwrap()] {
                let theirs = &exchange["response"];
                if let Some(created_at) = theirs["body"]["created_at"].as_u64() {
                    now.store(created_at, Ordering::SeqCst);
                }
                let Some(ours) = replay(&operator, &bindings, exchange).await else {
                    continue;
                };
                replayed += 1;
                bindings.learn(theirs, &ours);
                let id = exchange["id"].as_str().unwrap();
                let is_same = is_same(&bindings, theirs, &ours);
                match plan
                    .differences
                    .iter()
                    .find(|difference| difference.exchange == id)
                {
                    Some(difference) => {
                        explained += 1;
                        assert!(!is_same, "{id} does not differ");
                        let code = ours.body["error"]["code"].as_str().map(str::to_owned);
                        let expected = (difference.status, difference.code.clone());
                        assert_eq!((ours.status, code), expected, "{id}");
                        assert!(!difference.why.is_empty());
                    }
                    None if is_same => {}
                    None => unexplained.push(format!("{id}: {} {}", ours.status, ours.body)),
                }
            }
        }
    }
    assert!(unexplained.is_empty(), "{}", unexplained.join("\n"));
    let known: usize = plans.iter().map(|plan| plan.differences.len()).sum();
    assert_eq!(explained, known, "each difference is met");
    assert!(replayed >= 200, "{replayed} exchanges replayed");
}

fn read(file: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors/asmtp/captured");
    let text = std::fs::read_to_string(folder.join(file)).unwrap();
    text.replace(LONE_SURROGATE, STAND_IN)
}

/// Sends a request; `None` when the capture only describes its body.
async fn replay(operator: &Operator, bindings: &Bindings, exchange: &Value) -> Option<Answer> {
    let request = &exchange["request"];
    let body = match (&request["body"], &request["raw"]) {
        (Value::String(_), _) => return None,
        (_, Value::String(raw)) if raw.starts_with('(') => return None,
        (_, Value::String(raw)) => raw.clone(),
        (Value::Null, _) => String::new(),
        (body, _) => body.to_string().replace(STAND_IN, LONE_SURROGATE),
    };
    let method: Method = request["method"].as_str().unwrap().parse().unwrap();
    let path = bindings.ours(request["path"].as_str().unwrap());
    let path = path.as_str();
    // What an HTTP client would put right is for the tests of hostile requests.
    if path.contains("%ZZ") || path.starts_with("//") || request["headers"]["Host"].is_string() {
        return None;
    }
    let mut sending = reqwest::Client::new().request(method, operator.with_token("").url(path));
    for (name, value) in request["headers"].as_object().unwrap() {
        sending = sending.header(name, bindings.ours(value.as_str().unwrap()));
    }
    Some(Answer::of(sending.body(bindings.ours(&body))).await)
}

fn is_same(bindings: &Bindings, theirs: &Value, ours: &Answer) -> bool {
    if theirs["status"] != ours.status {
        return false;
    }
    if ours.status >= 400 {
        let code = |body: &Value| body["error"]["code"].clone();
        return ours.octets.is_empty() || code(&theirs["body"]) == code(&ours.body);
    }
    let theirs_text = theirs["text"].as_str().unwrap_or_default().as_bytes();
    let is_typed = theirs["headers"]["content-type"].as_str()
        == ours
            .headers
            .get("content-type")
            .and_then(|value| value.to_str().ok());
    match &theirs["body"] {
        Value::Null => is_typed && theirs_text == ours.octets,
        body => {
            let body = serde_json::from_str(&bindings.ours(&body.to_string())).unwrap();
            is_typed && settled(body) == settled(ours.body.clone())
        }
    }
}

/// A body without what no two runs share.
fn settled(mut body: Value) -> Value {
    match &mut body {
        Value::Object(members) => {
            let is_profile = members.contains_key("canonical_handle");
            for fleeting in ["uptime_ms", "version", "updated_at"] {
                members.remove(fleeting);
            }
            if is_profile {
                members.remove("created_at");
            }
            // What our administration has beside: the mail address.
            if members.contains_key("allowlist") {
                members.remove("address");
            }
            if let Some(Value::String(cursor)) = members.get_mut("next_cursor") {
                *cursor = "(opaque)".to_owned();
            }
            for member in members.values_mut() {
                *member = settled(member.take());
            }
        }
        Value::Array(elements) => {
            for element in elements {
                *element = settled(element.take());
            }
        }
        _ => {}
    }
    body
}

impl Bindings {
    fn bind(&mut self, theirs: &str, ours: &str) {
        self.0.insert(theirs.to_owned(), ours.to_owned());
    }

    fn learn(&mut self, theirs: &Value, ours: &Answer) {
        for member in ["token", "id"] {
            let (Some(name), Some(value)) =
                (theirs["body"][member].as_str(), ours.body[member].as_str())
            else {
                continue;
            };
            if member == "token" || name.starts_with("file_") {
                self.bind(name, value);
            }
        }
    }

    fn ours(&self, text: &str) -> String {
        let bind = |text: String, (theirs, ours): (&String, &String)| text.replace(theirs, ours);
        self.0.iter().fold(text.to_owned(), bind)
    }
}
