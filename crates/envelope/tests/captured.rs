//! Exchanges captured from the reference operator, replayed against ours in their order. It answers
//! otherwise exactly where `differences.json` says so, with the reason.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use asmtp_envelope::{Handle, Timestamp};
use mailmesh_testkit::asmtp::{Operator, Request, Response, respond};
use mailmesh_testkit::vectors;
use serde::Deserialize;
use serde_json::Value;

/// An escape that `serde_json` refuses as well, and what stands for it while it reads the files.
const LONE_SURROGATE: &str = "\\ud800";
const STAND_IN: &str = "(lone surrogate)";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Differences {
    #[expect(dead_code, reason = "for people")]
    about: String,
    /// File, first and last exchange.
    order: Vec<(String, String, String)>,
    differences: Vec<Difference>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Difference {
    exchange: String,
    /// The row or section that decides.
    why: String,
    /// What we answer.
    status: u16,
    /// The code in it, or null when it is no error.
    code: Option<String>,
}

#[test]
fn captured_exchanges_differ_only_where_the_reference_errs() {
    let folder = vectors::folder("asmtp/captured");
    let read = |file: &str| {
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        text.replace(LONE_SURROGATE, STAND_IN)
    };
    let plan: Differences = serde_json::from_str(&read("differences.json")).unwrap();
    let start = Timestamp::new(1_795_215_861_000).unwrap();
    let mut operator = Operator::new("http://127.0.0.1:18723", start);
    let mut unexplained = Vec::new();
    let mut explained = 0;
    let mut replayed = 0;
    for (file, first, last) in &plan.order {
        let exchanges: Vec<Value> = serde_json::from_str(&read(file)).unwrap();
        let at = |id: &str| exchanges.iter().position(|exchange| exchange["id"] == id);
        for exchange in &exchanges[at(first).unwrap()..=at(last).unwrap()] {
            let Some(ours) = replay(&mut operator, exchange) else {
                continue;
            };
            replayed += 1;
            let id = exchange["id"].as_str().unwrap();
            let difference = plan.differences.iter().find(|d| d.exchange == id);
            match difference {
                Some(difference) => {
                    explained += 1;
                    let code = ours.body["error"]["code"].as_str().map(str::to_owned);
                    assert!(!is_same(exchange, &ours), "{id} does not differ");
                    assert_eq!(
                        (ours.status, code),
                        (difference.status, difference.code.clone()),
                        "{id}"
                    );
                    assert!(!difference.why.is_empty());
                }
                None if is_same(exchange, &ours) => {}
                None => unexplained.push(format!("{id}: {} {}", ours.status, ours.body)),
            }
        }
    }
    assert!(unexplained.is_empty(), "{}", unexplained.join("\n"));
    assert_eq!(explained, plan.differences.len(), "each difference is met");
    assert!(replayed > 130, "{replayed} exchanges replayed");
}

/// What our operator answers, or `None` when the exchange is not about its mailbox core.
fn replay(operator: &mut Operator, exchange: &Value) -> Option<Response> {
    let (request, response) = (&exchange["request"], &exchange["response"]);
    let body = match (&request["body"], &request["raw"]) {
        // Long bodies are described in parentheses.
        (Value::String(_), _) => return None,
        (_, Value::String(raw)) if raw.starts_with('(') => return None,
        (_, Value::String(raw)) => raw.clone(),
        (Value::Null, _) => String::new(),
        (body, _) => body.to_string().replace(STAND_IN, LONE_SURROGATE),
    };
    if let Some(now) = response["body"]["created_at"].as_u64() {
        operator.now = Timestamp::new(now).unwrap();
    }
    let agent = agent(request["headers"]["Authorization"].as_str()?);
    if request["path"] == "/files" && response["status"] == 201 {
        let id = response["body"]["id"].as_str().unwrap().parse().unwrap();
        operator.files.insert(id, agent.clone());
    }
    let request = Request {
        agent: &agent,
        method: request["method"].as_str().unwrap(),
        target: request["path"].as_str().unwrap(),
        body: body.as_bytes(),
    };
    respond(operator, request)
}

/// The agent of `Bearer <token @acme.alice>`.
fn agent(authorization: &str) -> Handle {
    let token = authorization.split('@').nth(1).unwrap_or("the.admin");
    let name = token.split(['>', ' ']).next().unwrap_or_default();
    format!("@{name}").parse().unwrap()
}

fn is_same(exchange: &Value, ours: &Response) -> bool {
    let theirs = &exchange["response"];
    if theirs["status"] != ours.status {
        return false;
    }
    match ours.status {
        201 => true, // agents and blocks, whose rows are the server's
        404 => theirs["body"]["error"]["code"] == "NOT_FOUND",
        400.. => theirs["body"]["error"]["code"] == ours.body["error"]["code"],
        _ => theirs["body"] == ours.body,
    }
}
