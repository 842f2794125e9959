use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::Server;
use crate::{IdempotencyKey, Timestamp};

/// Requests to one server that starts empty, and what it answers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Exchanges {
    /// How many octets of messages an answer holds.
    portion: Option<usize>,
    exchanges: Vec<Exchange>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchange {
    /// `METHOD target`, where `{name}` stands for what was kept under that name.
    request: String,
    /// The JSON body, in which names are replaced as well.
    body: Option<Value>,
    /// The body as text.
    raw_body: Option<String>,
    /// Whose key the request has. Without, the mode is open.
    principal: Option<String>,
    /// The idempotency key.
    idempotency_key: Option<String>,
    /// How often the request is made; the last answer counts.
    #[serde(default = "once")]
    times: usize,
    /// How far the clock moves before, in milliseconds.
    #[serde(default)]
    later: i64,
    /// The status of the answer.
    status: u16,
    /// A part of the answer: an object may have more members.
    #[serde(default)]
    expected: Value,
    /// JSON pointers to members that are not there.
    #[serde(default)]
    absent: Vec<String>,
    /// JSON pointers to lists, and their lengths.
    #[serde(default)]
    lengths: BTreeMap<String, usize>,
    /// Texts that stand nowhere in the answer.
    #[serde(default)]
    without: Vec<String>,
    /// Names, and JSON pointers to the texts of the answer that they stand for later on.
    #[serde(default)]
    keep: BTreeMap<String, String>,
}

/// Most requests of one case.
const MOST: usize = 10_000;

fn once() -> usize {
    1
}

/// The time at which a case starts.
const START_MS: i64 = 1_795_216_410_663;

impl Exchanges {
    pub(super) fn judge(&self) -> Result<(), String> {
        let mut now = START_MS;
        let mut server = Server::new(time(now));
        if let Some(portion) = self.portion {
            server.limits.portion = portion;
        }
        let mut kept = BTreeMap::new();
        for (at, exchange) in self.exchanges.iter().enumerate() {
            now += exchange.later;
            server.now = time(now);
            exchange
                .judge(&mut server, &mut kept)
                .map_err(|difference| {
                    format!("exchange {at}, {}: {difference}", exchange.request)
                })?;
        }
        Ok(())
    }
}

fn time(millis: i64) -> Timestamp {
    let millis = u64::try_from(millis).unwrap_or_default();
    Timestamp::new(millis).unwrap_or(Timestamp::MAX)
}

impl Exchange {
    fn judge(
        &self,
        server: &mut Server,
        kept: &mut BTreeMap<String, String>,
    ) -> Result<(), String> {
        let request = replaced(&self.request, kept);
        let (method, target) = request
            .split_once(' ')
            .ok_or("expected a method and a target")?;
        let body = match (&self.body, &self.raw_body) {
            (Some(body), _) => replaced(&body.to_string(), kept),
            (None, raw) => raw.clone().unwrap_or_default(),
        };
        let key = self
            .idempotency_key
            .as_deref()
            .map(str::parse::<IdempotencyKey>);
        let key = key.transpose().map_err(|error| error.to_string())?;
        let mut answer = (0, Vec::new());
        for _ in 0..self.times.min(MOST) {
            let principal = self.principal.as_deref();
            answer = server.answer(principal, method, target, key.as_ref(), body.as_bytes());
        }
        let (status, octets) = answer;
        let text = String::from_utf8(octets).map_err(|error| error.to_string())?;
        if status != self.status {
            return Err(format!("expected {}, got {status}: {text}", self.status));
        }
        let answer: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        let expected = replaced(&self.expected.to_string(), kept);
        let expected = serde_json::from_str(&expected).map_err(|error| error.to_string())?;
        if !self.expected.is_null() {
            is_part(&expected, &answer).map_err(|place| format!("at {place} of {text}"))?;
        }
        self.check_places(&answer)?;
        if let Some(word) = self
            .without
            .iter()
            .find(|word| text.contains(word.as_str()))
        {
            return Err(format!("{word} stands in {text}"));
        }
        for (name, pointer) in &self.keep {
            let found = answer.pointer(pointer).and_then(Value::as_str);
            let found = found.ok_or_else(|| format!("no text at {pointer} of {text}"))?;
            kept.insert(name.clone(), found.to_owned());
        }
        Ok(())
    }

    fn check_places(&self, answer: &Value) -> Result<(), String> {
        for pointer in &self.absent {
            if let Some(value) = answer.pointer(pointer) {
                return Err(format!("{pointer} is {value}"));
            }
        }
        for (pointer, &length) in &self.lengths {
            let list = answer.pointer(pointer).and_then(Value::as_array);
            let found = list.map(Vec::len);
            if found != Some(length) {
                return Err(format!(
                    "{pointer}: expected {length} elements, got {found:?}"
                ));
            }
        }
        Ok(())
    }
}

/// The text with each `{name}` replaced by what was kept under that name.
fn replaced(text: &str, kept: &BTreeMap<String, String>) -> String {
    kept.iter().fold(text.to_owned(), |text, (name, value)| {
        text.replace(&format!("{{{name}}}"), value)
    })
}

/// Whether the answer has what is expected, lists being compared element by element; or where not.
fn is_part(expected: &Value, answer: &Value) -> Result<(), String> {
    match (expected, answer) {
        (Value::Object(expected), Value::Object(answer)) => {
            for (name, value) in expected {
                let found = answer.get(name).ok_or_else(|| format!("/{name}"))?;
                is_part(value, found).map_err(|place| format!("/{name}{place}"))?;
            }
            Ok(())
        }
        (Value::Array(expected), Value::Array(answer)) if expected.len() == answer.len() => {
            for (at, (value, found)) in expected.iter().zip(answer).enumerate() {
                is_part(value, found).map_err(|place| format!("/{at}{place}"))?;
            }
            Ok(())
        }
        (expected, answer) if expected == answer => Ok(()),
        _ => Err(String::new()),
    }
}
